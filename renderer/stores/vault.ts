import { createStore, type StoreApi } from "zustand/vanilla";

import { asAppError, type Api } from "../api.ts";

import type { AppError } from "../../shared/errors.ts";
import type { Output } from "../../shared/operations.ts";

export type VaultStatus = Output<"vault.status">;

export interface VaultView {
  /** null before the first answer. */
  readonly status: VaultStatus | null;
  readonly error: AppError | null;
}

export interface VaultStore {
  readonly store: StoreApi<VaultView>;
  reload(): void;
  stop(): void;
}

/** Where secrets are kept and whether they can be read now; never a secret itself. */
export function createVaultStore(api: Api): VaultStore {
  const store = createStore<VaultView>(() => ({ status: null, error: null }));
  let loading = new AbortController();

  const load = async (signal: AbortSignal) => {
    try {
      const status = await api.call("vault.status", undefined, signal);
      if (!signal.aborted) store.setState({ status, error: null }, true);
    } catch (error) {
      if (!signal.aborted) store.setState({ error: asAppError(error) });
    }
  };
  const reload = () => {
    loading.abort();
    loading = new AbortController();
    void load(loading.signal);
  };

  const unsubscribe = api.subscribe("vault.changed", null, reload);
  const offConnection = api.connection.onChange((state) => {
    if (state === "open") reload();
  });
  void load(loading.signal);

  return {
    store,
    reload,
    stop() {
      loading.abort();
      unsubscribe();
      offConnection();
    },
  };
}
