import type { Clock } from "../clock.ts";
import { pause } from "../pause.ts";
import { untilNextStep } from "./due.ts";

type Ending = {
  readonly upid: string;
  readonly exit: string | null;
  readonly pending: readonly { readonly at: number }[];
  readonly pausedAt: number | null;
};

/** Looks again at the latest this often: a test may turn the speed meanwhile. */
const LOOK_MS = 50;

/** Waits until a task has ended and returns it. `advance` brings all tasks to the present. */
export async function whenTaskEnds<T extends Ending>(
  state: { readonly tasks: readonly T[]; readonly clock: Clock },
  advance: () => void,
  upid: string,
  signal: AbortSignal,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    advance();
    const task = state.tasks.find((one) => one.upid === upid);
    if (!task) throw new Error(`no task ${upid}`);
    if (task.exit !== null) return task;
    await pause(Math.min(LOOK_MS, untilNextStep(state) ?? LOOK_MS), signal);
  }
}
