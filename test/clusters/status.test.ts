import { afterEach, beforeEach, expect, test } from "vitest";

import {
  addressOf,
  clusterOf,
  jobEnd,
  openSmallHouse,
  pinOf,
  registerCluster,
  startSmallServer,
} from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
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

const check = (): Promise<Cluster> => house.call("clusters.check", { clusterId: cluster.id });

test("a cluster that stops answering is offline, keeps its guests with their age, and comes back", async () => {
  const before = await house.call("guests.list", undefined);
  const { port } = simulator;
  await simulator.stop();
  expect(await check()).toMatchObject({ status: "offline", problem: { code: "server.unreachable" } });
  const offline = await house.call("guests.list", undefined);
  expect(offline.items.map(({ vmid, seenAt }) => [vmid, seenAt])).toEqual(
    before.items.map(({ vmid, seenAt }) => [vmid, seenAt]),
  );
  expect((await clusterOf(house, cluster.id))?.lastAnswerAt).toBe(cluster.lastAnswerAt);
  simulator = await startSmallServer({ port });
  // Another certificate: the pin holds.
  expect(await check()).toMatchObject({ status: "certificateChanged" });
});

test("a node that is down and a lost part of the poll make it degraded, and say why", async () => {
  simulator.control.setNodeOnline("pve2", false);
  expect(await check()).toMatchObject({
    status: "degraded",
    // Of two nodes one is no majority: that weighs more than the node itself.
    problem: { code: "server.noQuorum" },
    nodes: [
      { node: "pve1", online: true },
      { node: "pve2", online: false },
    ],
  });
  simulator.control.setNodeOnline("pve2", true);
  expect((await check()).status).toBe("online");
  const fault = simulator.control.addFault({
    match: { path: "^/cluster/resources$" },
    action: { kind: "answer", status: 500, reason: "something died" },
  });
  expect(await check()).toMatchObject({ status: "degraded", problem: { code: "server.error" } });
  expect((await house.call("guests.list", undefined)).items).not.toHaveLength(0);
  simulator.control.removeFault(fault);
  expect((await check()).problem).toBeUndefined();
});

test("an answer of the wrong shape is no empty cluster", async () => {
  simulator.control.addFault({
    match: { path: "^/cluster/resources$" },
    action: {
      kind: "answer",
      status: 200,
      reason: "OK",
      body: JSON.stringify({ data: null }),
      headers: { "content-type": "application/json;charset=UTF-8" },
    },
  });
  expect(await check()).toMatchObject({ status: "degraded", problem: { code: "server.badAnswer" } });
  expect((await house.call("guests.list", undefined)).items).not.toHaveLength(0);
});

test("another certificate freezes the cluster: nothing is sent until the new one is trusted by its last digits", async () => {
  const asked = simulator.ledger.requests().length;
  simulator.swapCertificate();
  const frozen = await check();
  expect(frozen).toMatchObject({
    status: "certificateChanged",
    addresses: [{ state: "certificateChanged", seen: { certificate: { fingerprint: pinOf(simulator) } } }],
  });
  expect((await check()).status).toBe("certificateChanged");
  expect(simulator.ledger.requests()).toHaveLength(asked);

  const fingerprint = pinOf(simulator);
  const retrust = (typed: string): Promise<Cluster> =>
    house.call("clusters.retrust", {
      clusterId: cluster.id,
      address: addressOf(simulator),
      fingerprint,
      typed,
    });
  await expect(retrust("00000000")).rejects.toMatchObject({ code: "confirmation.changed" });
  await expect(retrust(fingerprint.slice(-7))).rejects.toMatchObject({ code: "confirmation.changed" });
  const trusted = await retrust(fingerprint.slice(-8).toUpperCase());
  expect(trusted).toMatchObject({
    status: "online",
    edition: cluster.edition + 1,
    addresses: [{ trust: { kind: "pinned", fingerprint } }],
  });
  expect(trusted.addresses[0]?.seen).toBeUndefined();
  expect(house.audit().at(-1)).toMatchObject({ type: "cluster.retrusted", data: { after: fingerprint } });
});

test("only the certificate that is shown now can be trusted", async () => {
  simulator.swapCertificate();
  await check();
  const fingerprint = "ab".repeat(32);
  await expect(
    house.call("clusters.retrust", {
      clusterId: cluster.id,
      address: addressOf(simulator),
      fingerprint,
      typed: fingerprint.slice(-8),
    }),
  ).rejects.toMatchObject({ code: "server.certificateChanged" });
});

test("a user who was disabled needs a login, and a login brings the cluster back", async () => {
  const index = simulator.world.users.findIndex(({ userid }) => userid === "admin@pve");
  const admin = simulator.world.users[index];
  if (admin === undefined) throw new Error("no admin");
  simulator.world.users[index] = { ...admin, enabled: false };
  expect((await check()).status).toBe("needsLogin");
  await expect(
    house.call("clusters.login", { clusterId: cluster.id, remember: false }),
  ).rejects.toMatchObject({ code: "server.wrongCredentials" });
  simulator.world.users[index] = admin;
  expect(
    await house.call("clusters.login", {
      clusterId: cluster.id,
      secret: "simulator-admin",
      remember: false,
    }),
  ).toEqual({ outcome: "loggedIn" });
  expect((await clusterOf(house, cluster.id))?.status).toBe("online");
});

test("an edit is refused when it was made from an older state", async () => {
  const { id: clusterId, edition } = cluster;
  const renamed = await house.call("clusters.update", { clusterId, edition, name: "renamed" });
  expect(renamed).toMatchObject({ name: "renamed", edition: edition + 1, status: "online" });
  await expect(house.call("clusters.update", { clusterId, edition, name: "late" })).rejects.toMatchObject({
    code: "cluster.busy",
  });
  expect((await clusterOf(house, clusterId))?.name).toBe("renamed");
});

test("an edit to another address is checked for its certificate, another login needs its secret", async () => {
  const { id: clusterId, edition } = cluster;
  const address = {
    address: addressOf(simulator),
    trust: { kind: "pinned", fingerprint: "0".repeat(64) },
  } as const;
  await expect(
    house.call("clusters.update", { clusterId, edition, addresses: [address] }),
  ).rejects.toMatchObject({
    code: "server.certificateChanged",
  });
  const login = { kind: "password", user: "auditor@pve" } as const;
  await expect(house.call("clusters.update", { clusterId, edition, login })).rejects.toMatchObject({
    code: "input.invalid",
  });
  await house.call("clusters.update", { clusterId, edition, login, secret: "simulator-auditor" });
  const now = await house.until(() => clusterOf(house, clusterId, ({ status }) => status === "online"));
  expect(now.login).toEqual(login);
  await house.until(() => clusterOf(house, clusterId, ({ missingRights }) => missingRights.length > 0));
});

test("deregistering is confirmed, erases the credentials and keeps the history", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: "correct horse" });
  await house.call("clusters.login", {
    clusterId: cluster.id,
    secret: "simulator-admin",
    remember: true,
  });
  expect((await clusterOf(house, cluster.id))?.credential).toBe("stored");
  await expect(
    house.call("clusters.deregister", { clusterId: cluster.id, confirmation: "x" }),
  ).rejects.toMatchObject({ code: "confirmation.missing" });
  const jobId = await house.backUp(cluster.id);
  await jobEnd(house, jobId);
  const target = { action: "cluster.deregister", clusterId: cluster.id } as const;
  const { token, facts } = await house.call("confirmations.request", target);
  expect(facts).toMatchObject({ name: "small", openJobs: 0, address: addressOf(simulator) });
  await house.call("clusters.deregister", { clusterId: cluster.id, confirmation: token });

  expect((await house.call("clusters.list", undefined)).items).toEqual([]);
  expect((await house.call("guests.list", undefined)).items).toEqual([]);
  expect((await house.call("backups.list", {})).total).toBe(0);
  expect((await house.call("history.list", {})).rows.map((row) => row.id)).toEqual([jobId]);
  expect(house.vaultRecords()).toEqual([]);
  expect(house.audit().at(-1)?.type).toBe("cluster.deregistered");
  await registerCluster(house, simulator, { name: "small" });
});

test("a confirmation to deregister is void when a job has begun meanwhile", async () => {
  simulator.setSpeed(1);
  const target = { action: "cluster.deregister", clusterId: cluster.id } as const;
  const { token } = await house.call("confirmations.request", target);
  await house.backUp(cluster.id);
  await expect(
    house.call("clusters.deregister", { clusterId: cluster.id, confirmation: token }),
  ).rejects.toMatchObject({ code: "confirmation.changed" });
  const { facts } = await house.call("confirmations.request", target);
  expect(facts).toMatchObject({ openJobs: 1, jobs: "app (100)" });
});
