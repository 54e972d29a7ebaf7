import { expect, test } from "vitest";

import { createTaskTurns } from "../../electron/clusters/task-turns.ts";

import type { Clock } from "../../electron/proxmox/clock.ts";

const never = new AbortController().signal;

/** A clock on which every sleep is over at once, and time has passed. */
function leapingClock(): Clock & { leap(ms: number): void } {
  let now = 1_700_000_000_000;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      await Promise.resolve();
      signal.throwIfAborted();
      now += ms;
    },
    leap: (ms) => {
      now += ms;
    },
  };
}

test("all tasks of a server together ask at most sixty times in any minute", async () => {
  const clock = leapingClock();
  const turns = createTaskTurns(clock);
  const asked: number[] = [];
  for (let turn = 0; turn < 300; turn += 1) {
    await turns.take(turn % 2 === 0, never);
    asked.push(clock.now());
  }
  const most = Math.max(
    ...asked.map((from) => asked.filter((at) => at >= from && at < from + 60_000).length),
  );
  expect(most).toBeLessThanOrEqual(60);
  expect(most).toBeGreaterThanOrEqual(54);
});

test("what was not used is not saved up: after a night's sleep there is no burst", async () => {
  const clock = leapingClock();
  const turns = createTaskTurns(clock);
  clock.leap(8 * 60 * 60_000);
  const before = clock.now();
  for (let turn = 0; turn < 20; turn += 1) await turns.take(true, never);
  expect(clock.now() - before).toBeGreaterThan(14_000);
});

test("a task whose page is open comes first, and the others are not forgotten", async () => {
  const turns = createTaskTurns(leapingClock());
  const order: string[] = [];
  const wish = async (name: string, isWatched: boolean): Promise<void> => {
    await turns.take(isWatched, never);
    order.push(name);
  };
  await Promise.all(Array.from({ length: 6 }, () => turns.take(false, never)));
  await Promise.all([
    wish("other 1", false),
    wish("other 2", false),
    ...["a", "b", "c", "d"].map((name) => wish(name, true)),
  ]);
  expect(order).toEqual(["a", "b", "other 1", "c", "d", "other 2"]);
});

test("whoever gives up waits no more, and takes no turn", async () => {
  const turns = createTaskTurns({ now: () => 0, sleep: (_ms, signal) => aborted(signal) });
  for (let turn = 0; turn < 6; turn += 1) await turns.take(true, never);
  const impatient = new AbortController();
  const waiting = turns.take(true, impatient.signal);
  impatient.abort(new Error("given up"));
  await expect(waiting).rejects.toThrow("given up");
});

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
