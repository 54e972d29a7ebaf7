import { afterEach, describe, expect, it } from "vitest";
import { PBS_OPERATOR } from "../../simulator/credentials.ts";
import { startTwoClusters, type TwoClusters } from "../../simulator/pbs/two-clusters.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { logIn, rows, texts, upidOf, type Session } from "./client.ts";
import { logInToPbs } from "./pbs-house.ts";

const SPEED = 300;
const PATIENCE_MS = 10_000;
const NODE = "/nodes/pve1";
const SHARED = "/admin/datastore/shared";

const running: TwoClusters[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (one) => one.stop()));
});

async function house(namespaces: boolean): Promise<TwoClusters & { readonly pbs: Session }> {
  const both = await startTwoClusters({ namespaces, speed: SPEED, loginFailureDelayMs: 0 });
  running.push(both);
  return { ...both, pbs: await logInToPbs(both.server) };
}

type Made = { readonly upid: string; readonly exit: string | null; readonly log: readonly string[] };

/** A backup of VM 100 to the shared server, through one cluster. */
async function backUp(cluster: Simulator, notes = "{{guestname}}"): Promise<Made> {
  const admin = await logIn(cluster);
  const upid = upidOf(
    await admin.post(`${NODE}/vzdump`, { vmid: 100, storage: "pbs", "notes-template": notes, remove: 0 }),
  );
  const task = await cluster.whenTaskEnds(upid, AbortSignal.timeout(PATIENCE_MS));
  return { upid, exit: task.exit, log: task.lines };
}

const contentOf = async (cluster: Simulator): Promise<readonly Record<string, unknown>[]> =>
  rows(await (await logIn(cluster)).get(`${NODE}/storage/pbs/content`, { content: "backup" }));

describe("a cluster's storage on a Backup Server", () => {
  it("names the server, its certificate, datastore and namespace in its configuration", async () => {
    const { north, server } = await house(true);
    const storages = rows(await (await logIn(north)).get("/storage", { type: "pbs" }));
    expect(storages.find((one) => one["storage"] === "pbs")).toMatchObject({
      server: "127.0.0.1",
      port: server.port,
      datastore: "shared",
      namespace: "north",
      username: "backup@pbs",
      fingerprint: server.fingerprint.toLowerCase(),
    });
  });

  it("makes a snapshot there and a task in the server's list, seen from both sides alike", async () => {
    const { north, pbs, server } = await house(true);
    expect((await backUp(north)).exit).toBe("OK");
    const [snapshot] = rows(await pbs.get(`${SHARED}/snapshots`, { ns: "north" }));
    expect(snapshot).toMatchObject({
      "backup-type": "vm",
      "backup-id": "100",
      comment: "north-app",
      owner: "backup@pbs",
    });
    const [volume] = await contentOf(north);
    expect(volume).toMatchObject({
      vmid: 100,
      ctime: snapshot?.["backup-time"],
      size: snapshot?.["size"],
      notes: "north-app",
    });
    const [task] = rows(await pbs.get("/nodes/localhost/tasks", { typefilter: "backup" }));
    expect(task).toMatchObject({ worker_id: "shared:vm/100", user: "backup@pbs", status: "OK" });
    const log = texts(
      await pbs.get(`/nodes/localhost/tasks/${encodeURIComponent(String(task?.["upid"]))}/log`),
    );
    expect(log[0]).toContain("starting new backup on datastore 'shared'");
    expect(log.at(-2)).toContain("backup finished successfully");
    expect(server.ledger.tasks().map((one) => one.type)).toEqual(["backup"]);
  });

  it("keeps equal ids apart by namespaces", async () => {
    const { north, south, pbs } = await house(true);
    await Promise.all([backUp(north), backUp(south)]);
    const notes = async (cluster: Simulator): Promise<unknown[]> =>
      (await contentOf(cluster)).map((one) => one["notes"]);
    expect(await notes(north)).toEqual(["north-app"]);
    expect(await notes(south)).toEqual(["south-app"]);
    expect(rows(await pbs.get(`${SHARED}/groups`))).toEqual([]);
  });

  it("mixes equal ids in one group without them: each cluster sees the other's backups as its own", async () => {
    const { north, south, pbs } = await house(false);
    await backUp(north);
    await backUp(south);
    expect(rows(await pbs.get(`${SHARED}/groups`))).toMatchObject([
      { "backup-id": "100", "backup-count": 2 },
    ]);
    const seen = (await contentOf(south)).map((one) => one["notes"]);
    expect(new Set(seen)).toEqual(new Set(["north-app", "south-app"]));
  });

  it("carries notes, protection, verification and removal over in both directions", async () => {
    const { north, pbs, server } = await house(true);
    await backUp(north);
    const admin = await logIn(north);
    const volid = String((await contentOf(north))[0]?.["volid"]);
    const path = `${NODE}/storage/pbs/content/${encodeURIComponent(volid)}`;
    await admin.put(path, { protected: 1, notes: "kept" });
    const there = async (): Promise<Record<string, unknown> | undefined> =>
      rows(await pbs.get(`${SHARED}/snapshots`, { ns: "north" }))[0];
    expect(await there()).toMatchObject({ protected: true, comment: "kept" });
    const verify = upidOf(await pbs.post(`${SHARED}/verify`, { ns: "north" }));
    await server.whenTaskEnds(verify, AbortSignal.timeout(PATIENCE_MS));
    expect((await contentOf(north))[0]).toMatchObject({ verification: { state: "ok", upid: verify } });
    await admin.put(path, { protected: 0 });
    const removal = upidOf(await admin.del(path));
    await north.whenTaskEnds(removal, AbortSignal.timeout(PATIENCE_MS));
    expect(await there()).toBeUndefined();
  });

  it("loses on the server what is pruned there, without the cluster's doing", async () => {
    const { north, pbs } = await house(true);
    await backUp(north);
    await backUp(north);
    expect(await contentOf(north)).toHaveLength(2);
    await pbs.post(`${SHARED}/prune`, {
      ns: "north",
      "backup-type": "vm",
      "backup-id": "100",
      "keep-last": 1,
    });
    expect(await contentOf(north)).toHaveLength(1);
  });

  it("removes what a stopped backup had begun, and ends its task there", async () => {
    const { north, pbs, server } = await house(true);
    const admin = await logIn(north);
    north.control.setSpeed(1);
    const upid = upidOf(await admin.post(`${NODE}/vzdump`, { vmid: 100, storage: "pbs" }));
    const begun = rows(await pbs.get(`${SHARED}/snapshots`, { ns: "north" }));
    expect(begun[0]).not.toHaveProperty("size");
    expect((await contentOf(north))[0]).toMatchObject({ size: 1 });
    north.control.setSpeed(SPEED);
    await admin.del(`${NODE}/tasks/${encodeURIComponent(upid)}`);
    await north.whenTaskEnds(upid, AbortSignal.timeout(PATIENCE_MS));
    const [task] = rows(await pbs.get("/nodes/localhost/tasks", { typefilter: "backup" }));
    const ended = await server.whenTaskEnds(String(task?.["upid"]), AbortSignal.timeout(PATIENCE_MS));
    expect(ended.exit).toBe("backup ended but finished flag is not set.");
    expect(rows(await pbs.get(`${SHARED}/snapshots`, { ns: "north" }))).toEqual([]);
  });

  it("fails a backup into a group of somebody else", async () => {
    const { north, pbs } = await house(true);
    await backUp(north);
    await pbs.post(`${SHARED}/change-owner`, {
      ns: "north",
      "backup-type": "vm",
      "backup-id": "100",
      "new-owner": PBS_OPERATOR.username,
    });
    expect(await contentOf(north)).toEqual([]);
    const refused = await backUp(north);
    expect(refused.exit).toBe("job errors");
    expect(refused.log.join("\n")).toContain("backup owner check failed (backup@pbs != operator@pbs)");
  });

  it("reads a backup for a restore in a task of the server's own, and breaks off at a chunk that is gone", async () => {
    const { north, pbs, server } = await house(true);
    await backUp(north);
    const admin = await logIn(north);
    const [volume] = await contentOf(north);
    const restore = async (vmid: number): Promise<string | null> => {
      const fields = { vmid, archive: String(volume?.["volid"]), storage: "local-lvm", unique: 1 };
      const upid = upidOf(await admin.post(`${NODE}/qemu`, fields));
      return (await north.whenTaskEnds(upid, AbortSignal.timeout(PATIENCE_MS))).exit;
    };
    expect(await restore(800)).toBe("OK");
    const [reader] = rows(await pbs.get("/nodes/localhost/tasks", { typefilter: "reader" }));
    expect(reader?.["worker_id"]).toMatch(/^shared:vm\/100\/[0-9A-F]{8}$/);
    const ended = await server.whenTaskEnds(String(reader?.["upid"]), AbortSignal.timeout(PATIENCE_MS));
    expect(ended.exit).toBe("OK");
    server.control.corruptSnapshot({
      store: "shared",
      ns: "north",
      type: "vm",
      id: "100",
      time: Number(volume?.["ctime"]),
    });
    expect(await restore(801)).toMatch(/^command '\/usr\/bin\/pbs-restore .*' failed: exit code 255$/);
  });

  it("cannot be used while the server is away, and comes back with it", async () => {
    const { north, server } = await house(true);
    const admin = await logIn(north);
    const away = server.refuseConnections(300);
    const refused = await admin.get(`${NODE}/storage/pbs/content`);
    expect([refused.status, refused.body?.message]).toEqual([
      500,
      `pbs: error fetching datastores - 500 Can't connect to 127.0.0.1:${server.port} (Connection refused)\n`,
    ]);
    await away;
    expect((await admin.get(`${NODE}/storage/pbs/content`)).status).toBe(200);
  });
});
