import { afterEach, describe, expect, it } from "vitest";

import {
  fullDateOf,
  listDatastores,
  readDatastoreStatus,
  readDatastoreUsage,
} from "../../electron/proxmox/pbs/datastores.ts";
import { listServerJobs } from "../../electron/proxmox/pbs/server-jobs.ts";
import { listGroups, listNamespaces, listSnapshots } from "../../electron/proxmox/pbs/snapshots.ts";
import { thinned } from "../../shared/datastore.ts";
import { groupRefSchema } from "../../shared/snapshot.ts";
import { parseUpid } from "../../shared/task.ts";
import { apiServer, failureOf, never, sendJson, tokenSession } from "./test-server.ts";

import type { Session } from "../../electron/proxmox/session.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

const asked: string[] = [];

/** A backup server that answers everything with these data. */
async function saying(data: unknown): Promise<Session> {
  asked.length = 0;
  const server = await apiServer((request, response) => {
    if (request.url === "/api2/json/version") {
      sendJson(response, 200, { data: { version: "4.2", release: "1", repoid: "0" } });
      return;
    }
    asked.push(request.url ?? "");
    sendJson(response, 200, { data });
  });
  const session = tokenSession(server);
  opened.push(server, session);
  return session;
}

const root = { store: "tank", namespace: "" };
const group = groupRefSchema.parse({ type: "vm", id: "100" });

describe("datastores", () => {
  it("keeps the gaps of a history and takes -1 for not known", async () => {
    const session = await saying([
      {
        store: "tank",
        total: 1000,
        used: 400,
        avail: 600,
        history: [0.1, null, 0.2, -1],
        "history-start": 1_700_000_000,
        "history-delta": 1800,
        "estimated-full-date": 1_800_000_000,
        "new-field": {},
      },
      { store: "gone", total: -1, used: -1, avail: -1, error: "unable to open chunk store" },
    ]);
    const { rows, bad } = await readDatastoreUsage(session, never);
    expect(bad).toBe(0);
    expect(rows).toEqual([
      {
        store: "tank",
        total: 1000,
        used: 400,
        available: 600,
        problem: null,
        history: { start: 1_700_000_000_000, step: 1_800_000, values: [0.1, null, 0.2, null] },
        fullAt: 1_800_000_000,
      },
      {
        store: "gone",
        total: null,
        used: null,
        available: null,
        problem: "unable to open chunk store",
        history: null,
        fullAt: null,
      },
    ]);
  });

  it("says unknown, not filling or a date, as the server's estimate means it", () => {
    const now = 1_750_000_000_000;
    expect(fullDateOf(null, now)).toEqual({ kind: "unknown" });
    expect(fullDateOf(0, now)).toEqual({ kind: "notFilling" });
    expect(fullDateOf(1_700_000_000, now)).toEqual({ kind: "notFilling" });
    expect(fullDateOf(1_800_000_000, now)).toEqual({ kind: "at", at: 1_800_000_000_000 });
  });

  it("reads maintenance in both ways of writing it, and every mount state", async () => {
    const session = await saying([
      { store: "one", "mount-status": "nonremovable" },
      { store: "two", maintenance: "offline", "mount-status": "notmounted" },
      { store: "three", maintenance: 'type=read-only,message="new disks"', "mount-status": "mounted" },
      { store: "four", "mount-status": "in-the-post", "backend-type": "s3", comment: "far away" },
    ]);
    const { rows } = await listDatastores(session, never);
    expect(rows).toEqual([
      { store: "one", comment: "", maintenance: null, mount: "fixed", backend: null },
      {
        store: "two",
        comment: "",
        maintenance: { type: "offline", message: "" },
        mount: "notMounted",
        backend: null,
      },
      {
        store: "three",
        comment: "",
        maintenance: { type: "read-only", message: "new disks" },
        mount: "mounted",
        backend: null,
      },
      { store: "four", comment: "far away", maintenance: null, mount: null, backend: "s3" },
    ]);
  });

  it("shows counts where the account may have them, and none where not", async () => {
    const session = await saying({
      total: 10,
      used: 5,
      avail: 5,
      counts: { vm: { groups: 2, snapshots: 9 }, ct: null },
      "gc-status": { "disk-bytes": 3, "index-data-bytes": 30, "still-bad": 0 },
    });
    expect(await readDatastoreStatus(session, { store: "tank" }, never)).toMatchObject({
      counts: [{ type: "vm", groups: 2, snapshots: 9 }],
      gc: { diskBytes: 3, indexBytes: 30, removedBytes: null, stillBad: 0, upid: null },
    });
    expect(asked).toContain("/api2/json/admin/datastore/tank/status?verbose=1");
    const few = await saying({ total: 10, used: 5, avail: 5, counts: null });
    expect(await readDatastoreStatus(few, { store: "tank" }, never)).toMatchObject({ counts: [], gc: null });
  });

  it.each([null, {}, "[]", 0])("never takes a wrong shape for an empty list: %j", async (data) => {
    const session = await saying(data);
    const reads = [
      () => listDatastores(session, never),
      () => readDatastoreUsage(session, never),
      () => listNamespaces(session, { store: "tank" }, never),
      () => listGroups(session, root, never),
      () => listSnapshots(session, { ...root, group }, never),
      () => listServerJobs(session, "prune", never),
    ];
    for (const read of reads) expect((await failureOf(read())).code).toBe("server.badAnswer");
  });
});

describe("groups and snapshots", () => {
  it("leaves the root namespace out of the question and names any other", async () => {
    const session = await saying([]);
    await listGroups(session, root, never);
    await listGroups(session, { store: "tank", namespace: "site/a" }, never);
    expect(asked).toEqual([
      "/api2/json/admin/datastore/tank/groups",
      "/api2/json/admin/datastore/tank/groups?ns=site%2Fa",
    ]);
  });

  it("asks for the snapshots of one group alone", async () => {
    const session = await saying([]);
    await listSnapshots(session, { store: "tank", namespace: "a", group }, never);
    expect(asked).toEqual(["/api2/json/admin/datastore/tank/snapshots?ns=a&backup-type=vm&backup-id=100"]);
  });

  const file = (filename: string, crypt: string | null = "none"): object => ({
    filename,
    size: 10,
    ...(crypt === null ? {} : { "crypt-mode": crypt }),
  });
  const row = (more: object): object => ({
    "backup-type": "vm",
    "backup-id": "100",
    "backup-time": 1_764_244_800,
    protected: false,
    ...more,
  });

  it("tells finished from unfinished, encrypted from signed and from mixed", async () => {
    const session = await saying([
      row({
        files: [file("drive-scsi0.img.fidx", "encrypt"), file("index.json.blob", "sign-only")],
        fingerprint: "ab:cd",
      }),
      row({
        files: [file("root.pxar.didx", "encrypt"), file("catalog.pcat1.didx"), file("index.json.blob")],
      }),
      row({ files: [file("drive-scsi0.img.fidx", null)] }),
      row({ files: ["index.json.blob", "qemu-server.conf.blob"] }),
      row({}),
    ]);
    const { rows, bad } = await listSnapshots(session, { ...root, group }, never);
    expect(bad).toBe(0);
    expect(rows.map(({ crypt, unfinished }) => [crypt, unfinished])).toEqual([
      ["encrypt", false],
      ["mixed", false],
      [null, true],
      [null, false],
      [null, true],
    ]);
    expect(rows[0]).toMatchObject({ keyFingerprint: "ab:cd", time: 1_764_244_800_000 });
  });

  it("knows a verification's result and treats a new word as none", async () => {
    const session = await saying(
      ["ok", "failed", "pending"].map((state) => row({ verification: { state, upid: "UPID:x" } })),
    );
    const { rows } = await listSnapshots(session, { ...root, group }, never);
    expect(rows.map(({ verification }) => verification.state)).toEqual(["ok", "failed", "none"]);
  });

  it("counts the rows that cannot be read and hides no other by them", async () => {
    const session = await saying([row({}), { "backup-type": "vm" }, row({ "backup-time": "x" }), 7]);
    const { rows, bad } = await listSnapshots(session, { ...root, group }, never);
    expect([rows.length, bad]).toEqual([1, 3]);
  });
});

describe("jobs of a backup server", () => {
  it("asks for pushes too, and shows GC under its datastore's name", async () => {
    const sync = await saying([
      {
        id: "s-1",
        store: "tank",
        schedule: "daily",
        "sync-direction": "push",
        remote: "offsite",
        "remote-store": "far",
        "remove-vanished": true,
        "next-run": 1_764_300_000,
        "last-run-state": "OK",
        "last-run-endtime": 1_764_200_000,
        "last-run-upid": "UPID:a",
      },
    ]);
    expect((await listServerJobs(sync, "sync", never)).rows).toEqual([
      {
        kind: "sync",
        id: "s-1",
        store: "tank",
        namespace: "",
        comment: "",
        enabled: true,
        schedule: "daily",
        nextRun: 1_764_300_000_000,
        lastRun: { upid: "UPID:a", endedAt: 1_764_200_000_000, state: "OK" },
        options: [
          { name: "sync-direction", value: "push" },
          { name: "remote", value: "offsite" },
          { name: "remote-store", value: "far" },
          { name: "remove-vanished", value: "1" },
        ],
      },
    ]);
    expect(asked).toEqual(["/api2/json/admin/sync?sync-direction=all"]);
    const gc = await saying([{ store: "tank" }, { store: "box", upid: "UPID:b", schedule: "sat 18:15" }]);
    expect((await listServerJobs(gc, "gc", never)).rows).toMatchObject([
      { id: "tank", schedule: null, lastRun: null },
      { id: "box", schedule: "sat 18:15", lastRun: { upid: "UPID:b", endedAt: null, state: null } },
    ]);
  });
});

describe("a backup server's UPID", () => {
  it("has one field more, and its id is unescaped", () => {
    const upid = String.raw`UPID:backup1:000004B1:00000A2C:0000000F:69280B00:verify_group:tank\x3asite-vm-100:admin@pbs!laptop:`;
    expect(parseUpid(upid)).toMatchObject({
      node: "backup1",
      startTime: 0x69_28_0b_00,
      type: "verify_group",
      id: "tank:site/vm/100",
      user: "admin@pbs!laptop",
    });
  });

  it.each([
    "UPID:backup1:000004B1:00000A2C:0000000F:69280B00:prune:tank:admin@pbs",
    "UPID:backup1:000004B1:00000A2C:0F:69280B00:prune:tank:admin@pbs:",
    "UPID:backup1:000004B1:00000A2C:0000000F:69280B00:prune:ta:nk:admin@pbs:",
    "UPID:back up:000004B1:00000A2C:0000000F:69280B00:prune:tank:admin@pbs:",
  ])("is nothing else: %s", (text) => {
    expect(parseUpid(text)).toBeNull();
  });
});

it("thins a history without closing its gaps", () => {
  expect(thinned([1, 2, 3], 4)).toEqual([1, 2, 3]);
  expect(thinned([1, null, null, null, 5, 6], 3)).toEqual([1, null, 6]);
});
