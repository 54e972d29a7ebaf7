import { afterEach, beforeEach, expect, test } from "vitest";

import { pollEveryMs } from "../../electron/clusters/inventory.ts";
import { guestKey } from "../../shared/guest.ts";
import { openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Guest } from "../../shared/guest.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Sleeps of the house that the test ends when it wants the next poll. */
const sleeps: { readonly ms: number; readonly wake: () => void }[] = [];
let slept = Promise.withResolvers<void>();
const clock = {
  now: () => Date.now(),
  sleep: (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      // Short waits (the rate limit, the follower of jobs) pass by themselves.
      if (ms < pollEveryMs) {
        setTimeout(resolve, ms);
        return;
      }
      sleeps.push({ ms, wake: resolve });
      slept.resolve();
      slept = Promise.withResolvers<void>();
      const abort = (): void => reject(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
    }),
};

let house: SmallHouse;
let simulator: Simulator;
let cluster: Cluster;

beforeEach(async () => {
  sleeps.length = 0;
  simulator = await startSmallServer();
  house = await openSmallHouse({ clock });
  cluster = await registerCluster(house, simulator);
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

async function poll(): Promise<void> {
  const { lastAnswerAt } = await house.call("clusters.check", { clusterId: cluster.id });
  expect(lastAnswerAt).not.toBeNull();
}

const guests = async (): Promise<readonly Guest[]> => (await house.call("guests.list", undefined)).items;

test("a guest that changed, one that is new and one that is gone are told, folding gives the snapshot", async () => {
  const early = await house.call("guests.list", undefined);
  simulator.control.setGuestStatus(101, "running");
  simulator.control.removeGuest(103);
  await poll();
  simulator.control.moveGuest(101, "pve2");
  await poll();
  const folded = new Map(early.items.map((guest) => [guestKey(guest), guest]));
  const changes = house.seen("guests.changed").filter(({ revision }) => revision > early.revision);
  expect(changes.map(({ revision }) => revision)).toEqual(
    changes.map(({ revision }) => revision).toSorted((a, b) => a - b),
  );
  for (const { changed, removed } of changes) {
    for (const guest of changed) folded.set(guestKey(guest), guest);
    for (const key of removed) folded.delete(key);
  }
  const late = await guests();
  const plain = (all: Iterable<Guest>): unknown =>
    [...all].map(({ node, vmid, status }) => `${String(vmid)} ${node} ${status}`).toSorted();
  expect(plain(folded.values())).toEqual(plain(late));
  expect(plain(late)).toContain("101 pve2 running");
  expect(late.some(({ vmid }) => vmid === 103)).toBe(false);
});

test("an id that is reported twice is shown twice, and nothing can be done with either", async () => {
  const [first] = simulator.world.guests;
  if (first === undefined) throw new Error("no guest");
  simulator.world.guests.push({ ...first, node: "pve2", name: "twin" });
  await poll();
  const twins = (await guests()).filter(({ vmid }) => vmid === first.vmid);
  expect(twins.map(({ name, conflict }) => `${name} ${String(conflict)}`).toSorted()).toEqual([
    "app true",
    "twin true",
  ]);
  await expect(house.backUp(cluster.id)).rejects.toMatchObject({ code: "guest.ambiguous" });
});

test("the poll waits its ten seconds, and longer each time while nothing answers", async () => {
  const pollSleeps = (): readonly number[] => sleeps.map(({ ms }) => ms).filter((ms) => ms < 15 * 60_000);
  await house.until(() => pollSleeps().length > 0);
  expect(pollSleeps().at(-1)).toBeGreaterThanOrEqual(pollEveryMs);
  expect(pollSleeps().at(-1)).toBeLessThan(pollEveryMs + 5_000);
  await simulator.stop();
  const pauses: number[] = [];
  for (let failures = 1; failures <= 4; failures += 1) {
    const next = slept.promise;
    sleeps.at(-1)?.wake();
    await next;
    pauses.push(sleeps.at(-1)?.ms ?? 0);
  }
  expect(pauses).toEqual([10_000, 20_000, 40_000, 60_000]);
});

test("a second cluster goes on while the first one is dead", async () => {
  const other = await startSmallServer();
  try {
    const second = await registerCluster(house, other, { name: "other" });
    expect(second).toMatchObject({ name: "other", status: "online" });
    await simulator.stop();
    await house.call("clusters.check", { clusterId: cluster.id });
    const now = await house.call("clusters.list", undefined);
    expect(now.items.map(({ name, status }) => [name, status])).toEqual([
      ["small", "offline"],
      ["other", "online"],
    ]);
    expect(new Set((await guests()).map(({ clusterId }) => clusterId)).size).toBe(2);
  } finally {
    await other.stop();
  }
});
