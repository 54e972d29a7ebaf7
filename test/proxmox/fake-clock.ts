import type { Clock } from "../../electron/proxmox/clock.ts";

/** A clock that only moves when told; whoever sleeps moves it. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  /** What was slept, in order. */
  readonly sleeps: readonly number[];
}

export function fakeClock(start = Date.now()): FakeClock {
  let now = start;
  const sleeps: number[] = [];
  return {
    now: () => now,
    sleep: (ms, signal) => {
      if (signal.aborted) return Promise.reject(new DOMException("aborted", "AbortError"));
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
    sleeps,
  };
}
