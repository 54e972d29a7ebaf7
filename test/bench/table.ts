import type { Miss, Replayed } from "./replay.ts";

export interface Row {
  readonly name: string;
  readonly runs: number;
  readonly median: number;
  readonly ninetieth: number;
  readonly naiveMedian: number;
  readonly naiveNinetieth: number;
  /** Share of the ranges shown that held the truth. */
  readonly held: number;
  readonly width: number;
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function rowOf(name: string, misses: readonly Miss[]): Row {
  const ours = misses.map((miss) => miss.ours);
  const naive = misses.map((miss) => miss.naive);
  const ranges = misses.filter((miss) => miss.held !== null);
  return {
    name,
    runs: misses.length,
    median: quantile(ours, 0.5),
    ninetieth: quantile(ours, 0.9),
    naiveMedian: quantile(naive, 0.5),
    naiveNinetieth: quantile(naive, 0.9),
    held: ranges.filter((miss) => miss.held).length / Math.max(1, ranges.length),
    width: quantile(
      ranges.map((miss) => miss.width),
      0.5,
    ),
  };
}

/** Both moments of a set of runs. */
export function rowsOf(name: string, runs: readonly Replayed[]): readonly [Row, Row] {
  return [
    rowOf(
      `${name}, after 20 %`,
      runs.map((run) => run.at20),
    ),
    rowOf(
      `${name}, after 50 %`,
      runs.map((run) => run.at50),
    ),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(8);

export const head =
  `${"".padEnd(52)} runs   median     90th    naive:  median     90th  better by   in range  range wide\n`.trimEnd();

export function lineOf(row: Row): string {
  const better = percent(1 - row.median / row.naiveMedian);
  return (
    `${row.name.padEnd(52)} ${String(row.runs).padStart(4)} ${percent(row.median)} ${percent(row.ninetieth)}        ` +
    `${percent(row.naiveMedian)} ${percent(row.naiveNinetieth)}   ${better}   ${percent(row.held)}    ${percent(row.width)}`
  );
}
