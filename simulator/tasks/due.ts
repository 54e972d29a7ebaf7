import type { Clock } from "../clock.ts";

/** What the course of a task needs: steps still to come, in order, at moments of task time. */
type Scheduled = { readonly pending: readonly { readonly at: number }[]; readonly pausedAt: number | null };

/** The task with the earliest step that is due, in the order in which things happen across all of them. */
export function nextDue<T extends Scheduled>(tasks: readonly T[], until: number): T | null {
  let found: T | null = null;
  for (const task of tasks) {
    if (task.pausedAt !== null) continue;
    const at = task.pending[0]?.at;
    if (at === undefined || at > until) continue;
    if (found === null || at < (found.pending[0]?.at ?? Number.POSITIVE_INFINITY)) found = task;
  }
  return found;
}

/** Milliseconds of real time until something happens next; null when nothing is running. */
export function untilNextStep(state: {
  readonly tasks: readonly Scheduled[];
  readonly clock: Clock;
}): number | null {
  const times = state.tasks
    .filter((task) => task.pausedAt === null)
    .flatMap((task) => task.pending[0]?.at ?? []);
  if (times.length === 0) return null;
  return Math.max(0, (Math.min(...times) - state.clock.taskTime()) / state.clock.speed());
}

/** Keeps a task where it is until it is let go. */
export function holdTask(task: { pausedAt: number | null }, now: number): void {
  task.pausedAt ??= now;
}

/** Lets a held task go on: all it still has to do comes later by the time it stood. */
export function letGoTask(task: { pending: { at: number }[]; pausedAt: number | null }, now: number): void {
  const slept = now - (task.pausedAt ?? now);
  for (const step of task.pending) step.at += slept;
  task.pausedAt = null;
}
