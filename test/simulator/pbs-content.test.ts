import { describe, expect, it } from "vitest";
import {
  PBS_AUDITOR,
  PBS_BACKUP,
  PBS_NOBODY,
  PBS_OPERATOR,
  PBS_OPERATOR_TOKEN,
} from "../../simulator/credentials.ts";
import { demoBackupWorld } from "../../simulator/pbs/worlds/demo.ts";
import { generatedBackupWorld } from "../../simulator/pbs/worlds/generated.ts";
import { demoWorld } from "../../simulator/worlds/demo.ts";
import { rows, texts, type Session } from "./client.ts";
import { backupHouse, logInToPbs, refusal, stopBackupHousesAfterEach, withPbsToken } from "./pbs-house.ts";

stopBackupHousesAfterEach();

const MAIN = "/admin/datastore/main";
const APP = { "backup-type": "vm", "backup-id": "100" };

/** Type and id of each group a caller sees, with its namespace. */
async function groupsOf(session: Session, ns?: string): Promise<readonly string[]> {
  const found = rows(await session.get(`${MAIN}/groups`, ns === undefined ? {} : { ns }));
  return found.map((one) => `${String(one["backup-type"])}/${String(one["backup-id"])}`);
}

describe("datastores", () => {
  it("lists each with its maintenance and whether its disk is there", async () => {
    const { admin } = await backupHouse();
    expect(rows(await admin.get("/admin/datastore"))).toMatchObject([
      {
        store: "main",
        comment: "nightly backups",
        "mount-status": "nonremovable",
        "backend-type": "filesystem",
      },
      { store: "vault", maintenance: 'read-only,message="disk is being replaced"' },
      { store: "shelf", "mount-status": "notmounted" },
    ]);
  });

  it("says what is used, counts and the last collection when asked for all", async () => {
    const { admin } = await backupHouse();
    const brief = (await admin.get(`${MAIN}/status`)).body?.data as Record<string, number>;
    expect((brief["used"] ?? 0) + (brief["avail"] ?? 0)).toBe(brief["total"]);
    expect(brief).not.toHaveProperty("counts");
    expect((await admin.get(`${MAIN}/status`, { verbose: 1 })).body?.data).toMatchObject({
      counts: { vm: { groups: 2, snapshots: 10 }, ct: { groups: 1, snapshots: 3 }, host: { groups: 2 } },
      "gc-status": { "removed-bad": 0 },
    });
  });

  it("remembers a month of use with a hole in it and foretells when it is full", async () => {
    const { admin } = await backupHouse();
    const [main, vault, shelf] = rows(await admin.get("/status/datastore-usage"));
    const history = main?.["history"] as readonly (number | null)[];
    expect(history).toContain(null);
    expect(history.at(-1)).toBeCloseTo(1900 / 4096);
    const now = Date.now() / 1000;
    expect(main?.["estimated-full-date"]).toBeGreaterThan(now + 300 * 86_400);
    expect(vault?.["estimated-full-date"]).toBeLessThan(now);
    expect(shelf).not.toHaveProperty("total");
  });

  it("refuses to write while read-only and to read while offline", async () => {
    const { server, admin } = await backupHouse();
    const create = { name: "new" };
    expect(refusal(await admin.post("/admin/datastore/vault/namespace", create))).toEqual([
      400,
      "datastore 'vault' is in read-only maintenance mode: disk is being replaced",
    ]);
    expect((await admin.get("/admin/datastore/vault/groups")).status).toBe(200);
    server.control.setMaintenance("main", { type: "offline", message: "moving" });
    expect(refusal(await admin.get(`${MAIN}/groups`))).toEqual([
      400,
      "datastore 'main' is in offline maintenance mode: moving",
    ]);
    expect(rows(await admin.get("/status/datastore-usage"))[0]).toMatchObject({
      error: "datastore 'main' is in offline maintenance mode: moving",
    });
  });
});

describe("namespaces", () => {
  it("lists the one asked for and all below, as deep as wished", async () => {
    const { admin } = await backupHouse();
    const listed = async (fields: Record<string, string | number>): Promise<readonly unknown[]> =>
      rows(await admin.get(`${MAIN}/namespace`, fields)).map((one) => one["ns"]);
    expect(await listed({})).toEqual(["", "second", "second/archive"]);
    expect(await listed({ "max-depth": 1 })).toEqual(["", "second"]);
    expect(await listed({ parent: "second", "max-depth": 0 })).toEqual(["second"]);
    expect((await admin.get(`${MAIN}/namespace`, { parent: "none" })).status).toBe(400);
  });

  it("makes one and removes it, with its groups only when told", async () => {
    const { admin } = await backupHouse();
    expect((await admin.post(`${MAIN}/namespace`, { parent: "second", name: "lab" })).body?.data).toBe(
      "second/lab",
    );
    expect((await admin.del(`${MAIN}/namespace`, { ns: "second/lab" })).status).toBe(200);
    expect(refusal(await admin.del(`${MAIN}/namespace`, { ns: "second" }))[1]).toContain(
      "only partially deleted",
    );
    expect(await groupsOf(admin, "second")).toEqual(["vm/100"]);
    expect((await admin.del(`${MAIN}/namespace`, { ns: "second", "delete-groups": 1 })).status).toBe(200);
    expect((await admin.get(`${MAIN}/groups`, { ns: "second" })).status).toBe(400);
  });
});

describe("groups and snapshots", () => {
  it("keeps equal ids of two clusters apart by their namespace", async () => {
    const { admin } = await backupHouse();
    expect(await groupsOf(admin)).toEqual(["vm/100", "ct/102", "host/laptop", "host/workstation"]);
    expect(await groupsOf(admin, "second")).toEqual(["vm/100"]);
  });

  it("tells finished from unfinished by the manifest, encrypted by the key's fingerprint", async () => {
    const { admin } = await backupHouse();
    const listed = rows(await admin.get(`${MAIN}/snapshots`, { ...APP, ns: "second" }));
    const names = (row: Record<string, unknown>): unknown[] =>
      (row["files"] as { filename: string }[]).map((file) => file.filename);
    const unfinished = listed.find((row) => !names(row).includes("index.json.blob"));
    expect(unfinished).not.toHaveProperty("size");
    const encrypted = listed.find((row) => row["fingerprint"] === "9f:3a:1c:77:0e:42:b8:d1");
    expect(encrypted?.["files"]).toContainEqual(
      expect.objectContaining({ filename: "drive-scsi0.img.fidx", "crypt-mode": "encrypt" }),
    );
  });

  it("shows an owner his groups, and a token only its own", async () => {
    const { server, admin } = await backupHouse();
    expect(await groupsOf(await logInToPbs(server, PBS_OPERATOR))).toEqual([
      "host/laptop",
      "host/workstation",
    ]);
    expect(await groupsOf(withPbsToken(server, PBS_OPERATOR_TOKEN))).toEqual(["host/laptop"]);
    expect(await groupsOf(await logInToPbs(server, PBS_AUDITOR))).toHaveLength(4);
    expect((await admin.get(`${MAIN}/groups`)).status).toBe(200);
  });

  it("lets an owner prune what is his and nothing else", async () => {
    const { server, admin } = await backupHouse();
    const operator = await logInToPbs(server, PBS_OPERATOR);
    const own = { "backup-type": "host", "backup-id": "workstation" };
    expect((await operator.del(`${MAIN}/groups`, own)).body?.data).toEqual({
      "protected-snapshots": 0,
      "removed-groups": 1,
      "removed-snapshots": 2,
    });
    expect(refusal(await operator.del(`${MAIN}/groups`, APP))).toEqual([
      400,
      `backup owner check failed (${PBS_OPERATOR.username} != ${PBS_BACKUP.username})`,
    ]);
    const auditor = await logInToPbs(server, PBS_AUDITOR);
    expect((await auditor.del(`${MAIN}/groups`, APP)).status).toBe(403);
    expect(await groupsOf(admin)).toHaveLength(3);
  });

  it("keeps notes, shows their first line, and keeps a protected snapshot from being removed", async () => {
    const { admin } = await backupHouse();
    const listed = async (): Promise<Record<string, unknown> | undefined> =>
      rows(await admin.get(`${MAIN}/snapshots`, APP))[0];
    const place = { ...APP, "backup-time": Number((await listed())?.["backup-time"]) };
    await admin.put(`${MAIN}/notes`, { ...place, notes: "first\nsecond" });
    expect((await admin.get(`${MAIN}/notes`, place)).body?.data).toBe("first\nsecond");
    expect(await listed()).toMatchObject({ comment: "first", protected: false });
    await admin.put(`${MAIN}/protected`, { ...place, protected: "true" });
    expect((await admin.get(`${MAIN}/protected`, place)).body?.data).toBe(true);
    expect(refusal(await admin.del(`${MAIN}/snapshots`, place))).toEqual([
      400,
      "cannot remove protected snapshot",
    ]);
    await admin.put(`${MAIN}/protected`, { ...place, protected: 0 });
    expect((await admin.del(`${MAIN}/snapshots`, place)).status).toBe(200);
    expect((await admin.get(`${MAIN}/notes`, place)).status).toBe(400);
    await admin.put(`${MAIN}/group-notes`, { ...APP, notes: "the app\nof all apps" });
    expect(rows(await admin.get(`${MAIN}/groups`))[0]).toMatchObject({ comment: "the app" });
  });

  it("hands a group over to and fro between a user and his token, to others only with Datastore.Modify", async () => {
    const { server, admin } = await backupHouse();
    const operator = await logInToPbs(server, PBS_OPERATOR);
    const laptop = { "backup-type": "host", "backup-id": "laptop" };
    const to = async (session: Session, owner: string): Promise<number> =>
      (await session.post(`${MAIN}/change-owner`, { ...laptop, "new-owner": owner })).status;
    expect(await to(operator, PBS_OPERATOR.username)).toBe(200);
    expect(await to(operator, PBS_NOBODY.username)).toBe(401);
    expect(await to(admin, PBS_NOBODY.username)).toBe(200);
    expect(await to(admin, "ghost@pbs")).toBe(400);
  });
});

describe("tasks of a Backup Server", () => {
  const TASKS = "/nodes/localhost/tasks";

  it("lists with one field more in the UPID and an escaped worker id", async () => {
    const { admin } = await backupHouse();
    const verify = rows(await admin.get(TASKS, { typefilter: "verificationjob" }))[0];
    expect(verify).toMatchObject({ worker_type: "verificationjob", worker_id: "main:v-main", status: "OK" });
    expect(verify?.["upid"]).toMatch(
      /^UPID:pbs1:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:[0-9A-F]{8}:verificationjob:main\\x3av\\x2dmain:root@pam:$/,
    );
  });

  it("filters by part of the type, by store, by state, and gives all with limit 0", async () => {
    const { admin } = await backupHouse();
    const types = async (fields: Record<string, string | number>): Promise<unknown[]> =>
      rows(await admin.get(TASKS, fields)).map((row) => row["worker_type"]);
    expect(await types({ typefilter: "verif" })).toEqual(["verificationjob", "verify"]);
    expect(await types({ store: "main", limit: 0 })).toHaveLength(5);
    expect(await types({ errors: 1 })).toEqual(["syncjob", "verify"]);
    expect(await types({ statusfilter: "unknown" })).toEqual(["verify"]);
    expect(await types({ running: 1 })).toEqual([]);
    expect(await types({ limit: 2, start: 1 })).toEqual(["garbage_collection", "verificationjob"]);
    expect((await admin.get(TASKS, { limit: 2 })).body?.total).toBe(3);
  });

  it("gives log lines with their stamps, the line of `start` included", async () => {
    const { admin } = await backupHouse();
    const upid = String(rows(await admin.get(TASKS, { typefilter: "garbage" }))[0]?.["upid"]);
    const log = `${TASKS}/${encodeURIComponent(upid)}/log`;
    const all = await admin.get(log);
    expect(texts(all)[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00: starting garbage collection on store main$/,
    );
    expect(texts(all).at(-1)).toMatch(/: TASK OK$/);
    const part = rows(await admin.get(log, { start: 3, limit: 2, "test-status": 1 }));
    expect(part.map((row) => row["n"])).toEqual([3, 4]);
    expect((await admin.get(log, { start: 3, "test-status": 1 })).body).toMatchObject({ active: false });
    expect((await admin.get(log, { download: 1, start: 2 })).status).toBe(400);
  });

  it("says `unknown` of a task it lost or never knew, and refuses what is no UPID", async () => {
    const { server, admin } = await backupHouse();
    const upid = String(rows(await admin.get(TASKS, { typefilter: "prunejob" }))[0]?.["upid"]);
    const status = `${TASKS}/${encodeURIComponent(upid)}/status`;
    expect((await admin.get(status)).body?.data).toMatchObject({ status: "stopped", exitstatus: "OK" });
    server.control.forgetTask(upid);
    expect((await admin.get(status)).body?.data).toMatchObject({ status: "stopped", exitstatus: "unknown" });
    expect((await admin.get(status.replace("/status", "/log"))).status).toBe(400);
    expect(refusal(await admin.get(`${TASKS}/UPID:nonsense/status`))[1]).toContain("'upid'");
    expect(refusal(await admin.get("/nodes/elsewhere/tasks"))).toEqual([
      400,
      "parameter verification failed - 'node': no such node 'elsewhere'",
    ]);
  });

  it("shows jobs of a datastore to whoever could have started them", async () => {
    const { server, admin } = await backupHouse();
    const nobody = await logInToPbs(server, PBS_NOBODY);
    const grant = { path: "/datastore/main", role: "DatastoreReader", "auth-id": PBS_NOBODY.username };
    await admin.put("/access/acl", grant);
    const seen = rows(await nobody.get(TASKS)).map((row) => row["worker_type"]);
    expect(seen).toEqual(["verificationjob"]);
  });
});

describe("a generated Backup Server", () => {
  it("is the same for the same seed and too large to be read at once", async () => {
    const wish = { seed: 7, datastores: 1, namespaces: 2, groups: 60, snapshots: 40, now: 1_795_000_000_000 };
    expect(generatedBackupWorld(wish)).toEqual(generatedBackupWorld(wish));
    const { admin } = await backupHouse({ world: () => generatedBackupWorld(wish) });
    const store = "/admin/datastore/store-1";
    expect(rows(await admin.get(`${store}/namespace`)).map((one) => one["ns"])).toEqual([
      "",
      "site-1",
      "site-2",
    ]);
    const all = await admin.get(`${store}/snapshots`, { ns: "site-1" });
    expect(rows(all)).toHaveLength(60 * 40);
    expect(all.raw.length).toBeGreaterThan(1_000_000);
    const one = await admin.get(`${store}/snapshots`, { ns: "site-1", ...APP });
    expect(rows(one)).toHaveLength(40);
  });
});

describe("the demo's Backup Server", () => {
  it("holds each copy of the demo cluster's storage, one of them damaged, and jobs that ran", async () => {
    const now = Date.parse("2026-11-20T12:00:00Z");
    const cluster = demoWorld({ now });
    const world = demoBackupWorld(cluster, { now });
    const { admin } = await backupHouse({ world, now: () => now });
    const copies = cluster.backups.filter((one) => one.storage === "pbs-main");
    const groups = rows(await admin.get(`${MAIN}/groups`));
    expect(groups.reduce((sum, one) => sum + Number(one["backup-count"]), 0)).toBe(copies.length);
    const snapshots = rows(await admin.get(`${MAIN}/snapshots`));
    const failed = snapshots.filter(
      (one) => (one["verification"] as { state?: string } | undefined)?.state === "failed",
    );
    expect(failed.map((one) => one["backup-id"])).toEqual(["114"]);
    for (const kind of ["sync", "verify", "prune"]) {
      const [job] = rows(await admin.get(`/admin/${kind}`));
      expect(job).toMatchObject({ "last-run-state": "OK" });
      expect(Number(job?.["last-run-endtime"])).toBeLessThanOrEqual(now / 1000);
      expect(Number(job?.["next-run"])).toBeGreaterThan(now / 1000);
    }
  });
});
