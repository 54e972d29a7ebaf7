/** What is known of a running task at one moment; times in milliseconds. */
export interface PaceSample {
  readonly at: number;
  /** Share done, 0–1; null for work without one, such as a container's archive. */
  readonly fraction: number | null;
  readonly bytesDone: number | null;
  /** Waiting for a lock: no work is being done, and none can stall. */
  readonly waiting?: boolean;
}

/** A finished run of the same guest, newest first. */
export interface EarlierRun {
  readonly durationSeconds: number;
  readonly bytes: number | null;
}

export interface TimeLeft {
  readonly secondsLeft: number;
  /** Honest range: most runs end between the two. */
  readonly low: number;
  readonly high: number;
}

export interface Estimator {
  readonly add: (sample: PaceSample) => void;
  /** Null while there is no ground for a figure. */
  readonly estimate: (now: number) => TimeLeft | null;
  /** Since when nothing has moved, where that is longer than the task's own pace explains. */
  readonly stalled: (now: number) => { readonly since: number } | null;
}

/** Older knots are thinned out, so that memory stays the same over hours. */
const KNOTS = 128;
/** Before this the first figures are mostly start-up noise. */
const MIN_SECONDS = 4;
const MIN_FRACTION = 0.005;
/** The latest part of the elapsed time that counts as the present pace, and how much it counts beside the whole. */
const RECENT = 0.3;
const RECENT_WEIGHT = 0.4;
/** Earlier runs fade as this one gets on; the newest tell most about how large the guest is now. */
const HISTORY_RUNS = 5;
const HISTORY_WEIGHT = 0.5;
/** The figure on screen counts down by itself and follows a new one only when that leaves this band. */
const CALM = 0.08;
/** How far the figure may move beyond counting down, per second: soon when it gets later, slowly when it gets sooner. */
const LATER_SHARE = 0.2;
const SOONER_SHARE = 0.04;
/** Nothing is called stalled sooner; without a pace of its own a task gets longer, for a container's archive is silent. */
const STALL_SECONDS = 90;
const STALL_WITHOUT_PACE = 1800;
const STALL_GAPS = 4;
const STALL_MEAN_GAPS = 12;

interface Knot {
  readonly at: number;
  readonly fraction: number;
}

const seconds = (ms: number): number => ms / 1000;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return null;
  return sorted.length % 2 === 1 ? middle : (middle + (sorted[sorted.length / 2 - 1] ?? middle)) / 2;
}

/** What earlier runs say: how long, how far apart they lie, how many bytes. Newer runs weigh by being the ones kept. */
function readHistory(history: readonly EarlierRun[]): {
  readonly durations: readonly number[];
  readonly typical: number | null;
  readonly spread: number;
  readonly bytes: number | null;
} {
  const runs = history
    .filter((run) => Number.isFinite(run.durationSeconds) && run.durationSeconds > 0)
    .slice(0, HISTORY_RUNS);
  const durations = runs.map((run) => run.durationSeconds);
  const typical = median(durations);
  const off = typical === null ? null : median(durations.map((one) => Math.abs(one - typical) / typical));
  const spread = durations.length < 2 ? 0.4 : clamp((off ?? 0) * 2, 0.12, 1);
  return {
    durations,
    typical,
    spread,
    bytes: median(runs.flatMap((run) => (run.bytes !== null && run.bytes > 0 ? [run.bytes] : []))),
  };
}

/** Seconds left of a task without a share done, from earlier runs that lasted longer than this one has. */
function leftByHistory(durations: readonly number[], elapsed: number): number | null {
  if (durations.length === 0) return null;
  const longer = durations.filter((one) => one > elapsed);
  const typical = median(longer);
  // Longer than ever before: all that is known is that it goes on; the longer it took, the longer it may take.
  return typical === null ? elapsed * 0.15 : typical - elapsed;
}

/** Remembers where the work stood when, coarser the longer it runs. */
function createKnots(): {
  readonly add: (knot: Knot) => void;
  readonly since: (at: number) => Knot | undefined;
} {
  let knots: Knot[] = [];
  let spacing = 0;
  return {
    add: (knot) => {
      const last = knots.at(-1);
      if (last !== undefined && knot.at - last.at < spacing) return;
      knots.push(knot);
      if (knots.length < KNOTS) return;
      const first = knots[0];
      spacing = first === undefined ? 0 : ((knot.at - first.at) / KNOTS) * 2;
      knots = knots.filter((_, index) => index % 2 === 0);
    },
    since: (at) => knots.find((knot) => knot.at >= at),
  };
}

/** How long the task usually goes without a sign of progress. */
function createGaps(): {
  readonly add: (gap: number) => void;
  readonly limit: () => number;
} {
  let count = 0;
  let mean = 0;
  let longest = 0;
  return {
    add: (gap) => {
      count += 1;
      mean += (gap - mean) / Math.min(count, 20);
      // Long pauses fade from memory, or one of them would excuse every later one.
      longest = Math.max(gap, longest * 0.98);
    },
    limit: () =>
      count < 3 ? STALL_WITHOUT_PACE : Math.max(STALL_SECONDS, longest * STALL_GAPS, mean * STALL_MEAN_GAPS),
  };
}

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
    const share = off > 0 ? LATER_SHARE : SOONER_SHARE;
    const step = Math.abs(off) <= band ? 0 : off * (1 - (1 - share) ** passed);
    shown = { left: Math.max(0, counted + step), at: now };
    return shown.left;
  };
}

/**
 * Reckons the time left of one task from its own figures and from earlier runs of the same guest.
 * Constant memory; `estimate` may be asked every second and then counts down calmly.
 */
export function createEstimator(startedAt: number, history: readonly EarlierRun[] = []): Estimator {
  const past = readHistory(history);
  const knots = createKnots();
  const gaps = createGaps();
  const display = createDisplay();
  let start = startedAt;
  let fraction: number | null = null;
  let bytes: number | null = null;
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
    if (sample.at > movedAt) gaps.add(seconds(sample.at - movedAt));
    movedAt = Math.max(movedAt, sample.at);
    bytes = Math.max(bytes ?? 0, sample.bytesDone ?? 0);
    if (!further) return;
    step = share - (fraction ?? 0);
    fraction = share;
    knots.add({ at: sample.at, fraction: share });
  };

  /** Seconds the whole would take at the pace seen, and how unsure that is. */
  const pace = (): { readonly whole: number; readonly unsure: number } | null => {
    const elapsed = seconds(movedAt - start);
    if (fraction === null || fraction < MIN_FRACTION || elapsed < MIN_SECONDS) return null;
    const overall = elapsed / fraction;
    const from = knots.since(movedAt - RECENT * (movedAt - start));
    const recent =
      from !== undefined && fraction > from.fraction && movedAt > from.at
        ? seconds(movedAt - from.at) / (fraction - from.fraction)
        : overall;
    const whole = overall ** (1 - RECENT_WEIGHT) * recent ** RECENT_WEIGHT;
    return { whole, unsure: Math.abs(Math.log(recent / overall)) };
  };

  const reckon = (now: number): TimeLeft | null => {
    const elapsed = Math.max(0, seconds(now - start));
    const own = pace();
    if (own === null || fraction === null) {
      const left = leftByHistory(past.durations, elapsed);
      if (left === null) return null;
      return {
        secondsLeft: left,
        low: left * (1 - Math.min(0.9, past.spread)),
        high: left * (1 + past.spread) + 0.05 * elapsed,
      };
    }
    const rest = 1 - fraction;
    const weight =
      past.typical === null
        ? 0
        : HISTORY_WEIGHT * rest * (past.durations.length / (past.durations.length + 1));
    const whole = own.whole ** (1 - weight) * (past.typical ?? own.whole) ** weight;
    // Since the last figure work went on, but surely not beyond the next one.
    const left = Math.max(rest * whole - seconds(now - movedAt), Math.max(0, rest - step) * whole);
    const unsure = clamp(0.1 + 0.4 * rest + 0.5 * own.unsure, 0.1, 0.9);
    return { secondsLeft: left, low: left * (1 - unsure * 0.7), high: left * (1 + unsure * 1.3) };
  };

  return {
    add: (sample) => {
      if (!Number.isFinite(sample.at)) return;
      if (sample.waiting === true || waiting) {
        start = Math.max(start, sample.at);
        movedAt = Math.max(movedAt, sample.at);
      }
      waiting = sample.waiting === true;
      move(sample, shareOf(sample));
    },
    estimate: (now) => {
      if (waiting) return null;
      const target = reckon(now);
      if (target === null) return null;
      const left = display(target.secondsLeft, now);
      return { secondsLeft: left, low: Math.min(target.low, left), high: Math.max(target.high, left) };
    },
    stalled: (now) => {
      if (waiting) return null;
      const longestRun = Math.max(0, ...past.durations);
      const limit =
        gaps.limit() === STALL_WITHOUT_PACE ? Math.max(STALL_WITHOUT_PACE, longestRun * 2) : gaps.limit();
      return seconds(now - movedAt) > limit ? { since: movedAt } : null;
    },
  };
}
