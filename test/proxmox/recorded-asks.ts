import { readProtectedLimits } from "../../electron/clusters/storage-config.ts";
import { createToken, listAcl, listRoles, listTokens, removeToken } from "../../electron/proxmox/accounts.ts";
import { readPermissions } from "../../electron/proxmox/pve/access.ts";
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
import { extractConfig, readVzdumpDefaults, vzdump } from "../../electron/proxmox/pve/backup.ts";
import {
  isFreeId,
  listHaResources,
  listResources,
  nextFreeId,
  readClusterStatus,
} from "../../electron/proxmox/pve/cluster.ts";
import {
  countSnapshots,
  powerGuest,
  readGuestConfig,
  readGuestStatus,
} from "../../electron/proxmox/pve/guests.ts";
import { listNodeCertificates, listNodes, readNodeStatus } from "../../electron/proxmox/pve/nodes.ts";
import { restoreContainer, restoreVm } from "../../electron/proxmox/pve/restore.ts";
import {
  listBackups,
  listBackupServerStorages,
  listStorages,
  readBackupVolume,
  readStorageStatus,
} from "../../electron/proxmox/pve/storage.ts";
import {
  listClusterTasks,
  listTasks,
  readTaskLog,
  readTaskStatus,
  stopTask,
} from "../../electron/proxmox/pve/tasks.ts";
import { readVersion } from "../../electron/proxmox/pve/version.ts";
import { realms } from "../../electron/proxmox/probe.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import type { Trust } from "../../shared/cluster.ts";
import { powerActionSchema } from "../../shared/guest.ts";
import type { Parts } from "./recorded.ts";
import { never } from "./test-server.ts";

export interface Asking {
  readonly session: Session;
  readonly trust: Trust;
  readonly parts: Parts;
  readonly params: Readonly<Record<string, unknown>>;
}
export type Ask = (asking: Asking) => Promise<unknown>;

/** A rows' answer must not hide any row of a real server. */
async function whole<T extends { readonly bad: number }>(reading: Promise<T>): Promise<T> {
  const answer = await reading;
  if (answer.bad > 0) throw new Error(`${answer.bad} rows of a real server could not be read`);
  return answer;
}

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const node = (parts: Parts) => ({ node: parts["node"] ?? "" });
const onStorage = (parts: Parts) => ({ ...node(parts), storage: parts["storage"] ?? "" });
const task = (parts: Parts) => ({ upid: parts["upid"] ?? "" });
const job = (parts: Parts) => ({ id: parts["id"] ?? "" });
const account = (parts: Parts) => ({ userid: parts["userid"] ?? "", tokenid: parts["tokenid"] ?? "" });
const guest = (parts: Parts) => ({
  ...node(parts),
  vmid: Number(parts["vmid"]),
  type: parts["guest"] === "lxc" ? ("lxc" as const) : ("qemu" as const),
});
const restore = ({ parts, params }: Asking, volid: unknown) => ({
  ...node(parts),
  vmid: Number(params["vmid"]),
  // Recorded without one, or with a template: the answer is another task's then, and refused as such.
  volid: text(volid).includes(":backup/")
    ? text(volid)
    : "local:backup/vzdump-qemu-110-2026_11_20-14_38_01.vma.zst",
  storage: null,
  unique: false,
  start: false,
  name: null,
});

/** Which of our functions sends a request of the catalogue, and what it is given of a recorded one. */
export const asks: Readonly<Record<string, Ask>> = {
  "access.version": ({ session }) => readVersion(session, never),
  "access.realms": ({ session, trust }) => realms(session.address, trust, never),
  "access.permissions": ({ session }) => readPermissions(session, {}, never),
  "access.tokens": ({ session, parts }) => listTokens(session, account(parts).userid, never),
  "access.createToken": ({ session, parts }) =>
    createToken(session, { ...account(parts), comment: "", privsep: true }, never),
  "access.removeToken": ({ session, parts }) => removeToken(session, account(parts), never),
  "access.roles": ({ session }) => listRoles(session, never),
  "access.acl": ({ session }) => listAcl(session, never),
  "access.ticket": ({ session }) => session.logIn(never),
  "cluster.status": ({ session }) => readClusterStatus(session, never),
  "cluster.resources": ({ session }) => whole(listResources(session, {}, never)),
  "cluster.nextId": ({ session, params: { vmid } }) =>
    vmid === undefined ? nextFreeId(session, never) : isFreeId(session, { vmid: Number(vmid) }, never),
  "cluster.haResources": ({ session }) => whole(listHaResources(session, never)),
  "cluster.tasks": ({ session }) => whole(listClusterTasks(session, never)),
  "cluster.nodes": ({ session }) => whole(listNodes(session, never)),
  "cluster.nodeStatus": ({ session, parts }) => readNodeStatus(session, node(parts), never),
  "cluster.nodeCertificates": ({ session, parts }) =>
    whole(listNodeCertificates(session, node(parts), never)),
  "guests.status": ({ session, parts }) => readGuestStatus(session, guest(parts), never),
  "guests.config": ({ session, parts }) => readGuestConfig(session, guest(parts), never),
  "guests.snapshots": ({ session, parts }) => countSnapshots(session, guest(parts), never),
  "guests.power": ({ session, parts }) =>
    powerGuest(session, { ...guest(parts), action: powerActionSchema.parse(parts["action"]) }, never),
  "guests.restoreVm": (asking) => restoreVm(asking.session, restore(asking, asking.params["archive"]), never),
  "guests.restoreContainer": (asking) =>
    restoreContainer(asking.session, restore(asking, asking.params["ostemplate"]), never),
  "storage.configured": async ({ session }) => {
    await readProtectedLimits(session, never);
    return await listBackupServerStorages(session, never);
  },
  "storage.onNode": ({ session, parts }) => whole(listStorages(session, node(parts), never)),
  "storage.status": ({ session, parts }) => readStorageStatus(session, onStorage(parts), never),
  "storage.content": ({ session, parts }) => whole(listBackups(session, onStorage(parts), never)),
  "storage.changeVolume": ({ session, parts }) =>
    changeBackup(session, { ...node(parts), volid: parts["volume"] ?? "", notes: "n" }, never),
  "storage.removeVolume": ({ session, parts }) =>
    removeBackup(session, { ...node(parts), volid: parts["volume"] ?? "" }, never),
  "storage.prunePreview": ({ session, parts }) => whole(previewPrune(session, onStorage(parts), never)),
  "storage.prune": ({ session, parts }) => pruneBackups(session, onStorage(parts), never),
  "storage.volume": ({ session, parts }) =>
    readBackupVolume(session, { ...node(parts), volid: parts["volume"] ?? "" }, never),
  "backup.defaults": ({ session, parts }) =>
    readVzdumpDefaults(session, { ...node(parts), storage: "local" }, never),
  "backup.savedConfig": ({ session, parts, params: { volume } }) =>
    extractConfig(session, { ...node(parts), volid: text(volume) }, never),
  "backup.jobs": ({ session }) => whole(listBackupJobs(session, never)),
  "backup.job": ({ session, parts }) => readBackupJob(session, job(parts), never),
  "backup.createJob": ({ session }) => createBackupJob(session, { all: true, schedule: "22:30" }, never),
  "backup.changeJob": ({ session, parts }) =>
    changeBackupJob(session, { ...job(parts), enabled: false }, never),
  "backup.removeJob": ({ session, parts }) => removeBackupJob(session, job(parts), never),
  "backup.notBackedUp": ({ session }) => whole(listNotBackedUp(session, never)),
  "backup.analyseSchedule": ({ session }) => analyseSchedule(session, { schedule: "22:30" }, never),
  "backup.run": ({ session, parts }) =>
    vzdump(
      session,
      { ...node(parts), vmid: 100, storage: "local", mode: "snapshot", compress: "zstd" },
      never,
    ),
  "tasks.list": ({ session, parts }) =>
    whole(listTasks(session, { ...node(parts), start: 0, limit: 50 }, never)),
  "tasks.status": ({ session, parts }) => readTaskStatus(session, task(parts), never),
  "tasks.log": ({ session, parts }) => readTaskLog(session, { ...task(parts), start: 0, limit: 500 }, never),
  "tasks.stop": ({ session, parts }) => stopTask(session, task(parts), never),
};
