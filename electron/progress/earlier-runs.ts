import type { Curve } from "./curve.ts";
import { expectedShare } from "./curve.ts";

/** A finished run of the same guest, newest first. */
export interface EarlierRun {
  readonly durationSeconds: number;
  /** What there was to copy; null where the log did not say. */
  readonly bytes: number | null;
  /** When each part of it was done; null where it told no share of the work. */
  readonly curve: Curve | null;
}

/** What earlier runs say of how long one takes: typical seconds, and how surely (variance of its logarithm). */
export interface Expected {
  readonly seconds: number;
  /** Between single runs. */
  readonly variance: number;
  readonly runs: number;
}

export interface EarlierRuns {
  /** For as much data as this run has, where that is known; null without any run. */
  readonly expect: (bytes: number | null) => Expected | null;
  /** Typical bytes of a run; null where no run told any. */
  readonly bytes: number | null;
  readonly longest: number;
  /** The share of the time that should have passed when so much of the work is done. */
  readonly shareOfTime: (done: number) => number;
}

/** Only so many runs back: the newest tell most about how large the guest is now. */
const KEPT = 5;
/** Seconds; nothing outside is a run worth learning from. */
const SHORTEST = 0.1;
const LONGEST = 31_536_000;
/** Runs of one guest usually differ by about a sixth; held against as many runs' worth of what was seen. */
const USUAL_VARIANCE = 0.03;
const USUAL_WORTH = 2;
/** Seconds of a run that have nothing to do with its data: preparing, snapshots, notes. */
const OVERHEAD = 5;
const LEAST_SCALE = 0.01;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const isSize = (bytes: number | null): bytes is number =>
  bytes !== null && bytes > 0 && bytes <= Number.MAX_SAFE_INTEGER;

/** A dirty bitmap may leave little of the usual data, and little of the usual time with it. */
function scaled({ durationSeconds, bytes }: EarlierRun, now: number | null): number {
  if (!isSize(bytes) || !isSize(now)) return durationSeconds;
  const scale = Math.min(1 / LEAST_SCALE, Math.max(LEAST_SCALE, now / bytes));
  const fixed = Math.min(OVERHEAD, durationSeconds / 2);
  return fixed + (durationSeconds - fixed) * scale;
}

export function readEarlierRuns(history: readonly EarlierRun[]): EarlierRuns {
  const runs = history
    .filter((run) => run.durationSeconds >= SHORTEST && run.durationSeconds <= LONGEST)
    .slice(0, KEPT);
  const sizes = runs.flatMap(({ bytes }) => (isSize(bytes) ? [Math.log(bytes)] : []));
  return {
    bytes: sizes.length === 0 ? null : Math.exp(mean(sizes)),
    longest: Math.max(0, ...runs.map((run) => run.durationSeconds)),
    shareOfTime: (done) => expectedShare(runs, done),
    expect: (bytes) => {
      if (runs.length === 0) return null;
      const logs = runs.map((run) => Math.log(scaled(run, bytes)));
      const middle = mean(logs);
      const apart = logs.reduce((sum, one) => sum + (one - middle) ** 2, 0);
      return {
        seconds: Math.exp(middle),
        variance: (USUAL_WORTH * USUAL_VARIANCE + apart) / (USUAL_WORTH + runs.length - 1),
        runs: runs.length,
      };
    },
  };
}

/**
 * The whole duration below which a share of such runs end, given that this one has lasted so long already (log-logistic: the longer it
 * took beyond all earlier ones, the longer it may still take).
 */
export function durationQuantile(expected: Expected, elapsed: number, share: number): number {
  const spread = Math.sqrt(expected.variance * (1 + 1 / expected.runs));
  const shape = Math.PI / (Math.sqrt(3) * spread);
  const survived = 1 + (elapsed / expected.seconds) ** shape;
  const whole = expected.seconds * (survived / (1 - share) - 1) ** (1 / shape);
  // Far beyond all earlier runs the powers overflow; what is left of them is this.
  return Number.isFinite(whole) && whole >= elapsed ? whole : elapsed * (1 - share) ** (-1 / shape);
}
