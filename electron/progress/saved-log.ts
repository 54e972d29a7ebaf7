import type { GuestProgress, Progress } from "../../shared/progress.ts";
import { parseLine } from "./line.ts";

/** The exit status behind a log's last line; null when it is no such line, as on a console or in a log that was cut. */
export function exitOfLastLine(line: string): string | null {
  const match = /^TASK (?:ERROR: ?(.*)|(OK|WARNINGS: \d+|unknown))$/.exec(parseLine(line).text);
  return match ? (match[1] ?? match[2] ?? null) : null;
}

/** One JSON object about a saved log. `error` as a guest's status covers failed and aborted, which `outcome` tells apart. */
export interface LogSummary {
  readonly operation: string;
  readonly finalStatus: string | null;
  readonly percentMax: number | null;
  readonly bytesTotal: number | null;
  readonly durationSeconds: number | null;
  readonly guests: readonly Readonly<Record<string, unknown>>[];
  readonly warnings: readonly string[];
  readonly error: string | null;
  readonly commandLine: string | null;
  /** What the reader of these figures should know; null where the log is whole. */
  readonly note: string | null;
}

function summariseGuest(guest: GuestProgress, looksComplete: boolean): Readonly<Record<string, unknown>> {
  const status = guest.status === "running" && looksComplete ? "ok" : guest.status;
  const [error, ...more] = (guest.error ?? "").split("\n");
  const known = Object.entries(guest).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return {
    ...Object.fromEntries(known),
    vmid: guest.vmid,
    type: guest.type,
    status: status === "failed" || status === "aborted" ? "error" : status,
    outcome: status,
    durationSeconds: guest.durationSeconds,
    ...(guest.error === null ? {} : { error }),
    ...(more.length === 0 ? {} : { errorDetail: more }),
  };
}

const DISK_BY_DISK: ReadonlySet<string> = new Set(["qmclone", "vzclone", "qmmove", "vzmove"]);

/** What the progress lines counted up to. In a job of VMs and containers only some have totals: what those come to. */
function totalOf(progress: Progress): number | null {
  if (DISK_BY_DISK.has(progress.operation) && progress.highestTotal !== null) return progress.highestTotal;
  if (progress.bytesTotal !== null) return progress.bytesTotal;
  const totals = progress.guests.flatMap((guest) => guest.bytesTotal ?? []);
  return totals.length === 0 ? null : totals.reduce((sum, total) => sum + total, 0);
}

function noteOf({ final, logState }: Progress): string | null {
  if (logState === "gone") return "the server had no log of this task any more";
  if (logState === "empty") return "the task wrote nothing";
  return final === null
    ? "no line TASK … at the end: cut, copied from a console, or the task still runs"
    : null;
}

/**
 * Sums up a saved log. On a console there is no last line `TASK …`: what then looks complete counts as ok.
 * `bytesTotal` is what the progress lines counted up to; of several disks copied one by one it is the largest.
 */
export function summarise(kind: string, progress: Progress): LogSummary {
  const finished = progress.final === null && progress.looksComplete;
  const guests = progress.guests.filter(
    (guest) => progress.operation !== "vzdump" || guest.status !== "skipped",
  );
  return {
    operation: kind,
    finalStatus: progress.final?.text ?? null,
    percentMax: progress.highestPercent,
    bytesTotal: totalOf(progress),
    // Of a single guest the server's own count is known, which the stamps around it round differently.
    durationSeconds: (guests.length === 1 ? guests[0]?.durationSeconds : null) ?? progress.durationSeconds,
    guests: guests.map((guest) => summariseGuest(guest, finished)),
    warnings: progress.warnings,
    error: progress.error,
    commandLine: progress.commandLine,
    note: noteOf(progress),
  };
}
