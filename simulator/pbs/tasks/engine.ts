import { holds } from "../../behaviours.ts";
import { rfc3339 } from "../../format.ts";
import { nextDue } from "../../tasks/due.ts";
import type { Values } from "../../schema.ts";
import type { BackupState } from "../state.ts";
import { applyEffect } from "./effects.ts";
import type { BackupTask, Step } from "./task.ts";
import { formatUpid } from "./upid.ts";

type TaskWish = {
  readonly type: string;
  readonly id: string | null;
  readonly user: string;
  readonly params: Values;
  readonly client?: string;
  /** Steps with times counted from the start of the task. */
  readonly steps: (upid: string) => readonly Step[];
};

const stamped = (state: BackupState, at: number, line: string): string =>
  `${rfc3339(state.clock.secondsAt(at), state.world.timeZone)}: ${line}`;

/** Starts a worker: writes the ledger, then applies what is due at once. Returns the task, whose UPID is the answer. */
export function startTask(state: BackupState, wish: TaskWish): BackupTask {
  const begin = state.clock.taskTime();
  const { world } = state;
  const parts = {
    node: world.node,
    pid: world.daemon.pid,
    pstart: world.daemon.pstart,
    taskId: world.daemon.nextTask,
    starttime: state.clock.secondsAt(begin),
    type: wish.type,
    id: wish.id,
    user: wish.user,
  };
  world.daemon.nextTask += 1;
  // Without P20 the closing colon is left out, as a client might think it could be.
  const upid = holds(state, "P20") ? formatUpid(parts) : formatUpid(parts).slice(0, -1);
  const task: BackupTask = {
    ...parts,
    upid,
    params: wish.params,
    client: wish.client ?? null,
    lines: [],
    pending: wish.steps(upid).map((step) => ({ ...step, at: begin + step.at })),
    exit: null,
    endtime: null,
    warnings: 0,
    pausedAt: null,
    stopping: false,
    forgotten: false,
  };
  state.tasks.push(task);
  state.ledger.add({
    kind: "task",
    at: state.clock.now(),
    upid,
    type: task.type,
    vmid: task.id ?? "",
    user: task.user,
    params: wish.params,
  });
  advance(state);
  state.changed();
  return task;
}

/** `TASK OK`, `TASK WARNINGS: n`, `TASK ERROR: …`: the last line of a log. */
export function endLine(exit: string): string {
  return exit === "OK" || exit.startsWith("WARNINGS: ") || exit === "unknown"
    ? `TASK ${exit}`
    : `TASK ERROR: ${exit}`;
}

function finish(state: BackupState, task: BackupTask, exit: string, at: number): void {
  task.exit = exit === "OK" && task.warnings > 0 ? `WARNINGS: ${task.warnings}` : exit;
  task.endtime = Math.max(task.starttime, state.clock.secondsAt(at));
  task.pending = [];
  task.lines.push(stamped(state, at, endLine(task.exit)));
}

/** Brings every task to the present, in the order in which things happened across all of them. */
export function advance(state: BackupState): void {
  const until = state.clock.taskTime();
  let changed = false;
  for (let task = nextDue(state.tasks, until); task !== null; task = nextDue(state.tasks, until)) {
    const step = task.pending.shift();
    if (step === undefined) break;
    if ("line" in step) {
      task.lines.push(stamped(state, step.at, step.line));
      if (step.warning) task.warnings += 1;
      continue;
    }
    if (step.effect.kind === "end") finish(state, task, step.effect.exit, step.at);
    else applyEffect(state, task, step.effect);
    changed = true;
  }
  if (changed) state.changed();
}

/** Carries a task through to its end at once, as work that the answer waits for. */
export function finishNow(state: BackupState, task: BackupTask): void {
  const now = state.clock.taskTime();
  task.pending = task.pending.map((step) => ({ ...step, at: Math.min(step.at, now) }));
  advance(state);
}

/** Puts steps in place of everything a task still had to do. Times count from now. */
export function redirect(state: BackupState, task: BackupTask, steps: readonly Step[]): void {
  const now = state.clock.taskTime();
  task.pending = steps.map((step) => ({ ...step, at: now + step.at }));
  task.pausedAt = null;
  state.changed();
}
