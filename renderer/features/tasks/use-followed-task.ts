import { useEffect, useRef, useState } from "react";

import { taskKey, type FollowedTask } from "../../../shared/followed-task.ts";
import { asAppError, useApi } from "../../api.ts";
import { useAttention } from "../../stores/use-attention.ts";

import type { AppError } from "../../../shared/errors.ts";

export interface Followed {
  /** null until the first news. */
  readonly task: FollowedTask | null;
  readonly error: AppError | null;
  readonly retry: () => void;
}

/** Follows one task of a server as long as the view is there. One task per mounted component: another one wants another key. */
export function useFollowedTask(clusterId: string, upid: string): Followed {
  const api = useApi();
  const [task, setTask] = useState<FollowedTask | null>(null);
  const [error, setError] = useState<AppError | null>(null);
  const begin = useRef<() => void>(() => undefined);
  useAttention({ tasks: [upid] });

  useEffect(() => {
    let call = new AbortController();
    const off = api.subscribe("task.changed", taskKey({ clusterId, upid }), setTask);
    const follow = async () => {
      call.abort();
      call = new AbortController();
      const { signal } = call;
      try {
        const end = await api.call("tasks.follow", { clusterId, upid }, signal);
        if (!signal.aborted) setTask(end);
      } catch (failure) {
        if (!signal.aborted) setError(asAppError(failure));
      }
    };
    begin.current = () => {
      setError(null);
      void follow();
    };
    // The call goes with the connection.
    const offConnection = api.connection.onChange((state) => {
      if (state === "open") begin.current();
    });
    void follow();
    return () => {
      call.abort();
      off();
      offConnection();
    };
  }, [api, clusterId, upid]);

  return { task, error, retry: () => begin.current() };
}
