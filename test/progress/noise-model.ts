import type { EarlierRun, PaceSample } from "../../electron/progress/estimate.ts";

/** Made-up runs to hold the estimate against. The estimator knows nothing of how they are made. */
export interface MadeRun {
  /** Milliseconds from start to end. */
  readonly total: number;
  /** What the log tells, in order, times from the start. */
  readonly samples: readonly PaceSample[];
  readonly history: readonly EarlierRun[];
}

/** Small seeded generator (mulberry32): the same seed gives the same run everywhere. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const GIB = 1024 ** 3;
const TICK = 1000;

/** Rate × 0.3–3 changing in stretches, pauses of 30 s, empty or clean stretches that fly by. */
function createSpeed(random: () => number, base: number): (fraction: number) => number {
  const sparseFrom = random();
  const sparseLength = random() < 0.5 ? 0.1 + random() * 0.3 : 0;
  let factor = 1;
  let until = 0;
  let pause = 0;
  return (fraction) => {
    if (pause > 0) {
      pause -= 1;
      return 0;
    }
    if (random() < 1 / 240) pause = 30;
    if (fraction >= until) {
      factor = 0.3 * 10 ** random();
      until = fraction + 0.02 + random() * 0.13;
    }
    const sparse = fraction >= sparseFrom && fraction < sparseFrom + sparseLength;
    return base * factor * (sparse ? 8 : 1);
  };
}

function run(random: () => number, base: number, size: number): Omit<MadeRun, "history"> {
  const speed = createSpeed(random, base);
  const samples: PaceSample[] = [];
  let fraction = 0;
  let at = 0;
  let told = { percent: 0, at: 0 };
  while (fraction < 1) {
    at += TICK;
    fraction = Math.min(1, fraction + speed(fraction));
    const percent = Math.floor(fraction * 100);
    if (percent > told.percent && at - told.at >= 3000) {
      told = { percent, at };
      samples.push({ at, fraction: percent / 100, bytesDone: Math.round(fraction * size) });
    }
  }
  return { total: at + 2000, samples };
}

/** A VM's backup: percentages as QEMU prints them, at whole percents and no closer than three seconds. */
export function makeVmRun(seed: number, earlier = 3): MadeRun {
  const random = createRandom(seed);
  const base = (0.5 + random()) / (120 + random() * 1800);
  const size = (4 + random() * 400) * GIB;
  const history = Array.from({ length: earlier }, () => ({
    durationSeconds: run(random, base, size).total / 1000,
    bytes: size,
  }));
  return { ...run(random, base, size), history };
}

/** A container's backup: not a figure while it runs, three earlier runs that took more or less the same. */
export function makeContainerRun(seed: number): MadeRun {
  const random = createRandom(seed);
  const typical = 60 + random() * 3600;
  const bytes = Math.round(typical * 50 * 1024 ** 2);
  const near = (): number => typical * 0.75 * 1.78 ** random();
  const history = [near(), near(), near()].map((durationSeconds) => ({ durationSeconds, bytes }));
  return { total: near() * 1000, samples: [], history };
}
