import { afterEach, beforeEach, expect, test } from "vitest";

import { startDemo } from "../../simulator/demo.ts";
import { clusterOf, openSmallHouse } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { SmallHouse } from "../house/small-house.ts";

let house: SmallHouse;

beforeEach(async () => {
  house = await openSmallHouse({ startDemo });
});
afterEach(async () => {
  await house.close();
});

const noDemo = { startDemo: null } as const;

test("the demo cluster opens without any question and is a cluster like any other", async () => {
  expect((await house.call("app.info", undefined)).demoAvailable).toBe(true);
  const [first, second] = await Promise.all([
    house.call("demo.open", undefined),
    house.call("demo.open", undefined),
  ]);
  expect(second.id).toBe(first.id);
  expect(first).toMatchObject({ name: "Demo cluster", demo: true, credential: "memory" });
  const cluster = await house.until(() =>
    clusterOf(house, first.id, ({ status }) => status !== "connecting"),
  );
  expect(cluster.nodes).toHaveLength(3);
  const guests = await house.until(async () => {
    const { items } = await house.call("guests.list", undefined);
    return items.length > 0 && items;
  });
  expect(guests.length).toBeGreaterThanOrEqual(35);
  await house.until(() => house.seen("backups.changed").length > 0);
  const backups = await house.call("backups.list", {});
  expect(backups.total).toBeGreaterThan(100);
});

test("its backup server comes with it, holds its backups, and comes back after it was deregistered", async () => {
  const demo = await house.call("demo.open", undefined);
  const serverOf = async (): Promise<Cluster | undefined> =>
    (await house.call("clusters.list", undefined)).items.find(({ kind }) => kind === "pbs");
  const server = await serverOf();
  expect(server).toMatchObject({ name: "Demo backup server", demo: true });
  const clusterId = server?.id ?? "";
  await house.until(async () => (await house.call("datastores.list", undefined)).items.length === 2);
  const { rows } = await house.call("datastores.groups", { clusterId, store: "main", namespace: "" });
  expect(rows.length).toBeGreaterThan(30);
  const { token } = await house.call("confirmations.request", { action: "cluster.deregister", clusterId });
  await house.call("clusters.deregister", { clusterId, confirmation: token });
  expect(await serverOf()).toBeUndefined();
  expect((await house.call("demo.open", undefined)).id).toBe(demo.id);
  expect(await serverOf()).toMatchObject({ kind: "pbs", demo: true });
});

test("it is there again after a restart, with its running task", async () => {
  const demo = await house.call("demo.open", undefined);
  const guest = await house.until(async () => {
    const { items } = await house.call("guests.list", undefined);
    return items.find(
      ({ status, lock, conflict, type }) =>
        status === "running" && lock === null && !conflict && type === "qemu",
    );
  });
  const { storages } = await house.call("backups.prepare", {
    clusterId: demo.id,
    node: guest.node,
    vmid: guest.vmid,
  });
  const free = storages.find(({ problem, limit }) => problem === null && limit?.reached !== true);
  const { jobId } = await house.call("backups.run", {
    clusterId: demo.id,
    node: guest.node,
    vmid: guest.vmid,
    storage: free?.storage ?? "",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: "demo-draft",
  });
  const running = await house.until(async () => {
    const { job } = await house.call("jobs.get", { jobId });
    return job.state === "running" && job;
  });
  await house.restart();
  const again = await house.until(() => clusterOf(house, demo.id, ({ status }) => status !== "connecting"));
  expect(["online", "degraded"]).toContain(again.status);
  const { job } = await house.call("jobs.get", { jobId });
  expect(job.tasks[0]?.upid).toBe(running.tasks[0]?.upid);
  const pausedOrFollowed = await house.until(async () => {
    const now = (await house.call("jobs.get", { jobId })).job;
    return now.state === "running" && now.pause === null && now;
  });
  expect(pausedOrFollowed.id).toBe(jobId);
});

test("without a demo it is not offered, and asking for it says so", async () => {
  await house.close();
  house = await openSmallHouse(noDemo);
  expect((await house.call("app.info", undefined)).demoAvailable).toBe(false);
  await expect(house.call("demo.open", undefined)).rejects.toMatchObject({ code: "demo.unavailable" });
});
