import { z } from "zod";

import { snapshotPlaceSchema } from "./backup-place.ts";
import { clusterIdSchema, timeSchema } from "./ids.ts";
import { guestTypeSchema } from "./guest.ts";

/** One restorable copy. Bytes; null = the server did not say. */
export const backupSchema = z.object({
  clusterId: clusterIdSchema,
  storage: z.string(),
  storageType: z.string(),
  /** A node that can read it. */
  node: z.string(),
  shared: z.boolean(),
  volid: z.string(),
  vmid: z.number().int().nullable(),
  guestType: guestTypeSchema.nullable(),
  /** The guest's name today, where it still exists under that vmid. */
  guestName: z.string().nullable(),
  /** Where on a registered backup server it lies; null = on none, or not recognised. */
  place: snapshotPlaceSchema.nullable(),
  createdAt: timeSchema,
  size: z.number().nullable(),
  format: z.string(),
  /** First line only in lists, as the server gives it. */
  notes: z.string(),
  protected: z.boolean(),
  verification: z.enum(["ok", "failed", "none"]),
  encrypted: z.boolean(),
  seenAt: timeSchema,
});
export type Backup = z.infer<typeof backupSchema>;

/** What we know of one storage's backup list: without it an empty list would lie. */
export const coverageSchema = z.object({
  clusterId: clusterIdSchema,
  /** `*` (and node `*`): storages that this account may not even list. */
  storage: z.string(),
  node: z.string(),
  /** partial: the account sees the storage, but only some guests' backups · unreadable: some entries could not be understood. */
  state: z.enum(["read", "partial", "unreadable", "mayNotSee", "unreachable", "notRead"]),
  /** Missing privilege, for partial and mayNotSee. */
  privilege: z.string().nullable(),
  seenAt: timeSchema.nullable(),
});
export type Coverage = z.infer<typeof coverageSchema>;

export const backupModeSchema = z.enum(["snapshot", "suspend", "stop"]);
export const compressionSchema = z.enum(["zstd", "gzip", "lzo", "0"]);
