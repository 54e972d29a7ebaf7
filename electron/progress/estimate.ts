import type { EarlierRun, Expected } from "./earlier-runs.ts";
import { durationQuantile, readEarlierRuns } from "./earlier-runs.ts";
import { createPace } from "./pace.ts";
import { createSilence } from "./stall.ts";

/** What is known of a running task at one moment; times in milliseconds. */
export interface PaceSample {
  readonly at: number;
  /** Share done, 0–1; null for work without one, such as a container's archive. */
  readonly fraction: number | null;
  readonly bytesDone: number | null;
  /** What there is to copy, where the log has said so. */
  readonly bytesTotal?: number | null;
  /** Waiting for a lock: no work is being done, and none can stall. */
  readonly waiting?: boolean;
}

export interface TimeLeft {
  readonly secondsLeft: number;
  /** Honest range: four of five runs end between the two. */
  readonly low: number;
  readonly high: number;
}

export interface Estimator {
  readonly add: (sample: PaceSample) => void;
  /** Null while there is no ground for a figure, and when all data is done but the task is not. */
  readonly estimate: (now: number) => TimeLeft | null;
  /** Since when nothing has moved, where that is longer than the task's own pace explains. */
  readonly stalled: (now: number) => { readonly since: number } | null;
}

/** Before this the first figures are mostly start-up noise. */
const MIN_SECONDS = 4;
const MIN_FRACTION = 0.005;
/** For what share of the work to come the present pace is believed to last. */
const PRESENT_LASTS = 0.03;
/** No figure on screen goes beyond, in seconds. */
const LONGEST = 31_536_000;
/** The range leaves out a tenth on either side. */
const TENTH = 0.1;
const TENTH_OF_NORMAL = 1.2816;

/** The figure on screen counts down by itself and follows a new one only when that leaves this band. */
const CALM = 0.03;
/** Within what share of the time left, and at least how many seconds, the figure follows: soon when it gets later, slowly when it gets sooner. */
const FOLLOWS_LATER = { share: 0.02, least: 3 };
const FOLLOWS_SOONER = { share: 0.1, least: 10 };

const isCount = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const seconds = (ms: number): number => ms / 1000;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Moves the shown end of the work towards the reckoned one without jumps, least of all towards an earlier end. */
function createDisplay(): (left: number, now: number) => number {
  let shown: { left: number; at: number } | null = null;
  return (target, now) => {
    if (shown === null) {
      shown = { left: target, at: now };
      return target;
    }
    const passed = Math.max(0, seconds(now - shown.at));
    if (passed === 0) return shown.left;
    const counted = Math.max(0, shown.left - passed);
    const off = target - counted;
    const band = CALM * Math.max(target, counted, 5);
    const { share, least } = off > 0 ? FOLLOWS_LATER : FOLLOWS_SOONER;
    const within = Math.max(least, share * Math.min(counted, target));
    const step = Math.abs(off) <= band ? 0 : off * (1 - Math.exp(-passed / within));
    shown = { left: Math.max(0, counted + step), at: now };
    return shown.left;
  };
}

/** A figure with the variance of its logarithm. */
interface Belief {
  readonly whole: number;
  readonly variance: number;
}

/**
 * What to believe of the whole duration: this run's mean pace and the earlier runs', each as far as it has proved steady. Runs that lie
 * apart no further than their own ups and downs explain say that nothing but chance makes this one slow or fast.
 */
function weigh(own: Belief, expected: Expected | null, wholeVariance: number): Belief {
  if (expected === null) return own;
  const { variance, runs } = expected;
  const prior = Math.max(variance - wholeVariance, variance / 10) + variance / runs;
  const weight = prior / (prior + own.variance);
  return {
    whole: own.whole ** weight * expected.seconds ** (1 - weight),
    variance: weight * own.variance,
  };
}

/**
 * Reckons the time left of one task from its own figures and from earlier runs of the same guest.
 * Constant memory; `estimate` may be asked every second and then counts down calmly.
 */
export function createEstimator(startedAt: number, history: readonly EarlierRun[] = []): Estimator {
  const past = readEarlierRuns(history);
  const pace = createPace(() => start);
  const silence = createSilence();
  const display = createDisplay();
  let start = startedAt;
  let fraction: number | null = null;
  let bytes: number | null = null;
  let total: number | null = null;
  let movedAt = startedAt;
  let step = 0;
  let waiting = false;

  /** Containers tell bytes without a total: the guest's size last time stands in, but never claims the end. */
  const shareOf = (sample: PaceSample): number | null => {
    if (sample.fraction !== null && Number.isFinite(sample.fraction)) return clamp(sample.fraction, 0, 1);
    if (sample.bytesDone === null || past.bytes === null) return null;
    return clamp(sample.bytesDone / past.bytes, 0, 0.95);
  };

  const move = (sample: PaceSample, share: number | null): void => {
    const further = share !== null && share > (fraction ?? 0);
    const more = sample.bytesDone !== null && sample.bytesDone > (bytes ?? 0);
    if (!further && !more) return;
    if (sample.at > movedAt) silence.add(seconds(sample.at - movedAt));
    movedAt = Math.max(movedAt, sample.at);
    bytes = Math.max(bytes ?? 0, sample.bytesDone ?? 0);
    if (!further) return;
    step = share - (fraction ?? 0);
    fraction = share;
    pace.add(sample.at, share);
  };

  const reckonByHistory = (elapsed: number): TimeLeft | null => {
    const expected = past.expect(total);
    if (expected === null) return null;
    const left = (share: number): number => durationQuantile(expected, elapsed, share) - elapsed;
    return { secondsLeft: left(0.5), low: left(TENTH), high: left(1 - TENTH) };
  };

  const reckonByPace = (done: number, present: number, now: number): TimeLeft => {
    // Of the time: an empty disk's end flies by, and did so last time.
    const passed = clamp(past.shareOfTime(done), 0.001, 0.999);
    const rest = 1 - passed;
    const own = {
      whole: Math.max(seconds(movedAt - start), 0.001) / passed,
      variance: pace.variance(passed),
    };
    const { whole, variance } = weigh(
      own,
      past.expect(total ?? (bytes === null ? null : bytes / done)),
      pace.variance(1),
    );
    const usual = whole * ((1 - passed) / (1 - done));
    const ahead = PRESENT_LASTS * (1 - Math.exp(-(1 - done) / PRESENT_LASTS));
    const reckoned = Math.max(0, whole * rest + (present - usual) * ahead);
    // Since the last figure work went on, but surely not beyond the next one.
    const left = Math.max(
      reckoned - seconds(now - movedAt),
      reckoned * (Math.max(0, 1 - done - step) / Math.max(1 - done, 1e-9)),
    );
    const unsure = Math.exp(TENTH_OF_NORMAL * Math.sqrt(variance + pace.variance(rest)));
    return { secondsLeft: left, low: left / unsure, high: left * unsure };
  };

  const reckon = (now: number): TimeLeft | null => {
    if (fraction === 1) return null;
    const present = pace.present();
    const early = fraction === null || fraction < MIN_FRACTION || seconds(movedAt - start) < MIN_SECONDS;
    if (early || present === null) return reckonByHistory(Math.max(0, seconds(now - start)));
    return reckonByPace(fraction ?? 1, present, now);
  };

  return {
    add: (sample) => {
      if (!isCount(Math.abs(sample.at)) || (sample.bytesDone !== null && !isCount(sample.bytesDone))) return;
      if (sample.waiting === true || waiting) {
        start = Math.max(start, sample.at);
        movedAt = Math.max(movedAt, sample.at);
      }
      waiting = sample.waiting === true;
      total = sample.bytesTotal ?? total;
      move(sample, shareOf(sample));
    },
    estimate: (now) => {
      if (waiting) return null;
      const target = reckon(now);
      if (target === null || !Number.isFinite(target.secondsLeft)) return null;
      const left = display(clamp(target.secondsLeft, 0, LONGEST), now);
      return {
        secondsLeft: left,
        low: clamp(target.low, 0, left),
        high: clamp(target.high, left, Math.max(left, LONGEST)),
      };
    },
    stalled: (now) => {
      if (waiting) return null;
      return seconds(now - movedAt) > silence.limit(past.longest) ? { since: movedAt } : null;
    },
  };
}
