import { holds } from "../../behaviours.ts";
import type { BackupState } from "../state.ts";
import { redirect } from "./engine.ts";
import type { BackupType } from "../world.ts";
import type { BackupTask, Step } from "./task.ts";

/** A worker looks for a request to abort between two chunks. */
const NOTICE_MS = 700;

function abortedAs(type: string): string {
  if (type === "backup" || type === "reader") return "task aborted";
  return type.startsWith("sync") ? "sync aborted" : "abort requested - aborting task";
}

/** What an aborted backup had written is removed. */
function failedBackup(task: BackupTask): readonly Step[] {
  const { params } = task;
  if (task.type !== "backup") return [];
  const place = {
    store: String(params["store"]),
    ns: String(params["ns"]),
    type: String(params["backup-type"]) as BackupType,
    id: String(params["backup-id"]),
  };
  return [
    { at: NOTICE_MS, line: "backup failed: task aborted" },
    { at: NOTICE_MS, line: "removing failed backup" },
    { at: NOTICE_MS, effect: { kind: "snapshot-remove", place, time: Number(params["backup-time"]) } },
  ];
}

/** DELETE of a task: answers before the worker is gone; a second request says nothing more, a finished task nothing at all. */
export function stopTask(state: BackupState, task: BackupTask): void {
  if (task.exit !== null || task.stopping) return;
  task.stopping = true;
  redirect(state, task, [
    { at: 0, line: "received abort request ..." },
    ...failedBackup(task),
    { at: NOTICE_MS, effect: { kind: "end", exit: abortedAs(task.type) } },
  ]);
}

/** The daemon dies and comes back: what ran is gone without a last word, and its state is `unknown` from its own start on. */
export function restartDaemon(state: BackupState): void {
  const { world, clock } = state;
  for (const task of state.tasks.filter((one) => one.exit === null)) {
    task.exit = holds(state, "P21") ? "unknown" : "OK";
    task.endtime = task.starttime;
    task.pending = [];
    task.pausedAt = null;
  }
  world.daemon = {
    pid: world.daemon.pid + 4021,
    pstart: Math.floor(Math.max(0, clock.seconds() - world.bootedAt) * 100),
    nextTask: 0,
  };
  state.changed();
}
