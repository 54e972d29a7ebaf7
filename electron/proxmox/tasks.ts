import { z } from "zod";

import { isAppError } from "../../shared/errors.ts";
import { parseUpid } from "../../shared/task.ts";
import { maxText, plainTextField, requiredInteger, requiredText, rowsOf, timeField } from "./schema.ts";
import type { ServerKind } from "../../shared/cluster.ts";
import type { Rows } from "./schema.ts";

/** What the tasks of Proxmox VE and Backup Server have in common. */

/** More lines in one answer than this are no window any more. */
const maxLines = 5000;

export type TaskStatus =
  | { readonly state: "running"; readonly serverTime: number | null }
  /** `exitStatus` exactly as the server wrote it: OK, `WARNINGS: n`, or an error's text; null where it said none. */
  | { readonly state: "stopped"; readonly exitStatus: string | null; readonly serverTime: number | null }
  /** 400 "no such task": its log is gone, or it has not been written yet. */
  | { readonly state: "gone" }
  /** 403: this account may not see it (another token's task). */
  | { readonly state: "hidden" };

export const statusSchema = z.object({
  status: z.enum(["running", "stopped"]),
  exitstatus: z.string().nullish().catch(null),
});

export interface TaskLog {
  /** `n` counts from 1. Whole lines as a program printed them: not safe to show as they are. */
  readonly lines: readonly { readonly n: number; readonly text: string }[];
  /** Lines that the log has now; null where the server does not say. */
  readonly total: number | null;
  /** The file has been removed. */
  readonly gone: boolean;
}

const lineSchema = z
  .object({ n: requiredInteger, t: plainTextField })
  .transform(({ n, t }) => ({ n, text: t.length < maxText ? t : `${t}…` }));

/** Numbered as the server numbers them, from 1: a line may come twice, or be left out. */
export const logRows = rowsOf(lineSchema);

/** `start` counts from 0. A limit of 0 means "all", but "none" before PVE 7.3: never sent. */
export function logWindow(input: { readonly start: number; readonly limit: number }): {
  readonly start: number;
  readonly limit: number;
} {
  return {
    start: Math.max(0, Math.trunc(input.start)),
    limit: Math.min(Math.max(1, Math.trunc(input.limit)), maxLines),
  };
}

/** What one answer holds of a log, fewer lines where they are very long; null where even one is more than we read at once. */
export async function readLines<T>(limit: number, read: (limit: number) => Promise<T>): Promise<T | null> {
  try {
    return await read(limit);
  } catch (error) {
    if (!isAppError(error, "server.tooLarge")) throw error;
    return limit === 1 ? null : await readLines(Math.ceil(limit / 10), read);
  }
}

/** In the place of a line that is longer than any answer. */
export function tooLong(start: number): TaskLog {
  return { lines: [{ n: start + 1, text: "…" }], total: null, gone: false };
}

export interface FoundTask {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  /** With the token, where one started it. */
  readonly user: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Exit text; null while it runs. */
  readonly status: string | null;
}

/** Rows of a list of tasks. Type, id and user are the UPID's own: the products name those fields differently. */
export function taskRows(product: ServerKind): z.ZodType<Rows<FoundTask>> {
  return rowsOf(
    z
      .object({ upid: requiredText, endtime: timeField, status: plainTextField })
      .transform((row, context): FoundTask => {
        const upid = parseUpid(row.upid);
        if (upid?.product !== product) {
          context.addIssue({ code: "custom", message: "not a UPID", path: ["upid"] });
          return z.NEVER;
        }
        const isRunning = row.endtime === null && (row.status === "" || row.status === "RUNNING");
        return {
          upid: upid.upid,
          node: upid.node,
          type: upid.type,
          id: upid.id,
          user: upid.user,
          startedAt: upid.startTime * 1000,
          endedAt: row.endtime,
          status: isRunning ? null : row.status,
        };
      }),
  );
}

export interface TaskPage {
  readonly tasks: readonly FoundTask[];
  readonly bad: number;
  readonly total: number | null;
  readonly serverTime: number | null;
}
