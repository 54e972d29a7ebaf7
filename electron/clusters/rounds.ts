import type { Clock } from "../proxmox/clock.ts";

/** One loop per cluster: sleeps until something is due, then makes one round of questions. */
export interface Rounds {
  /** Begins the loop of a cluster; it ends with the signal. */
  start(clusterId: string, signal: AbortSignal): void;
  /** One round now; several who want one at once share it. */
  now(clusterId: string): Promise<void>;
  /** Something changed what is due: a sleeping loop counts anew. */
  recount(clusterId: string): void;
  forget(clusterId: string): void;
  /** Resolves when all loops have ended. */
  close(): Promise<void>;
}

export interface RoundsOptions {
  readonly clock: Clock;
  /** When the next round is wanted, ms by our clock; Infinity = not before somebody acts. */
  readonly dueAt: (clusterId: string) => number;
  /** `forced`: somebody wants to see the state of now, due or not. Never rejects. */
  readonly round: (clusterId: string, forced: boolean) => Promise<void>;
}

interface Loop {
  readonly signal: AbortSignal;
  wake: AbortController;
  flight: Promise<void> | null;
}

export function createRounds({ clock, dueAt, round }: RoundsOptions): Rounds {
  const loops = new Map<string, Loop>();
  const running = new Set<Promise<void>>();

  function share(clusterId: string, loop: Loop, forced: boolean): Promise<void> {
    loop.flight ??= round(clusterId, forced).finally(() => {
      loop.flight = null;
    });
    return loop.flight;
  }

  async function run(clusterId: string, loop: Loop): Promise<void> {
    while (!loop.signal.aborted) {
      const wait = dueAt(clusterId) - clock.now();
      if (wait <= 0) {
        await share(clusterId, loop, false);
        continue;
      }
      loop.wake = new AbortController();
      await sleep(wait, AbortSignal.any([loop.signal, loop.wake.signal]));
    }
  }

  /** Ends early and quietly: the caller looks why. */
  async function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!Number.isFinite(ms)) return aborted(signal);
    try {
      await clock.sleep(ms, signal);
    } catch {
      // Woken or closed.
    }
  }

  return {
    start(clusterId, signal) {
      const loop: Loop = { signal, wake: new AbortController(), flight: null };
      loops.set(clusterId, loop);
      const work = run(clusterId, loop).finally(() => running.delete(work));
      running.add(work);
    },
    async now(clusterId) {
      const loop = loops.get(clusterId);
      if (loop === undefined) return;
      // One that is under way may have asked before the change that the caller wants to see.
      await loop.flight;
      await share(clusterId, loop, true);
      loop.wake.abort();
    },
    recount(clusterId) {
      loops.get(clusterId)?.wake.abort();
    },
    forget(clusterId) {
      loops.delete(clusterId);
    },
    async close() {
      await Promise.all(running);
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
