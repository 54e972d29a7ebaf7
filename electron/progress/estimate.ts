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

/** Before this the first figures are mostly start-up noise. */
const MIN_SECONDS = 4;
const MIN_FRACTION = 0.005;
/** Paces are taken over at least this share of the work: smaller steps are the log's own rounding. */
const STRETCH = 0.01;
/** How many stretches make the present pace, and for what share of the work to come it is believed to last. */
const PRESENT_STRETCHES = 3;
const PRESENT_LASTS = 0.05;
/** Only so many runs back: the newest tell most about how large the guest is now. */
const HISTORY_RUNS = 5;
/** Seconds; nothing outside is a run worth learning from, and no figure on screen goes beyond. */
const SHORTEST = 0.1;
const LONGEST = 31_536_000;
/** Runs that lie this far apart, relative to the typical one, deserve the usual trust. */
const USUAL_SPREAD = 0.3;

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

const isCount = (value: number): boolean => value >= 0 && value <= Number.MAX_SAFE_INTEGER;
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
    .filter((run) => run.durationSeconds >= SHORTEST && run.durationSeconds <= LONGEST)
    .slice(0, HISTORY_RUNS);
  const durations = runs.map((run) => run.durationSeconds);
  const typical = median(durations);
  const furthest =
    typical === null ? 0 : Math.max(0, ...durations.map((one) => Math.abs(one - typical) / typical));
  const spread = durations.length < 2 ? 0.4 : clamp(furthest * 1.2, 0.2, 1);
  return {
    durations,
    typical,
    spread,
    bytes: median(
      runs.flatMap((run) => (run.bytes !== null && isCount(run.bytes) && run.bytes > 0 ? [run.bytes] : [])),
    ),
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

interface Paces {
  readonly add: (at: number, fraction: number) => void;
  /** Seconds the whole work would take; null before the first stretch is done. */
  readonly usual: () => number | null;
  readonly present: () => number | null;
}

/**
 * Keeps the pace of the work, in seconds for the whole of it, stretch by stretch. The usual pace lies between the mean, which one
 * long pause spoils, and the geometric mean, which forgets it.
 */
function createPaces(start: () => number): Paces {
  let from: { at: number; fraction: number } | null = null;
  let logSum = 0;
  let weight = 0;
  let time = 0;
  let latest: readonly number[] = [];
  return {
    add: (at, fraction) => {
      from ??= { at: start(), fraction: 0 };
      const share = fraction - from.fraction;
      const passed = seconds(at - from.at);
      if (share < STRETCH - 1e-9 || passed < 0.001) return;
      const pace = passed / share;
      logSum += share * Math.log(pace);
      weight += share;
      time += passed;
      latest = [...latest, pace].slice(-PRESENT_STRETCHES);
      from = { at, fraction };
    },
    usual: () => (weight === 0 ? null : Math.sqrt(Math.exp(logSum / weight) * (time / weight))),
    present: () => (latest.length === 0 ? null : latest.reduce((sum, pace) => sum + pace, 0) / latest.length),
  };
}

/** How long the task usually goes without a sign of progress. */
function createGaps(): {
  readonly add: (gap: number) => void;
  /** Seconds of silence beyond which the task stands still; null while it has no pace of its own. */
  readonly limit: () => number | null;
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
    limit: () => (count < 3 ? null : Math.max(STALL_SECONDS, longest * STALL_GAPS, mean * STALL_MEAN_GAPS)),
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
  const paces = createPaces(() => start);
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
    paces.add(sample.at, share);
  };

  /** What earlier runs took, for as much data as this one has: a dirty bitmap may leave little of the usual amount. */
  const typicalWhole = (): number | null => {
    if (past.typical === null || past.bytes === null || bytes === null || fraction === null || fraction === 0)
      return past.typical;
    return past.typical * clamp(bytes / fraction / past.bytes, 0.1, 10);
  };

  const reckonByHistory = (elapsed: number): TimeLeft | null => {
    const left = leftByHistory(past.durations, elapsed);
    if (left === null) return null;
    // What is unsure is the whole, however little of it is left.
    const margin = past.spread * Math.max(past.typical ?? 0, elapsed);
    return { secondsLeft: left, low: Math.max(0, left - margin), high: left + margin };
  };

  /** Earlier runs fade as this one gets on; the present pace is believed for a little way ahead only. */
  const reckonByPace = (usual: number, present: number, done: number, now: number): TimeLeft => {
    const rest = 1 - done;
    const typical = typicalWhole();
    const trust =
      typical === null ? 0 : Math.min(1, past.durations.length / 3) * Math.min(1, USUAL_SPREAD / past.spread);
    const weight = trust / (trust + done);
    const whole = usual ** (1 - weight) * (typical ?? usual) ** weight;
    const ahead = PRESENT_LASTS * (1 - Math.exp(-rest / PRESENT_LASTS));
    const total = Math.max(0, whole * rest + (present - whole) * ahead);
    // Since the last figure work went on, but surely not beyond the next one.
    const left = Math.max(
      total - seconds(now - movedAt),
      total * (Math.max(0, rest - step) / Math.max(rest, 1e-9)),
    );
    const unsure = clamp(
      0.2 + 0.8 * rest * (1 - 0.4 * trust) + 0.3 * Math.abs(Math.log(present / whole)) * rest,
      0.15,
      1.2,
    );
    return { secondsLeft: left, low: left / (1 + unsure), high: left * (1 + unsure) };
  };

  const reckon = (now: number): TimeLeft | null => {
    const elapsed = Math.max(0, seconds(now - start));
    const usual = paces.usual();
    const present = paces.present();
    const early = fraction === null || fraction < MIN_FRACTION || seconds(movedAt - start) < MIN_SECONDS;
    if (early || usual === null || present === null) return reckonByHistory(elapsed);
    return reckonByPace(usual, present, fraction ?? 0, now);
  };

  return {
    add: (sample) => {
      if (!isCount(Math.abs(sample.at)) || (sample.bytesDone !== null && !isCount(sample.bytesDone))) return;
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
      const left = display(Math.min(target.secondsLeft, LONGEST), now);
      return {
        secondsLeft: left,
        low: Math.min(target.low, left),
        high: Math.max(Math.min(target.high, LONGEST), left),
      };
    },
    stalled: (now) => {
      if (waiting) return null;
      const limit = gaps.limit() ?? Math.max(STALL_WITHOUT_PACE, 2 * Math.max(0, ...past.durations));
      return seconds(now - movedAt) > limit ? { since: movedAt } : null;
    },
  };
}
