import { setTimeout as delay } from "node:timers/promises";

/** Time as the client sees it; given to it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch on this computer. */
  now(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
};
