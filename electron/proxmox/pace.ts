import type { Clock } from "./clock.ts";
import { orAborted } from "./deadline.ts";

/** Light on the cluster: 5 reads a second, after a pause 10 at once. */
const readsPerSecond = 5;
const burst = 10;

export interface Pace {
  /** Waits until one more read may be sent. */
  read(signal: AbortSignal): Promise<void>;
  /** Runs one after the other all that share a lane. */
  inLane<T>(lane: string, signal: AbortSignal, run: () => Promise<T>): Promise<T>;
}

/** A token bucket for reads and a queue per lane, for one server. */
export function createPace(clock: Clock): Pace {
  let tokens = burst;
  let filledAt = clock.now();
  const lanes = new Map<string, Promise<unknown>>();

  function take(): number {
    const now = clock.now();
    // A clock that jumps back must not stop the reads.
    tokens = Math.min(burst, tokens + (Math.max(0, now - filledAt) / 1000) * readsPerSecond);
    filledAt = now;
    tokens -= 1;
    return tokens >= 0 ? 0 : Math.ceil((-tokens / readsPerSecond) * 1000);
  }

  return {
    read: async (signal) => {
      signal.throwIfAborted();
      const wait = take();
      if (wait === 0) return;
      try {
        await clock.sleep(wait, signal);
      } catch (error) {
        tokens += 1;
        throw error;
      }
    },
    inLane: async (lane, signal, run) => {
      const before = lanes.get(lane) ?? Promise.resolve();
      const turn = Promise.withResolvers<undefined>();
      const tail = before.then(async () => await turn.promise);
      lanes.set(lane, tail);
      try {
        await orAborted(before, signal);
        return await run();
      } finally {
        turn.resolve(undefined);
        if (lanes.get(lane) === tail) lanes.delete(lane);
      }
    },
  };
}
