import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { guestRequests } from "../../electron/proxmox/requests/pve/guests.ts";
import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { isFreeId } from "../../electron/proxmox/pve/cluster.ts";
import { powerGuest, readGuestConfig, readGuestStatus } from "../../electron/proxmox/pve/guests.ts";
import type { LaunchOutcome } from "../../electron/proxmox/pve/launch.ts";
import { restoreContainer, restoreVm } from "../../electron/proxmox/pve/restore.ts";
import type { RestoreInput } from "../../electron/proxmox/pve/restore.ts";
import { listBackups } from "../../electron/proxmox/pve/storage.ts";
import type { GuestType, PowerAction } from "../../shared/guest.ts";
import { openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { never, onHost, openTarget, slowly } from "./target.ts";
import type { Target } from "./target.ts";

let target: Target;
let lab: Lab;
const archives = new Map<GuestType, string>();

const patience = 15 * 60 * 1000;

async function backUp(vmid: number): Promise<string> {
  const before = new Set((await list(vmid)).map(({ volid }) => volid));
  const input = {
    node: target.node,
    vmid,
    storage: target.storage,
    mode: "snapshot",
    compress: "zstd",
  } as const;
  const upid = startedUpid(await vzdump(lab.admin, input, never));
  expect(await lab.ended(lab.admin, upid)).toBe("OK");
  const made = (await list(vmid)).find(({ volid }) => !before.has(volid));
  if (made === undefined) throw new Error("the backup is not on the storage");
  lab.keepInMind(made.volid);
  return made.volid;
}

async function list(vmid: number) {
  return (await listBackups(lab.admin, { node: target.node, storage: target.storage, vmid }, never)).rows;
}

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
  archives.set("qemu", await backUp(target.vm));
  archives.set("lxc", await backUp(target.ct));
}, 2 * patience);

afterAll(async () => {
  await lab.close();
  await target.close();
}, 600_000);

const wish = (type: GuestType, vmid: number, more: Partial<RestoreInput> = {}): RestoreInput => ({
  node: target.node,
  vmid,
  volid: archives.get(type) ?? "",
  storage: target.disks,
  unique: true,
  start: false,
  name: null,
  ...more,
});

const restore = { qemu: restoreVm, lxc: restoreContainer } as const;

async function power(type: GuestType, vmid: number, action: PowerAction): Promise<LaunchOutcome> {
  return await powerGuest(lab.admin, { node: target.node, vmid, type, action }, never);
}

describe.each([
  ["a VM", "qemu", () => target.vm],
  ["a container", "lxc", () => target.ct],
] as const)("a restore of %s", (_name, type, sourceOf) => {
  it(
    "to a free id makes a guest of its own, with new MAC addresses and the name that was asked for",
    async () => {
      const vmid = await lab.freeId(type);
      const upid = startedUpid(
        await restore[type](lab.admin, wish(type, vmid, { name: "pxm-test-copy" }), never),
      );
      expect(await lab.ended(lab.admin, upid)).toBe("OK");
      const place = { node: target.node, vmid, type };
      expect(await readGuestStatus(lab.admin, place, never)).toMatchObject({ status: "stopped", lock: null });
      const copy = await readGuestConfig(lab.admin, place, never);
      const source = await readGuestConfig(lab.admin, { ...place, vmid: sourceOf() }, never);
      expect(copy.name).toBe("pxm-test-copy");
      expect(copy.disks.map(({ key }) => key)).toEqual(
        source.disks.filter(({ backup }) => backup).map(({ key }) => key),
      );
      for (const network of copy.networks) {
        const before = source.networks.find(({ key }) => key === network.key);
        expect(network.mac).not.toBeNull();
        expect(network.mac).not.toBe(before?.mac);
      }
      const text = await lab.log(lab.admin, upid);
      expect(text).toContain(archives.get(type)?.split("/").at(-1));
      expect(await isFreeId(lab.admin, { vmid }, never)).toBe(false);
      await lab.removeGuest(vmid, type);
      expect(await isFreeId(lab.admin, { vmid }, never)).toBe(true);
    },
    patience,
  );

  it("to an id that is taken is refused before anything is written", async () => {
    expect(await restore[type](lab.admin, wish(type, sourceOf()), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.alreadyExists", params: { vmid: String(sourceOf()), node: target.node } },
    });
  });

  it("is refused without the right to make a guest", async () => {
    const session = target.session(
      await lab.user(["VM.Audit", "VM.Backup", "Datastore.AllocateSpace", "Datastore.Audit"]),
    );
    const vmid = await lab.freeId(type);
    expect(await restore[type](session, wish(type, vmid), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden", params: { path: `/vms/${vmid}`, privilege: "VM.Allocate" } },
    });
  });

  it("is refused to whom may make the guest but not read the backup", async () => {
    const account = await lab.user(["VM.Allocate", "VM.Config.Options"], "/vms");
    const { disks } = await readGuestConfig(lab.admin, { node: target.node, vmid: sourceOf(), type }, never);
    const storages = new Set(disks.map(({ volume }) => volume.split(":")[0] ?? ""));
    for (const storage of storages)
      await lab.grant(account.userid, ["Datastore.AllocateSpace"], `/storage/${storage}`);
    const vmid = await lab.freeId(type);
    expect(await restore[type](target.session(account), wish(type, vmid), never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden" },
    });
  });

  it("to a storage that is not there is refused", async () => {
    const vmid = await lab.freeId(type);
    const outcome = await restore[type](lab.admin, wish(type, vmid, { storage: "pxm-test-none" }), never);
    // A container's is checked at once, a VM's perhaps only in the task.
    if (outcome.outcome === "started")
      expect(await lab.ended(lab.admin, outcome.upid)).toContain("pxm-test-none");
    else expect(outcome).toMatchObject({ outcome: "rejected", error: { code: "server.notFound" } });
  });

  it(
    "of a backup that is not there makes no guest",
    async () => {
      const vmid = await lab.freeId(type);
      const kind =
        type === "qemu"
          ? "vzdump-qemu-999-2026_01_01-00_00_00.vma.zst"
          : "vzdump-lxc-999-2026_01_01-00_00_00.tar.zst";
      const outcome = await restore[type](
        lab.admin,
        wish(type, vmid, { volid: `${target.storage}:backup/${kind}` }),
        never,
      );
      if (outcome.outcome === "started") expect(await lab.ended(lab.admin, outcome.upid)).not.toBe("OK");
      else expect(outcome).toMatchObject({ outcome: "rejected" });
      await lab.removeGuest(vmid, type);
      expect(await isFreeId(lab.admin, { vmid }, never)).toBe(true);
    },
    patience,
  );

  it.skipIf(onHost)("locks the new guest while it runs", async () => {
    const vmid = await lab.freeId(type);
    const upid = await slowly(target, async () => {
      const started = startedUpid(await restore[type](lab.admin, wish(type, vmid), never));
      expect((await readGuestStatus(lab.admin, { node: target.node, vmid, type }, never)).lock).toBe(
        "create",
      );
      expect(await power(type, vmid, "start")).toMatchObject({
        outcome: expect.stringMatching(/started|rejected/u) as string,
      });
      return started;
    });
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
  });

  it.skipIf(onHost)("can start the guest when it is done", async () => {
    const vmid = await lab.freeId(type);
    const upid = startedUpid(await restore[type](lab.admin, wish(type, vmid, { start: true }), never));
    expect(await lab.ended(lab.admin, upid)).toBe("OK");
    const place = { node: target.node, vmid, type };
    await expect.poll(async () => (await readGuestStatus(lab.admin, place, never)).status).toBe("running");
  });
});

describe("a damaged backup", () => {
  it.skipIf(onHost)("fails to restore, and leaves no container behind", async () => {
    const volid =
      (await list(target.ct)).find(({ notes }) => notes === "cut short by a full disk")?.volid ?? "";
    const vmid = await lab.freeId("lxc");
    const upid = startedUpid(await restoreContainer(lab.admin, wish("lxc", vmid, { volid }), never));
    expect(await lab.ended(lab.admin, upid)).not.toBe("OK");
    expect(await isFreeId(lab.admin, { vmid }, never)).toBe(true);
  });
});

describe("the power of a guest", () => {
  it("is refused without VM.PowerMgmt", async () => {
    const session = target.session(await lab.user(["VM.Audit"]));
    const input = { node: target.node, vmid: target.ct, type: "lxc", action: "start" } as const;
    expect(await powerGuest(session, input, never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.forbidden", params: { path: `/vms/${target.ct}`, privilege: "VM.PowerMgmt" } },
    });
  });

  it(
    "of a guest that is not there starts a task that fails",
    async () => {
      for (const type of ["qemu", "lxc"] as const) {
        const upid = startedUpid(await power(type, 987_654_321, "start"));
        expect(await lab.ended(lab.admin, upid)).toContain("does not exist");
      }
    },
    patience,
  );

  it(
    "of a container that is off cannot be taken away: the server says so at once",
    async () => {
      const vmid = await lab.freeId("lxc");
      const upid = startedUpid(await restoreContainer(lab.admin, wish("lxc", vmid), never));
      expect(await lab.ended(lab.admin, upid)).toBe("OK");
      for (const action of ["shutdown", "stop"] as const) {
        expect(await power("lxc", vmid, action)).toMatchObject({
          outcome: "rejected",
          error: { code: "server.error", server: `CT ${vmid} not running` },
        });
      }
    },
    patience,
  );

  it.skipIf(onHost).each(["qemu", "lxc"] as const)("goes on and off for a %s", async (type) => {
    const vmid = type === "qemu" ? target.vm : target.ct;
    const status = async (): Promise<string> =>
      (await readGuestStatus(lab.admin, { node: target.node, vmid, type }, never)).status;
    for (const [action, wanted] of [
      ["reboot", "running"],
      ["shutdown", "stopped"],
      ["start", "running"],
      ["stop", "stopped"],
      ["start", "running"],
    ] as const) {
      expect(await lab.ended(lab.admin, startedUpid(await power(type, vmid, action)))).toBe("OK");
      expect(await status()).toBe(wanted);
    }
  });

  it.skipIf(onHost)("of a running container cannot be put on twice", async () => {
    expect(await power("lxc", target.ct, "start")).toMatchObject({
      outcome: "rejected",
      error: { server: `CT ${target.ct} already running` },
    });
  });

  it.skipIf(onHost)("of a guest that does not listen ends in a time-out, and it stays on", async () => {
    const input = { node: "pve2", vmid: 104, type: "qemu", action: "shutdown" } as const;
    const upid = startedUpid(await powerGuest(lab.admin, input, never));
    expect(await lab.ended(lab.admin, upid)).toMatch(/timeout/u);
    expect((await readGuestStatus(lab.admin, input, never)).status).toBe("running");
  });
});

describe("a locked guest", () => {
  it.skipIf(onHost)("is not removed, and says what locks it", async () => {
    target.simulator?.control.setGuestLock(101, "backup");
    const result = await lab.admin.write(
      { request: guestRequests.remove, values: { node: target.node, guest: "qemu", vmid: 101 } },
      never,
    );
    target.simulator?.control.setGuestLock(101, null);
    expect(result).toMatchObject({
      outcome: "rejected",
      error: { code: "server.locked", details: { params: { lock: "backup" } } },
    });
  });
});
