import { AppError, isAppError } from "../../../shared/errors.ts";
import { parseUpid } from "../../../shared/task.ts";
import { clusterRequests } from "../requests/pve/cluster.ts";
import { taskRequests } from "../requests/pve/tasks.ts";
import { logRows, logWindow, readLines, statusSchema, taskRows, tooLong } from "../tasks.ts";
import type { Session } from "../session.ts";
import type { FoundTask, TaskLog, TaskPage, TaskStatus } from "../tasks.ts";
import { settled } from "./launch.ts";

/** Rows of one page, and pages of one search: a node remembers about a thousand tasks. */
const pageRows = 500;
const maxPages = 10;

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
  const { start, limit } = logWindow(input);
  const values = { ...taskOf(input.upid), start };
  const answer = await readLines(limit, (fewer) =>
    session.read(
      {
        request: taskRequests.log,
        values: { ...values, limit: fewer },
        schema: logRows,
        encoding: "tolerant",
      },
      signal,
    ),
  );
  if (answer === null) return tooLong(start);
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

/**
 * All nodes' running and latest tasks (at most 25 finished ones each), up to ten seconds old. Without Sys.Audit on `/` only those
 * whose user is exactly the caller; compared with the whole token id, so that a token sees none. Throws AppError `server.*`.
 */
export async function listClusterTasks(session: Session, signal: AbortSignal): Promise<TaskPage> {
  const { value, total, serverTime } = await session.read(
    { request: clusterRequests.tasks, values: {}, schema: taskRows("pve") },
    signal,
  );
  return { tasks: value.rows, bad: value.bad, total, serverTime };
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
      schema: taskRows("pve"),
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
