import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hasPrivilege, readPermissions } from "../../electron/proxmox/pve/access.ts";
import {
  isFreeId,
  listHaResources,
  listResources,
  nextFreeId,
  readClusterStatus,
} from "../../electron/proxmox/pve/cluster.ts";
import { readVzdumpDefaults } from "../../electron/proxmox/pve/backup.ts";
import { countSnapshots, readGuestConfig, readGuestStatus } from "../../electron/proxmox/pve/guests.ts";
import { listNodeCertificates, listNodes, readNodeStatus } from "../../electron/proxmox/pve/nodes.ts";
import { listBackups, listStorages, readStorageStatus } from "../../electron/proxmox/pve/storage.ts";
import { readServerTime, readVersion } from "../../electron/proxmox/pve/version.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { takesBackups } from "../../shared/storage.ts";
import { failureOf, openLab } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { before, never, onHost, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

let target: Target;
let lab: Lab;
/** A user who may see nothing. */
let blind: Session;
/** A user who may see guests and nothing else. */
let watcher: Session;

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
  blind = target.session(await lab.user([]));
  watcher = target.session(await lab.user(["VM.Audit"], "/vms"));
}, 60_000);

afterAll(async () => {
  await lab.close();
  await target.close();
}, 600_000);

const missing = 987_654_321;
const place = () => ({ node: target.node, vmid: target.vm, type: "qemu" as const });

describe("the version", () => {
  it("is told to everybody who is logged in, with the server's time", async () => {
    const { version, serverTime } = await readVersion(blind, never);
    expect(version.text).toMatch(/^\d+\.\d+/u);
    expect(serverTime).not.toBeNull();
    expect(Math.abs((await readServerTime(blind, never)) - Date.now())).toBeLessThan(60_000);
  });
});

describe("the cluster", () => {
  it("tells its name, quorum and nodes", async () => {
    const status = await readClusterStatus(lab.admin, never);
    expect(status.nodes.map(({ node }) => node)).toContain(target.node);
    expect(status.nodes.filter(({ local }) => local)).toHaveLength(1);
    expect(status.name === null || status.quorate === true).toBe(true);
  });

  it("tells nothing without Sys.Audit on /", async () => {
    const error = await failureOf(readClusterStatus(blind, never));
    expect(error).toMatchObject({
      code: "server.forbidden",
      details: { params: { path: "/", privilege: "Sys.Audit" } },
    });
  });

  it("lists its guests, nodes and storages in one answer", async () => {
    const { guests, nodes, storages, bad } = await listResources(lab.admin, {}, never);
    expect(bad).toBe(0);
    expect(guests.find(({ vmid }) => vmid === target.vm)).toMatchObject({
      type: "qemu",
      node: target.node,
      conflict: false,
    });
    expect(guests.find(({ vmid }) => vmid === target.ct)).toMatchObject({
      type: "lxc",
      node: target.node,
      conflict: false,
    });
    expect(nodes.find(({ node }) => node === target.node)).toMatchObject({ online: true });
    expect(storages.map(({ storage }) => storage)).toContain(target.storage);
  });

  it("lists the guests that somebody may see, and leaves out the rest without a word", async () => {
    expect((await listResources(watcher, { type: "vm" }, never)).guests.map(({ vmid }) => vmid)).toContain(
      target.vm,
    );
    expect((await listResources(watcher, { type: "storage" }, never)).storages).toEqual([]);
    expect((await listResources(blind, { type: "vm" }, never)).guests).toEqual([]);
  });

  it("tells the guests under HA, and only to whom it may", async () => {
    expect((await listHaResources(lab.admin, never)).bad).toBe(0);
    expect((await failureOf(listHaResources(blind, never))).code).toBe("server.forbidden");
  });

  it("knows a free id, and which ids are taken", async () => {
    const vmid = await nextFreeId(lab.admin, never);
    expect(await isFreeId(lab.admin, { vmid }, never)).toBe(true);
    expect(await isFreeId(lab.admin, { vmid: target.vm }, never)).toBe(false);
  });

  it("tells that an id is taken also to those who may not see its guest", async () => {
    expect(await isFreeId(blind, { vmid: target.vm }, never)).toBe(false);
  });
});

describe("rights", () => {
  it("are told as paths with their privileges", async () => {
    const permissions = await readPermissions(watcher, {}, never);
    expect(hasPrivilege(permissions, `/vms/${target.vm}`, "VM.Audit")).toBe(true);
    expect(hasPrivilege(permissions, `/vms/${target.vm}`, "VM.Backup")).toBe(false);
    expect(hasPrivilege(permissions, "/nodes", "Sys.Audit")).toBe(false);
  });

  it("are none for somebody without any", async () => {
    const permissions = await readPermissions(blind, {}, never);
    expect([...permissions.values()].flatMap((privileges) => [...privileges.keys()])).toEqual([]);
  });
});

describe("a node", () => {
  it("is listed with its state", async () => {
    const { rows, bad } = await listNodes(lab.admin, never);
    expect(bad).toBe(0);
    expect(rows.find(({ node }) => node === target.node)).toMatchObject({ online: true });
  });

  it("tells how long it is up", async () => {
    const status = await readNodeStatus(lab.admin, { node: target.node }, never);
    expect(status.uptime).toBeGreaterThan(0);
    expect(status.bootedAt).toBeLessThan(Date.now());
    expect(status.pveVersion).toMatch(/^pve-manager\//u);
  });

  it("tells nothing without Sys.Audit on it", async () => {
    const error = await failureOf(readNodeStatus(blind, { node: target.node }, never));
    expect(error).toMatchObject({
      code: "server.forbidden",
      details: { params: { path: `/nodes/${target.node}`, privilege: "Sys.Audit" } },
    });
  });

  it("that the cluster does not know cannot be reached", async () => {
    const error = await failureOf(readNodeStatus(lab.admin, { node: "pxm-test-none" }, never));
    expect(error).toMatchObject({ code: "server.nodeDown", details: { params: { node: "pxm-test-none" } } });
  });

  it("shows its certificates, the one of this connection among them", async () => {
    const { rows, bad } = await listNodeCertificates(blind, { node: target.node }, never);
    expect(bad).toBe(0);
    expect(rows.map(({ filename }) => filename)).toContain("pve-ssl.pem");
    if (target.trust.kind === "pinned")
      expect(rows.map(({ fingerprint }) => fingerprint)).toContain(target.trust.fingerprint);
  });

  it.skipIf(onHost)("that is down is told by name, by a server that is up", async () => {
    target.simulator?.control.setNodeOnline("pve2", false);
    try {
      const error = await failureOf(readNodeStatus(lab.admin, { node: "pve2" }, never));
      expect(error).toMatchObject({
        code: "server.nodeDown",
        details: { status: 595, params: { node: "pve2" } },
      });
      const { guests, nodes } = await listResources(lab.admin, {}, never);
      expect(nodes.find(({ node }) => node === "pve2")?.online).toBe(false);
      expect(guests.filter(({ node }) => node === "pve2").map(({ status }) => status)).toEqual([
        "unknown",
        "unknown",
        "unknown",
      ]);
      expect(guests.find(({ vmid }) => vmid === target.vm)?.status).toBe("running");
    } finally {
      target.simulator?.control.setNodeOnline("pve2", true);
    }
  });
});

describe("a guest", () => {
  it("tells how it is now", async () => {
    const status = await readGuestStatus(watcher, place(), never);
    expect(["running", "stopped"]).toContain(status.status);
    expect(status.qmpStatus).not.toBeNull();
    expect(status.maxMemory).toBeGreaterThan(0);
    const container = await readGuestStatus(watcher, { ...place(), vmid: target.ct, type: "lxc" }, never);
    expect(container.qmpStatus).toBeNull();
    expect(container.name).not.toBe("");
  });

  it("tells how it is made", async () => {
    const config = await readGuestConfig(watcher, place(), never);
    expect(config.memory).toBeGreaterThan(0);
    expect(config.disks.length).toBeGreaterThan(0);
    expect(config.digest).toMatch(/^[0-9a-f]{40}$/u);
    const container = await readGuestConfig(watcher, { ...place(), vmid: target.ct, type: "lxc" }, never);
    expect(container.disks.map(({ key }) => key)).toContain("rootfs");
  });

  it("counts its snapshots without the present", async () => {
    expect(await countSnapshots(watcher, place(), never)).toBeGreaterThanOrEqual(0);
  });

  it.skipIf(onHost)("counts the snapshots that it has", async () => {
    const guest = target.simulator?.world.guests.find(({ vmid }) => vmid === target.vm);
    guest?.snapshots.push({ name: "before", description: "", snaptime: 1, vmstate: false });
    expect(await countSnapshots(watcher, place(), never)).toBe(1);
    guest?.snapshots.pop();
  });

  it("is hidden without VM.Audit", async () => {
    for (const ask of [readGuestStatus, readGuestConfig, countSnapshots]) {
      const error = await failureOf(ask(blind, place(), never));
      expect(error).toMatchObject({
        code: "server.forbidden",
        details: { params: { path: `/vms/${target.vm}` } },
      });
    }
  });

  it("that is not there is not found", async () => {
    for (const type of ["qemu", "lxc"] as const) {
      const nobody = { node: target.node, vmid: missing, type };
      expect((await failureOf(readGuestStatus(lab.admin, nobody, never))).code).toBe("server.notFound");
      expect((await failureOf(readGuestConfig(lab.admin, nobody, never))).code).toBe("server.notFound");
    }
  });

  it("of another type is not found either", async () => {
    expect((await failureOf(readGuestStatus(lab.admin, { ...place(), type: "lxc" }, never))).code).toBe(
      "server.notFound",
    );
  });
});

describe("a storage", () => {
  const here = () => ({ node: target.node, storage: target.storage });

  it("is listed as the node sees it", async () => {
    const { rows, bad } = await listStorages(lab.admin, { node: target.node }, never);
    expect(bad).toBe(0);
    const found = rows.find(({ storage }) => storage === target.storage);
    if (found === undefined) throw new Error("not listed");
    expect(takesBackups(found)).toBe(true);
    expect(found.available).toBeGreaterThan(0);
    const fit = await listStorages(lab.admin, { node: target.node, content: "backup" }, never);
    expect(fit.rows.every(({ content }) => content.includes("backup"))).toBe(true);
  });

  it("tells its room", async () => {
    const status = await readStorageStatus(lab.admin, here(), never);
    expect(status.total).toBeGreaterThan(0);
    expect(status.active).toBe(true);
  });

  it("is hidden without rights on it", async () => {
    expect((await listStorages(blind, { node: target.node }, never)).rows).toEqual([]);
    expect((await failureOf(readStorageStatus(blind, here(), never))).code).toBe("server.forbidden");
    expect((await failureOf(listBackups(blind, here(), never))).code).toBe("server.forbidden");
  });

  it("shows the backups of a guest to whom may back it up, and to others none of them", async () => {
    const seer = target.session(await lab.user(["Datastore.Audit"]));
    expect((await listBackups(seer, here(), never)).rows).toEqual([]);
    expect((await listBackups(lab.admin, here(), never)).bad).toBe(0);
  });

  it("that is not there is not found", async () => {
    const nowhere = { node: target.node, storage: "pxm-test-none" };
    expect((await failureOf(readStorageStatus(lab.admin, nowhere, never))).code).toBe("server.notFound");
    expect((await failureOf(listBackups(lab.admin, nowhere, never))).code).toBe("server.notFound");
  });

  it.skipIf(onHost)("that cannot be used says why", async () => {
    const error = await failureOf(listBackups(lab.admin, { node: target.node, storage: "old-nas" }, never));
    expect(error.details.server).toContain("old-nas");
    const { rows } = await listStorages(lab.admin, { node: target.node }, never);
    expect(rows.find(({ storage }) => storage === "old-nas")).toMatchObject({ active: false, total: null });
  });

  it("tells what a backup to it would use by itself", async () => {
    const defaults = await readVzdumpDefaults(lab.admin, here(), never);
    expect(defaults.remove).toBe(true);
    expect(defaults.mode).toBe("snapshot");
    expect((await failureOf(readVzdumpDefaults(blind, here(), never))).code).toBe("server.forbidden");
  });

  it.skipIf(onHost)("tells how many copies its rule allows", async () => {
    expect((await readVzdumpDefaults(lab.admin, here(), never)).maxBackups).toBeNull();
    expect((await readVzdumpDefaults(lab.admin, { ...here(), storage: "local" }, never)).maxBackups).toBe(1);
  });

  it.skipIf(onHost || before("7.4"))("lists its backups guest by guest", async () => {
    const all = await listBackups(lab.admin, here(), never);
    const own = await listBackups(lab.admin, { ...here(), vmid: target.vm }, never);
    expect(own.rows.length).toBeGreaterThan(0);
    expect(own.rows.every(({ vmid }) => vmid === target.vm)).toBe(true);
    expect(all.rows.length).toBeGreaterThan(own.rows.length);
    expect(own.rows.filter((row) => row.protected)).toMatchObject([
      { notes: "kept for the auditor", guestType: "qemu", format: "vma.zst" },
    ]);
    const verified = await listBackups(lab.admin, { ...here(), storage: "pbs", vmid: target.vm }, never);
    expect(verified.rows).toMatchObject([{ verification: "ok", format: "pbs-vm" }]);
  });
});
