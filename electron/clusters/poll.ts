import { isAppError } from "../../shared/errors.ts";

import type { AppError } from "../../shared/errors.ts";
import type { Clock } from "../proxmox/clock.ts";

/** Where an answer fails to come, the pause doubles up to this: what comes back is seen within a minute. */
const maxBackoffMs = 60_000;
const firstBackoffMs = 10_000;
/** What would be due so soon goes along with a round that is made anyway: a round costs a TLS handshake. */
export const maxSlackMs = 2000;

export interface Answered<T> {
  readonly value: T;
  /** When it was given, ms by our clock. */
  readonly at: number;
}

/** One endpoint of one server that is asked again and again. */
export interface Poll<T> {
  /** The newest good answer, however old; null = none yet. */
  last(): Answered<T> | null;
  /** What the last question met instead of an answer; null where it was answered. */
  problem(): AppError | null;
  /** When it is to be asked next, ms by our clock; never asked before = long ago. */
  dueAt(): number;
  /** Due, or so soon that a round under way should ask it too. */
  isDue(): boolean;
  /** Asks. Who asks meanwhile shares the question and its answer; null = see `problem`. Throws only surprises. */
  ask(): Promise<T | null>;
}

/** `every`: the pause wanted now, ms; two round trips are added, so that a slow server is asked less often. */
export function createPoll<T>(clock: Clock, every: () => number, read: () => Promise<T>): Poll<T> {
  let last: Answered<T> | null = null;
  let problem: AppError | null = null;
  let failures = 0;
  let roundTrip = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let flight: Promise<T | null> | null = null;

  async function askNow(): Promise<T | null> {
    const before = clock.now();
    try {
      const value = await read();
      last = { value, at: clock.now() };
      problem = null;
      failures = 0;
      roundTrip = Math.max(0, clock.now() - before);
      return value;
    } catch (error) {
      failures += 1;
      if (!isAppError(error)) throw error;
      problem = error;
      return null;
    } finally {
      askedAt = clock.now();
      flight = null;
    }
  }

  function dueAt(): number {
    const wanted = every();
    if (failures === 0) return askedAt + wanted + 2 * roundTrip;
    return askedAt + Math.max(wanted, Math.min(firstBackoffMs * 2 ** (failures - 1), maxBackoffMs));
  }

  return {
    last: () => last,
    problem: () => problem,
    dueAt,
    isDue: () => dueAt() <= clock.now() + Math.min(maxSlackMs, every() / 4),
    ask: () => (flight ??= askNow()),
  };
}
