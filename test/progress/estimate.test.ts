import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { EarlierRun } from "../../electron/progress/earlier-runs.ts";
import { CURVE_STEPS } from "../../electron/progress/curve.ts";
import type { PaceSample } from "../../electron/progress/estimate.ts";
import { createEstimator } from "../../electron/progress/estimate.ts";
import { makeContainerRun, makeSilentContainerRun, makeVmRun } from "../bench/noise-model.ts";
import { replay } from "../bench/replay.ts";
import { lineOf, rowsOf } from "../bench/table.ts";
import { print } from "./reference.ts";

const MINUTE = 60_000;
const run = (durationSeconds: number, bytes: number | null = null): EarlierRun => ({
  durationSeconds,
  bytes,
  curve: null,
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
    const whole = Math.cbrt(600 * 660 * 580);
    expect(estimator.estimate(0)?.secondsLeft).toBeCloseTo(whole, 0);
    // Half a typical run is over: what is left lies near the other half.
    const left = estimator.estimate(5 * MINUTE);
    expect(Math.abs((left?.secondsLeft ?? 0) - (whole - 300))).toBeLessThan(30);
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

  it("counts on the empty end of a disk that flew by last time", () => {
    // The first half of the disk took nearly all the time, thrice.
    const curve = Array.from({ length: CURVE_STEPS }, (_, step) =>
      step < 10 ? (step + 1) * 95 : 950 + (step - 9) * 5,
    );
    const earlier = Array.from({ length: 3 }, () => ({ durationSeconds: 1000, bytes: null, curve }));
    const estimator = createEstimator(0, earlier);
    for (let percent = 1; percent <= 40; percent += 1) estimator.add(at(percent * 19_000, percent / 100));
    const left = estimator.estimate(760_000)?.secondsLeft;
    expect(left).toBeGreaterThan(200);
    expect(left).toBeLessThan(290);
  });

  it("has no figure once all data is done: what a server still does then has no pace", () => {
    const estimator = steady(100);
    expect(estimator.estimate(201_000)).toBeNull();
  });

  it("starts to count when the wait for a lock is over", () => {
    const estimator = createEstimator(0, [run(600)]);
    estimator.add({ ...at(0, null), waiting: true });
    expect(estimator.estimate(5 * MINUTE)).toBeNull();
    estimator.add(at(10 * MINUTE, null));
    expect(estimator.estimate(10 * MINUTE)?.secondsLeft).toBeCloseTo(600, 0);
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
    // It follows within ten seconds and more, in these two by less than a sixth.
    expect(before - after).toBeLessThan(before / 6);
  });

  it("is a range that holds its figure, never negative, never without number", () => {
    const sample = fc.record({
      at: fc.oneof(fc.integer({ min: -1000, max: 10_000_000 }), fc.double()),
      fraction: fc.option(fc.double()),
      bytesDone: fc.option(fc.double({ min: 0, noNaN: true })),
      waiting: fc.boolean(),
    });
    const history = fc.array(
      fc.record({
        durationSeconds: fc.double(),
        bytes: fc.option(fc.double()),
        curve: fc.option(fc.array(fc.double(), { minLength: 18, maxLength: 21 })),
      }),
      {
        maxLength: 6,
      },
    );
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

/** The whole of `npm run bench:eta` is a matter of minutes; this is a sample of it, on seeds of its own. */
describe("over seeded runs of a noise model it does not know, the estimate", () => {
  const seeds = Array.from({ length: 60 }, (_, index) => 5000 + index);

  it("of a VM beats elapsed by percent, holds the truth in its range and never lets the percentage fall", () => {
    const runs = seeds.map((seed) => replay(makeVmRun(seed, 5)));
    const rows = rowsOf("VM", runs);
    for (const row of rows) print(lineOf(row));
    const [early, half] = rows;
    expect(early.median).toBeLessThan(early.naiveMedian * 0.7);
    expect(half.median).toBeLessThan(half.naiveMedian * 0.85);
    expect(half.median).toBeLessThan(0.15);
    expect(Math.min(early.held, half.held)).toBeGreaterThan(0.65);
    expect(runs.some((run) => run.fellBack)).toBe(false);
    expect(Math.max(...runs.map((run) => run.leap))).toBeLessThan(0.18);
    expect(runs.filter((run) => run.stallTold !== null)).toEqual([]);
  });

  it("of a container is within 30 % in the median", () => {
    for (const make of [makeSilentContainerRun, makeContainerRun]) {
      const runs = seeds.map((seed) => replay(make(seed, 3)));
      const rows = rowsOf("CT", runs);
      for (const row of rows) print(lineOf(row));
      expect(Math.max(...rows.map((row) => row.median))).toBeLessThan(0.3);
      expect(Math.min(...rows.map((row) => row.held))).toBeGreaterThan(0.65);
      expect(runs.some((run) => run.fellBack)).toBe(false);
    }
  });
});
