import { z } from "zod";

import { AppError, isAppError } from "../../../shared/errors.ts";
import { parseUpid } from "../../../shared/task.ts";
import { taskRequests } from "../requests/pve/tasks.ts";
import { maxText, plainTextField, requiredInteger, requiredText, rowsOf, timeField } from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Answer, Session } from "../session.ts";
import { settled } from "./launch.ts";

/** More lines in one answer than this are no window any more. */
const maxLines = 5000;
/** Rows of one page, and pages of one search: a node remembers about a thousand tasks. */
const pageRows = 500;
const maxPages = 10;

export type TaskStatus =
  | { readonly state: "running"; readonly serverTime: number | null }
  /** `exitStatus` exactly as the server wrote it: OK, `WARNINGS: n`, or an error's text; null where it said none. */
  | { readonly state: "stopped"; readonly exitStatus: string | null; readonly serverTime: number | null }
  /** 400 "no such task": its log is gone, or it has not been written yet. */
  | { readonly state: "gone" }
  /** 403: this account may not see it (another token's task). */
  | { readonly state: "hidden" };

const statusSchema = z.object({
  status: z.enum(["running", "stopped"]),
  exitstatus: z.string().nullish().catch(null),
});

/** "no such task" in the field `upid` is the only 400 that means gone (seen on PVE 9.2). */
function isGone(error: unknown): boolean {
  return (
    isAppError(error, "server.notFound") &&
    error.details.status === 400 &&
    "upid" in (error.details.fields ?? {})
  );
}

/** The task and the node that has it. Throws AppError `input.invalid` for what is no UPID. */
function taskOf(text: string): { readonly node: string; readonly upid: string } {
  const parsed = parseUpid(text);
  if (parsed?.product !== "pve") throw new AppError("input.invalid", { fields: { upid: "does not fit" } });
  const { node, upid } = parsed;
  return { node, upid };
}

/** Always asks the UPID's own node. Throws AppError `input.invalid`, `server.*`. */
export async function readTaskStatus(
  session: Session,
  input: { readonly upid: string },
  signal: AbortSignal,
): Promise<TaskStatus> {
  const values = taskOf(input.upid);
  try {
    const { value, serverTime } = await session.read(
      { request: taskRequests.status, values, schema: statusSchema },
      signal,
    );
    if (value.status === "running") return { state: "running", serverTime };
    return { state: "stopped", exitStatus: value.exitstatus ?? null, serverTime };
  } catch (error) {
    if (isGone(error)) return { state: "gone" };
    if (isAppError(error, "server.forbidden")) return { state: "hidden" };
    throw error;
  }
}

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

/** What one answer holds of a log; null where even a single line is more than we read at once. */
async function readLines(
  session: Session,
  values: { readonly node: string; readonly upid: string; readonly start: number },
  limit: number,
  signal: AbortSignal,
): Promise<Answer<Rows<TaskLog["lines"][number]>> | null> {
  const request = { request: taskRequests.log, schema: rowsOf(lineSchema), encoding: "tolerant" } as const;
  try {
    return await session.read({ ...request, values: { ...values, limit } }, signal);
  } catch (error) {
    if (!isAppError(error, "server.tooLarge")) throw error;
    return limit === 1 ? null : await readLines(session, values, Math.ceil(limit / 10), signal);
  }
}

/**
 * Lines from `start` (0-based), at most `limit`, fewer where they are very long; a line that is too long for any answer is "…".
 * An empty log and a removed one come as a line of text with 200 (pve-common, dump_logfile): they are told apart here. Throws
 * AppError `server.*`.
 */
export async function readTaskLog(
  session: Session,
  input: { readonly upid: string; readonly start: number; readonly limit: number },
  signal: AbortSignal,
): Promise<TaskLog> {
  // 0 means "all" since 7.3 and "none" before: never sent.
  const limit = Math.min(Math.max(1, Math.trunc(input.limit)), maxLines);
  const start = Math.max(0, Math.trunc(input.start));
  const answer = await readLines(session, { ...taskOf(input.upid), start }, limit, signal);
  if (answer === null) return { lines: [{ n: start + 1, text: "…" }], total: null, gone: false };
  const { rows: lines } = answer.value;
  const [only] = lines;
  if (lines.length === 1 && only?.n === 1) {
    if (only.text === "no content") return { lines: [], total: 0, gone: false };
    if (only.text.startsWith("unable to open file - ")) return { lines: [], total: null, gone: true };
  }
  return { lines, total: answer.total, gone: false };
}

export interface TaskQuery {
  readonly node: string;
  /** Exact UPID type. */
  readonly type?: string;
  readonly vmid?: number;
  /** Bounds on the start, ms since the epoch by the node's clock. */
  readonly since?: number;
  readonly until?: number;
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

const taskSchema = z
  .object({ upid: requiredText, endtime: timeField, status: plainTextField })
  .transform((row, context): FoundTask => {
    const upid = parseUpid(row.upid);
    if (upid?.product !== "pve") {
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
  });

export interface TaskPage {
  readonly tasks: readonly FoundTask[];
  readonly bad: number;
  readonly total: number | null;
  readonly serverTime: number | null;
}

/** One page of a node's tasks, running and finished, newest first. Other people's need Sys.Audit on the node. Throws AppError `server.*`. */
export async function listTasks(
  session: Session,
  input: TaskQuery & { readonly start: number; readonly limit: number },
  signal: AbortSignal,
): Promise<TaskPage> {
  const { value, total, serverTime } = await session.read(
    {
      request: taskRequests.list,
      values: {
        node: input.node,
        // The default lists finished tasks only.
        source: "all",
        start: input.start,
        limit: Math.max(1, input.limit),
        typefilter: input.type,
        vmid: input.vmid,
        since: input.since === undefined ? undefined : Math.floor(input.since / 1000),
        until: input.until === undefined ? undefined : Math.ceil(input.until / 1000),
      },
      schema: rowsOf(taskSchema),
    },
    signal,
  );
  return { tasks: value.rows, bad: value.bad, total, serverTime };
}

/** All pages of a search. Throws AppError `server.badAnswer` where a row cannot be read: it may be the one that is looked for. */
export async function findTasks(
  session: Session,
  input: TaskQuery,
  signal: AbortSignal,
): Promise<readonly FoundTask[]> {
  const found = new Map<string, FoundTask>();
  for (let page = 0; page < maxPages; page += 1) {
    const { tasks, bad } = await listTasks(
      session,
      { ...input, start: page * pageRows, limit: pageRows },
      signal,
    );
    if (bad > 0)
      throw new AppError("server.badAnswer", { params: { address: session.address, reason: "tasks" } });
    for (const task of tasks) found.set(task.upid, task);
    if (tasks.length < pageRows) break;
  }
  const { since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = input;
  // UPIDs have whole seconds: the bounds are met by the second.
  return [...found.values()].filter((task) => task.startedAt >= since - 999 && task.startedAt <= until + 999);
}

/** Asks for the end of a task; answers before it is gone, also where it had ended long before. Throws AppError `server.*`. */
export async function stopTask(
  session: Session,
  input: { readonly upid: string },
  signal: AbortSignal,
): Promise<void> {
  settled(await session.write({ request: taskRequests.stop, values: taskOf(input.upid) }, signal));
}
