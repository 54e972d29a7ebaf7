import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, expect, test } from "vitest";

import { AUDITOR, OPERATOR } from "../../simulator/credentials.ts";
import { jobEnd, openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Input, Output } from "../../shared/operations.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

const asAdmin = (): Promise<Cluster> => registerCluster(house, simulator);
const as = (account: { readonly username: string; readonly password: string }): Promise<Cluster> =>
  registerCluster(house, simulator, { user: account.username, password: account.password });

function guestPlace(cluster: Cluster, vmid = 100): Input<"backups.prepare"> {
  return { clusterId: cluster.id, node: "pve1", vmid };
}

function runInput(cluster: Cluster, change: Partial<Input<"backups.run">>): Input<"backups.run"> {
  return {
    ...guestPlace(cluster),
    storage: "local",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: randomUUID(),
    ...change,
  };
}

async function choice(
  cluster: Cluster,
  storage: string,
): Promise<Output<"backups.prepare">["storages"][number]> {
  const { storages } = await house.call("backups.prepare", guestPlace(cluster));
  const found = storages.find((one) => one.storage === storage);
  if (found === undefined) throw new Error(`${storage} is not offered`);
  return found;
}

test("only storages that take backups are offered, each with its room and what stands against it", async () => {
  const prepared = await house.call("backups.prepare", guestPlace(await asAdmin()));
  expect(prepared.storages.map(({ storage, problem }) => [storage, problem])).toEqual([
    ["local", null],
    ["nas", null],
    ["old-nas", "inactive"],
    ["pbs", null],
  ]);
  expect(prepared).toMatchObject({ notes: true, protect: true, defaults: { mode: "snapshot" } });
  const byName = new Map(prepared.storages.map((one) => [one.storage, one]));
  expect(byName.get("pbs")?.compressionApplies).toBe(false);
  expect(byName.get("nas")?.compressionApplies).toBe(true);
  expect(byName.get("nas")?.available).toBeGreaterThan(0);
  expect(byName.get("old-nas")?.available).toBeNull();
  expect(prepared.lastSize).toBeGreaterThan(0);
});

test("the copies that a keep-N rule counts are unprotected, and N is the sum of its numbers", async () => {
  const cluster = await asAdmin();
  expect((await choice(cluster, "local")).limit).toEqual({ max: 1, copies: 1, reached: true });
  expect((await choice(cluster, "nas")).limit).toBeNull();
  simulator.control.setStoragePrune("nas", "keep-last=1,keep-daily=2");
  // One of its two copies is protected.
  expect((await choice(cluster, "nas")).limit).toEqual({ max: 3, copies: 1, reached: false });
  simulator.control.setStoragePrune("nas", "keep-all=1");
  expect((await choice(cluster, "nas")).limit).toBeNull();
});

test("keep-all is offered to an account with Datastore.Allocate alone, protected copies are counted for others", async () => {
  expect(await choice(await asAdmin(), "local")).toMatchObject({ mayKeepAll: true, protectedLimit: null });
  await house.close();
  house = await openSmallHouse();
  const operator = await as(OPERATOR);
  expect(await choice(operator, "local")).toMatchObject({ mayKeepAll: false, problem: null });
  expect((await choice(operator, "nas")).protectedLimit).toEqual({ max: 5, copies: 1 });
});

test("an auditor sees the storages and that nothing may be written there", async () => {
  const prepared = await house.call("backups.prepare", guestPlace(await as(AUDITOR)));
  expect(prepared.storages.length).toBeGreaterThan(0);
  expect(new Set(prepared.storages.map(({ problem }) => problem))).toEqual(new Set(["noRight"]));
});

test("where the limit is reached the backup is refused before anything is sent, and no older copy is deleted", async () => {
  const cluster = await asAdmin();
  const { jobId } = await house.call("backups.run", runInput(cluster, {}));
  const job = await jobEnd(house, jobId);
  expect(job).toMatchObject({
    state: "rejected",
    error: { code: "backup.limitReached", params: { max: 1 } },
  });
  expect(simulator.ledger.tasks()).toEqual([]);
  expect(simulator.world.backups.filter(({ storage }) => storage === "local")).toHaveLength(1);
});

test("with keep-all or protection the copy is made in spite of the limit, always with remove=0", async () => {
  const cluster = await asAdmin();
  const kept = await house.call("backups.run", runInput(cluster, { keepAll: true }));
  expect((await jobEnd(house, kept.jobId)).state).toBe("succeeded");
  const protectedOne = await house.call("backups.run", runInput(cluster, { protect: true }));
  expect((await jobEnd(house, protectedOne.jobId)).state).toBe("succeeded");
  expect(
    simulator.ledger
      .tasks()
      .map(({ params }) => [params["remove"], params["prune-backups"], params["protected"]]),
  ).toEqual([
    [false, "keep-all=1", undefined],
    [false, undefined, true],
  ]);
  const local = simulator.world.backups.filter(({ storage }) => storage === "local");
  expect(local.map((backup) => backup.protected)).toEqual([false, false, true]);
});

test("keep-all is refused without Datastore.Allocate, and a note with unknown variables at once", async () => {
  const cluster = await as(OPERATOR);
  await expect(house.call("backups.run", runInput(cluster, { keepAll: true }))).rejects.toMatchObject({
    code: "server.forbidden",
    details: { params: { privilege: "Datastore.Allocate", path: "/storage/local" } },
  });
  await expect(
    house.call("backups.run", runInput(cluster, { note: "{{bogus}}", storage: "nas" })),
  ).rejects.toMatchObject({ code: "backup.noteInvalid" });
  expect((await house.call("jobs.list", undefined)).items).toEqual([]);
});

test("a guest that has moved is not backed up where it was", async () => {
  const cluster = await asAdmin();
  simulator.control.moveGuest(100, "pve2");
  const { jobId } = await house.call("backups.run", runInput(cluster, { storage: "nas" }));
  expect(await jobEnd(house, jobId)).toMatchObject({ state: "rejected", error: { code: "guest.elsewhere" } });
  simulator.control.setGuestLock(102, "migrate");
  const locked = await house.call("backups.run", runInput(cluster, { storage: "nas", vmid: 102 }));
  expect(await jobEnd(house, locked.jobId)).toMatchObject({
    state: "rejected",
    error: { code: "guest.locked", params: { vmid: 102, lock: "migrate" } },
  });
});

test("the list reads each storage once and says of each what it could see", async () => {
  const cluster = await asAdmin();
  await house.until(() => house.seen("backups.changed").length > 0);
  const listed = await house.call("backups.list", { clusterId: cluster.id });
  expect(listed.total).toBe(simulator.world.backups.length);
  expect(listed.coverage.map(({ storage, node, state }) => `${storage} ${node} ${state}`).toSorted()).toEqual(
    ["local pve1 read", "local pve2 read", "nas pve1 read", "old-nas pve1 unreachable", "pbs pve1 read"],
  );
  const reads = simulator.ledger.requests().filter(({ path }) => path.endsWith("/storage/nas/content"));
  expect(reads).toHaveLength(1);
});

test("the window is filtered, sorted and cut by the store", async () => {
  const cluster = await asAdmin();
  await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  const page = await house.call("backups.list", {
    sort: "createdAt",
    descending: false,
    limit: 2,
    offset: 1,
  });
  expect(page.total).toBe(7);
  const all = await house.call("backups.list", { sort: "createdAt", descending: false });
  expect(page.rows).toEqual(all.rows.slice(1, 3));
  const times = all.rows.map(({ createdAt }) => createdAt);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const found = await house.call("backups.list", { text: "AUDITOR nas" });
  expect(found.rows.map(({ notes, protected: kept }) => [notes, kept])).toEqual([
    ["kept for the auditor", true],
  ]);
  expect((await house.call("backups.list", { text: "%" })).total).toBe(0);
  expect((await house.call("backups.list", { text: "app" })).rows.every(({ vmid }) => vmid === 100)).toBe(
    true,
  );
  const own = await house.call("backups.list", { vmid: 102 });
  expect(own.rows.map(({ guestName }) => guestName)).toEqual(
    ["web", "web", "web", "web"].slice(0, own.total),
  );
});

test("an auditor's empty list says which privilege is missing, and no guest is called unprotected", async () => {
  const cluster = await as(AUDITOR);
  const listed = await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  expect(listed.rows).toEqual([]);
  const readable = listed.coverage.filter(({ storage }) => storage !== "old-nas");
  expect(new Set(readable.map(({ state, privilege }) => `${state} ${String(privilege)}`))).toEqual(
    new Set(["mayNotSee Datastore.AllocateSpace"]),
  );
  const guests = await house.call("guests.list", undefined);
  expect(new Set(guests.items.map(({ lastBackup }) => JSON.stringify(lastBackup)))).toEqual(
    new Set([JSON.stringify({ state: "unknown", reason: "mayNotSee" })]),
  );
});

test("an account that may list only one storage says that there are others", async () => {
  const world = simulator.world;
  world.acl.push(
    { path: "/storage/nas", ugid: "nobody@pve", type: "user", roleid: "PVEDatastoreUser", propagate: true },
    { path: "/vms/100", ugid: "nobody@pve", type: "user", roleid: "PVEVMAdmin", propagate: true },
  );
  const cluster = await registerCluster(house, simulator, {
    user: "nobody@pve",
    password: "simulator-nobody",
  });
  const listed = await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  expect(listed.rows.map(({ vmid, storage }) => [vmid, storage])).toEqual([
    [100, "nas"],
    [100, "nas"],
  ]);
  expect(listed.coverage.map(({ storage, state, privilege }) => [storage, state, privilege])).toEqual([
    ["nas", "partial", "VM.Backup"],
    ["*", "partial", "Datastore.Audit"],
  ]);
});

test("last backups are known, and none is only said where everything was looked at", async () => {
  const cluster = await asAdmin();
  const lastOf = async (vmid: number): Promise<unknown> => {
    const { items } = await house.call("guests.list", undefined);
    return items.find((guest) => guest.vmid === vmid)?.lastBackup;
  };
  await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  expect(await lastOf(100)).toMatchObject({ state: "known", storage: "local" });
  // `old-nas` could not be read: it might hold one.
  expect(await lastOf(101)).toEqual({ state: "unknown", reason: "storageUnread" });
  simulator.control.breakStorage("old-nas", null);
  await house.call("clusters.check", { clusterId: cluster.id });
  await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  expect(await lastOf(101)).toEqual({ state: "none" });
});
