import { useMemo } from "react";

import { useApi, type Api } from "../../api.ts";
import { taskKey } from "../../../shared/followed-task.ts";

import type { ClusterId } from "../../../shared/ids.ts";
import type { Job, LogLine } from "../../../shared/job.ts";

/** Where the log of one task is read: as that of a job of ours, or as that of any task of a server. */
export interface LogSource {
  /** Names it among all questions. */
  readonly key: readonly string[];
  read(
    window: { readonly start: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly total: number }>;
  search(
    text: string,
    signal: AbortSignal,
  ): Promise<{ readonly lines: readonly number[]; readonly total: number }>;
  save(signal: AbortSignal): Promise<unknown>;
  /** Lines as they come. Returns the undo. */
  listen(listener: (lines: readonly LogLine[]) => void): () => void;
}

export function useJobLogSource(jobId: Job["id"], upid: string): LogSource {
  const api = useApi();
  return useMemo(() => jobLogSource(api, jobId, upid), [api, jobId, upid]);
}

export function useTaskLogSource(clusterId: ClusterId, upid: string): LogSource {
  const api = useApi();
  return useMemo(() => taskLogSource(api, clusterId, upid), [api, clusterId, upid]);
}

function jobLogSource(api: Api, jobId: string, upid: string): LogSource {
  return {
    key: ["jobs.log", jobId, upid],
    read: (window, signal) => api.call("jobs.log", { jobId, upid, ...window }, signal),
    search: (text, signal) => api.call("jobs.searchLog", { jobId, upid, text }, signal),
    save: (signal) => api.call("jobs.saveLog", { jobId }, signal),
    listen: (listener) =>
      api.subscribe("job.output", jobId, (output) => {
        if (output.upid === upid) listener(output.lines);
      }),
  };
}

function taskLogSource(api: Api, clusterId: string, upid: string): LogSource {
  const task = { clusterId, upid };
  return {
    key: ["tasks.log", clusterId, upid],
    read: (window, signal) => api.call("tasks.log", { ...task, ...window }, signal),
    search: (text, signal) => api.call("tasks.searchLog", { ...task, text }, signal),
    save: (signal) => api.call("tasks.saveLog", task, signal),
    listen: (listener) => api.subscribe("task.output", taskKey(task), (output) => listener(output.lines)),
  };
}
