import { afterEach, beforeEach, expect, test } from "vitest";

import { openProxy } from "../proxmox/test-proxy.ts";
import {
  addressOf,
  clusterOf,
  openSmallHouse,
  registerCluster,
  registerInput,
  startSmallServer,
} from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { TestProxy } from "../proxmox/test-proxy.ts";

let simulator: Simulator;
let house: SmallHouse;
let proxy: TestProxy;

const password = "CANARY-jump";

beforeEach(async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
  proxy = await openProxy("socks5", { login: { user: "jump", password } });
});
afterEach(async () => {
  await house.close();
  await proxy.close();
  await simulator.stop();
});

const typed = (secret: string) => ({
  kind: "socks5" as const,
  address: proxy.proxy.address,
  user: "jump",
  secret,
});

async function register(remember = false): Promise<Cluster> {
  const input = { ...registerInput(simulator, { remember }), proxy: typed(password) };
  const result = await house.call("clusters.register", input);
  if (result.outcome !== "registered") throw new Error(result.outcome);
  return house.until(() => clusterOf(house, result.cluster.id, ({ status }) => status === "online"));
}

test("a cluster is registered and polled through its proxy, and reached no other way", async () => {
  const cluster = await register();
  expect(cluster.proxy).toEqual(proxy.proxy);
  expect(new Set(proxy.asked)).toEqual(new Set([addressOf(simulator)]));
  // What the simulator has of connections came from the proxy: when that is gone, nothing arrives any more.
  const asked = simulator.ledger.requests().length;
  await proxy.close();
  const offline = await house.call("clusters.check", { clusterId: cluster.id });
  expect(offline).toMatchObject({ status: "offline", problem: { code: "proxy.unreachable" } });
  expect(simulator.ledger.requests()).toHaveLength(asked);
  proxy = await openProxy("socks5");
});

test("a refused login of the proxy stops the registration before the server is asked", async () => {
  const input = { ...registerInput(simulator), proxy: typed("wrong") };
  await expect(house.call("clusters.register", input)).rejects.toMatchObject({ code: "proxy.loginRefused" });
  expect(simulator.ledger.requests()).toEqual([]);
});

test("the proxy's password is kept like any other secret, used after a restart, and erased with the cluster", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: "correct horse" });
  const { id } = await register(true);
  expect(house.vaultRecords()).toContain(`proxy/${id}`);
  expect(JSON.stringify(house.audit())).not.toContain(password);
  await house.restart();
  await house.call("vault.unlock", { secret: "correct horse" });
  await house.call("clusters.check", { clusterId: id });
  expect((await clusterOf(house, id))?.status).toBe("online");
  const target = { action: "cluster.deregister", clusterId: id } as const;
  const { token } = await house.call("confirmations.request", target);
  await house.call("clusters.deregister", { clusterId: id, confirmation: token });
  expect(house.vaultRecords()).toEqual([]);
});

test("a proxy is added to a cluster after it was tried, and taken away again", async () => {
  const direct = await registerCluster(house, simulator);
  const { id: clusterId, edition } = direct;
  await expect(
    house.call("clusters.update", { clusterId, edition, proxy: typed("wrong") }),
  ).rejects.toMatchObject({ code: "proxy.loginRefused" });
  const through = await house.call("clusters.update", { clusterId, edition, proxy: typed(password) });
  expect(through.proxy).toEqual(proxy.proxy);
  await house.until(() => clusterOf(house, clusterId, ({ status }) => status === "online"));
  expect(proxy.connections()).toBeGreaterThan(1);
  const again = await house.call("clusters.update", { clusterId, edition: edition + 1, proxy: null });
  expect(again.proxy).toBeNull();
  const connections = proxy.connections();
  await house.call("clusters.check", { clusterId });
  await house.until(() => clusterOf(house, clusterId, ({ status }) => status === "online"));
  expect(proxy.connections()).toBe(connections);
});

test("a proxy that leads to another server gets nothing of us there", async () => {
  const other = await startSmallServer();
  try {
    const cluster = await register();
    proxy.leadTo(other.port);
    const frozen = await house.until(async () => {
      await house.call("clusters.check", { clusterId: cluster.id });
      return clusterOf(house, cluster.id, ({ status }) => status === "certificateChanged");
    });
    expect(frozen.addresses[0]?.seen?.certificate.fingerprint).toBe(
      other.fingerprint.replaceAll(":", "").toLowerCase(),
    );
    expect(other.ledger.requests()).toEqual([]);
  } finally {
    await other.stop();
  }
});
