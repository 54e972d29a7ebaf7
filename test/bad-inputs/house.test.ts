import { afterEach, beforeEach, expect, test } from "vitest";

import { openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";
import { guest } from "./lab.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "../house/small-house.ts";

/** A server that was well and then answers oddly, as the whole app takes it. */

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

function answer(path: string, body: string): void {
  simulator.control.addFault({
    match: { method: "GET", path },
    action: { kind: "answer", status: 200, reason: "OK", body },
  });
}

async function check(): Promise<Cluster> {
  return await house.call("clusters.check", { clusterId: cluster.id });
}

const guests = async () => (await house.call("guests.list", undefined)).items;

const node = { type: "node", node: "pve1", status: "online" };
const nas = {
  type: "storage",
  node: "pve1",
  storage: "nas",
  plugintype: "nfs",
  content: "backup",
  status: "available",
};

test("30 after an answer of a wrong shape the guests that were known stay, and the cluster says why", async () => {
  const before = (await guests()).map(({ vmid }) => vmid);
  expect(before.length).toBeGreaterThan(3);
  for (const body of ['{"data":null}', '{"data":{}}', "[]", "<html>", '{"data":"', ""]) {
    simulator.control.clearFaults();
    answer("^/cluster/resources$", body);
    const { problem, status } = await check();
    expect([body, problem?.code, status]).toEqual([body, "server.badAnswer", "degraded"]);
    expect((await guests()).map(({ vmid }) => vmid)).toEqual(before);
  }
});

test("33 rows that cannot be read are counted in the cluster's problem and hide no other", async () => {
  const odd = { name: "a\ud800\0\u202E", tags: "x;".repeat(500), lock: "new", mem: "1e999" };
  const rows = [node, guest(100, odd), guest(1.5), guest(null), { vmid: 7 }, guest(2, { type: "lxc" })];
  answer("^/cluster/resources$", JSON.stringify({ data: rows }));
  const { problem } = await check();
  expect(problem).toMatchObject({ code: "server.badAnswer", params: { reason: "rows", count: 3 } });
  const items = await guests();
  expect(items.map(({ vmid, conflict }) => [vmid, conflict])).toEqual([
    [100, false],
    [2, true],
  ]);
  expect(items[0]).toMatchObject({ name: odd.name, lock: "new", memory: null });
});

test("37 a list of backups with entries that cannot be read is shown and said to be so, and no guest is called unprotected", async () => {
  answer("^/cluster/resources$", JSON.stringify({ data: [node, nas, guest(100), guest(101)] }));
  const volid = "nas:backup/vzdump-qemu-100-2026_11_20-14_38_01.vma.zst";
  const good = { volid, vmid: 100, ctime: 1795185481, size: 5, notes: "a\0b\ud800c" };
  answer("/storage/nas/content$", JSON.stringify({ data: [good, { ...good, size: 6 }, { size: 7 }, 8] }));
  await check();
  const list = await house.call("backups.list", { refresh: true });
  expect(list.rows.map((row) => row.volid)).toEqual([volid]);
  expect(list.coverage).toMatchObject([{ storage: "nas", state: "unreadable" }]);
  const newest = new Map((await guests()).map(({ vmid, lastBackup }) => [vmid, lastBackup.state]));
  expect([newest.get(100), newest.get(101)]).toEqual(["known", "unknown"]);
});
