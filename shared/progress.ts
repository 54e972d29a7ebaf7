import { z } from "zod";

/** Kinds of work a task log can tell of. Words of Proxmox's own task types where one fits; `power` and `bulk` gather several. */
export const OPERATIONS = [
  "vzdump",
  "qmrestore",
  "vzrestore",
  "qmcreate",
  "vzcreate",
  "qmclone",
  "vzclone",
  "qmmove",
  "vzmove",
  "qmigrate",
  "vzmigrate",
  "qmsnapshot",
  "vzsnapshot",
  "bulk",
  "power",
  "imgcopy",
  "imgdel",
  "download",
  "prunebackups",
  "pbs-verify",
  "pbs-gc",
  "pbs-prune",
  "pbs-sync",
  "pbs-backup",
  "pbs-reader",
  "other",
] as const;

export const operationSchema = z.enum(OPERATIONS);
export type Operation = z.infer<typeof operationSchema>;

/** What a task is doing just now. Codes, not sentences: the message catalogue of the renderer has the words. */
export const STEP_CODES = [
  "starting",
  "waiting-for-lock",
  "preparing",
  "stopping-guest",
  "suspending-guest",
  "resuming-guest",
  "starting-guest",
  "freezing-guest",
  "snapshotting",
  "first-sync",
  "final-sync",
  "copying",
  "archiving",
  "uploading",
  "validating",
  "adding-notes",
  "protecting",
  "pruning",
  "cleaning-up",
  "guest-finished",
  "guest-failed",
  "allocating",
  "restoring",
  "extracting",
  "merging-config",
  "rescanning",
  "mirroring",
  "completing",
  "copying-disks",
  "migrating-ram",
  "saving-ram",
  "marking",
  "sweeping",
  "verifying",
  "syncing",
  "reading-chunks",
  "waiting-for-quorum",
  "guest-action",
  "waiting",
  "importing",
  "checking-sum",
  "downloading",
  "removing",
  "aborting",
  "finishing",
  "ended",
] as const;

export const stepSchema = z.object({
  code: z.enum(STEP_CODES),
  params: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
});
export type Step = z.infer<typeof stepSchema>;
export type StepCode = Step["code"];

/** `unknown`: the task is over and the log does not say how this guest fared. */
export const GUEST_STATUSES = ["running", "ok", "failed", "aborted", "skipped", "unknown"] as const;
export type GuestStatus = (typeof GUEST_STATUSES)[number];

const figure = z.number().nonnegative().nullable();

/** One guest in a task. Sizes are bytes, durations seconds; null where the log has not said. */
export const guestProgressSchema = z.object({
  vmid: z.number().int().positive(),
  /** `vm` and `ct` in tasks of a backup server, which calls them so. */
  type: z.enum(["qemu", "lxc", "vm", "ct"]).nullable(),
  name: z.string().nullable(),
  status: z.enum(GUEST_STATUSES),
  percent: z.number().min(0).max(100).nullable(),
  durationSeconds: figure,
  error: z.string().nullable(),
  /** Snapshot mode may fall back to suspend: this is the mode used at last. */
  mode: z.enum(["snapshot", "suspend", "stop"]).nullable(),
  archive: z.string().nullable(),
  archiveSize: figure,
  archiveSizeText: z.string().nullable(),
  bytesDone: figure,
  bytesTotal: figure,
  /** True when the two above are whole bytes the server printed; false when made from a rounded text such as `1.4 GiB`. */
  bytesExact: z.boolean(),
  rate: figure,
  elapsedSeconds: figure,
  reusedBytes: figure,
  reusedPercent: z.number().min(0).max(100).nullable(),
  /** Disks and mount points the backup left out, as the server names them. */
  excluded: z.array(z.string()).readonly(),
  /** Migration: the node it goes to, and how long it stood still. */
  target: z.string().nullable(),
  downtimeMs: figure,
  /** Block job of a move or clone, e.g. `mirror-scsi0`. */
  disk: z.string().nullable(),
});
export type GuestProgress = z.infer<typeof guestProgressSchema>;

export const FINAL_STATUSES = ["ok", "warnings", "failed", "aborted", "unknown"] as const;

export const finalSchema = z.object({
  status: z.enum(FINAL_STATUSES),
  /** The server's exit status as it stands, trimmed; empty when the server had none. */
  text: z.string(),
  /** How many warnings the server counted; only with status `warnings`. */
  warnings: z.number().int().nonnegative().optional(),
});
export type Final = z.infer<typeof finalSchema>;

/** All that a task's log has told so far. */
export const progressSchema = z.object({
  operation: operationSchema,
  step: stepSchema,
  /** Of the whole task, 0–100, never falling; null when the log gives no ground for one. */
  percent: z.number().min(0).max(100).nullable(),
  /** The highest percentage printed anywhere in the log, whatever it counted. */
  highestPercent: z.number().min(0).max(100).nullable(),
  bytesDone: figure,
  bytesTotal: figure,
  /** The largest total of a single disk that a line gave, in tasks that copy disk by disk. */
  highestTotal: figure,
  bytesExact: z.boolean(),
  /** Bytes per second over the last stretch the log tells of. */
  rate: figure,
  /** Seconds since the data of the present guest or disk began to flow, in the log's own count. */
  elapsedSeconds: figure,
  /** Of the whole task, by the log's own stamps or its last line. */
  durationSeconds: figure,
  guests: z.array(guestProgressSchema).readonly(),
  guestsExpected: z.number().int().nonnegative().nullable(),
  currentVmid: z.number().int().positive().nullable(),
  warnings: z.array(z.string()).readonly(),
  /** May exceed the length of `warnings`, which keeps the first hundred. */
  warningCount: z.number().int().nonnegative(),
  waitingForLock: z.boolean(),
  archive: z.string().nullable(),
  archiveSize: figure,
  /** `vzdump …` as the server printed it: carries our trace id in its notes. */
  commandLine: z.string().nullable(),
  /** Why it failed, where the log says more than the exit status does. */
  error: z.string().nullable(),
  /** The log's last words sound finished; the verdict is the server's alone. */
  looksComplete: z.boolean(),
  /** `empty` and `gone`: the server's stand-in sentence was read instead of a log. */
  logState: z.enum(["lines", "empty", "gone"]),
  linesRead: z.number().int().nonnegative(),
  final: finalSchema.nullable(),
});
export type Progress = z.infer<typeof progressSchema>;
