import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";

import { AppError, fromErrorData, isAppError } from "../shared/errors.ts";

import type { Bridge } from "../shared/bridge.ts";
import type { EventName, Events } from "../shared/events.ts";
import type { Input, OperationName, Output } from "../shared/operations.ts";

/** `signedOut`: only a new address from the host's terminal helps. */
export type ConnectionState = "connecting" | "open" | "lost" | "signedOut";

/** Whether the app behind the window answers. Over Electron's IPC it always does; a WebSocket can break. */
export interface Connection {
  state(): ConnectionState;
  /** Called with each change. Returns the undo. */
  onChange(listener: (state: ConnectionState) => void): () => void;
}

/** The bridge with its types back on. */
export interface Api {
  /** Asks for an operation. Throws AppError: what the main process refused, `cancelled` after an abort, `bridge.lost`. */
  call<N extends OperationName>(name: N, input: Input<N>, signal: AbortSignal): Promise<Output<N>>;
  /** Listens to an event, of one key or (null) of all. Returns the undo. */
  subscribe<E extends EventName>(
    event: E,
    key: string | null,
    listener: (payload: Events[E]) => void,
  ): () => void;
  readonly bridge: Bridge;
  readonly connection: Connection;
}

export function createApi(bridge: Bridge, connection: Connection): Api {
  return {
    bridge,
    connection,
    async call<N extends OperationName>(name: N, input: Input<N>, signal: AbortSignal) {
      if (signal.aborted) throw new AppError("cancelled");
      const id = crypto.randomUUID();
      const giveUp = () => bridge.cancel(id);
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        const result = await bridge.call(name, input, id);
        if (!result.ok) throw fromErrorData(result.error);
        // Dispatch has checked the value against this operation's own schema.
        return result.value as Output<N>;
      } finally {
        signal.removeEventListener("abort", giveUp);
      }
    },
    subscribe<E extends EventName>(event: E, key: string | null, listener: (payload: Events[E]) => void) {
      return bridge.subscribe(event, key, (payload) => listener(payload as Events[E]));
    },
  };
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext.Provider;

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("no ApiProvider above");
  return api;
}

/** Anything caught around a call, as the AppError it is; a surprise becomes `internal`. */
export function asAppError(error: unknown): AppError {
  return isAppError(error) ? error : new AppError("internal", { cause: error });
}

export interface OperationState<N extends OperationName> {
  /** Runs it; the value, or null where it failed (see error) or was given up. Never rejects. */
  run(input: Input<N>): Promise<Output<N> | null>;
  readonly pending: boolean;
  readonly error: AppError | null;
  /** Gives a running call up and forgets the error. */
  reset(): void;
}

/** What a person started goes on when the view is left; only questions are given up with it. */
const goesOn: ReadonlySet<OperationName> = new Set<OperationName>([
  "demo.open",
  "tokens.make",
  "guests.power",
  "jobs.cancel",
  "datastores.prune",
  "datastores.protect",
  "datastores.setNotes",
  "serverJobs.run",
]);

/** One operation behind a button: pending and error beside the call. A question is given up when the view goes, a deed is not. */
export function useOperation<N extends OperationName>(name: N): OperationState<N> {
  const api = useApi();
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<AppError | null>(null);
  const running = useRef<AbortController | null>(null);

  useEffect(
    () => () => {
      if (!goesOn.has(name)) running.current?.abort();
    },
    [name],
  );

  const run = useCallback(
    async (input: Input<N>) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      setPending(true);
      setError(null);
      try {
        return await api.call(name, input, controller.signal);
      } catch (caught) {
        const failure = asAppError(caught);
        if (!controller.signal.aborted) setError(failure);
        return null;
      } finally {
        if (running.current === controller) setPending(false);
      }
    },
    [api, name],
  );

  const reset = useCallback(() => {
    if (!goesOn.has(name)) running.current?.abort();
    running.current = null;
    setPending(false);
    setError(null);
  }, [name]);

  return { run, pending, error, reset };
}

/** Listens to an event as long as the view is there. */
export function useEvent<E extends EventName>(
  event: E,
  key: string | null,
  listener: (payload: Events[E]) => void,
): void {
  const api = useApi();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => api.subscribe(event, key, (payload) => latest.current(payload)), [api, event, key]);
}
