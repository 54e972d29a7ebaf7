import * as fc from "fast-check";
import { expect, test } from "vitest";

import { ageEchoMs, createLiveSet } from "../../electron/clusters/live-set.ts";

import { fold, takeSnapshot } from "../../renderer/stores/live-set.ts";

import type { LiveChange, LiveSet } from "../../electron/clusters/live-set.ts";

interface Item {
  readonly id: string;
  readonly value: number;
  readonly seenAt: number;
}

function start(): { readonly set: LiveSet<Item>; readonly changes: LiveChange<Item>[] } {
  const changes: LiveChange<Item>[] = [];
  return {
    set: createLiveSet<Item>(
      ({ id }) => id,
      (change) => changes.push(change),
    ),
    changes,
  };
}

test("only what changed is told, and each telling has a higher revision", () => {
  const { set, changes } = start();
  set.replace("a/", [
    { id: "a/1", value: 1, seenAt: 10 },
    { id: "a/2", value: 2, seenAt: 10 },
  ]);
  set.replace("a/", [
    { id: "a/1", value: 1, seenAt: 20 },
    { id: "a/2", value: 3, seenAt: 20 },
  ]);
  set.replace("a/", [{ id: "a/1", value: 1, seenAt: 30 }]);
  set.replace("a/", [{ id: "a/1", value: 1, seenAt: 40 }]);
  expect(changes.slice(1)).toEqual([
    { revision: 2, changed: [], patched: [{ key: "a/2", fields: { value: 3, seenAt: 20 } }], removed: [] },
    { revision: 3, changed: [], removed: ["a/2"] },
  ]);
  expect(set.snapshot()).toEqual({ revision: 3, items: [{ id: "a/1", value: 1, seenAt: 40 }] });
});

test("an item that stays the same is told again before its shown age is a minute wrong", () => {
  const { set, changes } = start();
  set.upsert([{ id: "a", value: 1, seenAt: 0 }]);
  set.upsert([{ id: "a", value: 1, seenAt: ageEchoMs - 1 }]);
  expect(changes).toHaveLength(1);
  set.upsert([{ id: "a", value: 1, seenAt: ageEchoMs }]);
  expect(changes.at(-1)?.patched).toEqual([{ key: "a", fields: { seenAt: ageEchoMs } }]);
});

test("one cluster's items are never touched by another's", () => {
  const { set } = start();
  set.replace("a/", [{ id: "a/1", value: 1, seenAt: 1 }]);
  set.replace("b/", [{ id: "b/1", value: 1, seenAt: 1 }]);
  set.replace("a/", []);
  expect(set.snapshot().items.map(({ id }) => id)).toEqual(["b/1"]);
  set.remove("b/");
  expect(set.snapshot().items).toEqual([]);
});

test("a reader that folds the changes over an early snapshot has what a late snapshot has", () => {
  const step = fc.record({
    scope: fc.constantFrom("a/", "b/"),
    items: fc.uniqueArray(
      fc.record({ key: fc.integer({ min: 0, max: 5 }), value: fc.integer({ min: 0, max: 2 }) }),
      { selector: ({ key }) => key },
    ),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.nat({ max: 20 }), (steps, early) => {
      const { set, changes } = start();
      let snapshot = set.snapshot();
      steps.forEach(({ scope, items }, index) => {
        if (index === early) snapshot = set.snapshot();
        set.replace(
          scope,
          items.map(({ key, value }) => ({ id: `${scope}${String(key)}`, value, seenAt: index })),
        );
      });
      const keyOf = (item: Item): string => item.id;
      const late = changes.reduce(
        (set, change) => fold(set, change, keyOf),
        takeSnapshot<Item>(snapshot, keyOf),
      );
      const plain = (items: Iterable<Item>): unknown =>
        [...items].map(({ id, value }) => `${id}=${String(value)}`).toSorted();
      expect(plain(late.items)).toEqual(plain(set.snapshot().items));
    }),
  );
});
