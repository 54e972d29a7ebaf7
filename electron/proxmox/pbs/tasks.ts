import { AppError, isAppError } from "../../../shared/errors.ts";
import { parseUpid } from "../../../shared/task.ts";
import { settled } from "../pve/launch.ts";
import { hostRequests } from "../requests/pbs/host.ts";
import { logRows, logWindow, readLines, statusSchema, taskRows, tooLong } from "../tasks.ts";
import type { Session } from "../session.ts";
import type { TaskLog, TaskPage, TaskStatus } from "../tasks.ts";

/** Tasks of a backup server: the same questions as Proxmox VE's (pve/tasks.ts), answered a little otherwise. */

function upidOf(text: string): string {
  const parsed = parseUpid(text);
  if (parsed?.product !== "pbs") throw new AppError("input.invalid", { fields: { upid: "does not fit" } });
  return parsed.upid;
}

/** It says so in words only, with 400 (proxmox-backup, api2/node/tasks.rs). */
function isHidden(error: unknown): boolean {
  return (
    isAppError(error, "server.forbidden") ||
    (isAppError(error) && (error.details.server ?? "").includes("task access not allowed"))
  );
}

function isGone(error: unknown): boolean {
  return isAppError(error) && (error.details.server ?? "").includes("No such file or directory");
}

/** A task that it has forgotten is `stopped` with the exit status `unknown`. Throws AppError `input.invalid`, `server.*`. */
export async function readTaskStatus(
  session: Session,
  input: { readonly upid: string },
  signal: AbortSignal,
): Promise<TaskStatus> {
  const values = { upid: upidOf(input.upid) };
  try {
    const { value, serverTime } = await session.read(
      { request: hostRequests.taskStatus, values, schema: statusSchema },
      signal,
    );
    if (value.status === "running") return { state: "running", serverTime };
    return { state: "stopped", exitStatus: value.exitstatus ?? null, serverTime };
  } catch (error) {
    if (isHidden(error)) return { state: "hidden" };
    if (isGone(error)) return { state: "gone" };
    throw error;
  }
}

/** Lines from `start` (0-based), at most `limit`; this server counts from 1. Throws AppError `server.*`. */
export async function readTaskLog(
  session: Session,
  input: { readonly upid: string; readonly start: number; readonly limit: number },
  signal: AbortSignal,
): Promise<TaskLog> {
  const { start, limit } = logWindow(input);
  const values = { upid: upidOf(input.upid), start: start + 1 };
  try {
    const answer = await readLines(limit, (fewer) =>
      session.read(
        {
          request: hostRequests.taskLog,
          values: { ...values, limit: fewer },
          schema: logRows,
          encoding: "tolerant",
        },
        signal,
      ),
    );
    if (answer === null) return tooLong(start);
    return { lines: answer.value.rows, total: answer.total, gone: false };
  } catch (error) {
    if (isGone(error)) return { lines: [], total: null, gone: true };
    throw error;
  }
}

/** One page of the tasks, running and finished, newest first. Others' need Sys.Audit on /system/tasks. Throws AppError `server.*`. */
export async function listTasks(
  session: Session,
  input: { readonly start: number; readonly limit: number },
  signal: AbortSignal,
): Promise<TaskPage> {
  const { value, total, serverTime } = await session.read(
    {
      request: hostRequests.tasks,
      // 0 would be all of them.
      values: { start: input.start, limit: Math.max(1, input.limit) },
      schema: taskRows("pbs"),
    },
    signal,
  );
  return { tasks: value.rows, bad: value.bad, total, serverTime };
}

/** Asks for the end of a task; says nothing of the outcome. Throws AppError `server.*`. */
export async function stopTask(
  session: Session,
  input: { readonly upid: string },
  signal: AbortSignal,
): Promise<void> {
  const values = { upid: upidOf(input.upid) };
  settled(await session.write({ request: hostRequests.stopTask, values }, signal));
}
