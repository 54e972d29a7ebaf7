import type { EventName, Events } from "../shared/events.ts";

export type EventListener = (event: EventName, key: string | null, payload: unknown) => void;

/** The one road from the main process to its windows. */
export interface Hub {
  /** Hands the payload to every listener, at once and in order. */
  emit<E extends EventName>(event: E, payload: Events[E], key?: string): void;
  /** Returns the undo. */
  listen(listener: EventListener): () => void;
}

export function createHub(): Hub {
  const listeners = new Set<EventListener>();
  return {
    emit(event, payload, key) {
      for (const listener of listeners) listener(event, key ?? null, payload);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
