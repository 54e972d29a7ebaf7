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
  const texts = new Map<number, string>();
  const listeners = new Set<() => void>();
  let total = 0;
  let version = 0;
  let centre = 0;

  /** Drops whole chunks, those farthest from what is looked at first. */
  const trim = (): void => {
    if (texts.size <= logLinesHeld) return;
    const chunks = [...new Set([...texts.keys()].map((n) => Math.floor((n - 1) / logChunk)))];
    chunks.sort((a, b) => Math.abs(b * logChunk - centre) - Math.abs(a * logChunk - centre));
    for (const chunk of chunks) {
      if (texts.size <= logLinesHeld) return;
      for (let n = chunk * logChunk + 1; n <= (chunk + 1) * logChunk; n += 1) texts.delete(n);
    }
  };

  return {
    text: (n) => texts.get(n),
    total: () => total,
    version: () => version,
    add(lines, toldTotal) {
      for (const line of lines) texts.set(line.n, line.text);
      const last = lines.at(-1)?.n ?? 0;
      total = Math.max(total, toldTotal, last);
      trim();
      version += 1;
      for (const listener of listeners) listener();
    },
    missing(first, last) {
      centre = Math.floor((first + last) / 2);
      const starts = new Set<number>();
      for (let n = Math.max(1, first); n <= Math.min(last, total); n += 1) {
        if (!texts.has(n)) starts.add(Math.floor((n - 1) / logChunk) * logChunk);
      }
      return [...starts];
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export type LogTone = "plain" | "attention" | "bad" | "good";

/** Colours a line by the level word that Proxmox's own log lines begin with, or by the task's last line. */
export function logTone(text: string): LogTone {
  if (/^(?:ERROR:|TASK ERROR:)/u.test(text)) return "bad";
  if (/^(?:WARN(?:ING)?:|TASK WARNINGS:)/u.test(text)) return "attention";
  return text === "TASK OK" ? "good" : "plain";
}
