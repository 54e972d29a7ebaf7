import type { Clock } from "../proxmox/clock.ts";

/** All followed tasks of a server together: at most 60 questions in any minute, the first few of them at once. */
const burst = 6;
const perMinute = 54;
const everyMs = 60_000 / perMinute;
/** So many turns of tasks whose page is open, then one of another that waits. */
const watchedInARow = 2;

/** Whose turn it is to ask a server about a task. */
export interface TaskTurns {
  /** Resolves when the question may be sent; those whose page is open come first. Rejects with the signal's reason. */
  take(isWatched: boolean, signal: AbortSignal): Promise<void>;
}

interface Waiting {
  readonly isWatched: boolean;
  readonly signal: AbortSignal;
  readonly go: () => void;
}

/** One per server. What was not used is not saved up: after a sleep there is no burst beyond the first few. */
export function createTaskTurns(clock: Clock): TaskTurns {
  let tokens = burst;
  let filledAt = clock.now();
  let waiting: Waiting[] = [];
  let inARow = 0;
  let serving = false;

  function fill(): void {
    const now = clock.now();
    // A clock that jumps back must not stop the questions.
    tokens = Math.min(burst, tokens + Math.max(0, now - filledAt) / everyMs);
    filledAt = now;
  }

  function next(): Waiting | undefined {
    const watched = waiting.find((one) => one.isWatched);
    const other = waiting.find((one) => !one.isWatched);
    const chosen = watched !== undefined && (other === undefined || inARow < watchedInARow) ? watched : other;
    inARow = chosen?.isWatched === true ? inARow + 1 : 0;
    return chosen;
  }

  async function serve(): Promise<void> {
    if (serving) return;
    serving = true;
    while (waiting.length > 0) {
      fill();
      if (tokens < 1) {
        const signal = AbortSignal.any(waiting.map((one) => one.signal));
        // Woken when somebody gives up: perhaps nobody waits any more.
        await clock.sleep(Math.ceil((1 - tokens) * everyMs), signal).catch(() => undefined);
        waiting = waiting.filter((one) => !one.signal.aborted);
        continue;
      }
      const chosen = next();
      waiting = waiting.filter((one) => one !== chosen);
      tokens -= 1;
      chosen?.go();
    }
    serving = false;
  }

  return {
    async take(isWatched, signal) {
      signal.throwIfAborted();
      const turn = Promise.withResolvers<void>();
      const giveUp = (): void => turn.reject(signal.reason as Error);
      signal.addEventListener("abort", giveUp, { once: true });
      waiting.push({ isWatched, signal, go: turn.resolve });
      void serve();
      try {
        await turn.promise;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
  };
}
