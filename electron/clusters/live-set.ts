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
  /** Whole states: new ones, and those of which much changed. */
  readonly changed: T[];
  /** Of others the fields that are new: figures move all the time, names and sizes do not. */
  readonly patched?: Patch<T>[];
  readonly removed: string[];
}

export interface Patch<T> {
  readonly key: string;
  readonly fields: Partial<T>;
}

/** With more new fields than this a state is told whole. */
const maxPatchFields = 8;

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

  /** Puts down what readers must be told of this item. */
  function take(key: string, item: T, news: News<T>): void {
    const before = held.get(key);
    const seenAt = seenAtOf(item);
    if (before === undefined) {
      held.set(key, { item, toldAt: seenAt });
      news.changed.push(item);
      return;
    }
    const fields = difference(before.item, item);
    before.item = item;
    if (fields !== null && isAge(fields) && seenAt - before.toldAt < ageEchoMs) return;
    before.toldAt = seenAt;
    if (fields === null) news.changed.push(item);
    else news.patched.push({ key, fields });
  }

  function tell({ changed, patched }: News<T>, removed: string[]): void {
    if (changed.length === 0 && patched.length === 0 && removed.length === 0) return;
    revision += 1;
    emit({ revision, changed, ...(patched.length === 0 ? {} : { patched }), removed });
  }

  function upsert(items: readonly T[]): News<T> {
    const news: News<T> = { changed: [], patched: [] };
    for (const item of items) take(keyOf(item), item, news);
    return news;
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
      const news = upsert(items);
      tell(news, removeWhere(scope, new Set(items.map(keyOf))));
    },
    upsert: (items) => tell(upsert(items), []),
    remove: (scope) => tell({ changed: [], patched: [] }, removeWhere(scope, new Set())),
  };
}

interface News<T> {
  readonly changed: T[];
  readonly patched: Patch<T>[];
}

/**
 * The fields of `item` that `before` had otherwise, its age included; null where it is better told whole. Most values of a state
 * are plain: only the others are compared in depth.
 */
function difference<T extends object>(before: T, item: T): Partial<T> | null {
  const fields: Partial<T> = {};
  let [all, different] = [0, 0];
  for (const key in item) {
    all += 1;
    const [was, is] = [before[key], item[key]];
    if (Object.is(was, is)) continue;
    if (isSameObject(was, is)) continue;
    different += 1;
    if (different > maxPatchFields || is === undefined) return null;
    fields[key] = is;
  }
  return all === Object.keys(before).length ? fields : null;
}

/** Lists of words above all, and there are thousands of them: compared by hand first. */
function isSameObject(was: unknown, is: unknown): boolean {
  if (typeof was !== "object" || typeof is !== "object" || was === null || is === null) return false;
  if (Array.isArray(was) && Array.isArray(is) && was.length === is.length) {
    if (is.every((value, index) => Object.is(was[index], value))) return true;
  }
  return isDeepStrictEqual(was, is);
}

/** Nothing in it but when it was seen. */
function isAge(fields: object): boolean {
  for (const key in fields) if (key !== "seenAt") return false;
  return true;
}

function seenAtOf(item: object): number {
  return "seenAt" in item && typeof item.seenAt === "number" ? item.seenAt : 0;
}
