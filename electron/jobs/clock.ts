import { setTimeout as delay } from "node:timers/promises";

/** Time and waiting, given to the engine so that tests own both. */
export interface Clock {
  /** ms since the epoch on this computer. */
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
