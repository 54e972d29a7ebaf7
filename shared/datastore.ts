import { z } from "zod";

import { clusterIdSchema, timeSchema } from "./ids.ts";

/** Proxmox Backup Server's own grammars (pbs-api-types): anything else never becomes part of a request. */
export const datastoreNameSchema = z
  .string()
  .min(3)
  .max(32)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u)
  .brand("DatastoreName");
/** `a/b/c`, at most seven deep; empty is the root. */
export const namespaceSchema = z
  .string()
  .max(256)
  .regex(/^(?:[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,7})?$/u)
  .brand("Namespace");

/** When the trend of the last month would fill it: the server's own estimate. */
export const fullDateSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("at"), at: timeSchema }),
  /** What is used shrinks or stays: the server's estimate lies in the past. */
  z.object({ kind: z.literal("notFilling") }),
  /** Too few points yet, or the server gave none. */
  z.object({ kind: z.literal("unknown") }),
]);
export type FullDate = z.infer<typeof fullDateSchema>;

/** One datastore of a registered backup server. Bytes; null = the server did not say. */
export const datastoreSchema = z.object({
  clusterId: clusterIdSchema,
  store: z.string(),
  comment: z.string(),
  total: z.number().nullable(),
  used: z.number().nullable(),
  available: z.number().nullable(),
  /** Why the server cannot give its figures, in its own words. */
  problem: z.string().nullable(),
  /** `read-only`, `offline`, `delete`, `unmount`, `s3-refresh` or a newer word; null = none. */
  maintenance: z.object({ type: z.string(), message: z.string() }).nullable(),
  mount: z.enum(["mounted", "notMounted", "fixed"]).nullable(),
  /** `filesystem` or `s3`; null before Proxmox Backup Server 4.2. */
  backend: z.string().nullable(),
  fullDate: fullDateSchema,
  /** The last month in at most `trendPoints` shares of 1, oldest first; null = nothing was measured then. */
  trend: z.array(z.number().nullable()),
  seenAt: timeSchema,
});
export type Datastore = z.infer<typeof datastoreSchema>;

export function datastoreKey({
  clusterId,
  store,
}: {
  readonly clusterId: string;
  readonly store: string;
}): string {
  return `${clusterId}/${store}`;
}

/** Used share of 1; null = not known. */
export function usedShare({ used, total }: Pick<Datastore, "used" | "total">): number | null {
  return used === null || total === null || total <= 0 ? null : used / total;
}

/** The curve of usage as the server keeps it. */
export const usageHistorySchema = z.object({
  start: timeSchema,
  /** ms between two values. */
  step: z.number(),
  /** Shares of 1; null = nothing was measured then. */
  values: z.array(z.number().nullable()),
});
export type UsageHistory = z.infer<typeof usageHistorySchema>;

export const trendPoints = 60;

/** As many equal spans as `points`, each its newest value: a span without any stays a gap. */
export function thinned(values: ReadonlyArray<number | null>, points: number): Array<number | null> {
  if (values.length <= points) return [...values];
  return Array.from({ length: points }, (_, index) => {
    const from = Math.floor((index * values.length) / points);
    const to = Math.floor(((index + 1) * values.length) / points);
    return values.slice(from, to).findLast((value) => value !== null) ?? null;
  });
}

/** What garbage collection left and when it runs; null = the server did not say, or it never ran. */
export const gcStatusSchema = z.object({
  diskBytes: z.number().nullable(),
  /** Bytes that the backups would take without deduplication. */
  indexBytes: z.number().nullable(),
  removedBytes: z.number().nullable(),
  pendingBytes: z.number().nullable(),
  /** Chunks that a verification found damaged and that are still there. */
  stillBad: z.number().nullable(),
  upid: z.string().nullable(),
});
export type GcStatus = z.infer<typeof gcStatusSchema>;

/** Groups and snapshots of one type; as far as this account may see them. */
export const backupCountsSchema = z.object({
  type: z.enum(["vm", "ct", "host", "other"]),
  groups: z.number(),
  snapshots: z.number(),
});
export type BackupCounts = z.infer<typeof backupCountsSchema>;

/** How far an account may go in a namespace: with every group, with its own alone, not at all, or not known yet. */
export const reachSchema = z.enum(["all", "own", "none", "unknown"]);
export type Reach = z.infer<typeof reachSchema>;

export const datastoreRightsSchema = z.object({
  see: reachSchema,
  verify: reachSchema,
  prune: reachSchema,
  /** Protection and notes. */
  edit: reachSchema,
  collectGarbage: reachSchema,
});
export type DatastoreRights = z.infer<typeof datastoreRightsSchema>;
