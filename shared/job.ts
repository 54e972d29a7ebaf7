import { z } from "zod";

import { backupModeSchema, compressionSchema } from "./backup.ts";
import { errorDataSchema } from "./errors.ts";
import { guestTypeSchema, powerActionSchema } from "./guest.ts";
import { clusterIdSchema, jobIdSchema, timeSchema } from "./ids.ts";
import { taskStateSchema } from "./task.ts";

/**
 * Where a job stands. `accepted` → `dispatching` → `running` → an end is the plain way. `unconfirmed`: the answer to the launch
 * was lost and is being looked up. `indeterminate`: an end that only a human can judge.
 */
export const jobStates = [
  "accepted",
  "dispatching",
  "unconfirmed",
  "running",
  "cancelling",
  "succeeded",
  "warnings",
  "partial",
  "failed",
  "cancelled",
  "rejected",
  "notStarted",
  "indeterminate",
] as const;
export const jobStateSchema = z.enum(jobStates);
export type JobState = z.infer<typeof jobStateSchema>;

const openStates: readonly JobState[] = ["accepted", "dispatching", "unconfirmed", "running", "cancelling"];
export function isOpen(state: JobState): boolean {
  return openStates.includes(state);
}

export const jobKindSchema = z.enum(["backup", "restore", "power"]);
export type JobKind = z.infer<typeof jobKindSchema>;

export const guestRefSchema = z.object({
  vmid: z.number().int(),
  type: guestTypeSchema,
  name: z.string(),
  node: z.string(),
});

/** What the admin asked for, one shape per kind; written before anything is sent. */
export const jobRequestSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("backup"),
    guest: guestRefSchema,
    storage: z.string(),
    mode: backupModeSchema,
    compress: compressionSchema,
    note: z.string(),
    protect: z.boolean(),
    /** Sends prune-backups=keep-all=1, because a keep-N rule would refuse the copy. */
    keepAll: z.boolean(),
  }),
  z.object({
    kind: z.literal("restore"),
    /** The guest to be: new vmid, name, and the node that does it. */
    guest: guestRefSchema,
    volid: z.string(),
    sourceVmid: z.number().int().nullable(),
    backupTime: timeSchema,
    /** null: every disk back to the storage named in the backup. */
    targetStorage: z.string().nullable(),
    start: z.boolean(),
    unique: z.boolean(),
    /** false: the name in the backup stays, and none is sent (another one needs VM.Config.Options). Absent = true. */
    rename: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal("power"),
    guest: guestRefSchema,
    action: powerActionSchema,
    /** HA-managed: the server's task ends at once, success is the guest's state. */
    ha: z.boolean(),
  }),
]);
export type JobRequest = z.infer<typeof jobRequestSchema>;

/** Why nothing new is known of a running job, though it may well go on. */
export const pauseReasonSchema = z.enum([
  "offline",
  "needsLogin",
  "certificateChanged",
  "taskNotVisible",
  "serverBusy",
]);
export type PauseReason = z.infer<typeof pauseReasonSchema>;

export const jobProgressSchema = z.object({
  /** Code of the step (see progress.ts) with its values. */
  step: z.string(),
  stepParams: z.record(z.string(), z.union([z.string(), z.number()])),
  /** 0–100, never goes backwards; null where the server gives none and nothing can be estimated. */
  percent: z.number().min(0).max(100).nullable(),
  /** True where percent is our estimate from earlier runs, not the server's figure. */
  estimated: z.boolean(),
  bytesDone: z.number().nullable(),
  bytesTotal: z.number().nullable(),
  /** Bytes per second. */
  rate: z.number().nullable(),
  secondsLeft: z.number().nullable(),
  secondsLeftLow: z.number().nullable(),
  secondsLeftHigh: z.number().nullable(),
  /** No sign of life since then (ms), where that is longer than this task's own pace explains. */
  stalledSince: timeSchema.nullable(),
  waitingForLock: z.boolean(),
  warnings: z.array(z.string()),
  /** How many guests the task will go through, where its own command line says so. Absent in records of older versions. */
  guestsExpected: z.number().int().nullable().optional(),
  /** Of a finished task, for the estimate of the next: seconds after which each twentieth of the work was done. Absent while it runs. */
  curve: z.array(z.number()).readonly().nullable().optional(),
  /** When the log was last read successfully. */
  seenAt: timeSchema,
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

export const guestResultSchema = z.object({
  vmid: z.number().int(),
  type: guestTypeSchema.nullable(),
  name: z.string(),
  state: z.enum(["pending", "running", "ok", "failed", "skipped", "aborted", "unknown"]),
  seconds: z.number().nullable(),
  size: z.number().nullable(),
  archive: z.string().nullable(),
  error: z.string().nullable(),
});
export type GuestResult = z.infer<typeof guestResultSchema>;

export const jobTaskSchema = z.object({
  upid: z.string(),
  node: z.string(),
  type: z.string(),
  state: taskStateSchema,
  exitStatus: z.string().nullable(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  /** Lines known so far. */
  logLines: z.number().int(),
  /** The log is complete: read to its end after the task had ended. */
  logComplete: z.boolean(),
});
export type JobTask = z.infer<typeof jobTaskSchema>;

/** A task that may be the lost launch of an unconfirmed job, for a human to decide. */
export const candidateSchema = z.object({
  upid: z.string(),
  node: z.string(),
  user: z.string(),
  startedAt: timeSchema,
});

export const jobSchema = z.object({
  id: jobIdSchema,
  /** `pxm:` + ULID, found again in the notes of the backup and in the task log. */
  trace: z.string(),
  clusterId: clusterIdSchema,
  /** The cluster's name when the job was made: history outlives the registration. */
  clusterName: z.string(),
  request: jobRequestSchema,
  state: jobStateSchema,
  pause: pauseReasonSchema.nullable(),
  createdAt: timeSchema,
  /** When the request left us; null = never sent. */
  sentAt: timeSchema.nullable(),
  endedAt: timeSchema.nullable(),
  /** From the server's own clock where it told both ends, else ours; never negative. */
  durationSeconds: z.number().nullable(),
  tasks: z.array(jobTaskSchema),
  guests: z.array(guestResultSchema),
  progress: jobProgressSchema.nullable(),
  /** What was made: volume id of the backup. */
  archive: z.string().nullable(),
  size: z.number().nullable(),
  warnings: z.array(z.string()),
  /** Why it did not succeed, or what a human should check. */
  error: errorDataSchema.nullable(),
  candidates: z.array(candidateSchema),
  cancelRequestedAt: timeSchema.nullable(),
  /** Grows with each change; what is older is dropped. */
  revision: z.number().int(),
});
export type Job = z.infer<typeof jobSchema>;

/** One appended row of a job's story, as the job's page tells it. */
export const jobEventSchema = z.object({
  seq: z.number().int(),
  at: timeSchema,
  type: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type JobEvent = z.infer<typeof jobEventSchema>;

/** Stands in the place of a line that the server left out, or that was too large to be read: no program prints this character. */
export const lostLine = "\u{F0000}";

export const logLineSchema = z.object({ n: z.number().int(), text: z.string() });
export type LogLine = z.infer<typeof logLineSchema>;
