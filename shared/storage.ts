import { z } from "zod";

import { clusterIdSchema, timeSchema } from "./ids.ts";

/** One storage as seen from one node. Bytes; null = the server did not say (for example: not mounted). */
export const storageSchema = z.object({
  clusterId: clusterIdSchema,
  node: z.string(),
  storage: z.string(),
  /** `dir`, `nfs`, `pbs`, `lvmthin` … */
  type: z.string(),
  content: z.array(z.string()),
  shared: z.boolean(),
  enabled: z.boolean(),
  active: z.boolean(),
  total: z.number().nullable(),
  used: z.number().nullable(),
  available: z.number().nullable(),
  seenAt: timeSchema,
});
export type Storage = z.infer<typeof storageSchema>;

export function takesBackups(storage: Pick<Storage, "content" | "enabled" | "active">): boolean {
  return storage.enabled && storage.active && storage.content.includes("backup");
}

/** One storage as seen from one node: the same shared storage counts once per node. */
export function storageKey(storage: Pick<Storage, "clusterId" | "node" | "storage">): string {
  return `${storage.clusterId}/${storage.node}/${storage.storage}`;
}
