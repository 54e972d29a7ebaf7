/** The reason of a signal whose time is over. */
const over = new DOMException("the time is over", "AbortError");

export function isDeadline(signal: AbortSignal): boolean {
  return signal.reason === over;
}

export interface RunningDeadline extends Disposable {
  readonly signal: AbortSignal;
  readonly isLate: () => boolean;
}

/** Aborts with the caller, or when the time is over (and `applies` then, where it is given). `using` frees the timer. */
export function withDeadline(
  signal: AbortSignal,
  ms: number,
  applies: () => boolean = () => true,
): RunningDeadline {
  const controller = new AbortController();
  let late = false;
  const onAbort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    if (!applies()) return;
    late = true;
    controller.abort(over);
  }, ms);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    isLate: () => late,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/** Makes the waiting end early when the caller gives up; the work itself goes on. Rejects with the signal's reason. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
