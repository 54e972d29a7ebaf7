import { createStore, type StoreApi } from "zustand/vanilla";

import type { Connection } from "../api.ts";

export interface ConnectionState {
  readonly state: "open" | "lost";
  /** Since when it is so, ms. */
  readonly since: number;
}

export interface ConnectionStore {
  readonly store: StoreApi<ConnectionState>;
  stop(): void;
}

export function createConnectionStore(connection: Connection, now: () => number = Date.now): ConnectionStore {
  const store = createStore<ConnectionState>(() => ({ state: connection.state(), since: now() }));
  const stop = connection.onChange((state) => {
    if (state !== store.getState().state) store.setState({ state, since: now() }, true);
  });
  return { store, stop };
}
