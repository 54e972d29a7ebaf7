import { afterEach, expect, test } from "vitest";

import { startSimulator } from "../../simulator/simulator.ts";
import { node } from "../../simulator/worlds/build.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { clusterOf, jobEnd, openSmallHouse, registerCluster, startSmallServer } from "./small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "./small-house.ts";

/** A cluster of three nodes, each with a socket and a certificate of its own. */

const opened: { readonly end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.end();
});

const nodes = ["pve1", "pve2", "pve3"];

interface Lab {
  readonly house: SmallHouse;
  readonly simulator: Simulator;
  readonly cluster: Cluster;
}

const addressAt = (simulator: Simulator, name: string): string =>
  `127.0.0.1:${String(simulator.ports.get(name))}`;

async function lab(speed = 60): Promise<Lab> {
  const world = smallWorld();
  world.nodes.push(
    node(3, { node: "pve3", address: "192.0.2.13", cores: 8, memoryGib: 32, bootedAt: 0, load: 0.1 }),
  );
  const simulator = await startSimulator({ world, everyNode: true, speed, loginFailureDelayMs: 0 });
  opened.push({ end: () => simulator.stop() });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  return { house, simulator, cluster: await registerCluster(house, simulator) };
}

/** Looks at the other nodes and takes them as a person does who ticks them all. */
async function tickAll({ house, simulator, cluster }: Lab): Promise<Cluster> {
  const clusterId = cluster.id;
  const looked = await Promise.all(
    ["pve2", "pve3"].map((name) =>
      house.call("clusters.lookAtNode", { clusterId, node: name, address: addressAt(simulator, name) }),
    ),
  );
  expect(looked.map(({ match }) => match)).toEqual(["same", "same"]);
  const pins = looked.map(({ address, certificate: { fingerprint } }) => ({
    address,
    trust: { kind: "pinned", fingerprint } as const,
  }));
  const kept = cluster.addresses.map(({ address, trust }) => ({ address, trust }));
  await house.call("clusters.update", {
    clusterId,
    edition: cluster.edition,
    addresses: [...kept, ...pins],
  });
  return settled({ house, cluster }, ({ status }) => status === "online");
}

/** Waits for the next state that fits. */
function settled(
  { house, cluster }: Pick<Lab, "house" | "cluster">,
  matches: (cluster: Cluster) => boolean,
): Promise<Cluster> {
  return house.until(() => clusterOf(house, cluster.id, matches));
}

const states = (cluster: Cluster): readonly string[] => cluster.addresses.map(({ state }) => state);

test("the other nodes are listed with addresses to offer, and none of them is connected to", async () => {
  const { house, simulator, cluster } = await lab();
  const found = await house.call("clusters.findNodes", { clusterId: cluster.id });
  expect(found.nodes.map((row) => [row.node, row.registered])).toEqual([
    ["pve1", addressAt(simulator, "pve1")],
    ["pve2", null],
    ["pve3", null],
  ]);
  expect(found.nodes[2]?.suggestions).toEqual([`192.0.2.13:${String(simulator.port)}`]);
  expect((await clusterOf(house, cluster.id))?.addresses).toHaveLength(1);
});

test("an address is held against the certificate that the cluster names for the node", async () => {
  const { house, simulator, cluster } = await lab();
  const clusterId = cluster.id;
  await house.call("clusters.findNodes", { clusterId });
  const wrong = { clusterId, node: "pve2", address: addressAt(simulator, "pve3") };
  const looked = await house.call("clusters.lookAtNode", wrong);
  expect(looked.match).toBe("other");
  expect(looked.expected).not.toContain(looked.certificate.fingerprint);
  const right = { clusterId, node: "pve2", address: addressAt(simulator, "pve2") };
  expect((await house.call("clusters.lookAtNode", right)).match).toBe("same");
});

test("with one of three ticked nodes killed the app goes on within 10 s, unasked, and comes back to the first", async () => {
  const here = await lab(2);
  const { house, simulator, cluster } = here;
  const clusterId = cluster.id;
  const ticked = await tickAll(here);
  expect(states(ticked)).toEqual(["answering", "standby", "standby"]);
  expect(ticked.addresses.map((address) => address.node)).toEqual(nodes);
  const { jobId } = await house.call("backups.run", {
    clusterId,
    node: "pve2",
    vmid: 103,
    storage: "nas",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: "one",
  });
  await house.until(async () => (await house.call("jobs.get", { jobId })).job.state === "running");

  const killedAt = performance.now();
  await simulator.killNode("pve1");
  const guest = { clusterId, node: "pve2", vmid: 103 };
  expect((await house.call("guests.get", guest)).guest.vmid).toBe(103);
  expect(performance.now() - killedAt).toBeLessThan(10_000);
  const moved = await settled(here, (now) => states(now)[1] === "answering");
  expect(performance.now() - killedAt).toBeLessThan(10_000);
  expect(states(moved)).toEqual(["down", "answering", "standby"]);
  expect(moved.addresses[0]?.problem?.code).toBe("server.unreachable");

  simulator.setSpeed(300);
  expect((await jobEnd(house, jobId)).state).toBe("succeeded");
  const now = await house.call("clusters.check", { clusterId });
  expect(now).toMatchObject({ status: "degraded", credential: "memory" });
  expect(house.seen("clusters.changed").flatMap(({ changed }) => changed)).not.toContainEqual(
    expect.objectContaining({ status: "needsLogin" }),
  );
  const starts = simulator.ledger.tasks().filter(({ type }) => type === "vzdump");
  expect(starts).toHaveLength(1);

  await simulator.reviveNode("pve1");
  const wake = setInterval(() => void house.call("guests.get", guest).catch(() => undefined), 500);
  const back = await settled(here, (later) => states(later)[0] === "answering");
  clearInterval(wake);
  expect(states(back)).toEqual(["answering", "standby", "standby"]);
  // What was read while another node answered was not filed under the first one's certificate.
  const crossed = { clusterId, node: "pve2", address: addressAt(simulator, "pve1") };
  expect((await house.call("clusters.lookAtNode", crossed)).match).toBe("other");
});

test("a backup is started through the next node while the first is dead, once", async () => {
  const here = await lab();
  await tickAll(here);
  const { house, simulator, cluster } = here;
  await simulator.killNode("pve1");
  const { jobId } = await house.call("backups.run", {
    clusterId: cluster.id,
    node: "pve2",
    vmid: 103,
    storage: "nas",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: "two",
  });
  expect((await jobEnd(house, jobId)).state).toBe("succeeded");
  expect(simulator.ledger.tasks().filter(({ type }) => type === "vzdump")).toHaveLength(1);
});

test("one node with another certificate is frozen alone, the others go on and the user is told", async () => {
  const here = await lab();
  const { house, simulator, cluster } = here;
  const clusterId = cluster.id;
  await tickAll(here);
  const fingerprint = simulator.swapCertificate("pve1").replaceAll(":", "").toLowerCase();
  await house.call("guests.get", { clusterId, node: "pve2", vmid: 103 });
  const told = await settled(here, ({ addresses }) => addresses[0]?.seen !== undefined);
  expect(told).toMatchObject({ status: "degraded", problem: { code: "server.certificateChanged" } });
  expect(states(told).slice(1)).toContain("answering");
  expect(told.addresses[0]).toMatchObject({
    state: "certificateChanged",
    certificate: { fingerprint: cluster.addresses[0]?.certificate?.fingerprint },
    seen: { certificate: { fingerprint }, trustedBySystem: false, namedByCluster: true },
  });
  expect(house.audit().map(({ type }) => type)).toContain("cluster.certificateChanged");
  const trusted = await house.call("clusters.retrust", {
    clusterId,
    address: addressAt(simulator, "pve1"),
    fingerprint,
    typed: fingerprint.slice(-8),
  });
  expect(trusted.addresses).toHaveLength(3);
  expect(trusted.addresses[0]).toMatchObject({ trust: { fingerprint }, node: "pve1", state: "answering" });
  expect(trusted.status).toBe("online");
});

test("an address of another cluster is not taken beside this one's, though its certificate was trusted by hand", async () => {
  const { house, simulator, cluster } = await lab();
  const other = await startSmallServer();
  opened.push({ end: () => other.stop() });
  const kept = cluster.addresses.map(({ address, trust }) => ({ address, trust }));
  const fingerprint = other.fingerprint.replaceAll(":", "").toLowerCase();
  const foreign = {
    address: `127.0.0.1:${String(other.port)}`,
    trust: { kind: "pinned", fingerprint } as const,
  };
  const asked = other.ledger.requests().length;
  await expect(
    house.call("clusters.update", {
      clusterId: cluster.id,
      edition: cluster.edition,
      addresses: [...kept, foreign],
    }),
  ).rejects.toMatchObject({ code: "cluster.otherCluster" });
  // Both take the same password: had it been sent, the other cluster would have let us in.
  const answers = other.ledger.requests().slice(asked);
  expect(answers.length).toBeGreaterThan(0);
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
  expect((await clusterOf(house, cluster.id))?.addresses).toHaveLength(1);
  expect(simulator.tasks()).toEqual([]);
});

test("the certificate is swapped in mid-task: frozen with an alarm, followed on after it was trusted", async () => {
  const simulator = await startSmallServer({ speed: 2 });
  opened.push({ end: () => simulator.stop() });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  const cluster = await registerCluster(house, simulator);
  const clusterId = cluster.id;
  const jobId = await house.backUp(clusterId);
  const job = async () => (await house.call("jobs.get", { jobId })).job;
  await house.until(async () => (await job()).state === "running");

  const fingerprint = simulator.swapCertificate().replaceAll(":", "").toLowerCase();
  const frozen = await settled({ house, cluster }, ({ status }) => status === "certificateChanged");
  const asked = simulator.ledger.requests().length;
  expect(frozen.addresses[0]?.state).toBe("certificateChanged");
  const alarmed = await settled({ house, cluster }, ({ addresses }) => addresses[0]?.seen !== undefined);
  expect(alarmed.addresses[0]?.seen?.namedByCluster).toBe(false);
  await house.until(() => house.notices.length > 0);
  expect(house.notices).toEqual([
    expect.objectContaining({ title: "small shows another certificate", severity: "bad" }),
  ]);
  await house.until(async () => (await job()).pause !== null);
  expect((await job()).state).toBe("running");
  await house.call("clusters.check", { clusterId });
  expect(simulator.ledger.requests()).toHaveLength(asked);

  await house.call("clusters.retrust", {
    clusterId,
    address: `127.0.0.1:${String(simulator.port)}`,
    fingerprint,
    typed: fingerprint.slice(-8),
  });
  simulator.setSpeed(300);
  expect((await jobEnd(house, jobId)).state).toBe("succeeded");
  expect(simulator.ledger.tasks().filter(({ type }) => type === "vzdump")).toHaveLength(1);
});
