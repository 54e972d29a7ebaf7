/** Nothing is called stalled sooner; without a pace of its own a task gets longer, for a container's archive is silent. */
const STALL_SECONDS = 90;
const STALL_WITHOUT_PACE = 1800;
const STALL_GAPS = 4;
const STALL_MEAN_GAPS = 12;

/** How long a task usually goes without a sign of progress. */
export interface Silence {
  readonly add: (gap: number) => void;
  /** Seconds of silence beyond which the task stands still. `longest`: of its earlier runs, for a task without a pace of its own. */
  readonly limit: (longest: number) => number;
}

export function createSilence(): Silence {
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
    limit: (longestRun) =>
      count < 3
        ? Math.max(STALL_WITHOUT_PACE, 2 * longestRun)
        : Math.max(STALL_SECONDS, longest * STALL_GAPS, mean * STALL_MEAN_GAPS),
  };
}
