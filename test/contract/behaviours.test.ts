import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { changeBackup } from "../../electron/proxmox/pve/backup-change.ts";
import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { powerGuest, readGuestConfig, readGuestStatus } from "../../electron/proxmox/pve/guests.ts";
import { launch, settled } from "../../electron/proxmox/pve/launch.ts";
import type { LaunchOutcome } from "../../electron/proxmox/pve/launch.ts";
import { restoreVm } from "../../electron/proxmox/pve/restore.ts";
import { listBackups } from "../../electron/proxmox/pve/storage.ts";
import type { StoredBackup } from "../../electron/proxmox/pve/storage.ts";
import {
  findTasks,
  listTasks,
  readTaskLog,
  readTaskStatus,
  stopTask,
} from "../../electron/proxmox/pve/tasks.ts";
import { clusterRequests } from "../../electron/proxmox/requests/pve/cluster.ts";
import { storageRequests } from "../../electron/proxmox/requests/pve/storage.ts";
import { taskRequests } from "../../electron/proxmox/requests/pve/tasks.ts";
import type { ValuesOf } from "../../electron/proxmox/requests/request.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { parseUpid } from "../../shared/task.ts";
import type { Controls } from "../../simulator/controls.ts";
import { failureOf, openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { anyRestore, anyVzdump, fileRestoreList, snapshotRequests } from "./raw-requests.ts";
import { before, never, onHost, openTarget, slowly } from "./target.ts";
import type { Target } from "./target.ts";

/**
 * What a client must bear with, one by one (P1…P23 of simulator/behaviours.ts; P21 and the Backup Server's half of P20 and
 * P22 are in backup-server.test.ts). With any one of them switched off in the simulator a test of this suite fails: mutations.ts shows it.
 */

let target: Target;
let lab: Lab;

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
}, 60_000);

afterEach(() => {
  target.simulator?.faults.clear();
});

afterAll(async () => {
  await lab.close();
  await target.close();
}, 600_000);

const patience = 15 * 60 * 1000;
const missing = 987_654_321;

/** For what only the simulator can be made to do; such tests are skipped on a real host. */
function control(): Controls {
  if (target.simulator === null) throw new Error("no simulator");
  return target.simulator.control;
}

const plain = (vmid: number, storage = target.storage) =>
  ({ node: target.node, vmid, storage, mode: "snapshot", compress: "0" }) as const;

async function several(
  values: Omit<ValuesOf<typeof anyVzdump>, "node">,
  session: Session = lab.admin,
): Promise<LaunchOutcome> {
  return await launch(
    session,
    { request: anyVzdump, values: { node: target.node, storage: target.storage, remove: false, ...values } },
    { node: target.node, types: ["vzdump"] },
    never,
  );
}

async function copies(vmid: number): Promise<readonly StoredBackup[]> {
  const place = { node: target.node, storage: target.storage, vmid };
  return (await listBackups(lab.admin, place, never)).rows;
}

async function keepNew(vmid: number, before: readonly StoredBackup[]): Promise<readonly StoredBackup[]> {
  const known = new Set(before.map(({ volid }) => volid));
  const fresh = (await copies(vmid)).filter(({ volid }) => !known.has(volid));
  for (const { volid } of fresh) lab.keepInMind(volid);
  return fresh;
}

/** A task that fails at once and touches nothing: the backup of a guest that is not there. */
async function quickTask(): Promise<string> {
  const upid = startedUpid(await vzdump(lab.admin, plain(missing), never));
  await lab.ended(lab.admin, upid);
  return upid;
}

describe("starting", () => {
  it.skipIf(onHost)("P1: a worker goes on without the connection that started it", async () => {
    target.simulator?.faults.add({ match: { path: "/vzdump$" }, action: { kind: "lose-reply" }, times: 1 });
    const before = await copies(target.ct);
    expect(await vzdump(lab.admin, plain(target.ct), never)).toMatchObject({ outcome: "ambiguous" });
    const query = { node: target.node, type: "vzdump", vmid: target.ct };
    const [found] = await findTasks(lab.admin, query, never);
    expect(await lab.ended(lab.admin, found?.upid ?? "")).toBe("OK");
    expect(await keepNew(target.ct, before)).toHaveLength(1);
  });

  it(
    "P2: guests that the account may not back up are left out of 'all' without a word",
    async () => {
      const account = await lab.user(["VM.Backup"], `/vms/${target.ct}`);
      await lab.grant(account.userid, ["Datastore.AllocateSpace"], `/storage/${target.storage}`);
      const session = target.session(account);
      const before = await copies(target.ct);
      const upid = startedUpid(await several({ all: true, compress: "0" }, session));
      expect(await lab.ended(session, upid)).toBe("OK");
      const text = await lab.log(session, upid);
      expect([...text.matchAll(/Starting Backup of VM (\d+)/gu)].map(([, id]) => id)).toEqual([
        String(target.ct),
      ]);
      expect(await keepNew(target.ct, before)).toHaveLength(1);
    },
    patience,
  );

  it.skipIf(onHost)("P2: a guest of another node is dropped, and 'OK' is all that is said", async () => {
    expect(await several({ vmid: [103] })).toEqual({ outcome: "elsewhere" });
    const before = await copies(target.ct);
    const upid = startedUpid(await several({ vmid: [103, target.ct] }));
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    expect(await lab.log(lab.admin, upid)).not.toContain("VM 103");
    expect(await keepNew(target.ct, before)).toHaveLength(1);
  });

  it.skipIf(onHost)("P3: a second backup on a node waits, with one line in its log", async () => {
    const before = await copies(target.ct);
    control().holdVzdumpLock(target.node);
    const upid = startedUpid(await vzdump(lab.admin, plain(target.ct), never));
    expect(await lab.log(lab.admin, upid)).toBe("INFO: trying to get global lock - waiting...");
    expect(await readTaskStatus(lab.admin, { upid }, never)).toMatchObject({ state: "running" });
    control().releaseVzdumpLock(target.node);
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    await keepNew(target.ct, before);
  });

  it(
    "P4, P5: of several guests the UPID names none, each fails for itself, and one failure is enough for 'job errors'",
    async () => {
      const before = await copies(target.ct);
      const upid = startedUpid(await several({ vmid: [target.ct, missing], compress: "0" }));
      expect(parseUpid(upid)?.id).toBe("");
      const query = { node: target.node, type: "vzdump", vmid: target.ct };
      expect((await findTasks(lab.admin, query, never)).map((task) => task.upid)).not.toContain(upid);
      expect(await lab.ended(lab.admin, upid)).toBe("job errors");
      const text = await lab.log(lab.admin, upid);
      expect(text).toContain(`Finished Backup of VM ${target.ct} `);
      expect(text).toContain(`ERROR: Backup of VM ${missing} failed - `);
      expect(await keepNew(target.ct, before)).toHaveLength(1);
    },
    patience,
  );

  it.skipIf(onHost || before("7.4"))(
    "P6: notes that cannot be written are a warning, not a failure",
    async () => {
      const before = await copies(target.ct);
      control().setNotesWork(target.storage, false);
      const input = { ...plain(target.ct), notesTemplate: "pxm-test" };
      const upid = startedUpid(await vzdump(lab.admin, input, never));
      expect(await lab.ended(lab.admin, upid)).toBe("WARNINGS: 1");
      control().setNotesWork(target.storage, true);
      expect(await lab.log(lab.admin, upid)).toMatch(/WARN: unable to add notes/u);
      expect(await keepNew(target.ct, before)).toMatchObject([{ notes: "" }]);
    },
  );
});

describe("following", () => {
  it.skipIf(onHost)("P7: a worker that was killed has ended, as nobody knows how", async () => {
    const upid = await slowly(target, async () => {
      const started = startedUpid(await vzdump(lab.admin, plain(target.ct), never));
      control().loseTask(started);
      return started;
    });
    control().setGuestLock(target.ct, null);
    expect(await readTaskStatus(lab.admin, { upid }, never)).toMatchObject({
      state: "stopped",
      exitStatus: "unexpected status",
    });
  });

  it("P8: a task that the node forgot has no status, and a log that says so", async () => {
    const upid = `UPID:${target.node}:00001234:00ABCDEF:65000000:vzdump:100:${lab.admin.owner}:`;
    expect(await readTaskStatus(lab.admin, { upid }, never)).toEqual({ state: "gone" });
    expect(await readTaskLog(lab.admin, { upid, start: 0, limit: 50 }, never)).toEqual({
      lines: [],
      total: null,
      gone: true,
    });
  });

  it.skipIf(onHost)("P8: an empty log is a line that is none", async () => {
    const place = { node: target.node, vmid: 101, type: "qemu" } as const;
    const upid = await slowly(target, async () => {
      const started = startedUpid(await powerGuest(lab.admin, { ...place, action: "start" }, never));
      expect(await readTaskLog(lab.admin, { upid: started, start: 0, limit: 50 }, never)).toEqual({
        lines: [],
        total: 0,
        gone: false,
      });
      return started;
    });
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
  });

  const rows = z.array(
    z.object({ upid: z.string(), node: z.string().optional(), endtime: z.unknown().optional() }),
  );
  const listed = async (values: Omit<ValuesOf<typeof taskRequests.list>, "node">) => {
    const request = { request: taskRequests.list, values: { node: target.node, ...values }, schema: rows };
    return (await lab.admin.read(request, never)).value.map(({ upid }) => upid);
  };

  it(
    "P9: a node lists what has ended, and what runs only when it is asked for",
    async () => {
      const before = await copies(target.vm);
      const upid = await slowly(target, async () => {
        const started = startedUpid(await vzdump(lab.admin, plain(target.vm), never));
        if ((await readTaskStatus(lab.admin, { upid: started }, never)).state === "running") {
          expect(await listed({})).not.toContain(started);
          expect(await listed({ source: "all" })).toContain(started);
        }
        return started;
      });
      await lab.ended(lab.admin, upid);
      expect(await listed({})).toContain(upid);
      await keepNew(target.vm, before);
    },
    patience,
  );

  it(
    "P10: the cluster shows 25 ended tasks of a node at most",
    async () => {
      for (let n = 0; n < 30; n += 1) await quickTask();
      const request = { request: clusterRequests.tasks, values: {}, schema: rows };
      const { value } = await lab.admin.read(request, never);
      const ended = value.filter(({ node, endtime }) => node === target.node && endtime !== undefined);
      expect(ended.length).toBeGreaterThan(0);
      expect(ended.length).toBeLessThanOrEqual(25);
      const page = { node: target.node, type: "vzdump", start: 0, limit: 30 };
      expect((await listTasks(lab.admin, page, never)).tasks).toHaveLength(30);
    },
    patience,
  );

  it.skipIf(onHost)("P11: a node forgets its older tasks", async () => {
    const old = await quickTask();
    control().setTaskIndexSize(2);
    try {
      for (let n = 0; n < 2; n += 1) await quickTask();
      expect(await readTaskStatus(lab.admin, { upid: old }, never)).toEqual({ state: "gone" });
      expect(await listed({ source: "all" })).not.toContain(old);
    } finally {
      control().setTaskIndexSize(1000);
    }
  });

  it.skipIf(onHost)("P12: a stop is answered while the task still runs", async () => {
    const upid = await slowly(target, async () => {
      const started = startedUpid(await vzdump(lab.admin, plain(target.vm), never));
      await stopTask(lab.admin, { upid: started }, never);
      expect(await readTaskStatus(lab.admin, { upid: started }, never)).toMatchObject({ state: "running" });
      return started;
    });
    expect(await lab.ended(lab.admin, upid)).toBe("interrupted by signal");
    expect(
      (await readGuestStatus(lab.admin, { node: target.node, vmid: target.vm, type: "qemu" }, never)).lock,
    ).toBe(null);
  });

  it("P20: a UPID has a shape of its own, and says where, when, what and who", async () => {
    const upid = startedUpid(await vzdump(lab.admin, plain(missing), never));
    expect(upid).toMatch(/^UPID:[^:]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:vzdump:\d+:[^:]+:$/u);
    expect(parseUpid(upid)).toMatchObject({
      product: "pve",
      node: target.node,
      type: "vzdump",
      user: lab.admin.owner,
    });
    await lab.ended(lab.admin, upid);
  });

  it("P22: a type filter means the whole type", async () => {
    const upid = await quickTask();
    expect(await listed({ source: "all", typefilter: "vzdump" })).toContain(upid);
    expect(await listed({ source: "all", typefilter: "dump" })).toEqual([]);
  });
});

describe("restoring", () => {
  let archive: string;

  beforeAll(async () => {
    const before = await copies(target.vm);
    const upid = startedUpid(await vzdump(lab.admin, { ...plain(target.vm), compress: "zstd" }, never));
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    archive = (await keepNew(target.vm, before))[0]?.volid ?? "";
  }, patience);

  const any = async (values: Omit<ValuesOf<typeof anyRestore>, "node" | "archive">): Promise<LaunchOutcome> =>
    await launch(
      lab.admin,
      {
        request: anyRestore,
        values: { node: target.node, archive, storage: target.disks ?? undefined, ...values },
      },
      { node: target.node, types: ["qmrestore"] },
      never,
    );
  const restored = async (): Promise<number> => {
    const vmid = await lab.freeId("qemu");
    const input = { node: target.node, vmid, volid: archive, storage: target.disks, unique: true };
    const upid = startedUpid(await restoreVm(lab.admin, { ...input, start: false, name: null }, never));
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    return vmid;
  };

  it("P13: a taken id is refused before anything is started", async () => {
    expect(await any({ vmid: target.vm })).toMatchObject({
      outcome: "rejected",
      error: { code: "server.alreadyExists" },
    });
  });

  it.skipIf(onHost)(
    "P13, P14: what overwrites takes the old guest first, locks it, and leaves it so when it breaks off",
    async () => {
      const vmid = await restored();
      const place = { node: target.node, vmid, type: "qemu" } as const;
      expect((await readGuestConfig(lab.admin, place, never)).disks.length).toBeGreaterThan(0);
      const upid = await slowly(target, async () => {
        const started = startedUpid(await any({ vmid, force: true }));
        expect(await any({ vmid, force: true })).toMatchObject({
          outcome: "rejected",
          error: { code: "server.locked", params: { lock: "create" } },
        });
        await stopTask(lab.admin, { upid: started }, never);
        return started;
      });
      expect(await lab.ended(lab.admin, upid)).not.toBe("OK");
      expect(await lab.log(lab.admin, upid)).toContain("NOT cleaned up");
      const left = await readGuestConfig(lab.admin, place, never);
      expect(left).toMatchObject({ lock: "create", disks: [] });
    },
  );

  it(
    "P15: a drive beside the archive is refused, another key replaces what the backup holds",
    async () => {
      const vmid = await lab.freeId("qemu");
      const refused = await any({ vmid, scsi0: "local-lvm:4" });
      expect(refused).toMatchObject({ outcome: "rejected", error: { code: "server.badRequest" } });
      if (refused.outcome === "rejected") expect(Object.keys(refused.error.fields ?? {})).toEqual(["scsi0"]);
      const upid = startedUpid(await any({ vmid, memory: 321 }));
      expect(await lab.ended(lab.admin, upid)).toBe("OK");
      const config = await readGuestConfig(lab.admin, { node: target.node, vmid, type: "qemu" }, never);
      expect(config.memory).toBe(321 * 1024 * 1024);
    },
    patience,
  );

  it.skipIf(onHost)("P23: the paths of a file restore come and go in base64", async () => {
    const storage = "pbs";
    const [copy] = (await listBackups(lab.admin, { node: target.node, storage, vmid: target.ct }, never))
      .rows;
    const entries = z.array(z.object({ filepath: z.string(), text: z.string(), leaf: z.number() }));
    const look = async (filepath: string) => {
      const values = { node: target.node, storage, volume: copy?.volid ?? "", filepath };
      return (await lab.admin.read({ request: fileRestoreList, values, schema: entries }, never)).value;
    };
    const [root] = await look("/");
    expect(Buffer.from(root?.filepath ?? "", "base64").toString()).toBe("/root.pxar.didx");
    const inside = await look(root?.filepath ?? "");
    expect(inside.map(({ text }) => text)).toContain("etc");
    const etc = inside.find(({ text }) => text === "etc");
    expect(Buffer.from(etc?.filepath ?? "", "base64").toString()).toBe("/root.pxar.didx/etc");
    expect((await look(etc?.filepath ?? "")).some(({ leaf }) => leaf === 1)).toBe(true);
  });
});

describe("changing", () => {
  it(
    "P16: a snapshot's name is its guest's only once",
    async (context) => {
      const values = { node: target.node, guest: "qemu", vmid: target.vm, snapname: "pxm_test" } as const;
      const types = ["qmsnapshot", "qmdelsnapshot"];
      const create = {
        request: snapshotRequests.create,
        values: { ...values, description: "made by a test" },
      };
      const run = async (): Promise<string> =>
        await lab.ended(
          lab.admin,
          startedUpid(await launch(lab.admin, create, { node: target.node, types }, never)),
        );
      const first = await run();
      if (/not available|not supported/u.test(first)) context.skip("the VM's storage can make no snapshots");
      expect(first).toBe("OK");
      expect(await run()).toMatch(/already used/u);
      const remove = { request: snapshotRequests.remove, values };
      const gone = startedUpid(await launch(lab.admin, remove, { node: target.node, types }, never));
      expect(await lab.ended(lab.admin, gone)).toBe("OK");
    },
    patience,
  );

  it("P17: a deletion is a task, unless it ended while it was waited for", async () => {
    const name = `${target.storage}:backup/vzdump-lxc-${missing}-2026_01_01-00_00_00.tar.zst`;
    const values = { node: target.node, storage: target.storage, volume: name };
    const request = storageRequests.removeVolume;
    const upid = settled(await lab.admin.write({ request, values }, never));
    expect(parseUpid(upid)?.type).toBe("imgdel");
    await lab.ended(lab.admin, String(upid));
    expect(settled(await lab.admin.write({ request, values: { ...values, delay: 30 } }, never))).toBeNull();
  });

  it.skipIf(onHost)("P18: what is wrong stands in the reason phrase", async () => {
    control().setNodeOnline("pve2", false);
    try {
      // Of a node that is down there is no body at all: the phrase is all there is.
      const failure = await failureOf(listTasks(lab.admin, { node: "pve2", start: 0, limit: 1 }, never));
      expect(failure.details).toMatchObject({ status: 595, server: "Connection refused" });
    } finally {
      control().setNodeOnline("pve2", true);
    }
  });

  it("P19: more than 512 kB are not read", async () => {
    const volid = `${target.storage}:backup/vzdump-lxc-${missing}-2026_01_01-00_00_00.tar.zst`;
    const notes = "€".repeat(60_000);
    expect(
      (await failureOf(changeBackup(lab.admin, { node: target.node, volid, notes }, never))).details,
    ).toMatchObject({
      status: 501,
      server: expect.stringContaining("too large") as string,
    });
  });
});
