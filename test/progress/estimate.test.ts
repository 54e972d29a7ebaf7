import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EarlierRun, PaceSample, TimeLeft } from "../../electron/progress/estimate.ts";
import { createEstimator } from "../../electron/progress/estimate.ts";
import type { MadeRun } from "./noise-model.ts";
import { makeContainerRun, makeVmRun } from "./noise-model.ts";
import { print } from "./reference.ts";

const MINUTE = 60_000;
const run = (durationSeconds: number, bytes: number | null = null): EarlierRun => ({
  durationSeconds,
  bytes,
});
const at = (time: number, fraction: number | null, bytesDone: number | null = null): PaceSample => ({
  at: time,
  fraction,
  bytesDone,
});

/** A task that does one percent every two seconds, up to the given share. */
function steady(until: number, history: readonly EarlierRun[] = []): ReturnType<typeof createEstimator> {
  const estimator = createEstimator(0, history);
  for (let percent = 1; percent <= until; percent += 1) estimator.add(at(percent * 2000, percent / 100));
  return estimator;
}

describe("time left", () => {
  it("has no figure without any ground", () => {
    const estimator = createEstimator(0);
    expect(estimator.estimate(MINUTE)).toBeNull();
    estimator.add(at(1000, 0.001));
    expect(estimator.estimate(MINUTE)).toBeNull();
  });

  it("of steady work is what is left of it", () => {
    const left = steady(40).estimate(80_000);
    expect(left?.secondsLeft).toBeCloseTo(120, 0);
    expect(left?.low).toBeLessThan(120);
    expect(left?.high).toBeGreaterThan(120);
  });

  it("of a container comes from its earlier runs", () => {
    const estimator = createEstimator(0, [run(600), run(660), run(580)]);
    expect(estimator.estimate(0)?.secondsLeft).toBe(600);
    expect(estimator.estimate(5 * MINUTE)?.secondsLeft).toBeCloseTo(300, 0);
  });

  it("of a container longer than ever before goes on and does not fall to nothing", () => {
    const estimator = createEstimator(0, [run(600)]);
    expect(estimator.estimate(20 * MINUTE)?.secondsLeft).toBeGreaterThan(60);
  });

  it("of a container that tells bytes is measured by its size last time", () => {
    const estimator = createEstimator(0, [run(600, 100_000)]);
    for (let minute = 1; minute <= 4; minute += 1) estimator.add(at(minute * MINUTE, null, minute * 5000));
    // Half as fast as last time: far more than the 360 seconds its earlier run would leave.
    expect(estimator.estimate(4 * MINUTE)?.secondsLeft).toBeGreaterThan(500);
  });

  it("takes earlier runs for as much data as there is this time", () => {
    const whole = [run(1000, 100_000), run(1000, 100_000), run(1000, 100_000)];
    const estimator = createEstimator(0, whole);
    // A tenth of the usual data at the usual speed.
    for (let percent = 1; percent <= 10; percent += 1)
      estimator.add(at(percent * 1000, percent / 100, percent * 100));
    expect(estimator.estimate(10_000)?.secondsLeft).toBeCloseTo(90, -1);
  });

  it("starts to count when the wait for a lock is over", () => {
    const estimator = createEstimator(0, [run(600)]);
    estimator.add({ ...at(0, null), waiting: true });
    expect(estimator.estimate(5 * MINUTE)).toBeNull();
    estimator.add(at(10 * MINUTE, null));
    expect(estimator.estimate(10 * MINUTE)?.secondsLeft).toBe(600);
  });

  it("counts down by itself between two lines of the log", () => {
    const estimator = steady(50);
    const first = estimator.estimate(100_000)?.secondsLeft ?? 0;
    expect(estimator.estimate(101_000)?.secondsLeft).toBeCloseTo(first - 1, 1);
  });

  it("does not leap to an early end when a sparse stretch flies by", () => {
    const estimator = steady(20);
    const before = estimator.estimate(40_000)?.secondsLeft ?? 0;
    for (let percent = 21; percent <= 60; percent += 1)
      estimator.add(at(40_000 + (percent - 20) * 50, percent / 100));
    const after = estimator.estimate(42_000)?.secondsLeft ?? 0;
    expect(before - after).toBeLessThan(before * 0.12);
  });

  it("is a range that holds its figure, never negative, never without number", () => {
    const sample = fc.record({
      at: fc.oneof(fc.integer({ min: -1000, max: 10_000_000 }), fc.double()),
      fraction: fc.option(fc.double()),
      bytesDone: fc.option(fc.double({ min: 0, noNaN: true })),
      waiting: fc.boolean(),
    });
    const history = fc.array(fc.record({ durationSeconds: fc.double(), bytes: fc.option(fc.double()) }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 30 }),
        history,
        fc.array(fc.nat({ max: 20_000_000 })),
        (samples, runs, times) => {
          const estimator = createEstimator(0, runs);
          for (const one of samples) estimator.add(one);
          for (const time of times) {
            const left = estimator.estimate(time);
            estimator.stalled(time);
            if (left === null) continue;
            expect(Number.isFinite(left.secondsLeft) && Number.isFinite(left.high)).toBe(true);
            expect(left.low).toBeGreaterThanOrEqual(0);
            expect(left.low).toBeLessThanOrEqual(left.secondsLeft);
            expect(left.secondsLeft).toBeLessThanOrEqual(left.high);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("a stall", () => {
  it("is told once the silence no longer fits the task's own pace, from its last sign of life on", () => {
    const estimator = steady(30);
    expect(estimator.stalled(60_000 + 80_000)).toBeNull();
    expect(estimator.stalled(60_000 + 100_000)).toEqual({ since: 60_000 });
  });

  it("ends with the next sign of life", () => {
    const estimator = steady(30);
    expect(estimator.stalled(200_000)).not.toBeNull();
    estimator.add(at(200_000, 0.31));
    expect(estimator.stalled(201_000)).toBeNull();
  });

  it("is not told of a slow task at its usual pace", () => {
    const estimator = createEstimator(0);
    for (let percent = 1; percent <= 10; percent += 1) estimator.add(at(percent * 4 * MINUTE, percent / 100));
    expect(estimator.stalled(48 * MINUTE)).toBeNull();
    expect(estimator.stalled(120 * MINUTE)).not.toBeNull();
  });

  it("is not told of a silent container before twice its longest run, nor while a lock is waited for", () => {
    const silent = createEstimator(0, [run(3600)]);
    expect(silent.stalled(100 * MINUTE)).toBeNull();
    expect(silent.stalled(121 * MINUTE)).toEqual({ since: 0 });
    const waiting = createEstimator(0);
    waiting.add({ ...at(0, null), waiting: true });
    expect(waiting.stalled(170 * MINUTE)).toBeNull();
  });
});

interface Replay {
  readonly error: number;
  readonly naive: number;
  readonly held: boolean;
}

interface Replayed {
  readonly at20: Replay;
  readonly at50: Replay;
  /** Largest fall of the figure in one second beyond counting down, as a share of it. */
  readonly sooner: number;
}

/** Plays a made-up run second by second, as a screen would ask. */
function replay({ total, samples, history }: MadeRun): Replayed {
  const estimator = createEstimator(0, history);
  const found: Replay[] = [];
  const marks = [0.2 * total, 0.5 * total];
  let sample: PaceSample | undefined;
  let before: TimeLeft | null = null;
  let next = 0;
  let sooner = 0;
  for (let time = 0; time < total; time += 1000) {
    for (let one = samples[next]; one !== undefined && one.at <= time; one = samples[(next += 1)])
      estimator.add((sample = one));
    const left = estimator.estimate(time);
    if (left && before && before.secondsLeft > 10)
      sooner = Math.max(sooner, (before.secondsLeft - 1 - left.secondsLeft) / before.secondsLeft);
    before = left;
    const mark = marks[found.length];
    if (mark === undefined || time < mark) continue;
    const truth = (total - time) / 1000;
    const off = (seconds: number | null): number =>
      seconds === null ? 1 : Math.abs(seconds - truth) / (total / 1000);
    const fraction = sample?.fraction ?? 0;
    const naive = fraction > 0 ? (time / 1000 / fraction) * (1 - fraction) : null;
    found.push({
      error: off(left?.secondsLeft ?? null),
      naive: off(naive),
      held: left !== null && left.low <= truth && truth <= left.high,
    });
  }
  const [at20 = { error: 1, naive: 1, held: false }, at50 = at20] = found;
  return { at20, at50, sooner };
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

describe("over 200 seeded runs of a noise model it does not know, the estimate", () => {
  const seeds = Array.from({ length: 200 }, (_, index) => index + 1);
  const table = (
    name: string,
    replays: readonly Replay[],
  ): { median: number; naive: number; held: number } => {
    const errors = replays.map((one) => one.error);
    const naives = replays.map((one) => one.naive);
    const held = replays.filter((one) => one.held).length / replays.length;
    const percent = (value: number): string => `${(value * 100).toFixed(0)} %`.padStart(6);
    print(
      `${name}: median ${percent(quantile(errors, 0.5))}  90th ${percent(quantile(errors, 0.9))}  ` +
        `naive ${percent(quantile(naives, 0.5))} ${percent(quantile(naives, 0.9))}  in range ${percent(held)}`,
    );
    return { median: quantile(errors, 0.5), naive: quantile(naives, 0.5), held };
  };

  it("of a VM with three earlier runs is closer than elapsed by percent, and falls without leaps", () => {
    const runs = seeds.map((seed) => replay(makeVmRun(seed)));
    const early = table(
      "VM after 20 %",
      runs.map((one) => one.at20),
    );
    const half = table(
      "VM after 50 %",
      runs.map((one) => one.at50),
    );
    expect(early.median).toBeLessThan(early.naive * 0.8);
    expect(half.median).toBeLessThan(half.naive * 0.9);
    expect(half.median).toBeLessThan(0.17);
    expect(Math.min(early.held, half.held)).toBeGreaterThan(0.6);
    expect(Math.max(...runs.map((one) => one.sooner))).toBeLessThan(0.08);
  });

  it("of a container with three earlier runs is within 30 % in the median", () => {
    const runs = seeds.map((seed) => replay(makeContainerRun(seed)));
    const early = table(
      "CT after 20 %",
      runs.map((one) => one.at20),
    );
    const half = table(
      "CT after 50 %",
      runs.map((one) => one.at50),
    );
    expect(Math.max(early.median, half.median)).toBeLessThan(0.3);
    expect(Math.min(early.held, half.held)).toBeGreaterThan(0.6);
  });
});
