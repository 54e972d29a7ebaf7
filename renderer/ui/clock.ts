import { useSyncExternalStore } from "react";

/** Ages are written in whole seconds: one tick a second for all of them. */
const tick = 1000;

interface Clock {
  readonly listen: (listener: () => void) => () => void;
  readonly now: () => number;
}

/** One timer for all that shows an age; it runs only while somebody looks. */
function createClock(): Clock {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let current = Date.now();
  return {
    listen(listener) {
      listeners.add(listener);
      current = Date.now();
      timer ??= setInterval(() => {
        current = Date.now();
        for (const each of listeners) each();
      }, tick);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    now: () => current,
  };
}

const clock = createClock();

/** The present, ms, cut to `step`: a view that shows minutes is drawn again once a minute only. */
export function useNow(step: number = tick): number {
  const present = (): number => Math.floor(clock.now() / step) * step;
  // Drawn to text, without a window, it is the same present.
  return useSyncExternalStore(clock.listen, present, present);
}
