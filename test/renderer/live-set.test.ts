import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { AppError } from "../../shared/errors.ts";
import {
  createLiveSet,
  emptyLiveSet,
  fold,
  takeSnapshot,
  type LiveChange,
  type LiveSnapshot,
} from "../../renderer/stores/live-set.ts";

import type { ConnectionState } from "../../renderer/api.ts";

interface Thing {
  readonly id: string;
  readonly state: string;
}
const keyOf = (thing: Thing) => thing.id;
const thing = (id: string, state: string): Thing => ({ id, state });

describe("fold", () => {
  const start = takeSnapshot({ revision: 5, items: [thing("a", "old"), thing("b", "old")] }, keyOf);

  test("takes whole states, removes, and keeps the order", () => {
    const next = fold(
      start,
      { revision: 6, changed: [thing("b", "new"), thing("c", "new")], removed: ["a"] },
      keyOf,
    );
    expect([next.revision, next.items]).toEqual([6, [thing("b", "new"), thing("c", "new")]]);
  });

  test.each([5, 4, 0])("drops revision %d, which is not newer than 5", (revision) => {
    expect(fold(start, { revision, changed: [thing("a", "older")], removed: ["b"] }, keyOf)).toBe(start);
  });

  test("keeps an item that the same change removes and brings anew", () => {
    const next = fold(start, { revision: 6, changed: [thing("a", "again")], removed: ["a"] }, keyOf);
    expect(next.byKey.get("a")).toEqual(thing("a", "again"));
  });
});

/** A main process of one set: answers are given by hand. */
function buildHouse() {
  const asked: {
    resolve(snapshot: LiveSnapshot<Thing>): void;
    reject(error: unknown): void;
    signal: AbortSignal;
  }[] = [];
  const listeners = new Set<(change: LiveChange<Thing>) => void>();
  const connection = new Set<(state: ConnectionState) => void>();
  const set = createLiveSet<Thing>({
    read: (signal) =>
      new Promise((resolve, reject) => {
        asked.push({ resolve, reject, signal });
      }),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keyOf,
    connection: {
      state: () => "open",
      onChange(listener) {
        connection.add(listener);
        return () => connection.delete(listener);
      },
    },
  });
  return {
    set,
    asked,
    listeners,
    connection,
    emit: (change: LiveChange<Thing>) => listeners.forEach((listener) => listener(change)),
    turn: (state: ConnectionState) => connection.forEach((listener) => listener(state)),
    items: () => set.store.getState().items,
  };
}

/** Lets promises that are settled be heard. */
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("a live set", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("is loading until its snapshot is there", async () => {
    const house = buildHouse();
    expect(house.set.store.getState()).toEqual(emptyLiveSet());
    house.asked[0]?.resolve({ revision: 1, items: [thing("a", "x")] });
    await settle();
    expect([house.set.store.getState().phase, house.items()]).toEqual(["ready", [thing("a", "x")]]);
  });

  test("keeps events that come before the snapshot, and drops those the snapshot knows", async () => {
    const house = buildHouse();
    house.emit({ revision: 3, changed: [thing("a", "three")], removed: [] });
    house.emit({ revision: 5, changed: [thing("b", "five")], removed: [] });
    house.asked[0]?.resolve({ revision: 4, items: [thing("a", "four")] });
    await settle();
    expect(house.items()).toEqual([thing("a", "four"), thing("b", "five")]);
  });

  test("takes a new snapshot after a reconnect, even one that counts from the start again", async () => {
    const house = buildHouse();
    house.asked[0]?.resolve({ revision: 900, items: [thing("a", "before")] });
    await settle();
    house.turn("lost");
    expect(house.asked).toHaveLength(1);
    house.turn("open");
    expect(house.items(), "what was known stays until then").toEqual([thing("a", "before")]);
    house.asked[1]?.resolve({ revision: 2, items: [thing("b", "after")] });
    await settle();
    house.emit({ revision: 3, changed: [thing("c", "next")], removed: [] });
    expect(house.items()).toEqual([thing("b", "after"), thing("c", "next")]);
  });

  test("hears only the newest of two snapshots under way", async () => {
    const house = buildHouse();
    house.turn("open");
    expect(house.asked[0]?.signal.aborted).toBe(true);
    house.asked[1]?.resolve({ revision: 2, items: [thing("new", "x")] });
    house.asked[0]?.resolve({ revision: 9, items: [thing("old", "x")] });
    await settle();
    expect(house.items()).toEqual([thing("new", "x")]);
  });

  test("says why it could not be read, and asks again after three seconds", async () => {
    const house = buildHouse();
    house.asked[0]?.reject(new AppError("store.failed"));
    await settle();
    expect([house.set.store.getState().phase, house.set.store.getState().error?.code]).toEqual([
      "failed",
      "store.failed",
    ]);
    await vi.advanceTimersByTimeAsync(2999);
    expect(house.asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    house.asked[1]?.resolve({ revision: 1, items: [] });
    await settle();
    expect(house.set.store.getState()).toMatchObject({ phase: "ready", error: null });
  });

  test("keeps showing what it knew when a later reading fails", async () => {
    const house = buildHouse();
    house.asked[0]?.resolve({ revision: 1, items: [thing("a", "x")] });
    await settle();
    house.set.reload();
    house.asked[1]?.reject(new AppError("bridge.lost"));
    await settle();
    expect([house.set.store.getState().phase, house.items()]).toEqual(["ready", [thing("a", "x")]]);
  });

  test("listens to nothing and asks nothing once it was stopped", async () => {
    const house = buildHouse();
    house.asked[0]?.reject(new AppError("store.failed"));
    await settle();
    house.set.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([house.asked.length, house.listeners.size, house.connection.size]).toEqual([1, 0, 0]);
  });
});
