import { afterEach, describe, expect, test } from "vitest";

import {
  PBS_ADMIN,
  PBS_APP_TOKEN,
  PBS_AUDITOR,
  PBS_NO_ACL_TOKEN,
  PBS_NOBODY,
  PBS_OPERATOR,
  PBS_OPERATOR_TOKEN,
  TOTP,
} from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { clusterOf, openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Input } from "../../shared/operations.ts";
import type { BackupServer } from "../../simulator/pbs/backup-server.ts";
import type { PbsVersion } from "../../simulator/profiles/pbs.ts";
import type { SmallHouse } from "../house/small-house.ts";

const opened: { readonly end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.end();
});

interface Lab {
  readonly house: SmallHouse;
  readonly server: BackupServer;
}

async function lab(version: PbsVersion = "4.2"): Promise<Lab> {
  const server = await startBackupServer({
    world: () => smallBackupWorld({ version }),
    speed: 2000,
    loginFailureDelayMs: 0,
  });
  opened.push({ end: () => server.stop() });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  return { house, server };
}

function registration(
  server: BackupServer,
  change: Partial<Input<"clusters.register">> = {},
): Input<"clusters.register"> {
  return {
    attempt: "attempt",
    name: "vault house",
    address: `127.0.0.1:${String(server.port)}`,
    trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
    credential: { kind: "password", user: PBS_ADMIN.username, secret: PBS_ADMIN.password },
    remember: false,
    ...change,
  };
}

async function register(
  { house, server }: Lab,
  change: Partial<Input<"clusters.register">> = {},
): Promise<Cluster> {
  const result = await house.call("clusters.register", registration(server, change));
  if (result.outcome !== "registered") throw new Error(`not registered: ${result.outcome}`);
  const { id } = result.cluster;
  return house.until(() => clusterOf(house, id, ({ status }) => status !== "connecting"));
}

async function refusal(lab: Lab, change: Partial<Input<"clusters.register">>): Promise<unknown> {
  try {
    await lab.house.call("clusters.register", registration(lab.server, change));
    return "registered";
  } catch (error) {
    return (error as { readonly code: unknown }).code;
  }
}

const asUser = ({ username, password }: { readonly username: string; readonly password: string }) => ({
  credential: { kind: "password", user: username, secret: password } as const,
});
const asToken = ({ id, secret }: { readonly id: string; readonly secret: string }) => ({
  credential: { kind: "token", tokenId: id, secret } as const,
});

describe.each(["3.4", "4.2"] as const)("a Backup Server %s", (version) => {
  test("is told from a cluster by the probe, registered, and its datastores are there", async () => {
    const here = await lab(version);
    const { house, server } = here;
    const probed = await house.call("clusters.probe", {
      attempt: "a",
      address: `127.0.0.1:${String(server.port)}`,
    });
    expect(probed).toMatchObject({ kind: "pbs", alreadyRegistered: null });
    const cluster = await register(here);
    expect(cluster).toMatchObject({ kind: "pbs", status: "online", nodes: [], missingRights: [] });
    expect(cluster.version).toMatch(new RegExp(`^${version}`, "u"));
    const { items } = await house.call("datastores.list", undefined);
    expect(items.map(({ store, maintenance, mount }) => [store, maintenance?.type ?? null, mount])).toEqual([
      ["main", null, "fixed"],
      ["vault", "read-only", "fixed"],
      ["shelf", null, "notMounted"],
    ]);
    const [first] = items;
    expect(first?.total).toBe(4096 * 2 ** 30);
    expect(first?.fullDate.kind).toBe("at");
    expect(first?.trend.length).toBeGreaterThan(10);
    // The secret of a login stays in the house.
    expect(JSON.stringify([cluster, probed, items])).not.toContain(PBS_ADMIN.password);
  });

  test("shows counts, namespaces, groups and the snapshots of the one group that is looked at", async () => {
    const here = await lab(version);
    const { house, server } = here;
    const { id: clusterId } = await register(here);
    const at = { clusterId, store: "main" };
    const detail = await house.call("datastores.get", at);
    expect(detail.counts).toContainEqual({ type: "host", groups: 2, snapshots: 4 });
    expect(detail.history?.values.length).toBeGreaterThan(100);
    const { rows: namespaces } = await house.call("datastores.namespaces", at);
    expect(namespaces.map(({ namespace }) => namespace)).toEqual(["", "second", "second/archive"]);
    const { rows: groups, rights } = await house.call("datastores.groups", { ...at, namespace: "second" });
    expect(groups.map(({ type, id }) => `${type}/${id}`)).toEqual(["vm/100"]);
    expect(rights).toEqual({ see: "all", verify: "all", prune: "all", edit: "all", collectGarbage: "all" });
    const { rows: snapshots } = await house.call("datastores.snapshots", {
      ...at,
      namespace: "second",
      group: { type: "vm", id: "100" },
    });
    const newestFirst = snapshots.toSorted((a, b) => b.time - a.time);
    expect(newestFirst.map(({ unfinished, crypt }) => [unfinished, crypt])).toEqual([
      [true, null],
      [false, "encrypt"],
      [false, "encrypt"],
    ]);
    const asked = server.ledger.requests().filter(({ path }) => path.endsWith("/snapshots"));
    expect(asked).toHaveLength(1);
  });

  test("keeps notes and protection as they are set", async () => {
    const here = await lab(version);
    const { house } = here;
    const { id: clusterId } = await register(here);
    const place = { clusterId, store: "main", namespace: "", group: { type: "vm", id: "100" } } as const;
    const newest = async () => {
      const { rows } = await house.call("datastores.snapshots", place);
      const found = rows.toSorted((a, b) => b.time - a.time)[0];
      if (found === undefined) throw new Error("no snapshot");
      return found;
    };
    const { time, protected: before } = await newest();
    expect(before).toBe(false);
    await house.call("datastores.protect", { ...place, time, protected: true });
    await house.call("datastores.setNotes", { ...place, time, notes: "before the upgrade\nsecond line" });
    expect(await newest()).toMatchObject({ protected: true, comment: "before the upgrade" });
    expect(await house.call("datastores.notes", { ...place, time })).toEqual({
      notes: "before the upgrade\nsecond line",
    });
    await house.call("datastores.setNotes", { ...place, time: null, notes: "the app" });
    const { rows } = await house.call("datastores.groups", { clusterId, store: "main", namespace: "" });
    expect(rows.find(({ type, id }) => type === "vm" && id === "100")?.comment).toBe("the app");
  });

  test("tells its jobs with schedule, last result and next run", async () => {
    const here = await lab(version);
    const { id: clusterId } = await register(here);
    const { jobs, failed, bad } = await here.house.call("serverJobs.list", { clusterId });
    expect([failed, bad]).toEqual([[], 0]);
    expect(
      jobs.filter(({ store }) => store === "main").map(({ kind, schedule }) => [kind, schedule]),
    ).toEqual([
      ["sync", "sat 18:15"],
      ["verify", "daily"],
      ["prune", "02:00"],
      ["gc", "daily"],
    ]);
    const verify = jobs.find(({ kind }) => kind === "verify");
    expect(verify?.lastRun?.state).toBe("OK");
    // Counted from the last run, as the server does: one that is due already lies in the past.
    expect(verify?.nextRun).toBeGreaterThan(verify?.lastRun?.endedAt ?? Number.POSITIVE_INFINITY);
  });
});

describe("a login to a Backup Server", () => {
  test("works with a token and a colon, without any ticket", async () => {
    const here = await lab();
    const cluster = await register(here, asToken(PBS_APP_TOKEN));
    expect(cluster).toMatchObject({ status: "online", login: { kind: "token", tokenId: PBS_APP_TOKEN.id } });
    const logins = here.server.ledger.requests().filter(({ path }) => path === "/access/ticket");
    expect(logins).toEqual([]);
  });

  test("asks for the second factor and keeps the login waiting", async () => {
    const { house, server } = await lab();
    const asked = await house.call(
      "clusters.register",
      registration(server, asUser({ username: "totp@pbs", password: TOTP.password })),
    );
    expect(asked).toMatchObject({
      outcome: "secondFactor",
      kinds: expect.arrayContaining(["totp"]) as unknown,
    });
  });

  test("is refused with its own codes", async () => {
    const here = await lab();
    expect(await refusal(here, asUser({ ...PBS_ADMIN, password: "wrong" }))).toBe("server.wrongCredentials");
    expect(await refusal(here, asToken({ ...PBS_APP_TOKEN, secret: PBS_NO_ACL_TOKEN.secret }))).toBe(
      "server.tokenRefused",
    );
  });

  test("of an account that sees nothing is no empty server: what is missing is said", async () => {
    for (const credential of [asUser(PBS_NOBODY), asToken(PBS_NO_ACL_TOKEN)]) {
      const cluster = await register(await lab(), credential);
      expect(cluster).toMatchObject({
        status: "degraded",
        problem: { code: "server.tooFewRights", params: { privilege: "Datastore.Audit" } },
      });
    }
  });

  test("is refused a second time, under whatever name", async () => {
    const here = await lab();
    await register(here);
    expect(await refusal(here, { name: "once more" })).toBe("cluster.alreadyRegistered");
    // By the fingerprint alone the window is told before anything is typed.
    const probed = await here.house.call("clusters.probe", {
      attempt: "b",
      address: `localhost:${String(here.server.port)}`,
    });
    expect(probed.alreadyRegistered).toBe("vault house");
  });
});

describe("what an account may see", () => {
  test("an auditor sees all and is told what it may not do", async () => {
    const here = await lab();
    const cluster = await register(here, asUser(PBS_AUDITOR));
    const missing = new Set<string>(cluster.missingRights.map(({ feature }) => feature));
    expect([...missing].slice(0, 5)).toEqual([
      "read",
      "verify",
      "prune",
      "protectSnapshots",
      "garbageCollection",
    ]);
    const { rights, rows } = await here.house.call("datastores.groups", {
      clusterId: cluster.id,
      store: "main",
      namespace: "",
    });
    expect(rights).toMatchObject({ see: "all", verify: "none", prune: "none", edit: "none" });
    expect(rows.length).toBeGreaterThan(3);
  });

  test("an owner sees its own groups, and the list says that there may be others", async () => {
    const here = await lab();
    const { id: clusterId } = await register(here, asUser(PBS_OPERATOR));
    const { rights, rows } = await here.house.call("datastores.groups", {
      clusterId,
      store: "main",
      namespace: "",
    });
    expect(rights.see).toBe("own");
    // What its tokens made is its own too.
    expect(new Set(rows.map(({ owner }) => owner))).toEqual(
      new Set([PBS_OPERATOR.username, PBS_OPERATOR_TOKEN.id]),
    );
  });
});

test("a cluster and a backup server stand side by side, and neither's address is taken for the other's", async () => {
  const here = await lab();
  const { house, server } = here;
  const simulator = await startSmallServer();
  opened.push({ end: () => simulator.stop() });
  await registerCluster(house, simulator);
  const backup = await register(here);
  const { items } = await house.call("clusters.list", undefined);
  expect(items.map(({ kind }) => kind).toSorted()).toEqual(["pbs", "pve"]);
  const moved = house.call("clusters.update", {
    clusterId: backup.id,
    edition: backup.edition,
    addresses: [
      {
        address: `127.0.0.1:${String(simulator.port)}`,
        trust: { kind: "pinned", fingerprint: simulator.fingerprint.replaceAll(":", "").toLowerCase() },
      },
    ],
  });
  await expect(moved).rejects.toMatchObject({ code: "server.otherProduct" });
  const cluster = items.find(({ kind }) => kind === "pve");
  await expect(
    house.call("datastores.get", { clusterId: cluster?.id ?? "", store: "main" }),
  ).rejects.toMatchObject({ code: "server.unsupported" });
  expect(server.ledger.requests().some(({ path }) => path.startsWith("/cluster"))).toBe(false);
});

test("a server that goes away is shown with what was known of it, and comes back by itself", async () => {
  const here = await lab();
  const { house, server } = here;
  const { id: clusterId } = await register(here);
  const back = server.refuseConnections(1000);
  const gone = await house.call("clusters.check", { clusterId });
  expect(gone.status).toBe("offline");
  const { items } = await house.call("datastores.list", undefined);
  expect(items).toHaveLength(3);
  await back;
  expect((await house.call("clusters.check", { clusterId })).status).toBe("online");
});

test("after a restart of the app it is asked again with what the vault has kept", async () => {
  const here = await lab();
  const { house } = here;
  await house.call("vault.choose", { kind: "passphrase", secret: "a long passphrase" });
  const { id: clusterId } = await register(here, { remember: true });
  await house.restart();
  await house.call("vault.unlock", { secret: "a long passphrase" });
  const again = await house.until(() => clusterOf(house, clusterId, ({ status }) => status === "online"));
  expect(again.kind).toBe("pbs");
  expect((await house.call("datastores.list", undefined)).items).toHaveLength(3);
});
