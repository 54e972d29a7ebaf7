import { afterEach, describe, expect, test } from "vitest";

import { recognise } from "../../electron/clusters/backup-places.ts";
import { clusterIdSchema } from "../../shared/ids.ts";
import { snapshotOfVolid } from "../../shared/backup-place.ts";
import { snapshotText } from "../../shared/snapshot.ts";
import { PBS_ADMIN } from "../../simulator/credentials.ts";
import { startTwoClusters } from "../../simulator/pbs/two-clusters.ts";
import { clusterOf, jobEnd, openSmallHouse, registerCluster } from "../house/small-house.ts";

import type { Server } from "../../electron/store/servers.ts";

const opened: { readonly end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.end();
});

const pin = "ab".repeat(32);
const other = "cd".repeat(32);

function server(id: string, address: string, fingerprint: string): Server {
  return {
    id: clusterIdSchema.parse(id),
    kind: "pbs",
    name: id,
    addresses: [
      { address, trust: { kind: "pinned", fingerprint }, node: null, certificate: null, trustedAt: null },
    ],
    login: { kind: "password", user: "root@pam" },
    identity: { clusterName: null, version: null, certificates: { host: [fingerprint] } },
    demo: false,
    proxy: null,
    edition: 1,
    createdAt: 0,
    updatedAt: 0,
    lastAnswerAt: null,
  };
}

const storage = (change: object) => ({ server: "10.0.0.5", port: 8007, fingerprint: pin, ...change });

describe("a storage is recognised as a backup server", () => {
  const one = server("one", "10.0.0.5:8007", pin);
  const two = server("two", "vault.example.com:8007", other);

  test.each([
    ["by its address", storage({ fingerprint: null }), { id: "one", by: "address" }],
    [
      "by its address after the certificate was renewed",
      storage({ fingerprint: other }),
      { id: "one", by: "address" },
    ],
    [
      "by its certificate under another name",
      storage({ server: "pbs.lan" }),
      { id: "one", by: "fingerprint" },
    ],
    [
      "by a name in any case",
      storage({ server: "Vault.Example.COM", fingerprint: null }),
      { id: "two", by: "address" },
    ],
    ["not by another port", storage({ port: 8008, fingerprint: null }), null],
    ["not by a name alone that nobody registered", storage({ server: "pbs.lan", fingerprint: null }), null],
  ])("%s", (_how, given, found) => {
    expect(recognise(given, [one, two])).toEqual(found);
  });

  test("not where two servers show the same certificate", () => {
    const twin = server("twin", "10.0.0.6:8007", pin);
    expect(recognise(storage({ server: "pbs.lan" }), [one, twin])).toBeNull();
    expect(recognise(storage({ server: "10.0.0.6" }), [one, twin])).toEqual({ id: "twin", by: "address" });
  });
});

test("a volume id of a backup server's storage names the snapshot that lies there", () => {
  expect(snapshotOfVolid("pbs:backup/vm/100/2026-11-27T12:00:00Z")).toBe("vm/100/2026-11-27T12:00:00Z");
  expect(snapshotOfVolid("nas:backup/vzdump-qemu-100-2026_11_27-12_00_00.vma.zst")).toBeNull();
});

test("a backup that a cluster made is the same one on the backup server, in the cluster's own namespace", async () => {
  const {
    server: vault,
    north,
    south,
    stop,
  } = await startTwoClusters({
    namespaces: true,
    speed: 2000,
    loginFailureDelayMs: 0,
  });
  opened.push({ end: stop });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  const cluster = await registerCluster(house, north, { name: "north" });
  await registerCluster(house, south, { name: "south" });
  const registered = await house.call("clusters.register", {
    attempt: "a",
    name: "vault",
    address: `127.0.0.1:${String(vault.port)}`,
    trust: { kind: "pinned", fingerprint: vault.fingerprint.replaceAll(":", "").toLowerCase() },
    credential: { kind: "password", user: PBS_ADMIN.username, secret: PBS_ADMIN.password },
    remember: false,
  });
  if (registered.outcome !== "registered") throw new Error("not registered");
  const backupServer = registered.cluster;
  await house.until(() => clusterOf(house, backupServer.id, ({ status }) => status === "online"));

  const { places } = await house.call("backups.places", undefined);
  expect(
    places.map(({ storage: name, store, namespace, backupServer: at }) => [name, store, namespace, at?.id]),
  ).toEqual([
    ["pbs", "shared", "north", backupServer.id],
    ["pbs", "shared", "south", backupServer.id],
  ]);

  const { jobId } = await house.call("backups.run", {
    clusterId: cluster.id,
    node: "pve1",
    vmid: 100,
    storage: "pbs",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: "draft",
  });
  expect((await jobEnd(house, jobId)).state).toBe("succeeded");
  const row = await house.until(async () => {
    const { rows } = await house.call("backups.list", {
      clusterId: cluster.id,
      storage: "pbs",
      refresh: true,
    });
    return rows[0];
  });
  expect(row.place).toEqual({ serverId: backupServer.id, store: "shared", namespace: "north" });
  const { rows } = await house.call("datastores.snapshots", {
    clusterId: backupServer.id,
    store: "shared",
    namespace: "north",
    group: { type: "vm", id: "100" },
  });
  expect(rows.map(snapshotText)).toEqual([snapshotOfVolid(row.volid)]);
});
