import { z } from "zod";

import type { GuestType } from "../../../shared/guest.ts";
import { backupRequests } from "../requests/pve/backup.ts";
import type { ValuesOf } from "../requests/request.ts";
import {
  flagField,
  mapOf,
  maybeFlagField,
  noteField,
  plainTextField,
  requiredInteger,
  requiredText,
  rowsOf,
  textField,
  timeField,
  wordsField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";
import { settled } from "./launch.ts";

/** A backup job of the cluster, as its servers keep it. */
export interface BackupJob {
  readonly id: string;
  readonly enabled: boolean;
  /** Calendar event; before 7.1 weekdays and time (`mon,fri 22:30`). */
  readonly schedule: string;
  readonly storage: string | null;
  readonly mode: string;
  readonly compress: string;
  /** Which guests: all but `exclude`, those of `pool`, or `vmids`; on `node` alone where one is named. */
  readonly all: boolean;
  readonly vmids: readonly string[];
  readonly exclude: readonly string[];
  readonly pool: string | null;
  readonly node: string | null;
  /** `keep-daily=7,keep-weekly=4`, as a write wants it; "" = the storage's own rule. */
  readonly prune: string;
  readonly notesTemplate: string;
  readonly comment: string;
  /** ms since the epoch, by the node's clock; null where the server did not say. */
  readonly nextRun: number | null;
}

/**
 * Reads give an object of numbers as texts, writes want a string of them (client facts §5; older servers read as a string too).
 * Anything else is refused: a rule that cannot be read is not "none".
 */
const ruleField = z.union([
  noteField,
  mapOf
    .pipe(z.map(z.string(), requiredText))
    .transform((parts) => [...parts].map(([key, part]) => `${key}=${part}`).join(",")),
]);

const jobSchema = z
  .object({
    id: requiredText,
    // An absent one is on.
    enabled: maybeFlagField.transform((flag) => flag ?? true),
    schedule: plainTextField,
    dow: plainTextField,
    starttime: plainTextField,
    storage: textField,
    mode: plainTextField,
    compress: plainTextField,
    all: flagField,
    vmid: wordsField,
    exclude: wordsField,
    pool: textField,
    node: textField,
    "prune-backups": ruleField,
    "notes-template": plainTextField,
    comment: plainTextField,
    "next-run": timeField,
  })
  .transform((row): BackupJob => ({
    id: row.id,
    enabled: row.enabled,
    schedule: row.schedule === "" ? `${row.dow} ${row.starttime}`.trim() : row.schedule,
    storage: row.storage,
    mode: row.mode === "" ? "snapshot" : row.mode,
    compress: row.compress,
    all: row.all,
    vmids: row.vmid,
    exclude: row.exclude,
    pool: row.pool,
    node: row.node,
    prune: row["prune-backups"],
    notesTemplate: row["notes-template"],
    comment: row.comment,
    nextRun: row["next-run"],
  }));

/** Needs Sys.Audit on `/`. Throws AppError `server.*`. */
export async function listBackupJobs(session: Session, signal: AbortSignal): Promise<Rows<BackupJob>> {
  const request = { request: backupRequests.jobs, values: {}, schema: rowsOf(jobSchema) };
  return (await session.read(request, signal)).value;
}

/** Without its next run, which only the list tells. Throws AppError `server.notFound`, `server.*`. */
export async function readBackupJob(
  session: Session,
  input: { readonly id: string },
  signal: AbortSignal,
): Promise<BackupJob> {
  const request = { request: backupRequests.job, values: input, schema: jobSchema };
  return (await session.read(request, signal)).value;
}

export type NewBackupJob = ValuesOf<typeof backupRequests.createJob>;
export type BackupJobChange = ValuesOf<typeof backupRequests.changeJob>;

/**
 * Makes a job. Without an id of its own the server gives one and does not tell it, and it takes a storage that is not there
 * (both seen on PVE 9.2): list again. Needs Sys.Modify on `/`. Throws AppError `server.alreadyExists`, `server.badRequest`, `server.*`.
 */
export async function createBackupJob(
  session: Session,
  input: NewBackupJob,
  signal: AbortSignal,
): Promise<void> {
  settled(await session.write({ request: backupRequests.createJob, values: input }, signal));
}

/** Changes what is given and takes away what `delete` names. Throws AppError `server.*`. */
export async function changeBackupJob(
  session: Session,
  input: BackupJobChange,
  signal: AbortSignal,
): Promise<void> {
  settled(await session.write({ request: backupRequests.changeJob, values: input }, signal));
}

/** Removes a job; the backups that it made stay. Only sends: whoever calls this has had it confirmed. Throws AppError `server.*`. */
export async function removeBackupJob(
  session: Session,
  input: { readonly id: string },
  signal: AbortSignal,
): Promise<void> {
  settled(await session.write({ request: backupRequests.removeJob, values: input }, signal));
}

export interface UncoveredGuest {
  readonly vmid: number;
  readonly type: GuestType;
  readonly name: string;
}

const uncoveredSchema = z.object({
  vmid: requiredInteger,
  type: z.enum(["qemu", "lxc"]),
  name: plainTextField,
});

/** Guests in no job, of those that this account may see; a disabled job counts as one. Throws AppError `server.*`. */
export async function listNotBackedUp(session: Session, signal: AbortSignal): Promise<Rows<UncoveredGuest>> {
  const request = { request: backupRequests.notBackedUp, values: {}, schema: rowsOf(uncoveredSchema) };
  return (await session.read(request, signal)).value;
}

const runSchema = z.object({ timestamp: timeField }).transform(({ timestamp }) => timestamp);

/**
 * The next moments of a calendar event in ms since the epoch, by the node's clock and zone; also the way to check one.
 * Throws AppError `server.badRequest` for one that is none, `server.unsupported` before 7.1.
 */
export async function analyseSchedule(
  session: Session,
  input: { readonly schedule: string; readonly iterations?: number },
  signal: AbortSignal,
): Promise<readonly number[]> {
  const request = { request: backupRequests.analyseSchedule, values: input, schema: rowsOf(runSchema) };
  return (await session.read(request, signal)).value.rows.filter((at) => at !== null);
}
