import { z } from "zod";

import { clusterIdSchema } from "./ids.ts";

/** How a storage of a cluster was recognised as a datastore of a registered backup server. */
export const recognisedBySchema = z.enum(["address", "fingerprint"]);

/** A storage of type `pbs` of a cluster, and the datastore that it points to. */
export const backupPlaceSchema = z.object({
  clusterId: clusterIdSchema,
  storage: z.string(),
  /** Host as the cluster asks it, port and names as configured there. */
  server: z.string(),
  port: z.number().int(),
  store: z.string(),
  namespace: z.string(),
  /** The registered backup server that it is; null = none of them. */
  backupServer: z.object({ id: clusterIdSchema, by: recognisedBySchema }).nullable(),
});
export type BackupPlace = z.infer<typeof backupPlaceSchema>;

/** Where a backup really lies: two storages that point to the same place list the same snapshots. */
export const snapshotPlaceSchema = z.object({
  serverId: clusterIdSchema,
  store: z.string(),
  namespace: z.string(),
});

/** Volume id of a backup server's snapshot → its name there: `pbs1:backup/vm/100/2026-…Z` → `vm/100/2026-…Z`; null for files. */
export function snapshotOfVolid(volid: string): string | null {
  return /:backup\/((?:vm|ct|host)\/[^/]+\/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/u.exec(volid)?.[1] ?? null;
}
