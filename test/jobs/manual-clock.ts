import type { Clock } from "../../electron/jobs/clock.ts";

export interface ManualClock extends Clock {
  /** Moves time on, waking every sleeper whose time has come, until the condition holds. Throws after `most` ms of its own time. */
  until(condition: () => boolean | Promise<boolean>, most?: number): Promise<void>;
  /** Lets this much of its time pass. */
  pass(ms: number): Promise<void>;
  /** Time stands still while this is under way: what takes a thread's time on this machine takes none in the test. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Sets it, as a user or a time server does: sleepers do not notice. */
  jump(ms: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Conditions are looked at this often (ms), also while everybody sleeps longer. */
const longestStep = 60_000;
/** Turns of the real event loop without anything under way, before time goes on. */
const turns = 4;

/** Time that passes only when a test says so, in jumps from one sleeper to the next. */
export function createManualClock(start = Date.UTC(2026, 0, 5, 10)): ManualClock {
  /** What `now` says moves with `jump`; sleepers wait on this one. */
  let elapsed = 0;
  let wall = start;
  const sleepers = new Set<Sleeper>();
  let pending = 0;

  const breathe = async (): Promise<void> => {
    for (let quiet = 0; quiet < turns; quiet = pending === 0 ? quiet + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve));
  };

  const step = (most: number): void => {
    const next = Math.min(...[...sleepers].map((sleeper) => sleeper.at), elapsed + most);
    wall += next - elapsed;
    elapsed = next;
    for (const sleeper of sleepers) if (sleeper.at <= elapsed) sleeper.wake();
  };

  return {
    now: () => Math.floor(wall),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const sleeper: Sleeper = { at: elapsed + Math.ceil(Math.max(0, ms)), wake: () => done(resolve) };
        const give = (): void => done(() => reject(signal.reason as Error));
        const done = (then: () => void): void => {
          sleepers.delete(sleeper);
          signal.removeEventListener("abort", give);
          then();
        };
        sleepers.add(sleeper);
        signal.addEventListener("abort", give, { once: true });
      }),
    track: async (work) => {
      pending += 1;
      try {
        return await work;
      } finally {
        pending -= 1;
      }
    },
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
      for (;;) {
        await breathe();
        if (await condition()) return;
        if (elapsed >= end) throw new Error("the condition never came true");
        step(Math.min(longestStep, end - elapsed));
      }
    },
  };
}
