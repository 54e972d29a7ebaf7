import { z } from "zod";

import { errorDataSchema } from "./errors.ts";
import { clusterIdSchema, timeSchema } from "./ids.ts";
import { guestResultSchema, jobProgressSchema, pauseReasonSchema } from "./job.ts";
import { taskStateSchema } from "./task.ts";

/** One task of a server, whoever started it, as the server lists it. Times are the server's own. */
export const listedTaskSchema = z.object({
  clusterId: clusterIdSchema,
  upid: z.string(),
  node: z.string(),
  /** UPID type: vzdump, qmstart, garbage_collection … */
  type: z.string(),
  /** The vmid where exactly one guest is concerned, `store:vm/100` on a backup server; may be empty. */
  id: z.string(),
  /** `user@realm` or `user@realm!token`. */
  user: z.string(),
  startedAt: timeSchema,
  endedAt: timeSchema.nullable(),
  state: taskStateSchema,
  /** The server's own words for the end. */
  exitStatus: z.string().nullable(),
  seenAt: timeSchema,
});
export type ListedTask = z.infer<typeof listedTaskSchema>;

export function taskKey(task: { readonly clusterId: string; readonly upid: string }): string {
  return `${task.clusterId}/${task.upid}`;
}

const missingRightSchema = z.object({ privilege: z.string(), path: z.string() });

/** How complete the list of a server's tasks is: without this an empty list would lie. */
export const taskCoverageSchema = z.object({
  clusterId: clusterIdSchema,
  /** When it was last read; null = not yet. */
  seenAt: timeSchema.nullable(),
  /** Why it could not be read the last time. */
  error: errorDataSchema.nullable(),
  /** Other people's tasks are not among them for want of this. */
  missing: missingRightSchema.nullable(),
  /** A token sees only what it started itself, a user also what his tokens did. */
  asToken: z.boolean(),
  /** Nodes whose tasks could not be read. */
  unread: z.array(z.string()),
});
export type TaskCoverage = z.infer<typeof taskCoverageSchema>;

/** A task while its page is open. `gone`: the server has forgotten it · `hidden`: this account may not see it. */
export const followedTaskSchema = z.object({
  clusterId: clusterIdSchema,
  upid: z.string(),
  state: z.enum([...taskStateSchema.options, "gone", "hidden"]),
  exitStatus: z.string().nullable(),
  /** With `hidden`: what this account lacks. */
  missing: missingRightSchema.nullable(),
  /** Why nothing new is known of it, though it may well go on. */
  pause: pauseReasonSchema.nullable(),
  progress: jobProgressSchema.nullable(),
  guests: z.array(guestResultSchema),
  warnings: z.array(z.string()),
  /** Why it failed, as the log tells it. */
  error: z.string().nullable(),
  logLines: z.number().int(),
  /** The log was read to its end. */
  logComplete: z.boolean(),
  /** The server has removed the log. */
  logGone: z.boolean(),
});
export type FollowedTask = z.infer<typeof followedTaskSchema>;
