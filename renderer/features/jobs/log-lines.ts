import type { LogLine } from "../../../shared/job.ts";

/** Lines asked for at once; the main process allows ten times as many, but a screen shows fifty. */
export const logChunk = 500;
/** Lines held in the window: at about 100 bytes each some 20 MB at most. What is dropped is read again on the way back. */
export const logLinesHeld = 100_000;

/** A long log of which only parts are held: what was read, what came live, and where the holes are. */
export interface LogLines {
  /** Text of line `n` (counted from 1), undefined while it is not here. */
  readonly text: (n: number) => string | undefined;
  readonly total: () => number;
  /** Grows with each change: what a view compares. */
  readonly version: () => number;
  readonly add: (lines: readonly LogLine[], total: number) => void;
  /** 0-based starts of the chunks that are needed to show lines `first` to `last` (counted from 1). */
  readonly missing: (first: number, last: number) => readonly number[];
  subscribe(listener: () => void): () => void;
}

export function createLogLines(): LogLines {
  const chunks = new Map<number, Map<number, string>>();
  const listeners = new Set<() => void>();
  let held = 0;
  let total = 0;
  let version = 0;
  let centre = 0;

  const put = ({ n, text }: LogLine): void => {
    const id = chunkOf(n);
    const chunk = chunks.get(id) ?? new Map<number, string>();
    if (chunk.size === 0) chunks.set(id, chunk);
    if (!chunk.has(n)) held += 1;
    chunk.set(n, text);
  };

  /** Drops whole chunks, those farthest from what is looked at first. */
  const trim = (): void => {
    if (held <= logLinesHeld) return;
    const farthest = [...chunks.keys()].toSorted((a, b) => Math.abs(b - centre) - Math.abs(a - centre));
    for (const id of farthest) {
      if (held <= logLinesHeld) return;
      held -= chunks.get(id)?.size ?? 0;
      chunks.delete(id);
    }
  };

  return {
    text: (n) => chunks.get(chunkOf(n))?.get(n),
    total: () => total,
    version: () => version,
    add(lines, toldTotal) {
      for (const line of lines) put(line);
      total = Math.max(total, toldTotal, lines.at(-1)?.n ?? 0);
      trim();
      version += 1;
      for (const listener of listeners) listener();
    },
    missing(first, last) {
      centre = chunkOf(Math.floor((first + last) / 2));
      const starts = new Set<number>();
      for (let n = Math.max(1, first); n <= Math.min(last, total); n += 1) {
        const id = chunkOf(n);
        if (chunks.get(id)?.has(n) !== true) starts.add(id * logChunk);
      }
      return [...starts];
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function chunkOf(n: number): number {
  return Math.floor((n - 1) / logChunk);
}

export type LogTone = "plain" | "attention" | "bad" | "good";

/** Colours a line by the level word that Proxmox's own log lines begin with, or by the task's last line. */
export function logTone(text: string): LogTone {
  if (/^(?:ERROR:|TASK ERROR:)/u.test(text)) return "bad";
  if (/^(?:WARN(?:ING)?:|TASK WARNINGS:)/u.test(text)) return "attention";
  return text === "TASK OK" ? "good" : "plain";
}
