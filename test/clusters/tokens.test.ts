import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { privilegesFor } from "../../electron/clusters/token-uses.ts";
import { catalogue } from "../../electron/proxmox/requests/catalogue.ts";
import { tokenUses } from "../../shared/token.ts";
import { ADMIN, AUDITOR, APP_TOKEN, PBS_OPERATOR } from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { clusterOf, openSmallHouse, registerCluster, startSmallServer } from "../house/small-house.ts";

import type { RequestShape } from "../../electron/proxmox/requests/request.ts";
import type { Cluster } from "../../shared/cluster.ts";
import type { Input } from "../../shared/operations.ts";
import type { TokenPlan } from "../../shared/token.ts";
import type { BackupServer } from "../../simulator/pbs/backup-server.ts";
import type { FaultWish } from "../../simulator/faults.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "../house/small-house.ts";

let house: SmallHouse;
beforeEach(async () => {
  house = await openSmallHouse();
});
afterEach(async () => {
  await house.close();
});

type Wish = Omit<Input<"tokens.plan">, "clusterId">;

async function planned(cluster: Cluster, wish: Wish): Promise<TokenPlan> {
  return house.call("tokens.plan", { clusterId: cluster.id, ...wish });
}

async function made(cluster: Cluster, wish: Wish): Promise<Cluster> {
  const { digest } = await planned(cluster, wish);
  return house.call("tokens.make", { clusterId: cluster.id, ...wish, digest });
}

async function failure(work: Promise<unknown>): Promise<{ readonly code: string; readonly params: object }> {
  try {
    await work;
  } catch (error) {
    const { code, details } = error as { code: string; details: { params?: object } };
    return { code, params: details.params ?? {} };
  }
  throw new Error("it succeeded");
}

describe("on a cluster", () => {
  let simulator: Simulator;
  let cluster: Cluster;
  beforeEach(async () => {
    simulator = await startSmallServer();
    cluster = await registerCluster(house, simulator);
  });
  afterEach(async () => {
    await simulator.stop();
  });

  const world = () => simulator.world;
  const ownTokens = () => world().tokens.filter(({ id }) => id.startsWith(`${ADMIN.username}!proxmoxer`));
  const ownRoles = () => Object.keys(world().roles).filter((name) => name.startsWith("Proxmoxer"));
  const writes = () =>
    simulator.ledger
      .requests()
      .filter(
        ({ method, path }) => method !== "GET" && path.startsWith("/access/") && path !== "/access/ticket",
      );

  test("shows beforehand what it creates, and sends nothing for that", async () => {
    const plan = await planned(cluster, { use: "backup" });
    expect(plan).toMatchObject({
      kind: "pve",
      use: "backup",
      user: ADMIN.username,
      tokenName: "proxmoxer",
      role: {
        name: "Proxmoxer-backup",
        privileges: [
          "VM.Audit",
          "Sys.Audit",
          "Datastore.Audit",
          "Pool.Audit",
          "VM.Backup",
          "Datastore.AllocateSpace",
        ],
        exists: false,
      },
      entries: [{ path: "/", role: "Proxmoxer-backup" }],
      ownRightsFor: null,
      leftOut: [],
      mayDelete: true,
    });
    expect(plan.version).toBe(cluster.version);
    expect(writes()).toEqual([]);
    expect((await planned(cluster, { use: "watch" })).mayDelete).toBe(false);
    const withBackups = await planned(cluster, { use: "watch", withBackups: true });
    expect(withBackups).toMatchObject({ mayDelete: true, role: { name: "Proxmoxer-watch-backups" } });
  });

  test("takes the place of the password, which is forgotten", async () => {
    await house.call("vault.choose", { kind: "passphrase", secret: "correct horse" });
    await house.call("clusters.login", { clusterId: cluster.id, secret: ADMIN.password, remember: true });
    await made(cluster, { use: "restore" });
    const now = await house.until(() => clusterOf(house, cluster.id, ({ status }) => status === "online"));
    expect(now).toMatchObject({
      login: { kind: "token", tokenId: `${ADMIN.username}!proxmoxer` },
      credential: "stored",
    });
    expect(house.vaultRecords()).toEqual([`secret/${cluster.id}`]);
    expect(house.audit().at(-1)).toMatchObject({ type: "token.made" });
    const [token] = ownTokens();
    expect(token?.privsep).toBe(true);
    const report = await house.call("clusters.rights", { clusterId: cluster.id });
    const works = report.rows.filter(({ extent }) => extent === "works").map(({ feature }) => feature);
    expect(works).toEqual(expect.arrayContaining(["guests", "backups", "backup", "restore", "power"]));
    expect(works).not.toContain("editJobs");
    expect(report.allPowerful).toBe(false);
    expect((await failure(planned(cluster, { use: "watch" }))).code).toBe("token.fromToken");
  });

  test("uses a role that is there with just these privileges, and another name where it has others", async () => {
    world().roles["Proxmoxer-watch"] = ["Pool.Audit", "VM.Audit", "Sys.Audit", "Datastore.Audit"];
    world().roles["Proxmoxer-backup"] = ["VM.Backup"];
    expect((await planned(cluster, { use: "watch" })).role).toMatchObject({
      name: "Proxmoxer-watch",
      exists: true,
    });
    expect((await planned(cluster, { use: "backup" })).role).toMatchObject({
      name: "Proxmoxer-backup-2",
      exists: false,
    });
  });

  test("leaves out privileges that the server does not know", async () => {
    const { roles } = world();
    for (const [name, privileges] of Object.entries(roles))
      roles[name] = privileges.filter((privilege) => !/^(?:SDN|Mapping)\./u.test(privilege));
    const plan = await planned(cluster, { use: "restore" });
    expect(plan.leftOut).toEqual(["SDN.Use", "Mapping.Use"]);
    expect(plan.role?.privileges).not.toContain("SDN.Use");
  });

  test("without the right to make roles has the account's own rights, and says so", async () => {
    const auditor = await registerCluster(house, await startAnother(), {
      name: "other",
      user: AUDITOR.username,
      password: AUDITOR.password,
    });
    const plan = await planned(auditor, { use: "everything" });
    expect(plan).toMatchObject({
      role: null,
      entries: [],
      ownRightsFor: { privilege: "Sys.Modify", path: "/access" },
      mayDelete: false,
    });
    const after = await made(auditor, { use: "everything" });
    expect(after.login).toEqual({ kind: "token", tokenId: `${AUDITOR.username}!proxmoxer` });
    expect(
      (await house.call("clusters.rights", { clusterId: auditor.id })).rows.find(
        ({ feature }) => feature === "guests",
      )?.extent,
    ).toBe("works");
  });

  let another: Simulator | null = null;
  afterEach(async () => {
    await another?.stop();
    another = null;
  });
  async function startAnother(): Promise<Simulator> {
    another = await startSmallServer();
    return another;
  }

  test("is made of what was shown and of nothing else", async () => {
    const { digest } = await planned(cluster, { use: "watch" });
    world().roles["Proxmoxer-watch"] = ["VM.Backup"];
    expect(
      (await failure(house.call("tokens.make", { clusterId: cluster.id, use: "watch", digest }))).code,
    ).toBe("confirmation.changed");
    expect(writes()).toEqual([]);
  });

  const paths = {
    role: "^/access/roles$",
    token: "^/access/users/.*/token/",
    entry: "^/access/acl$",
  } as const;
  const fault = (path: string, action: FaultWish["action"], method?: string): void => {
    simulator.control.addFault({
      match: { path, ...(method === undefined ? {} : { method }) },
      action,
      times: 1,
    });
  };

  test.each(["role", "entry"] as const)(
    "goes on where the answer to its %s was lost and a look finds it",
    async (what) => {
      fault(paths[what], { kind: "lose-reply" }, what === "role" ? "POST" : "PUT");
      const after = await made(cluster, { use: "watch" });
      expect(after.login.kind).toBe("token");
      expect(writes().map(({ method }) => method)).toEqual(["POST", "POST", "PUT"]);
    },
  );

  test.each([
    ["role", "POST", "cut-request"],
    ["token", "POST", "lose-reply"],
    ["token", "POST", "cut-request"],
    ["entry", "PUT", "cut-request"],
  ] as const)("takes everything away again when its %s fails (%s, %s)", async (what, method, kind) => {
    fault(paths[what], { kind }, method);
    expect(await failure(made(cluster, { use: "watch" }))).toMatchObject({
      code: "token.failed",
      params: { count: 0, left: "" },
    });
    expect(ownTokens()).toEqual([]);
    expect(ownRoles()).toEqual([]);
    expect(world().acl.filter(({ ugid }) => ugid.includes("proxmoxer"))).toEqual([]);
    expect((await clusterOf(house, cluster.id))?.login).toEqual(cluster.login);
    expect((await house.call("clusters.check", { clusterId: cluster.id })).status).toBe("online");
  });

  test("says what is left where it cannot be taken away", async () => {
    fault(paths.entry, { kind: "answer", status: 500, reason: "cluster not ready - no quorum?" }, "PUT");
    simulator.control.addFault({
      match: { method: "DELETE", path: "^/access/(?:users|roles)/" },
      action: { kind: "answer", status: 500, reason: "cluster not ready - no quorum?" },
    });
    expect(await failure(made(cluster, { use: "watch" }))).toEqual({
      code: "token.failed",
      params: {
        reason: "server.noQuorum",
        blind: "no",
        count: 2,
        left: `token ${ADMIN.username}!proxmoxer, role Proxmoxer-watch`,
      },
    });
  });

  test("its secret goes nowhere but into the vault", async () => {
    await made(cluster, { use: "watch" });
    const [token] = ownTokens();
    const told = JSON.stringify([house.seen("clusters.changed"), house.audit()]);
    expect(token?.secret.length).toBeGreaterThan(30);
    expect(told).not.toContain(token?.secret);
    expect(told).not.toContain(APP_TOKEN.secret);
  });
});

describe("on a backup server", () => {
  let server: BackupServer;
  let cluster: Cluster;
  beforeEach(async () => {
    server = await startBackupServer({
      world: () => smallBackupWorld({ version: "4.2" }),
      speed: 2000,
      loginFailureDelayMs: 0,
    });
    const result = await house.call("clusters.register", {
      attempt: "a",
      name: "vault house",
      address: `127.0.0.1:${String(server.port)}`,
      trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
      credential: { kind: "password", user: PBS_OPERATOR.username, secret: PBS_OPERATOR.password },
      remember: false,
    });
    if (result.outcome !== "registered") throw new Error("not registered");
    cluster = result.cluster;
  });
  afterEach(async () => {
    await server.stop();
  });

  test("has the server's own roles, which an account may always give to its own tokens", async () => {
    expect(await planned(cluster, { use: "everything" })).toMatchObject({
      kind: "pbs",
      role: null,
      ownRightsFor: null,
      entries: [
        { path: "/", role: "Audit" },
        { path: "/datastore", role: "DatastoreAdmin" },
      ],
      mayDelete: true,
    });
    // Audit alone is nothing that this account has: the token would be blind, and is taken away again.
    expect(await failure(made(cluster, { use: "watch" }))).toMatchObject({
      code: "token.failed",
      params: { blind: "yes", count: 0 },
    });
    const after = await made(cluster, { use: "backup" });
    expect(after.login).toEqual({ kind: "token", tokenId: `${PBS_OPERATOR.username}!proxmoxer` });
    const online = await house.until(() =>
      clusterOf(house, cluster.id, ({ status }) => status !== "connecting"),
    );
    expect(online.status).toBe("online");
  });
});

describe("the privileges of a use", () => {
  test("grow from one to the next, and hand out no rights", () => {
    for (const [at, use] of tokenUses.entries()) {
      const before = tokenUses[at - 1];
      if (before !== undefined)
        expect(privilegesFor(use, true)).toEqual(expect.arrayContaining([...privilegesFor(before, true)]));
      expect(privilegesFor(use, true)).not.toContain("Permissions.Modify");
    }
  });

  test("are enough for every request of the catalogue", () => {
    const held = new Set(privilegesFor("everything", true));
    const shapes = Object.values(catalogue.pve).flatMap((requests) => Object.values<RequestShape>(requests));
    const beyond = shapes
      .filter(({ rights, purpose }) => typeof rights !== "string" && purpose !== "rights")
      .filter(
        ({ rights }) =>
          typeof rights !== "string" &&
          !rights.some((way) => way.every((right) => held.has(right.split(" ")[1] ?? ""))),
      )
      .map(({ method, path }) => `${method} ${path}`);
    expect(beyond).toEqual([]);
  });
});
