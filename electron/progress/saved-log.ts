import type { GuestProgress, Progress } from "../../shared/progress.ts";
import { parseLine } from "./line.ts";

/** What a line of each kind of log looks like, the surest first. Kinds may be variants that `operationOf` understands. */
const SIGNS: readonly (readonly [sign: RegExp, kind: string])[] = [
  [/^VMID +Name +Status +Time +Size/m, "vzdump-mail"],
  [/^INFO: starting new backup job: vzdump/m, "vzdump"],
  [/^(?:\d+: )?(?:\d{4}-\d\d-\d\d|[A-Z][a-z]{2} [ \d]\d) \d\d:\d\d:\d\d (?:INFO|WARN): /m, "vzdump-guestlog"],
  [/^(?:INFO|ERROR): /m, "vzdump"],
  [/: started tunnel worker /m, "qmigrate-remote"],
  [/starting migration of CT \d+ to /m, "vzmigrate"],
  [
    /starting migration of VM \d+ to |migration (?:aborted|active|status|finished)\b|Requesting HA migration/m,
    "qmigrate",
  ],
  [
    /^restore (?:vma archive|proxmox backup image): |^starting VM for live-restore|unable to restore VM /m,
    "qmrestore",
  ],
  [/^recovering backed-up configuration from |^restoring '[^']+' now|unable to restore CT /m, "vzrestore"],
  [/^extracting archive '[^']*vzdump-/m, "vzrestore"],
  [/^extracting archive '/m, "vzcreate"],
  [/^saving VM state|^snapshotting '/m, "qmsnapshot"],
  [/^create (?:full|linked) clone of drive /m, "qmclone"],
  [/^(?:drive|mirror)-\w+: (?:transferred|Completing|Completed)|^drive mirror is starting/m, "qmmove"],
  [/verify job '|verify (?:datastore|group) /m, "pbs-verificationjob"],
  [/garbage collection on store|Start GC phase|^(?:\S+ )?marked \d+% \(/m, "pbs-garbage_collection"],
  [/sync datastore '[^']*' to '|job \(pushed|found no new data to push/m, "pbs-syncjob-push"],
  [/Starting datastore sync job/m, "pbs-syncjob"],
  [/^(?:\S+ )?pull datastore '/m, "pbs-sync-pull"],
  [/Syncing datastore '/m, "pbs-syncjob"],
  [/retention options: --keep|Pruning group |Starting (?:datastore )?prune on/m, "pbs-prune"],
  [/starting new backup reader datastore/m, "pbs-reader"],
  [/starting new backup on datastore/m, "pbs-backup"],
  [/^Stopping (?:VM|CT) \d+/m, "stopall"],
  [/^Suspending VM \d+/m, "suspendall"],
  [/^Migrating (?:VM|CT) \d+|precondition check/m, "migrateall"],
  [/^Starting (?:VM|CT) \d+/m, "startall"],
  [/^starting file import from: /m, "imgcopy"],
  [/^Removed volume '/m, "imgdel"],
  [/^removing backup '|^running 'proxmox-backup-client prune'/m, "prunebackups"],
  [/^ *\d+K [. ]+\d+%|^Starting download of file: /m, "download"],
  [/WARN: volume deactivation failed: /m, "qmclone"],
];

/** Names the kind of a saved log by its words; `other` when nothing is typical. */
export function guessKind(head: readonly string[]): string {
  const text = head.join("\n");
  return SIGNS.find(([sign]) => sign.test(text))?.[1] ?? "other";
}

/** The exit status behind a log's last line; null when it is no such line, as on a console or in a log that was cut. */
export function exitOfLastLine(line: string): string | null {
  const match = /^TASK (?:ERROR: (.*)|(OK|WARNINGS: \d+|unknown))$/.exec(parseLine(line).text);
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
    durationSeconds:
      progress.durationSeconds ?? (guests.length === 1 ? (guests[0]?.durationSeconds ?? null) : null),
    guests: guests.map((guest) => summariseGuest(guest, finished)),
    warnings: progress.warnings,
    error: progress.error,
    commandLine: progress.commandLine,
  };
}
