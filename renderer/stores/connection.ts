import { createStore, type StoreApi } from "zustand/vanilla";

import type { Connection, ConnectionState } from "../api.ts";

export interface ConnectionView {
  readonly state: ConnectionState;
  /** Since when it is so, ms. */
  readonly since: number;
}

export interface ConnectionStore {
  readonly store: StoreApi<ConnectionView>;
  stop(): void;
}

export function createConnectionStore(connection: Connection, now: () => number = Date.now): ConnectionStore {
  const store = createStore<ConnectionView>(() => ({ state: connection.state(), since: now() }));
  const stop = connection.onChange((state) => {
    if (state !== store.getState().state) store.setState({ state, since: now() }, true);
  });
  return { store, stop };
}
