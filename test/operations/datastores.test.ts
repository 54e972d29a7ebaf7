import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { clusterIdSchema } from "../../shared/ids.ts";
import { groupRefSchema } from "../../shared/snapshot.ts";
import { PBS_ADMIN, PBS_AUDITOR } from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { openSmallHouse } from "../house/small-house.ts";

import type { ClusterId } from "../../shared/ids.ts";
import type { BackupServer } from "../../simulator/pbs/backup-server.ts";
import type { SmallHouse } from "../house/small-house.ts";

let house: SmallHouse;
let server: BackupServer;
let clusterId: ClusterId;

beforeEach(async () => {
  server = await startBackupServer({
    world: () => smallBackupWorld(),
    speed: 2000,
    loginFailureDelayMs: 0,
  });
  house = await openSmallHouse();
  clusterId = await register(PBS_ADMIN);
});
afterEach(async () => {
  await house.close();
  await server.stop();
});

async function register({ username, password }: { readonly username: string; readonly password: string }) {
  const result = await house.call("clusters.register", {
    attempt: "a",
    name: username,
    address: `127.0.0.1:${String(server.port)}`,
    trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
    credential: { kind: "password", user: username, secret: password },
    remember: false,
  });
  if (result.outcome !== "registered") throw new Error("not registered");
  return clusterIdSchema.parse(result.cluster.id);
}

const group = groupRefSchema.parse({ type: "vm", id: "100" });
const root = () => ({ clusterId, store: "main", namespace: "" });
const ended = (upid: string) => server.whenTaskEnds(upid, AbortSignal.timeout(10_000));
const times = async (): Promise<readonly number[]> => {
  const { rows } = await house.call("datastores.snapshots", { ...root(), group });
  return rows.map(({ time }) => time).toSorted((a, b) => b - a);
};

async function confirmPrune(keep: { readonly last?: number; readonly daily?: number }) {
  const target = { ...root(), group, keep };
  const confirmation = await house.call("confirmations.request", { action: "datastore.prune", ...target });
  const list = String(confirmation.facts["list"])
    .split("\n")
    .map((line) => line.split(" ")[1]);
  return { ...confirmation, target, fates: list };
}

const sent = (path: string) =>
  server.ledger.requests().filter((request) => request.method === "POST" && request.path.endsWith(path));

describe("a prune", () => {
  test("is shown first, with the rule that keeps each snapshot, and then removes just what was shown", async () => {
    const before = await times();
    const { token, target, facts, fates } = await confirmPrune({ last: 1, daily: 2 });
    expect(fates).toEqual(["last", "daily", "daily", "remove", "remove", "remove", "protected"]);
    expect(facts).toMatchObject({ removed: 3, kept: 4, keep: "keep-last=1, keep-daily=2", group: "vm/100" });
    expect(await times()).toEqual(before);
    const { upid } = await house.call("datastores.prune", { ...target, confirmation: token });
    expect((await ended(upid)).exit).toBe("OK");
    expect(await times()).toEqual(before.filter((_time, index) => fates[index] !== "remove"));
    expect(sent("/prune").filter(({ params }) => params["dry-run"] !== "1")).toHaveLength(1);
  });

  test("is refused where a snapshot was protected since it was shown, and nothing is sent", async () => {
    const before = await times();
    const { token, target } = await confirmPrune({ last: 1 });
    const [, second = 0] = before;
    await house.call("datastores.protect", { ...root(), group, time: second, protected: true });
    await expect(house.call("datastores.prune", { ...target, confirmation: token })).rejects.toMatchObject({
      code: "confirmation.changed",
    });
    expect(await times()).toEqual(before);
  });

  test("needs the confirmation of just that rule, once", async () => {
    const { token, target } = await confirmPrune({ last: 3 });
    await expect(
      house.call("datastores.prune", { ...target, keep: { last: 1 }, confirmation: token }),
    ).rejects.toMatchObject({ code: "confirmation.changed" });
    await expect(house.call("datastores.prune", { ...target, confirmation: token })).rejects.toMatchObject({
      code: "confirmation.missing",
    });
    await expect(
      house.call("datastores.prune", { ...target, keep: {}, confirmation: token }),
    ).rejects.toThrow("keeps everything");
  });

  test("of a namespace shows every group of it and leaves those below alone", async () => {
    const target = { clusterId, store: "main", namespace: "", group: null, keep: { last: 1 } };
    const { facts, token } = await house.call("confirmations.request", {
      action: "datastore.prune",
      ...target,
    });
    const list = String(facts["list"]).split("\n");
    expect(new Set(list.map((line) => line.split("/").slice(0, 2).join("/")))).toEqual(
      new Set(["ct/102", "host/laptop", "host/workstation", "vm/100"]),
    );
    const below = { clusterId, store: "main", namespace: "second", group };
    const { rows: before } = await house.call("datastores.snapshots", below);
    const { upid } = await house.call("datastores.prune", { ...target, confirmation: token });
    expect((await ended(upid)).exit).toBe("OK");
    expect((await house.call("datastores.snapshots", below)).rows).toHaveLength(before.length);
    // The newest and the protected one.
    expect(await times()).toHaveLength(2);
  });

  test("is refused by the server for an account that may only look", async () => {
    const other = await openSmallHouse();
    try {
      const registered = await other.call("clusters.register", {
        attempt: "b",
        name: "auditor",
        address: `127.0.0.1:${String(server.port)}`,
        trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
        credential: { kind: "password", user: PBS_AUDITOR.username, secret: PBS_AUDITOR.password },
        remember: false,
      });
      if (registered.outcome !== "registered") throw new Error("not registered");
      const target = {
        clusterId: registered.cluster.id,
        store: "main",
        namespace: "",
        group,
        keep: { last: 1 },
      };
      await expect(
        other.call("confirmations.request", { action: "datastore.prune", ...target }),
      ).rejects.toMatchObject({ code: "server.forbidden" });
    } finally {
      await other.close();
    }
  });
});

describe("a verification", () => {
  test("of one group finds the damaged snapshot, and its state is there afterwards", async () => {
    const damaged = groupRefSchema.parse({ type: "ct", id: "102" });
    const wish = { group: damaged, time: null, ignoreVerified: false, outdatedAfter: null };
    const { upid } = await house.call("datastores.verify", { ...root(), ...wish });
    expect((await ended(upid)).exit).not.toBe("OK");
    const { rows } = await house.call("datastores.snapshots", { ...root(), group: damaged });
    const newest = rows.toSorted((a, b) => b.time - a.time)[0];
    expect(newest?.verification).toEqual({ state: "failed", upid });
  });

  test("of one snapshot, of a namespace: what is named is what is sent", async () => {
    const [time = 0] = await times();
    const plain = { ignoreVerified: true, outdatedAfter: 30 };
    await house.call("datastores.verify", { ...root(), group, time, ...plain });
    await house.call("datastores.verify", {
      ...root(),
      namespace: "second",
      group: null,
      time: null,
      ...plain,
    });
    const params = sent("/verify").map((request) => request.params);
    expect(params).toMatchObject([
      { "backup-type": "vm", "backup-id": "100", "backup-time": String(time / 1000), "outdated-after": "30" },
      { ns: "second" },
    ]);
    expect(params[1]).not.toHaveProperty("backup-type");
  });
});

test("garbage collection is a task of the server's own", async () => {
  const { upid } = await house.call("datastores.collectGarbage", { clusterId, store: "main" });
  expect(upid).toMatch(/:garbage_collection:main:admin@pbs:$/u);
  expect((await ended(upid)).exit).toBe("OK");
});

describe("a job of the server", () => {
  test("that removes nothing runs at once", async () => {
    const { upid } = await house.call("serverJobs.run", { clusterId, kind: "verify", id: "v-main" });
    expect(upid).toContain(":verificationjob:");
  });

  test("that prunes is confirmed first, with what it is set to keep", async () => {
    const job = { clusterId, kind: "prune", id: "p-main" } as const;
    await expect(house.call("serverJobs.run", job)).rejects.toMatchObject({ code: "confirmation.missing" });
    const { token, facts } = await house.call("confirmations.request", { action: "serverJob.run", ...job });
    expect(facts).toMatchObject({ store: "main", options: "keep-last 3, keep-daily 7, keep-monthly 6" });
    const { upid } = await house.call("serverJobs.run", { ...job, confirmation: token });
    expect((await ended(upid)).type).toBe("prunejob");
  });

  test("that is not there is said so", async () => {
    await expect(house.call("serverJobs.run", { clusterId, kind: "sync", id: "none" })).rejects.toMatchObject(
      { code: "server.notFound" },
    );
  });
});
