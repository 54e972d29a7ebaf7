import { z } from "zod";

import { clusterSchema, registrationStepSchema } from "./cluster.ts";
import { datastoreSchema } from "./datastore.ts";
import { errorDataSchema } from "./errors.ts";
import { followedTaskSchema, listedTaskSchema, taskCoverageSchema } from "./followed-task.ts";
import { guestSchema } from "./guest.ts";
import { jobSchema, logLineSchema } from "./job.ts";
import { settingsSchema } from "./settings.ts";
import { storageSchema } from "./storage.ts";

/**
 * A change of a live set, with a revision, so that a reader drops what is older than what it has. `changed`: whole states.
 * `patched`: of states that every reader has, the fields that are new; absent = none.
 */
function liveChange<T extends z.ZodObject>(item: T) {
  return z.object({
    revision: z.number().int(),
    changed: z.array(item),
    patched: z.array(z.object({ key: z.string(), fields: item.partial() })).optional(),
    removed: z.array(z.string()),
  });
}

/** A whole live set as it is now. */
export function liveSet<T extends z.ZodType>(item: T) {
  return z.object({ revision: z.number().int(), items: z.array(item) });
}

/** Event → payload. A keyed event reaches only those who subscribed to that key (or to all of them). */
export const events = {
  "clusters.changed": liveChange(clusterSchema),
  "guests.changed": liveChange(guestSchema),
  "storages.changed": liveChange(storageSchema),
  "datastores.changed": liveChange(datastoreSchema),
  "jobs.changed": liveChange(jobSchema),
  /** Key: job id. New lines of a job's log. */
  "job.output": z.object({ jobId: z.string(), upid: z.string(), lines: z.array(logLineSchema) }),
  "tasks.changed": liveChange(listedTaskSchema),
  "tasks.coverage": liveChange(taskCoverageSchema),
  /** Key: `clusterId/upid`. A task whose page is open. */
  "task.changed": followedTaskSchema,
  /** Key: the same. New lines of its log. */
  "task.output": z.object({ clusterId: z.string(), upid: z.string(), lines: z.array(logLineSchema) }),
  /** Key: the attempt's id, minted by the caller of clusters.register. */
  "registration.step": z.object({
    attempt: z.string(),
    step: registrationStepSchema,
    state: z.enum(["running", "done", "failed"]),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  "settings.changed": settingsSchema,
  "vault.changed": z.object({ state: z.string() }),
  /** The backups cache of a cluster changed: windows over it should be read again. */
  "backups.changed": z.object({ clusterId: z.string() }),
  /** A file that the loopback host hands to the browser: open this stream and save it under this name. */
  "host.save": z.object({ stream: z.string(), fileName: z.string(), size: z.number().nullable() }),
  "host.openLink": z.object({ url: z.string() }),
  "host.notify": z.object({
    title: z.string(),
    body: z.string(),
    severity: z.enum(["good", "attention", "bad"]),
  }),
  /** Something failed where nobody was waiting for the answer. */
  "app.problem": errorDataSchema,
} as const satisfies Record<string, z.ZodType>;

export type Events = { readonly [K in keyof typeof events]: z.infer<(typeof events)[K]> };
export type EventName = keyof typeof events;
