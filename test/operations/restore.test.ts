import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, expect, test } from "vitest";

import { OPERATOR } from "../../simulator/credentials.ts";
import { volidOf } from "../../simulator/state.ts";
import { jobEnd, openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Input } from "../../shared/operations.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;
let cluster: Cluster;

beforeEach(async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
  cluster = await registerCluster(house, simulator);
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

function backupOf(vmid: number, storage: string, truncated = false): Input<"restore.prepare"> {
  const found = simulator.world.backups.find(
    (backup) => backup.vmid === vmid && backup.storage === storage && backup.truncated === truncated,
  );
  if (found === undefined) throw new Error("no such backup");
  return { clusterId: cluster.id, node: "pve1", storage, volid: volidOf(found) };
}

function runInput(change: Partial<Input<"restore.run">>): Input<"restore.run"> {
  return {
    ...backupOf(100, "nas"),
    vmid: 777,
    name: "app",
    targetStorage: "local-lvm",
    start: false,
    unique: true,
    draft: randomUUID(),
    ...change,
  };
}

test("the dialog proposes a free id and names what the backup holds", async () => {
  const prepared = await house.call("restore.prepare", backupOf(102, "nas"));
  expect(prepared).toMatchObject({ name: "web", guestType: "lxc", sourceVmid: 102, sourceRunning: true });
  const taken = simulator.world.guests.map(({ vmid }) => vmid);
  expect(taken).not.toContain(prepared.vmid);
  expect(prepared.memory).toBeGreaterThan(0);
  expect(prepared.disks.map(({ key }) => key)).toContain("rootfs");
});

test("each node shows whether it can read the backup, and only storages that take such disks", async () => {
  const shared = await house.call("restore.prepare", backupOf(100, "nas"));
  expect(shared.nodes.map(({ node, readable }) => `${node} ${String(readable)}`)).toEqual([
    "pve1 true",
    "pve2 true",
  ]);
  const local = await house.call("restore.prepare", backupOf(100, "local"));
  expect(local.nodes.map(({ node, readable }) => `${node} ${String(readable)}`)).toEqual([
    "pve1 true",
    "pve2 false",
  ]);
  const targets = shared.nodes[0]?.storages.map(({ storage }) => storage);
  expect(targets).toEqual(["local", "local-lvm"]);
});

test("an id is free or taken, guests that this account cannot see included", async () => {
  const free = async (vmid: number): Promise<boolean> =>
    (await house.call("restore.checkId", { clusterId: cluster.id, vmid })).free;
  expect([await free(100), await free(777)]).toEqual([false, true]);
});

test("a taken id, a storage that takes no disks and a backup that is gone are refused before anything is sent", async () => {
  const rejected = async (change: Partial<Input<"restore.run">>): Promise<unknown> => {
    const { jobId } = await house.call("restore.run", runInput(change));
    const { state, error } = await jobEnd(house, jobId);
    return [state, error?.code];
  };
  expect(await rejected({ vmid: 102 })).toEqual(["rejected", "restore.idTaken"]);
  expect(await rejected({ targetStorage: "pbs" })).toEqual(["rejected", "restore.storageUnfit"]);
  await expect(
    house.call("restore.run", runInput({ volid: "nas:backup/vzdump-qemu-100-2001_01_01-00_00_00.vma.zst" })),
  ).rejects.toMatchObject({ code: "backup.notFound" });
  await expect(house.call("restore.run", runInput({ name: "no_name" }))).rejects.toMatchObject({
    code: "input.invalid",
  });
  expect(simulator.ledger.tasks()).toEqual([]);
});

test("an unchanged name is not sent: an account without the right to rename may still restore", async () => {
  await house.close();
  house = await openSmallHouse();
  cluster = await registerCluster(house, simulator, {
    user: OPERATOR.username,
    password: OPERATOR.password,
  });
  const { jobId } = await house.call("restore.run", runInput({ name: "app" }));
  expect(await jobEnd(house, jobId)).toMatchObject({ state: "succeeded", request: { rename: false } });
  expect(simulator.ledger.tasks().map(({ params }) => "name" in params)).toEqual([false]);
  expect(simulator.world.guests.find(({ vmid }) => vmid === 777)).toMatchObject({ name: "app" });
});

test("a cut-off archive fails with the server's word", async () => {
  const { jobId } = await house.call("restore.run", runInput({ ...backupOf(102, "nas", true), name: "" }));
  const job = await jobEnd(house, jobId);
  expect(job.state).toBe("failed");
  expect(job.error).not.toBeNull();
});
