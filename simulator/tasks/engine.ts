import { holds } from "../behaviours.ts";
import { abandonAll, pullDepots } from "../depots.ts";
import { endLine } from "../logs/recipe.ts";
import { guestOf, type State } from "../state.ts";
import type { Values } from "../schema.ts";
import { nextDue } from "./due.ts";
import { applyEffect } from "./effects.ts";
import { powerSteps } from "./power.ts";
import type { Effect, Step, Task } from "./task.ts";
import { formatUpid } from "./upid.ts";
import { acquireLock, nextGuest, wakeWaiting } from "./vzdump-run.ts";

type TaskWish = {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly params: Values;
  /** Steps with times counted from the start of the task. */
  readonly steps: readonly Step[];
  readonly vmid?: number | null;
  readonly run?: Task["run"];
  /** The moment of task time at which it began; absent = now. */
  readonly at?: number;
};

/** pstart counts clock ticks since the node booted. */
const TICKS_PER_SECOND = 100;

/** Starts a worker: writes the ledger, then applies what is due at once. Returns the task, whose UPID is the answer. */
export function startTask(state: State, wish: TaskWish): Task {
  const begin = wish.at ?? state.clock.taskTime();
  const starttime = state.clock.secondsAt(begin);
  const boot = state.world.nodes.find((node) => node.node === wish.node)?.bootedAt ?? starttime;
  const pid = state.nextPid;
  state.nextPid += 7;
  const pstart = Math.max(
    1,
    Math.floor((starttime - boot) * TICKS_PER_SECOND + (pid % TICKS_PER_SECOND)) % 0xffffffff,
  );
  const parts = { node: wish.node, pid, pstart, starttime, type: wish.type, id: wish.id, user: wish.user };
  const task: Task = {
    ...parts,
    // Without P20 the closing colon is left out, as a client might think it could be.
    upid: holds(state, "P20") ? formatUpid(parts) : formatUpid(parts).slice(0, -1),
    lines: [],
    pending: wish.steps.map((step) => ({ ...step, at: begin + step.at })),
    exit: null,
    endtime: null,
    warnings: 0,
    run: wish.run ?? null,
    waiting: false,
    pausedAt: null,
    forgotten: false,
    vmid: wish.vmid ?? null,
    recipe: null,
  };
  state.tasks.push(task);
  state.ledger.add({
    kind: "task",
    at: state.clock.now(),
    upid: task.upid,
    type: task.type,
    vmid: task.id,
    user: task.user,
    params: wish.params,
  });
  if (task.run) acquireLock(state, task, begin);
  advance(state);
  state.changed();
  return task;
}

function finish(state: State, task: Task, exit: string, at: number): void {
  const word = exit === "OK" && task.warnings > 0 ? `WARNINGS: ${task.warnings}` : exit;
  task.exit = word;
  task.endtime = Math.max(task.starttime, state.clock.secondsAt(at));
  // Of an HA request the work comes after the end of its task.
  task.pending = task.pending.filter((step) => "effect" in step && step.effect.kind === "task");
  task.waiting = false;
  if (word !== "unexpected status") task.lines.push(endLine(word));
  abandonAll(state, task.upid);
  if (task.type === "vzdump") wakeWaiting(state, task.node, at);
}

/** A task that another task or the HA manager starts: the power of a guest, wherever it is now. */
function startFollowUp(
  state: State,
  effect: Extract<Effect, { kind: "task" }>,
  node: string,
  at: number,
): void {
  const { type, vmid, user } = effect;
  const where = guestOf(state.world, vmid)?.node ?? node;
  const steps = powerSteps(
    state,
    where,
    type.startsWith("qm") ? "qemu" : "lxc",
    vmid,
    type.replace(/^(qm|vz)/, ""),
    {},
  );
  const head: readonly Step[] =
    effect.requestedBy === "ha" ? [{ at: 0, line: "task started by HA resource agent" }] : [];
  startTask(state, {
    node: where,
    type,
    id: String(vmid),
    user,
    params: {},
    steps: [...head, ...steps],
    vmid,
    at,
  });
}

function apply(state: State, task: Task, effect: Effect, at: number): void {
  if (effect.kind === "end") finish(state, task, effect.exit, at);
  else if (effect.kind === "next-guest") nextGuest(state, task, at);
  else if (effect.kind === "task") startFollowUp(state, effect, task.node, at);
  else applyEffect(state, effect, task.upid);
}

/** Brings every task to the present, in the order in which things happened across all of them. */
export function advance(state: State): void {
  pullDepots(state);
  const until = state.clock.taskTime();
  let changed = false;
  for (let task = nextDue(state.tasks, until); task !== null; task = nextDue(state.tasks, until)) {
    const step = task.pending.shift();
    if (step === undefined) break;
    if ("line" in step) {
      task.lines.push(step.line);
      if (step.line.startsWith("WARN: ")) task.warnings += 1;
      continue;
    }
    apply(state, task, step.effect, step.at);
    changed = true;
  }
  if (changed) state.changed();
}

/** Puts steps in place of everything a task still had to do. Times count from now. */
export function redirect(state: State, task: Task, steps: readonly Step[]): void {
  const now = state.clock.taskTime();
  task.pending = steps.map((step) => ({ ...step, at: now + step.at }));
  task.pausedAt = null;
  task.waiting = false;
}
