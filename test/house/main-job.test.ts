import { afterEach, beforeEach, expect, test } from "vitest";

import { clusterOf, jobEnd, openSmallHouse, registerCluster, startSmallServer } from "./small-house.ts";

import type { SmallHouse } from "./small-house.ts";
import type { Cluster } from "../../shared/cluster.ts";
import type { Input } from "../../shared/operations.ts";
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

function backupInput(change: Partial<Input<"backups.run">> = {}): Input<"backups.run"> {
  return {
    clusterId: cluster.id,
    node: "pve1",
    vmid: 100,
    storage: "nas",
    mode: "snapshot",
    compress: "zstd",
    note: "before the upgrade",
    protect: false,
    keepAll: false,
    draft: "draft-1",
    ...change,
  };
}

test("a backup runs to its end, is found in the history and in the list, and can be restored as a new guest", async () => {
  const { jobId } = await house.call("backups.run", backupInput());
  const again = await house.call("backups.run", backupInput());
  expect(again.jobId).toBe(jobId);
  const job = await jobEnd(house, jobId);
  expect(job).toMatchObject({ state: "succeeded", clusterName: "small", error: null });
  expect(job.archive).toMatch(/^nas:backup\/vzdump-qemu-100-/u);

  const listed = await house.call("backups.list", { clusterId: cluster.id, refresh: true });
  const made = listed.rows.find((row) => row.volid === job.archive);
  expect(made?.notes).toBe(`before the upgrade [${job.trace}]`);
  const starts = simulator.tasks().filter((task) => task.type === "vzdump");
  expect(starts).toHaveLength(1);

  const place = {
    clusterId: cluster.id,
    node: "pve1",
    storage: backupInput().storage,
    volid: job.archive ?? "",
  };
  const prepared = await house.call("restore.prepare", place);
  expect(prepared).toMatchObject({ guestType: "qemu", sourceVmid: 100, sourceRunning: true });
  expect(prepared.disks.length).toBeGreaterThan(0);
  const target = prepared.nodes.find((node) => node.node === "pve1");
  expect(target).toMatchObject({ online: true, readable: true });
  expect(target?.storages.map(({ storage }) => storage)).toContain("local-lvm");

  const restore = await house.call("restore.run", {
    ...place,
    vmid: prepared.vmid,
    name: "app-restored",
    targetStorage: "local-lvm",
    start: false,
    unique: true,
    draft: "draft-2",
  });
  const restored = await jobEnd(house, restore.jobId);
  expect(restored).toMatchObject({ state: "succeeded" });
  expect(simulator.world.guests.find((guest) => guest.vmid === prepared.vmid)?.name).toBe("app-restored");

  const history = await house.call("history.list", { clusterId: cluster.id });
  expect(history.rows.map((row) => row.id)).toEqual([restore.jobId, jobId]);
  const log = await house.call("jobs.log", { jobId, start: 0, limit: 500 });
  expect(log.complete).toBe(true);
  expect(log.lines.some(({ text }) => text.includes(job.trace))).toBe(true);
  expect(house.notices.map(({ title }) => title)).toEqual([
    "Backup of app (100) succeeded",
    `Restore of app-restored (${String(prepared.vmid)}) succeeded`,
  ]);
});

test("a container is backed up and restored too", async () => {
  const { jobId } = await house.call("backups.run", backupInput({ vmid: 102 }));
  const job = await jobEnd(house, jobId);
  expect(job).toMatchObject({ state: "succeeded", request: { guest: { type: "lxc" } } });
  const place = {
    clusterId: cluster.id,
    node: "pve1",
    storage: backupInput().storage,
    volid: job.archive ?? "",
  };
  const { vmid, name } = await house.call("restore.prepare", place);
  const restore = await house.call("restore.run", {
    ...place,
    vmid: vmid,
    name,
    targetStorage: null,
    start: true,
    unique: true,
    draft: "draft-ct",
  });
  expect(await jobEnd(house, restore.jobId)).toMatchObject({ state: "succeeded" });
  expect(simulator.world.guests.find((guest) => guest.vmid === vmid)).toMatchObject({
    name,
    status: "running",
  });
});

test("the registration, its login and the history survive a restart without any question", async () => {
  const { jobId } = await house.call("backups.run", backupInput());
  await jobEnd(house, jobId);
  await house.call("vault.choose", { kind: "passphrase", secret: "correct horse" });
  await house.call("clusters.login", {
    clusterId: cluster.id,
    secret: "simulator-admin",
    remember: true,
  });
  await house.restart();
  const locked = await house.until(() =>
    clusterOf(house, cluster.id, ({ status }) => status !== "connecting"),
  );
  expect(locked).toMatchObject({ status: "needsLogin", problem: { code: "vault.locked" } });
  await house.call("vault.unlock", { secret: "correct horse" });
  const opened = await house.until(() => clusterOf(house, cluster.id, ({ status }) => status === "online"));
  expect(opened).toMatchObject({ name: "small", credential: "stored", edition: cluster.edition });
  const history = await house.call("history.list", {});
  expect(history.rows.map((row) => row.id)).toEqual([jobId]);
});

test("a job is cancelled only with a confirmation, and shows what the server says in the end", async () => {
  simulator.setSpeed(1);
  const { jobId } = await house.call("backups.run", backupInput());
  await house.until(async () => (await house.call("jobs.get", { jobId })).job.state === "running");
  await expect(house.call("jobs.cancel", { jobId, confirmation: "none" })).rejects.toMatchObject({
    code: "confirmation.missing",
  });
  const { token, facts } = await house.call("confirmations.request", { action: "job.cancel", jobId });
  expect(facts).toMatchObject({ kind: "backup", vmid: 100, name: "app" });
  await house.call("jobs.cancel", { jobId, confirmation: token });
  simulator.setSpeed(60);
  expect(await jobEnd(house, jobId)).toMatchObject({ state: "cancelled" });
});

test("the log is saved whole through the host", async () => {
  const { jobId } = await house.call("backups.run", backupInput());
  await jobEnd(house, jobId);
  expect(await house.call("jobs.saveLog", { jobId })).toEqual({ saved: true });
  const [file] = house.saved;
  expect(file?.fileName).toMatch(/^backup-100-\d{8}-\d{4}\.log$/u);
  expect(file?.text).toContain("TASK OK");
});

test("a link is opened only to a registered server", async () => {
  await house.call("app.openLink", {
    to: "guest",
    clusterId: cluster.id,
    vmid: 100,
    type: "qemu",
  });
  expect(house.links).toEqual([`https://127.0.0.1:${String(simulator.port)}/#v1:0:=qemu%2F100`]);
  await expect(house.call("app.openLink", { to: "server", clusterId: "unknown" })).rejects.toMatchObject({
    code: "cluster.notFound",
  });
});
