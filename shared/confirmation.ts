import { z } from "zod";

import { datastoreNameSchema, namespaceSchema } from "./datastore.ts";
import { powerActionSchema } from "./guest.ts";
import { clusterIdSchema, jobIdSchema, timeSchema } from "./ids.ts";
import { keepSchema } from "./retention.ts";
import { serverJobKindSchema } from "./server-job.ts";
import { groupRefSchema } from "./snapshot.ts";

/** What can be confirmed. The main process mints a token that is bound to exactly this target in the state it was shown. */
export const confirmableSchema = z.discriminatedUnion("action", [
  z.object({
    action: z.literal("guest.power"),
    clusterId: clusterIdSchema,
    node: z.string(),
    vmid: z.number().int(),
    power: powerActionSchema,
  }),
  z.object({ action: z.literal("cluster.deregister"), clusterId: clusterIdSchema }),
  z.object({ action: z.literal("job.cancel"), jobId: jobIdSchema }),
  /** `group` null: every group of just this namespace. */
  z.object({
    action: z.literal("datastore.prune"),
    clusterId: clusterIdSchema,
    store: datastoreNameSchema,
    namespace: namespaceSchema,
    group: groupRefSchema.nullable(),
    keep: keepSchema,
  }),
  /** A job of a backup server that removes backups. */
  z.object({
    action: z.literal("serverJob.run"),
    clusterId: clusterIdSchema,
    kind: serverJobKindSchema,
    id: z.string().max(256),
  }),
  z.object({ action: z.literal("task.stop"), clusterId: clusterIdSchema, upid: z.string().max(512) }),
]);
export type Confirmable = z.infer<typeof confirmableSchema>;

export const confirmationSchema = z.object({
  token: z.string(),
  expiresAt: timeSchema,
  /** What the dialog shows, as it is now: name, vmid, node, status, running jobs … */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
export type Confirmation = z.infer<typeof confirmationSchema>;
