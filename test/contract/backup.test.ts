import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { ValuesOf } from "../../electron/proxmox/requests/request.ts";
import { extractConfig, notesTemplate, vzdump } from "../../electron/proxmox/pve/backup.ts";
import type { VzdumpInput } from "../../electron/proxmox/pve/backup.ts";
import { launch } from "../../electron/proxmox/pve/launch.ts";
import type { LaunchOutcome } from "../../electron/proxmox/pve/launch.ts";
import { readGuestStatus } from "../../electron/proxmox/pve/guests.ts";
import { listBackups, readBackupVolume } from "../../electron/proxmox/pve/storage.ts";
import type { StoredBackup } from "../../electron/proxmox/pve/storage.ts";
import { findTasks, readTaskLog, readTaskStatus, stopTask } from "../../electron/proxmox/pve/tasks.ts";
import { failureOf, openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { anyVzdump } from "./raw-requests.ts";
import { before, never, onHost, openTarget, slowly } from "./target.ts";
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

/** A whole backup of a small guest on a real host. */
const patience = 15 * 60 * 1000;

const wish = (vmid: number, more: Partial<VzdumpInput> = {}): VzdumpInput => ({
  node: target.node,
  vmid,
  storage: target.storage,
  mode: "snapshot",
  compress: "zstd",
  ...more,
});

const here = (vmid: number, storage = target.storage) => ({ node: target.node, storage, vmid });

async function copies(vmid: number, storage?: string): Promise<readonly StoredBackup[]> {
  return (await listBackups(lab.admin, here(vmid, storage), never)).rows;
}

/** Runs a backup to its end and gives the copy that it made. */
async function made(
  input: VzdumpInput,
): Promise<{ readonly exit: string; readonly upid: string; readonly copy: StoredBackup | undefined }> {
  const before = new Set((await copies(input.vmid, input.storage)).map(({ volid }) => volid));
  const upid = startedUpid(await vzdump(lab.admin, input, never));
  const exit = await lab.ended(lab.admin, upid);
  const after = await copies(input.vmid, input.storage);
  const copy = after.find(({ volid }) => !before.has(volid));
  if (copy !== undefined) lab.keepInMind(copy.volid);
  for (const volid of before) expect(after.map((one) => one.volid)).toContain(volid);
  return { exit, upid, copy };
}

async function raw(values: Omit<ValuesOf<typeof anyVzdump>, "node">): Promise<LaunchOutcome> {
  return await launch(
    lab.admin,
    { request: anyVzdump, values: { node: target.node, ...values } },
    { node: target.node, types: ["vzdump"] },
    never,
  );
}

describe.each([
  ["a VM", () => target.vm, "qemu"],
  ["a container", () => target.ct, "lxc"],
] as const)("a backup of %s", (_name, vmidOf, type) => {
  it.skipIf(before("7.4"))(
    "ends well, is found on the storage with its note, and takes no older copy away",
    async () => {
      const trace = "pxm:01J00000000000000000000000";
      const note = notesTemplate({ note: `{{guestname}} before the update\nC:\\temp, {{vmid}}`, trace });
      const { exit, copy, upid } = await made(wish(vmidOf(), { notesTemplate: note }));
      expect(exit).toBe("OK");
      const { name } = await readGuestStatus(lab.admin, { node: target.node, vmid: vmidOf(), type }, never);
      expect(copy).toMatchObject({
        vmid: vmidOf(),
        guestType: type,
        notes: `${name} before the update [${trace}]`,
        protected: false,
      });
      expect(copy?.size).toBeGreaterThan(0);
      expect(Math.abs((copy?.createdAt ?? 0) - Date.now())).toBeLessThan(patience);
      const text = await lab.log(lab.admin, upid);
      expect(text).toContain(trace);
      expect(text).toContain("--remove 0");
      expect(text).toMatch(/TASK OK$/u);
      const whole = await readBackupVolume(lab.admin, { node: target.node, volid: copy?.volid ?? "" }, never);
      expect(whole.notes.trimEnd()).toBe(`${name} before the update [${trace}]\nC:\\temp, ${vmidOf()}`);
      expect(
        await extractConfig(lab.admin, { node: target.node, volid: copy?.volid ?? "" }, never),
      ).toContain(name);
    },
    patience,
  );

  it.skipIf(before("7.4"))(
    "can be protected",
    async () => {
      const { exit, copy } = await made(wish(vmidOf(), { protected: true }));
      expect(exit).toBe("OK");
      expect(copy?.protected).toBe(true);
    },
    patience,
  );
});

describe("a backup", () => {
  it("is refused without VM.Backup on the guest", async () => {
    const session = target.session(await lab.user(["Datastore.AllocateSpace", "Datastore.Audit"]));
    expect(await vzdump(session, wish(target.vm), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden", params: { path: `/vms/${target.vm}`, privilege: "VM.Backup" } },
    });
  });

  it("is refused without room on the storage", async () => {
    const session = target.session(await lab.user(["VM.Backup"]));
    expect(await vzdump(session, wish(target.vm), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden", params: { path: `/storage/${target.storage}` } },
    });
  });

  it.skipIf(before("7.4"))(
    "with a note that the server does not understand is refused, field by field",
    async () => {
      const outcome = await vzdump(lab.admin, wish(target.vm, { notesTemplate: "{{bogus}}" }), never);
      expect(outcome).toMatchObject({
        outcome: "rejected",
        error: { code: "server.badRequest", status: 400 },
      });
      if (outcome.outcome === "rejected")
        expect(Object.keys(outcome.error.fields ?? {})).toEqual(["notes-template"]);
    },
  );

  it("with a parameter that the server does not know is refused", async () => {
    expect(await raw({ vmid: [target.vm], storage: target.storage, "pxm-test": "1" })).toMatchObject({
      outcome: "rejected",
      error: {
        code: "server.unsupported",
        fields: { "pxm-test": expect.stringContaining("not defined") as string },
      },
    });
  });

  it(
    "to a storage that is not there starts, and fails",
    async () => {
      const upid = startedUpid(await vzdump(lab.admin, wish(target.vm, { storage: "pxm-test-none" }), never));
      expect(await lab.ended(lab.admin, upid)).toMatch(/storage 'pxm-test-none'/u);
    },
    patience,
  );

  it(
    "of a guest that is not there starts, and fails",
    async () => {
      const upid = startedUpid(await vzdump(lab.admin, wish(987_654_321), never));
      expect(await lab.ended(lab.admin, upid)).toBe("job errors");
      expect(await lab.log(lab.admin, upid)).toContain("ERROR: Backup of VM 987654321 failed");
    },
    patience,
  );

  it.skipIf(onHost)("of a guest on another node starts nothing and says so", async () => {
    expect(await vzdump(lab.admin, wish(103), never)).toEqual({ outcome: "elsewhere" });
  });

  it.skipIf(onHost)("on a node that is down is not certain to have failed", async () => {
    target.simulator?.control.setNodeOnline("pve2", false);
    try {
      expect(await vzdump(lab.admin, { ...wish(103), node: "pve2" }, never)).toMatchObject({
        outcome: "ambiguous",
        error: { code: "server.nodeDown", status: 595, params: { node: "pve2" } },
      });
    } finally {
      target.simulator?.control.setNodeOnline("pve2", true);
    }
  });
});

describe("the limit of copies", () => {
  const limit = { "prune-backups": "keep-last=1", remove: false } as const;

  it(
    "refuses a further copy when nothing may be removed, in words that name it",
    async () => {
      const { exit } = await made(wish(target.ct));
      expect(exit).toBe("OK");
      const before = (await copies(target.ct)).length;
      const upid = startedUpid(await raw({ ...limit, vmid: [target.ct], storage: target.storage }));
      expect(await lab.ended(lab.admin, upid)).toBe("job errors");
      expect(await lab.log(lab.admin, upid)).toContain("There is a max backup limit of 1");
      expect(await copies(target.ct)).toHaveLength(before);
    },
    patience,
  );

  it.skipIf(onHost || before("7.4"))(
    "of a storage's rule is lifted by keeping all, and does not count protected copies",
    async () => {
      const refused = startedUpid(await vzdump(lab.admin, wish(target.vm, { storage: "local" }), never));
      expect(await lab.ended(lab.admin, refused)).toBe("job errors");
      expect((await made(wish(target.vm, { storage: "local", protected: true }))).exit).toBe("OK");
      expect((await made(wish(target.vm, { storage: "local", pruneKeepAll: true }))).exit).toBe("OK");
    },
    patience,
  );

  it("can be lifted only by those who may change the storage", async () => {
    const session = target.session(
      await lab.user(["VM.Backup", "VM.Audit", "Datastore.AllocateSpace", "Datastore.Audit"]),
    );
    expect(await vzdump(session, wish(target.vm, { pruneKeepAll: true }), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden", params: { privilege: "Datastore.Allocate" } },
    });
  });
});

describe("a running backup", () => {
  it(
    "is seen running, locks its guest, is cancelled, and says so",
    async () => {
      const upid = await slowly(target, async () => {
        const started = startedUpid(await vzdump(lab.admin, wish(target.vm), never));
        if (!onHost) {
          expect(await readTaskStatus(lab.admin, { upid: started }, never)).toMatchObject({
            state: "running",
          });
          const running = await findTasks(lab.admin, { node: target.node, type: "vzdump" }, never);
          expect(running.find((task) => task.upid === started)).toMatchObject({
            endedAt: null,
            status: null,
            id: String(target.vm),
          });
          expect(
            (await readGuestStatus(lab.admin, { node: target.node, vmid: target.vm, type: "qemu" }, never))
              .lock,
          ).toBe("backup");
        }
        await stopTask(lab.admin, { upid: started }, never);
        return started;
      });
      const exit = await lab.ended(lab.admin, upid);
      expect(
        onHost
          ? ["OK", "interrupted by signal", "job errors", "unexpected status"]
          : ["interrupted by signal"],
      ).toContain(exit);
      for (const copy of await copies(target.vm))
        if ((copy.createdAt ?? 0) > Date.now() - patience) lab.keepInMind(copy.volid);
    },
    patience,
  );

  it(
    "is stopped by its owner and by nobody without the right",
    async () => {
      const other = target.session(await lab.user(["Sys.Audit"]));
      const upid = await slowly(target, async () => {
        const started = startedUpid(await vzdump(lab.admin, wish(target.ct), never));
        expect((await failureOf(stopTask(other, { upid: started }, never))).code).toBe("server.forbidden");
        await stopTask(lab.admin, { upid: started }, never);
        return started;
      });
      await lab.ended(lab.admin, upid);
      await stopTask(lab.admin, { upid }, never);
    },
    patience,
  );

  it.skipIf(onHost || before("7.4"))("waits for the node's lock without saying what it is", async () => {
    target.simulator?.control.holdVzdumpLock(target.node);
    const trace = "pxm:01J0000000000000000000LOCK";
    const upid = startedUpid(await vzdump(lab.admin, wish(target.ct, { notesTemplate: trace }), never));
    try {
      expect(await readTaskStatus(lab.admin, { upid }, never)).toMatchObject({ state: "running" });
      const { lines } = await readTaskLog(lab.admin, { upid, start: 0, limit: 50 }, never);
      expect(lines.map(({ text }) => text)).toEqual(["INFO: trying to get global lock - waiting..."]);
    } finally {
      target.simulator?.control.releaseVzdumpLock(target.node);
    }
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    expect(await lab.log(lab.admin, upid)).toContain(trace);
  });

  it.skipIf(onHost)("keeps a second one on its node waiting", async () => {
    const [first, second] = await slowly(target, async () => {
      const one = startedUpid(await vzdump(lab.admin, wish(target.vm), never));
      const two = startedUpid(await vzdump(lab.admin, wish(target.ct), never));
      expect(await lab.log(lab.admin, two)).toBe("INFO: trying to get global lock - waiting...");
      return [one, two];
    });
    expect(await lab.ended(lab.admin, first ?? "")).toBe("OK");
    expect(await lab.ended(lab.admin, second ?? "")).toBe("OK");
  });
});

describe("one backup", () => {
  it("that is not there is not found", async () => {
    const volid = `${target.storage}:backup/vzdump-lxc-987654321-2026_01_01-00_00_00.tar.zst`;
    expect((await failureOf(readBackupVolume(lab.admin, { node: target.node, volid }, never))).code).toBe(
      "server.notFound",
    );
    expect((await failureOf(extractConfig(lab.admin, { node: target.node, volid }, never))).code).toBe(
      "server.notFound",
    );
  });
});
