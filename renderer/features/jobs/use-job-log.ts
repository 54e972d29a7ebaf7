import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

import { asAppError } from "../../api.ts";
import { createLogLines, logChunk, type LogLines } from "./log-lines.ts";

import type { AppError } from "../../../shared/errors.ts";
import type { LogSource } from "./log-source.ts";

export interface JobLog {
  readonly lines: LogLines;
  readonly version: number;
  /** False until the first answer. */
  readonly ready: boolean;
  readonly error: AppError | null;
  /** Reads what is needed to show these lines (counted from 1) and is not here yet. */
  readonly show: (first: number, last: number) => void;
  readonly retry: () => void;
}

/**
 * The log of one task: its end at once, the rest where it is looked at, live lines as they come.
 * `known` is the number of lines that its follower says there are; it may run ahead of the lines themselves.
 * One log per mounted component: another task wants another key.
 */
export function useJobLog(source: LogSource, known: number): JobLog {
  const [lines] = useState(createLogLines);
  const [error, setError] = useState<AppError | null>(null);
  const [tail] = useState(() => Math.max(0, Math.floor((known - 1) / logChunk) * logChunk));
  const asked = useRef(new Set<number>());
  const life = useRef<AbortController | null>(null);

  const read = useCallback(
    async (start: number, signal: AbortSignal) => {
      if (asked.current.has(start)) return;
      asked.current.add(start);
      try {
        const answer = await source.read({ start, limit: logChunk }, signal);
        lines.add(answer.lines, answer.total);
        setError(null);
      } catch (failure) {
        if (!signal.aborted) setError(asAppError(failure));
      } finally {
        asked.current.delete(start);
      }
    },
    [source, lines],
  );

  useEffect(() => {
    const controller = new AbortController();
    const pending = asked.current;
    life.current = controller;
    return () => {
      controller.abort();
      pending.clear();
    };
  }, []);
  // The end is read whatever the job says of its length: it may have been told nothing yet.
  const end = useQuery({
    queryKey: [...source.key, tail],
    queryFn: async ({ signal }) => {
      const answer = await source.read({ start: tail, limit: logChunk }, signal);
      lines.add(answer.lines, answer.total);
      return answer.total;
    },
    gcTime: 0,
  });
  useEffect(() => lines.add([], known), [lines, known]);
  useEffect(() => source.listen((fresh) => lines.add(fresh, 0)), [source, lines]);

  const version = useSyncExternalStore(lines.subscribe, lines.version);
  const show = useCallback(
    (first: number, last: number) => {
      const signal = life.current?.signal;
      if (signal === undefined) return;
      for (const start of lines.missing(first, last)) void read(start, signal);
    },
    [lines, read],
  );
  const { refetch } = end;
  const retry = useCallback(() => {
    setError(null);
    void refetch();
  }, [refetch]);
  const failure = error ?? (end.error === null ? null : asAppError(end.error));
  return { lines, version, ready: end.isSuccess, error: failure, show, retry };
}
