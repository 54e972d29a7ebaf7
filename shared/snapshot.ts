import { z } from "zod";

import { timeSchema } from "./ids.ts";

export const snapshotTypeSchema = z.enum(["vm", "ct", "host"]);
export type SnapshotType = z.infer<typeof snapshotTypeSchema>;

export const backupIdSchema = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u)
  .brand("BackupId");

/** Which group within a namespace. */
export const groupRefSchema = z.object({ type: snapshotTypeSchema, id: backupIdSchema });
export type GroupRef = z.infer<typeof groupRefSchema>;

/** `vm/100`, as Proxmox writes it. */
export function groupText({ type, id }: { readonly type: string; readonly id: string }): string {
  return `${type}/${id}`;
}

/** All backups of one guest or host in one namespace. */
export const snapshotGroupSchema = z.object({
  type: snapshotTypeSchema,
  id: z.string(),
  lastBackup: timeSchema.nullable(),
  count: z.number().nullable(),
  owner: z.string().nullable(),
  /** First line of the notes. */
  comment: z.string(),
  files: z.array(z.string()),
});
export type SnapshotGroup = z.infer<typeof snapshotGroupSchema>;

/** none · signOnly · encrypt · mixed (files differ) · null: the server did not say. */
export const cryptModeSchema = z.enum(["none", "signOnly", "encrypt", "mixed"]).nullable();
export type CryptMode = z.infer<typeof cryptModeSchema>;

export const snapshotFileSchema = z.object({
  name: z.string(),
  size: z.number().nullable(),
  crypt: cryptModeSchema,
});

export const snapshotSchema = z.object({
  type: snapshotTypeSchema,
  id: z.string(),
  /** Its own time, in whole seconds, ms since the epoch: with type and id its name. */
  time: timeSchema,
  size: z.number().nullable(),
  owner: z.string().nullable(),
  comment: z.string(),
  protected: z.boolean(),
  verification: z.object({ state: z.enum(["ok", "failed", "none"]), upid: z.string().nullable() }),
  crypt: cryptModeSchema,
  /** Fingerprint of the key that it is encrypted with. */
  keyFingerprint: z.string().nullable(),
  /** Without a manifest: the backup runs, or was cut short. */
  unfinished: z.boolean(),
  files: z.array(snapshotFileSchema),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** `vm/100/2026-11-27T12:00:00Z`, the name of a snapshot as Proxmox writes it. */
export function snapshotText({
  type,
  id,
  time,
}: {
  readonly type: string;
  readonly id: string;
  readonly time: number;
}): string {
  return `${type}/${id}/${new Date(time).toISOString().slice(0, 19)}Z`;
}
