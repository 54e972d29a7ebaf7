import { createProgressView } from "../../electron/jobs/job-progress.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import type { JobProgress } from "../../shared/job.ts";
import type { MadeRun } from "./noise-model.ts";

/** How far a prediction was off at one moment, as a share of the whole duration. 1 where there was none. */
export interface Miss {
  readonly ours: number;
  /** Elapsed by percent; where there is no percentage, what the mean of the earlier runs leaves. */
  readonly naive: number;
  /** The truth lay within the range shown; null where none was shown. */
  readonly held: boolean | null;
  /** Width of that range as a share of the whole duration. */
  readonly width: number;
}

export interface Replayed {
  readonly at20: Miss;
  readonly at50: Miss;
  /** The percentage fell at some moment: must never happen. */
  readonly fellBack: boolean;
  /** Largest fall of the time left in one second beyond counting down, as a share of it (while more than half a minute is left). */
  readonly leap: number;
  /** Milliseconds from the last sign of life to the word that it stands still; null when that never came. */
  readonly stallTold: number | null;
}

/** A followed task is asked this often while its page is open, in ms. */
const POLL = 1500;
const SECOND = 1000;

function naiveLeft(run: MadeRun, percent: number | null, elapsed: number): number | null {
  if (percent !== null && percent > 0) return (elapsed / percent) * (100 - percent);
  if (run.lines.some(({ line }) => /\d%/.test(line))) return null;
  if (run.history.length === 0) return null;
  const mean = run.history.reduce((sum, one) => sum + one.durationSeconds, 0) / run.history.length;
  return Math.max(0, mean - elapsed);
}

/**
 * Plays a run through the reader and the view as the app does: polled, with the figure on screen counting down each second in between.
 * `until` (ms): the log goes silent there and the clock runs on, for a task that stands still.
 */
export function replay(run: MadeRun, silentFrom = Number.POSITIVE_INFINITY): Replayed {
  const reader = createTaskReader(run.kind, { guestsExpected: 1 });
  const view = createProgressView(0, run.history);
  const misses: Miss[] = [];
  const marks = [0.2 * run.total, 0.5 * run.total];
  const lastLine = run.lines.findLast(({ at }) => at <= silentFrom)?.at ?? 0;
  const end = Number.isFinite(silentFrom) ? lastLine + 4 * 3600 * SECOND : run.total;
  let shown: JobProgress | null = null;
  let [next, polledAt, leap, fellBack] = [0, Number.NEGATIVE_INFINITY, 0, false];
  let before: number | null = null;
  let logPercent: number | null = null;
  let stallTold: number | null = null;
  for (let now = 0; now < end && stallTold === null; now += SECOND) {
    for (let one = run.lines[next]; one !== undefined && one.at <= Math.min(now, silentFrom);) {
      reader.push(one.line);
      one = run.lines[(next += 1)];
    }
    if (now - polledAt >= POLL) {
      polledAt = now;
      const progress = reader.read();
      logPercent = progress.percent;
      const after = view(progress, now);
      fellBack ||= (after.percent ?? 0) < (shown?.percent ?? 0);
      shown = after;
      if (after.stalledSince !== null) stallTold = now - lastLine;
    }
    const left = leftNow(shown, now);
    if (left !== null && before !== null && before > 30) leap = Math.max(leap, (before - 1 - left) / before);
    before = left;
    const mark = marks[misses.length];
    if (mark !== undefined && now >= mark) misses.push(missOf(run, shown, now, logPercent));
  }
  const none: Miss = { ours: 1, naive: 1, held: null, width: 0 };
  const [at20 = none, at50 = none] = misses;
  return { at20, at50, fellBack, leap, stallTold };
}

/** As the page shows it: the last figure, counted down. */
function leftNow(shown: JobProgress | null, now: number): number | null {
  if (shown === null || shown.secondsLeft === null) return null;
  return Math.max(0, shown.secondsLeft - (now - shown.seenAt) / SECOND);
}

function missOf(run: MadeRun, shown: JobProgress | null, now: number, percent: number | null): Miss {
  const whole = run.total / SECOND;
  const truth = (run.total - now) / SECOND;
  const off = (left: number | null): number => (left === null ? 1 : Math.abs(left - truth) / whole);
  const low = shown?.secondsLeftLow ?? null;
  const high = shown?.secondsLeftHigh ?? null;
  return {
    ours: off(leftNow(shown, now)),
    naive: off(naiveLeft(run, percent, now / SECOND)),
    held: low === null || high === null ? null : low <= truth && truth <= high,
    width: low === null || high === null ? 0 : (high - low) / whole,
  };
}
