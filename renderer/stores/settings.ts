import { createStore, type StoreApi } from "zustand/vanilla";

import type { Api } from "../api.ts";
import type { Input } from "../../shared/operations.ts";
import type { Settings } from "../../shared/settings.ts";

export type SettingsPatch = Input<"settings.set">;

export interface SettingsStore {
  readonly store: StoreApi<Settings>;
  /** Shown at once, taken back where it could not be kept. */
  set(patch: SettingsPatch): void;
  /** What a view left behind; `undefined` where it left nothing. */
  setView(view: string, value: string): void;
  stop(): void;
}

/** Typing in a filter must not write a file at every key. */
const viewDelay = 400;

export function createSettingsStore(api: Api, initial: Settings): SettingsStore {
  const store = createStore<Settings>(() => initial);
  const life = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** What a view left behind and was not sent yet. */
  let views: Record<string, string> = {};
  let kept = initial;

  const show = (settings: Settings) => {
    kept = settings;
    store.setState({ ...settings, views: { ...settings.views, ...views } }, true);
  };
  const send = async (patch: SettingsPatch) => {
    try {
      show(await api.call("settings.set", patch, life.signal));
    } catch {
      // The setting is only a comfort: it falls back to what was kept, which the user sees.
      if (!life.signal.aborted) show(kept);
    }
  };

  const flushViews = () => {
    const changed = { ...store.getState().views };
    views = {};
    void send({ views: changed });
  };

  const unsubscribe = api.subscribe("settings.changed", null, show);

  return {
    store,
    set(patch) {
      const { views: _views, window: _window, ...plain } = patch;
      store.setState({ ...store.getState(), ...withoutUndefined(plain) }, true);
      void send(patch);
    },
    setView(view, value) {
      views[view] = value;
      store.setState({ views: { ...store.getState().views, [view]: value } });
      clearTimeout(timer);
      timer = setTimeout(flushViews, viewDelay);
    },
    stop() {
      clearTimeout(timer);
      life.abort();
      unsubscribe();
    },
  };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
