import { chooses } from "../../shared/attention.ts";

import type { Attention } from "../../shared/attention.ts";

/** How closely a cluster is looked at. `away`: no window is open, or nobody does anything in any of them. */
export type Gaze = "seen" | "unseen" | "away";

/** What all open windows show together. */
export interface Audience {
  /** Counts until the signal ends, which it does with the window that holds it. */
  hold(what: Attention, signal: AbortSignal): Promise<void>;
  gazeOf(clusterId: string): Gaze;
  /** The tasks of a cluster are on a screen as a list. */
  listsTasks(clusterId: string): boolean;
  /** The page of a task is open. */
  watches(upid: string): boolean;
  /** Called after each change. Returns the undo. */
  onChange(listener: () => void): () => void;
}

export function createAudience(): Audience {
  const held = new Set<Attention>();
  const listeners = new Set<() => void>();

  const anyActive = (matches: (what: Attention) => boolean): boolean =>
    [...held].some((what) => what.active && matches(what));

  function tell(): void {
    for (const listener of listeners) listener();
  }

  return {
    async hold(what, signal) {
      if (signal.aborted) return;
      const ended = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => ended.resolve(), { once: true });
      held.add(what);
      tell();
      await ended.promise;
      held.delete(what);
      tell();
    },
    gazeOf(clusterId) {
      if (!anyActive(() => true)) return "away";
      return anyActive(({ clusters }) => chooses(clusters, clusterId)) ? "seen" : "unseen";
    },
    listsTasks: (clusterId) => anyActive(({ taskLists }) => chooses(taskLists, clusterId)),
    watches: (upid) => anyActive(({ tasks }) => tasks.includes(upid)),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
