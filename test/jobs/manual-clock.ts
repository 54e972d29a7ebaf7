import type { Clock } from "../../electron/jobs/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on, waking every sleeper whose time has come, until the condition holds. Throws after `most` ms of its own time. */
  until(condition: () => boolean | Promise<boolean>, most?: number): Promise<void>;
  /** Lets this much of its time pass. */
  pass(ms: number): Promise<void>;
  /** Sets it, as a user or a time server does: sleepers do not notice. */
  jump(ms: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Turns of the real event loop after each step: the store answers from another thread. */
const turns = 4;

const breathe = async (): Promise<void> => {
  for (let n = 0; n < turns; n += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that passes only when a test says so, in jumps from one sleeper to the next. */
export function createManualClock(start = Date.UTC(2026, 0, 5, 10)): ManualClock {
  /** What `now` says moves with `jump`; sleepers wait on this one. */
  let elapsed = 0;
  let wall = start;
  const sleepers = new Set<Sleeper>();

  const step = (most: number): void => {
    const next = Math.min(...[...sleepers].map((sleeper) => sleeper.at), elapsed + most);
    wall += next - elapsed;
    elapsed = next;
    for (const sleeper of sleepers) if (sleeper.at <= elapsed) sleeper.wake();
  };

  return {
    now: () => wall,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const sleeper: Sleeper = { at: elapsed + Math.max(0, ms), wake: () => done(resolve) };
        const give = (): void => done(() => reject(signal.reason as Error));
        const done = (then: () => void): void => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", give);
          then();
        };
        sleepers.add(sleeper);
        signal.addEventListener("abort", give, { once: true });
      }),
    jump: (ms) => {
      wall += ms;
    },
    pass: async (ms) => {
      for (let left = ms; left > 0;) {
        await breathe();
        const before = elapsed;
        step(left);
        left -= elapsed - before;
      }
      await breathe();
    },
    until: async (condition, most = 24 * 60 * 60 * 1000) => {
      const end = elapsed + most;
      for (let idle = 0; ; idle += 1) {
        await breathe();
        if (await condition()) return;
        if (elapsed >= end) throw new Error("the condition never came true");
        // A second of its time at most, so that the store's thread gets its turns in between.
        step(Math.min(1000, end - elapsed));
      }
    },
  };
}
