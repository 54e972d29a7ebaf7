import { isDeepStrictEqual } from "node:util";

/** A set of whole states with one revision over all of them; tells only what changed. */
export interface LiveSet<T> {
  snapshot(): { readonly revision: number; readonly items: T[] };
  get(key: string): T | undefined;
  values(): IterableIterator<T>;
  /** Replaces what belongs to `scope` (a prefix of keys) by `items`; what is not among them any more is removed. */
  replace(scope: string, items: readonly T[]): void;
  /** Sets some states and leaves all others. */
  upsert(items: readonly T[]): void;
  remove(scope: string): void;
}

export interface LiveChange<T> {
  readonly revision: number;
  readonly changed: T[];
  readonly removed: string[];
}

/**
 * An item that did not change but for its age is told again after this long: the age on the screen is never wrong by more, and an
 * idle cluster of thousands of guests costs one event a minute instead of one at every poll.
 */
export const ageEchoMs = 60_000;

interface Held<T> {
  item: T;
  /** `seenAt` as it was last told. */
  toldAt: number;
}

export function createLiveSet<T extends object>(
  keyOf: (item: T) => string,
  emit: (change: LiveChange<T>) => void,
): LiveSet<T> {
  const held = new Map<string, Held<T>>();
  let revision = 0;

  /** True where readers must be told. */
  function take(key: string, item: T): boolean {
    const before = held.get(key);
    const seenAt = seenAtOf(item);
    if (before === undefined) {
      held.set(key, { item, toldAt: seenAt });
      return true;
    }
    const same = isDeepStrictEqual({ ...before.item, seenAt }, { ...item, seenAt });
    before.item = item;
    if (same && seenAt - before.toldAt < ageEchoMs) return false;
    before.toldAt = seenAt;
    return true;
  }

  function tell(changed: T[], removed: string[]): void {
    if (changed.length === 0 && removed.length === 0) return;
    revision += 1;
    emit({ revision, changed, removed });
  }

  function upsert(items: readonly T[]): T[] {
    return items.filter((item) => take(keyOf(item), item));
  }

  function removeWhere(scope: string, stays: ReadonlySet<string>): string[] {
    const removed = [...held.keys()].filter((key) => key.startsWith(scope) && !stays.has(key));
    for (const key of removed) held.delete(key);
    return removed;
  }

  return {
    snapshot: () => ({ revision, items: [...held.values()].map((entry) => entry.item) }),
    get: (key) => held.get(key)?.item,
    *values() {
      for (const entry of held.values()) yield entry.item;
    },
    replace(scope, items) {
      const changed = upsert(items);
      tell(changed, removeWhere(scope, new Set(items.map(keyOf))));
    },
    upsert: (items) => tell(upsert(items), []),
    remove: (scope) => tell([], removeWhere(scope, new Set())),
  };
}

function seenAtOf(item: object): number {
  return "seenAt" in item && typeof item.seenAt === "number" ? item.seenAt : 0;
}
