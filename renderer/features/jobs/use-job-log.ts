import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

import type { AppError } from "../../../shared/errors.ts";
import { asAppError, useApi, useEvent } from "../../api.ts";
import type { LogLines } from "./log-lines.ts";
import { createLogLines, logChunk } from "./log-lines.ts";

export interface JobLog {
  readonly lines: LogLines;
  readonly version: number;
  /** False until the first answer. */
  readonly ready: boolean;
  readonly error: AppError | null;
  /** Reads what is needed to show these lines (counted from 1) and is not here yet. */
  show(first: number, last: number): void;
  retry(): void;
}

/**
 * The log of one task of a job: its end at once, the rest where it is looked at, live lines as they come.
 * `known` is the number of lines that the job says there are; it may run ahead of the lines themselves.
 */
export function useJobLog(jobId: string, upid: string, known: number): JobLog {
  const api = useApi();
  const [lines, setLines] = useState(createLogLines);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const [attempt, setAttempt] = useState(0);
  const asked = useRef(new Set<number>());
  const life = useRef(new AbortController());

  const read = useCallback(
    async (start: number, into: LogLines, signal: AbortSignal) => {
      if (asked.current.has(start)) return;
      asked.current.add(start);
      try {
        const answer = await api.call("jobs.log", { jobId, upid, start, limit: logChunk }, signal);
        if (signal.aborted) return;
        into.add(answer.lines, answer.total);
        setReady(true);
        setError(null);
      } catch (failure) {
        if (!signal.aborted) setError(asAppError(failure));
      } finally {
        asked.current.delete(start);
      }
    },
    [api, jobId, upid],
  );

  // The number of lines known at first decides where reading begins; later lines come by event.
  const first = useRef(known);
  useEffect(() => {
    const controller = new AbortController();
    life.current = controller;
    asked.current = new Set();
    const fresh = createLogLines();
    setLines(fresh);
    const start = Math.max(0, Math.floor((first.current - 1) / logChunk) * logChunk);
    void read(start, fresh, controller.signal);
    return () => controller.abort();
  }, [read, attempt]);

  useEvent("job.output", jobId, (output) => {
    if (output.upid === upid) lines.add(output.lines, 0);
  });

  useEffect(() => lines.add([], known), [lines, known]);

  const version = useSyncExternalStore(lines.subscribe, lines.version);
  const show = useCallback(
    (from: number, to: number) => {
      for (const start of lines.missing(from, to)) void read(start, lines, life.current.signal);
    },
    [lines, read],
  );
  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  return { lines, version, ready, error, show, retry };
}
