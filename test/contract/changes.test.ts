import { randomBytes } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  changeBackup,
  previewPrune,
  pruneBackups,
  removeBackup,
} from "../../electron/proxmox/pve/backup-change.ts";
import {
  analyseSchedule,
  changeBackupJob,
  createBackupJob,
  listBackupJobs,
  listNotBackedUp,
  readBackupJob,
  removeBackupJob,
} from "../../electron/proxmox/pve/backup-jobs.ts";
import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { settled } from "../../electron/proxmox/pve/launch.ts";
import { listBackups, readBackupVolume } from "../../electron/proxmox/pve/storage.ts";
import type { StoredBackup } from "../../electron/proxmox/pve/storage.ts";
import { storageRequests } from "../../electron/proxmox/requests/pve/storage.ts";
import { failureOf, openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { before, never, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

let target: Target;
let lab: Lab;

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
}, 60_000);

afterAll(async () => {
  await lab.close();
  await target.close();
}, 600_000);

const patience = 15 * 60 * 1000;

async function copies(vmid: number): Promise<readonly StoredBackup[]> {
  const place = { node: target.node, storage: target.storage, vmid };
  return (await listBackups(lab.admin, place, never)).rows;
}

/** A fresh backup of the container; removed at the end unless the test does it. */
async function made(vmid = target.ct): Promise<StoredBackup> {
  const before = new Set((await copies(vmid)).map(({ volid }) => volid));
  const input = {
    node: target.node,
    vmid,
    storage: target.storage,
    mode: "snapshot",
    compress: "zstd",
  } as const;
  const upid = startedUpid(await vzdump(lab.admin, input, never));
  expect(await lab.ended(lab.admin, upid)).toBe("OK");
  const copy = (await copies(vmid)).find(({ volid }) => !before.has(volid));
  if (copy === undefined) throw new Error("the backup is not on the storage");
  lab.keepInMind(copy.volid);
  return copy;
}

const placeOf = (copy: StoredBackup) => ({ node: target.node, volid: copy.volid });

/** May look at backups and make them, which is all it takes to change one's own guests' copies too. */
const keeper = ["VM.Backup", "VM.Audit", "Datastore.AllocateSpace", "Datastore.Audit"];

describe("a stored backup", () => {
  it(
    "takes notes of several lines, shows the first in lists, and loses them again",
    async () => {
      const copy = await made();
      const notes = "checked by Zoë\nsecond line, 100 % of it\n\nlast";
      await changeBackup(lab.admin, { ...placeOf(copy), notes }, never);
      expect((await readBackupVolume(lab.admin, placeOf(copy), never)).notes.trimEnd()).toBe(notes);
      const row = (await copies(target.ct)).find(({ volid }) => volid === copy.volid);
      expect(row?.notes).toBe("checked by Zoë");
      expect(row?.protected).toBe(false);
      await changeBackup(lab.admin, { ...placeOf(copy), notes: "" }, never);
      expect((await readBackupVolume(lab.admin, placeOf(copy), never)).notes).toBe("");
    },
    patience,
  );

  it.skipIf(before("7.4"))(
    "that is protected cannot be deleted until it is let go",
    async () => {
      const copy = await made();
      await changeBackup(lab.admin, { ...placeOf(copy), notes: "kept", protected: true }, never);
      expect(await readBackupVolume(lab.admin, placeOf(copy), never)).toMatchObject({ protected: true });
      const refused = startedUpid(await removeBackup(lab.admin, placeOf(copy), never));
      expect(await lab.ended(lab.admin, refused)).toMatch(/cannot remove protected volume/u);
      expect((await copies(target.ct)).map(({ volid }) => volid)).toContain(copy.volid);
      await changeBackup(lab.admin, { ...placeOf(copy), protected: false }, never);
      expect(await readBackupVolume(lab.admin, placeOf(copy), never)).toMatchObject({
        protected: false,
        notes: "kept",
      });
      const removed = startedUpid(await removeBackup(lab.admin, placeOf(copy), never));
      expect(await lab.ended(lab.admin, removed)).toBe("OK");
      expect((await copies(target.ct)).map(({ volid }) => volid)).not.toContain(copy.volid);
    },
    patience,
  );

  it("that is not there is deleted well, and cannot be changed", async () => {
    const volid = `${target.storage}:backup/vzdump-lxc-987654321-2026_01_01-00_00_00.tar.zst`;
    const upid = startedUpid(await removeBackup(lab.admin, { node: target.node, volid }, never));
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    const failure = await failureOf(changeBackup(lab.admin, { node: target.node, volid, notes: "x" }, never));
    expect(failure.code).toBe("server.notFound");
  });

  it(
    "can be changed and deleted by whoever may make it, and by nobody who may only look",
    async () => {
      const copy = await made();
      const auditor = target.session(await lab.user(["VM.Audit", "Datastore.Audit", "Sys.Audit"]));
      const nobody = target.session(await lab.user([]));
      for (const session of [auditor, nobody]) {
        const change = await failureOf(changeBackup(session, { ...placeOf(copy), notes: "x" }, never));
        expect(change.code).toBe("server.forbidden");
        expect(await removeBackup(session, placeOf(copy), never)).toMatchObject({
          outcome: "rejected",
          error: { code: "server.forbidden" },
        });
      }
      const owner = target.session(await lab.user(keeper));
      await changeBackup(owner, { ...placeOf(copy), notes: "mine" }, never);
      const upid = startedUpid(await removeBackup(owner, placeOf(copy), never));
      expect(await lab.ended(owner, upid)).toBe("OK");
    },
    patience,
  );

  it(
    "is deleted while one waits, where the wait is long enough",
    async () => {
      const copy = await made();
      const values = { node: target.node, storage: target.storage, volume: copy.volid, delay: 30 };
      const answer = settled(await lab.admin.write({ request: storageRequests.removeVolume, values }, never));
      expect(answer).toBeNull();
      expect((await copies(target.ct)).map(({ volid }) => volid)).not.toContain(copy.volid);
    },
    patience,
  );
});

describe("a retention rule", () => {
  const query = (vmid: number, rule: string) => ({
    node: target.node,
    storage: target.storage,
    rule,
    vmid,
    type: "lxc" as const,
  });
  const marksOf = async (rule: string) => {
    const { rows, bad } = await previewPrune(lab.admin, query(target.ct, rule), never);
    expect(bad).toBe(0);
    return new Map(rows.map(({ volid, mark }) => [volid, mark]));
  };

  it.skipIf(before("7.4"))(
    "is tried without removing anything, and then removes what it marked and nothing else",
    async () => {
      const first = await made();
      const second = await made();
      const kept = await made();
      await changeBackup(lab.admin, { ...placeOf(first), protected: true }, never);
      const before = (await copies(target.ct)).map(({ volid }) => volid).toSorted();
      const all = await marksOf("keep-all=1");
      expect([...all.keys()].toSorted()).toEqual(before);
      expect([...all.values()].every((mark) => mark === "keep" || mark === "protected")).toBe(true);
      // Only what is ours may go on a real host: keep all but as many as we made, then look that it is really these.
      const others = before.length - 3;
      const marks = await marksOf(`keep-last=${others === 0 ? 1 : before.length}`);
      expect(marks.get(first.volid)).toBe("protected");
      if (others === 0) expect([marks.get(second.volid), marks.get(kept.volid)]).toEqual(["remove", "keep"]);
      expect((await copies(target.ct)).map(({ volid }) => volid).toSorted()).toEqual(before);
      const going = [...marks].filter(([, mark]) => mark === "remove").map(([volid]) => volid);
      const rule = `keep-last=${others === 0 ? 1 : before.length}`;
      const upid = startedUpid(await pruneBackups(lab.admin, query(target.ct, rule), never));
      expect(await lab.ended(lab.admin, upid)).toBe("OK");
      const left = (await copies(target.ct)).map(({ volid }) => volid).toSorted();
      expect(left).toEqual(before.filter((volid) => !going.includes(volid)));
    },
    patience,
  );

  it("that is none is refused, field by field", async () => {
    const failure = await failureOf(previewPrune(lab.admin, query(target.ct, "keep-sometimes=3"), never));
    expect(failure.code).toBe("server.badRequest");
    expect(Object.keys(failure.details.fields ?? {})).toEqual(["prune-backups"]);
  });

  it("removes nothing for whoever may only look", async () => {
    const auditor = target.session(await lab.user(["VM.Audit", "Datastore.Audit"]));
    expect(await pruneBackups(auditor, query(target.ct, "keep-last=1"), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden" },
    });
  });
});

// Before 7 a job has no id of its own choice and no calendar event.
describe.skipIf(before("7.4"))("backup jobs", () => {
  const idOf = (): string => `pxm-test-${randomBytes(4).toString("hex")}`;
  const wish = (id: string) =>
    ({
      id,
      enabled: false,
      schedule: "mon..fri 02:30",
      storage: target.storage,
      mode: "snapshot",
      compress: "zstd",
      vmid: [target.vm, target.ct],
      "prune-backups": "keep-daily=7,keep-last=3",
      comment: "made by a test",
    }) as const;

  async function withJob(run: (id: string) => Promise<void>): Promise<void> {
    const id = idOf();
    await createBackupJob(lab.admin, wish(id), never);
    try {
      await run(id);
    } finally {
      await removeBackupJob(lab.admin, { id }, never);
    }
  }

  it("are made, listed, read, changed and removed", async () => {
    const id = idOf();
    await createBackupJob(lab.admin, wish(id), never);
    const { rows, bad } = await listBackupJobs(lab.admin, never);
    expect(bad).toBe(0);
    expect(rows.find((job) => job.id === id)).toMatchObject({
      enabled: false,
      schedule: "mon..fri 02:30",
      storage: target.storage,
      mode: "snapshot",
      vmids: [String(target.vm), String(target.ct)],
      all: false,
      comment: "made by a test",
    });
    const job = await readBackupJob(lab.admin, { id }, never);
    expect(job.prune.split(",").toSorted()).toEqual(["keep-daily=7", "keep-last=3"]);
    await changeBackupJob(
      lab.admin,
      { id, enabled: true, schedule: "sat 04:00", delete: ["comment"] },
      never,
    );
    expect(await readBackupJob(lab.admin, { id }, never)).toMatchObject({
      enabled: true,
      schedule: "sat 04:00",
      comment: "",
      vmids: [String(target.vm), String(target.ct)],
    });
    const next = (await listBackupJobs(lab.admin, never)).rows.find((one) => one.id === id)?.nextRun;
    if (next !== null) expect(next).toBeGreaterThan(Date.now() - 60_000);
    await removeBackupJob(lab.admin, { id }, never);
    expect((await listBackupJobs(lab.admin, never)).rows.map((one) => one.id)).not.toContain(id);
    expect((await failureOf(readBackupJob(lab.admin, { id }, never))).code).toBe("server.notFound");
  });

  it("are not made twice under one id", async () => {
    await withJob(async (id) => {
      expect((await failureOf(createBackupJob(lab.admin, wish(id), never))).code).toBe(
        "server.alreadyExists",
      );
    });
  });

  it("need a schedule that is one", async () => {
    const failure = await failureOf(
      createBackupJob(lab.admin, { ...wish(idOf()), schedule: "whenever" }, never),
    );
    expect(failure.code).toBe("server.badRequest");
    expect(Object.keys(failure.details.fields ?? {})).toEqual(["schedule"]);
    expect((await failureOf(analyseSchedule(lab.admin, { schedule: "whenever" }, never))).code).toBe(
      "server.badRequest",
    );
    const runs = await analyseSchedule(lab.admin, { schedule: "mon..fri 02:30", iterations: 4 }, never);
    expect(runs).toHaveLength(4);
    expect(runs.every((at, index) => at > (runs[index - 1] ?? Date.now()))).toBe(true);
  });

  it("are seen with Sys.Audit and changed with Sys.Modify", async () => {
    await withJob(async (id) => {
      const auditor = target.session(await lab.user(["Sys.Audit"]));
      const nobody = target.session(await lab.user([]));
      expect((await listBackupJobs(auditor, never)).rows.map((job) => job.id)).toContain(id);
      expect((await failureOf(listBackupJobs(nobody, never))).code).toBe("server.forbidden");
      const changes = [
        async () => await createBackupJob(auditor, wish(idOf()), never),
        async () => await changeBackupJob(auditor, { id, enabled: true }, never),
        async () => await removeBackupJob(auditor, { id }, never),
      ];
      for (const change of changes) expect((await failureOf(change())).code).toBe("server.forbidden");
    });
  });

  it("cover the guests they name", async () => {
    const uncovered = async () => (await listNotBackedUp(lab.admin, never)).rows.map(({ vmid }) => vmid);
    await withJob(async () => {
      const left = await uncovered();
      expect(left).not.toContain(target.vm);
      expect(left).not.toContain(target.ct);
    });
  });
});
