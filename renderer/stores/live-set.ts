import { createStore, type StoreApi } from "zustand/vanilla";

import { asAppError, type Connection } from "../api.ts";

import type { AppError } from "../../shared/errors.ts";

/** A live set as the window knows it. `loading` only before the first snapshot; later the last known items stay. */
export interface LiveSet<T> {
  readonly phase: "loading" | "ready" | "failed";
  readonly error: AppError | null;
  readonly revision: number;
  readonly byKey: ReadonlyMap<string, T>;
  readonly items: readonly T[];
}

export interface LiveChange<T> {
  readonly revision: number;
  readonly changed: readonly T[];
  /** New fields of items that are known here. */
  readonly patched?: ReadonlyArray<{ readonly key: string; readonly fields: Partial<T> }> | undefined;
  readonly removed: readonly string[];
}

export interface LiveSnapshot<T> {
  readonly revision: number;
  readonly items: readonly T[];
}

export function emptyLiveSet<T>(): LiveSet<T> {
  return { phase: "loading", error: null, revision: -1, byKey: new Map(), items: [] };
}

/** Takes a snapshot as the whole truth, whatever was known: a restarted app counts its revisions anew. */
export function takeSnapshot<T>(snapshot: LiveSnapshot<T>, keyOf: (item: T) => string): LiveSet<T> {
  return {
    phase: "ready",
    error: null,
    revision: snapshot.revision,
    byKey: new Map(snapshot.items.map((item) => [keyOf(item), item])),
    items: snapshot.items,
  };
}

/** Adds a change to what is known; one that is not newer is dropped. Order of the items stays, new ones come last. */
export function fold<T>(set: LiveSet<T>, change: LiveChange<T>, keyOf: (item: T) => string): LiveSet<T> {
  if (change.revision <= set.revision) return set;
  const byKey = new Map(set.byKey);
  for (const key of change.removed) byKey.delete(key);
  for (const item of change.changed) byKey.set(keyOf(item), item);
  for (const { key, fields } of change.patched ?? []) {
    const known = byKey.get(key);
    if (known !== undefined) byKey.set(key, { ...known, ...fields });
  }
  return { phase: "ready", error: null, revision: change.revision, byKey, items: [...byKey.values()] };
}

/** A list that cannot be read is asked for again after this: long enough not to press a busy app, short enough to be believed. */
const retryAfter = 3000;

export interface LiveSetOptions<T> {
  read(signal: AbortSignal): Promise<LiveSnapshot<T>>;
  /** Returns the undo. */
  listen(listener: (change: LiveChange<T>) => void): () => void;
  keyOf(item: T): string;
  readonly connection: Connection;
}

export interface LiveSetStore<T> {
  readonly store: StoreApi<LiveSet<T>>;
  /** Asks for a new snapshot, for the button "Try again". */
  reload(): void;
  stop(): void;
}

/** Snapshot, then events; after each reconnect a new snapshot. Events that come before the snapshot wait for it. */
export function createLiveSet<T>(options: LiveSetOptions<T>): LiveSetStore<T> {
  const { keyOf } = options;
  const store = createStore<LiveSet<T>>(() => emptyLiveSet<T>());
  let waiting: LiveChange<T>[] | null = [];
  let loading = new AbortController();
  let retry: ReturnType<typeof setTimeout> | undefined;

  const load = async (signal: AbortSignal) => {
    waiting = [];
    try {
      const snapshot = await options.read(signal);
      if (signal.aborted) return;
      const missed = waiting ?? [];
      waiting = null;
      store.setState(
        missed.reduce((set, change) => fold(set, change, keyOf), takeSnapshot(snapshot, keyOf)),
        true,
      );
    } catch (error) {
      if (signal.aborted) return;
      store.setState({ error: asAppError(error), phase: store.getState().revision < 0 ? "failed" : "ready" });
      retry = setTimeout(reload, retryAfter);
    }
  };

  const reload = () => {
    clearTimeout(retry);
    loading.abort();
    loading = new AbortController();
    void load(loading.signal);
  };

  const unsubscribe = options.listen((change) => {
    if (waiting !== null) waiting.push(change);
    else store.setState(fold(store.getState(), change, keyOf), true);
  });
  const offConnection = options.connection.onChange((state) => {
    if (state === "open") reload();
  });
  void load(loading.signal);

  return {
    store,
    reload,
    stop() {
      clearTimeout(retry);
      loading.abort();
      unsubscribe();
      offConnection();
    },
  };
}
