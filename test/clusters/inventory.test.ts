import { afterEach, beforeEach, expect, test } from "vitest";

import { resourcesEvery } from "../../electron/clusters/watch.ts";
import { guestKey } from "../../shared/guest.ts";
import { fold, takeSnapshot } from "../../renderer/stores/live-set.ts";
import { openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Guest } from "../../shared/guest.ts";
import type { LiveChange } from "../../renderer/stores/live-set.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

/** Sleeps of the house that the test ends when it wants the next poll. */
const sleeps: { readonly ms: number; readonly wake: () => void }[] = [];
let slept = Promise.withResolvers<void>();
/** How far the house's clock is ahead of the real one. */
let ahead = 0;
const clock = {
  now: () => Date.now() + ahead,
  sleep: (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      // Short waits (the rate limit, the follower of jobs) pass by themselves, long ones are those of the backup lists.
      if (ms < resourcesEvery.seen / 2) setTimeout(resolve, ms);
      if (ms < resourcesEvery.seen / 2 || ms >= 15 * 60_000) return;
      sleeps.push({ ms, wake: resolve });
      slept.resolve();
      slept = Promise.withResolvers<void>();
    }),
};

let house: SmallHouse;
let simulator: Simulator;
let cluster: Cluster;

beforeEach(async () => {
  ahead = 0;
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
  const changes = house.seen("guests.changed").filter(({ revision }) => revision > early.revision);
  expect(changes.map(({ revision }) => revision)).toEqual(
    changes.map(({ revision }) => revision).toSorted((a, b) => a - b),
  );
  const folded = changes.reduce(
    (set, change) => fold(set, change as LiveChange<Guest>, guestKey),
    takeSnapshot(early, guestKey),
  );
  const late = await guests();
  const plain = (all: Iterable<Guest>): unknown =>
    [...all].map(({ node, vmid, status }) => `${String(vmid)} ${node} ${status}`).toSorted();
  expect(plain(folded.items)).toEqual(plain(late));
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

/** Lets the next sleep of the poll pass, and tells how long the one after it is, in seconds: to five of them, for the test takes time. */
async function nextPause(): Promise<number> {
  const next = slept.promise;
  const sleep = sleeps.at(-1);
  ahead += sleep?.ms ?? 0;
  sleep?.wake();
  await next;
  return Math.round((sleeps.at(-1)?.ms ?? 0) / 5000) * 5;
}

function requests(path: string): number {
  return simulator.ledger.requests().filter((one) => one.path === path).length;
}

test("what is seen is asked each ten seconds, what is not each minute, and without anybody looking still less", async () => {
  expect(await nextPause()).toBe(120);
  const watching = new AbortController();
  const attend = (clusters: readonly string[], active: boolean, signal: AbortSignal): Promise<unknown> =>
    house.call("app.attend", { clusters: clusters as never, taskLists: [], tasks: [], active }, signal);
  const elsewhere = new AbortController();
  void attend([], true, elsewhere.signal);
  await nextPause();
  expect(await nextPause()).toBe(60);
  void attend([cluster.id], true, watching.signal);
  const before = { resources: requests("/cluster/resources"), status: requests("/cluster/status") };
  await nextPause();
  const pauses: number[] = [];
  for (let round = 0; round < 6; round += 1) pauses.push(await nextPause());
  expect(pauses).toEqual([10, 10, 10, 10, 10, 10]);
  expect(requests("/cluster/resources") - before.resources).toBe(7);
  expect(requests("/cluster/status") - before.status).toBeLessThanOrEqual(3);
  // A window that is lost is forgotten, one that nobody uses counts as none.
  watching.abort();
  elsewhere.abort();
  void attend([cluster.id], false, new AbortController().signal);
  await nextPause();
  expect(await nextPause()).toBe(120);
});

test("whoever looks again gets fresh figures at once", async () => {
  const before = requests("/cluster/resources");
  ahead += 11_000;
  expect(requests("/cluster/resources")).toBe(before);
  void house.call(
    "app.attend",
    { clusters: "all", taskLists: [], tasks: [], active: true },
    new AbortController().signal,
  );
  await house.until(() => requests("/cluster/resources") > before);
});

test("the poll waits longer each time while nothing answers", async () => {
  void house.call(
    "app.attend",
    { clusters: "all", taskLists: [], tasks: [], active: true },
    new AbortController().signal,
  );
  await nextPause();
  await simulator.stop();
  const pauses: number[] = [];
  for (let failures = 1; failures <= 4; failures += 1) pauses.push(await nextPause());
  expect(pauses).toEqual([10, 20, 40, 60]);
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
