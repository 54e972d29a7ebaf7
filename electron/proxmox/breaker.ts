import type { AppError } from "../../shared/errors.ts";
import type { Clock } from "./clock.ts";

const firstPauseMs = 5000;
const maxPauseMs = 30_000;
/** An address that fails again before it has been good for so long goes on with its longer pauses. */
const calmMs = 60_000;
/** What a server may ask for with Retry-After. */
const restMs = { least: 1000, most: 300_000 } as const;

/** What was let through, to be told how it went. */
export interface Pass {
  good(): void;
  bad(error: AppError): void;
  /** Given up by the caller, or nothing that says anything about the address. */
  neither(): void;
}

/**
 * Keeps an address that does not answer from being asked again and again. Closed: everything passes. Open: nothing does until a
 * pause is over. Then half-open: one passes, and what becomes of it closes the breaker or opens it for a longer pause.
 * It has no timer: after a sleep of the computer nothing starts by itself.
 */
export interface Breaker {
  /** null = it must not be asked now. */
  admit(): Pass | null;
  /** The pause is over and nobody is trying yet. */
  mayTry(): boolean;
  isClosed(): boolean;
  /** Why it last failed; null where it last answered. */
  error(): AppError | null;
  /** The server asked to be left alone for so long (clamped to 1–300 s). */
  rest(ms: number, error: AppError): void;
  /** Somebody wants to know now: ends a pause, but not one that the server asked for. */
  retryNow(): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** So many failures in a row open it. */
  readonly failuresToOpen: number;
}

export function createBreaker({ clock, random, failuresToOpen }: BreakerOptions): Breaker {
  let failures = 0;
  let pauses = 0;
  let lastError: AppError | null = null;
  /** null = closed. */
  let open: { from: number; ms: number; resting: boolean; trying: boolean } | null = null;
  let closedAt = clock.now();

  function pause(): void {
    // Spread, so that twenty addresses behind one dead line are not tried in the same moment.
    const ms = Math.min(firstPauseMs * 2 ** pauses, maxPauseMs) * (0.8 + 0.4 * random());
    pauses += 1;
    open = { from: clock.now(), ms, resting: false, trying: false };
  }

  function isOver(): boolean {
    if (open === null) return true;
    const passed = clock.now() - open.from;
    // A clock that jumps back must not prolong it for ever.
    return passed >= open.ms || passed < 0;
  }

  function good(): void {
    const now = clock.now();
    if (open !== null) closedAt = now;
    else if (now - closedAt >= calmMs) pauses = 0;
    open = null;
    failures = 0;
    lastError = null;
  }

  function admit(): Pass | null {
    const entered = open;
    if (entered !== null) {
      if (entered.trying || !isOver()) return null;
      entered.trying = true;
    }
    return {
      good,
      bad: (error) => {
        // It was let through before others found the address dead: they have said it already.
        if (open !== entered) return;
        lastError = error;
        failures += 1;
        if (entered !== null || failures >= failuresToOpen) pause();
      },
      neither: () => {
        if (entered !== null) entered.trying = false;
      },
    };
  }

  return {
    admit,
    mayTry: () => open !== null && !open.trying && isOver(),
    isClosed: () => open === null,
    error: () => lastError,
    rest: (ms, error) => {
      lastError = error;
      open = {
        from: clock.now(),
        ms: Math.min(Math.max(ms, restMs.least), restMs.most),
        resting: true,
        trying: false,
      };
    },
    retryNow: () => {
      if (open !== null && !open.resting) open.ms = 0;
    },
  };
}
