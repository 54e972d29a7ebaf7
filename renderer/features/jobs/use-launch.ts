import { useEffect, useRef, useState } from "react";

import { toErrorData, type ErrorData } from "../../../shared/errors.ts";
import { asAppError, useApi } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { whenAnswered } from "./when-answered.ts";

import type { Input } from "../../../shared/operations.ts";

type Launchable = "backups.run" | "restore.run";

export interface Launch<N extends Launchable> {
  /** The id of a job that goes on by itself; null where it was refused (see error) or the form was left meanwhile. Never rejects. */
  start(input: Omit<Input<N>, "draft">): Promise<string | null>;
  readonly pending: boolean;
  /** Why nothing was started: the app's own refusal, or the server's where it names values of this form. */
  readonly error: ErrorData | null;
  /** Something was changed: the refusal is about what stood there before. */
  forget(): void;
}

/**
 * Starts a job from a form. The job is there at once, but its form stays for the moment until the server has answered: what the
 * server refuses about single values belongs at their fields, not on another page. Each try has a draft of its own, so that a
 * second click makes no second job and a corrected try makes a new one.
 */
export function useLaunch<N extends Launchable>(name: N): Launch<N> {
  const api = useApi();
  const { jobs } = useStores();
  const [draft, setDraft] = useState(() => crypto.randomUUID());
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<ErrorData | null>(null);
  const isOpen = useRef(false);
  useEffect(() => {
    isOpen.current = true;
    return () => {
      isOpen.current = false;
    };
  }, []);

  const start = async (input: Omit<Input<N>, "draft">) => {
    setPending(true);
    setError(null);
    try {
      // Not given up with the form: what a person started goes on.
      const { jobId } = await api.call(name, { ...input, draft } as Input<N>, new AbortController().signal);
      const job = await whenAnswered(jobs.store, jobId);
      if (!isOpen.current) return null;
      const refusal = job?.state === "rejected" ? job.error : null;
      if (Object.keys(refusal?.fields ?? {}).length === 0) return jobId;
      setDraft(crypto.randomUUID());
      setError(refusal);
      return null;
    } catch (caught) {
      setError(toErrorData(asAppError(caught)));
      return null;
    } finally {
      setPending(false);
    }
  };
  return { start, pending, error, forget: () => setError(null) };
}
