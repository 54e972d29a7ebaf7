import {
  listDatastores,
  readDatastoreStatus,
  readDatastoreUsage,
} from "../../electron/proxmox/pbs/datastores.ts";
import {
  previewPrune,
  readTimeZone,
  runServerJob,
  startGarbageCollection,
  startPrune,
  startVerify,
} from "../../electron/proxmox/pbs/maintenance.ts";
import { listNodeFingerprints } from "../../electron/proxmox/pbs/node.ts";
import { listServerJobs } from "../../electron/proxmox/pbs/server-jobs.ts";
import {
  listGroups,
  listNamespaces,
  listSnapshots,
  protectSnapshot,
  readNotes,
  writeNotes,
} from "../../electron/proxmox/pbs/snapshots.ts";
import { listTasks, readTaskLog, readTaskStatus, stopTask } from "../../electron/proxmox/pbs/tasks.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { groupRefSchema } from "../../shared/snapshot.ts";
import { never } from "../proxmox/test-server.ts";

/** Answers in good order, written by hand, as `data` of what the server sends. */

export const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";
export const volume = "local:backup/vzdump-qemu-110-2026_11_20-14_38_01.vma.zst";
const figures = { cpu: 0.1, maxcpu: 4, mem: 1024, maxmem: 2048, uptime: 60 };
const guest = { ...figures, name: "a", status: "running", tags: "x;y", lock: "backup", disk: 1, maxdisk: 2 };
const task = { upid, starttime: 1795185481, endtime: 1795185499, status: "OK" };
const certificate = {
  filename: "pve-ssl.pem",
  fingerprint: "84:4F",
  subject: "a",
  notbefore: 1,
  notafter: 2,
};
const backup = {
  volid: volume,
  vmid: 110,
  ctime: 1795185481,
  size: 9,
  notes: "n",
  protected: 1,
  verification: { state: "ok" },
};
const room = {
  type: "dir",
  content: "backup,iso",
  shared: 0,
  enabled: 1,
  active: 1,
  total: 9,
  used: 4,
  avail: 5,
};
const job = {
  id: "a",
  enabled: 1,
  schedule: "22:30",
  all: 1,
  "prune-backups": { "keep-last": "3" },
  vmid: "1,2",
};

/** By the name of the request in the catalogue. */
export const samples: Readonly<Record<string, unknown>> = {
  "access.version": { version: "9.2.11" },
  "access.realms": [{ realm: "pam", type: "pam", default: 1 }],
  "access.permissions": { "/": { "Sys.Audit": 1 }, "/vms": { "VM.Audit": 0 } },
  "access.tokens": [{ tokenid: "lab", privsep: 1 }],
  "access.createToken": { value: "x", info: {} },
  "access.removeToken": null,
  "access.roles": [{ roleid: "Auditor", privs: "Sys.Audit,VM.Audit", special: 1 }],
  "access.acl": [{ path: "/", roleid: "Auditor", ugid: "a@pve!lab", type: "token", propagate: 1 }],
  "cluster.status": [
    { type: "cluster", name: "c", quorate: 1 },
    { type: "node", name: "pve1", online: 1, local: 1, ip: "192.0.2.1" },
  ],
  "cluster.resources": [
    { ...guest, id: "qemu/100", type: "qemu", vmid: 100, node: "pve1" },
    { ...figures, id: "node/pve1", type: "node", node: "pve1", status: "online" },
    {
      id: "storage/pve1/local",
      type: "storage",
      node: "pve1",
      storage: "local",
      plugintype: "dir",
      content: "backup",
    },
  ],
  "cluster.tasks": [task],
  "cluster.nextId": "100",
  "cluster.haResources": [{ sid: "vm:100", state: "started" }],
  "cluster.nodes": [{ ...figures, node: "pve1", status: "online" }],
  "cluster.nodeStatus": { uptime: 60, pveversion: "pve-manager/9.2.11" },
  "cluster.nodeCertificates": [certificate],
  "guests.status": { ...guest, ha: { managed: 1 }, qmpstatus: "running", agent: 1 },
  "guests.config": {
    name: "a",
    cores: 2,
    memory: "512",
    scsi0: "local:1/a.raw,size=8G",
    net0: "virtio=AA,bridge=b",
  },
  "guests.snapshots": [{ name: "current" }, { name: "before" }],
  "storage.onNode": [{ ...room, storage: "local" }],
  "storage.status": room,
  "storage.content": [backup],
  "storage.volume": backup,
  "storage.configured": [
    { storage: "local", "max-protected-backups": 3 },
    { storage: "pbs", type: "pbs", server: "b", datastore: "tank", port: 8007, fingerprint: "84:4F" },
  ],
  "storage.changeVolume": null,
  "storage.removeVolume": upid,
  "storage.prunePreview": [{ volid: volume, ctime: 1795185481, mark: "remove", type: "qemu", vmid: 110 }],
  "storage.prune": upid,
  "backup.jobs": [job],
  "backup.job": job,
  "backup.createJob": null,
  "backup.changeJob": null,
  "backup.removeJob": null,
  "backup.notBackedUp": [{ vmid: 110, type: "qemu", name: "a" }],
  "backup.analyseSchedule": [{ timestamp: 1795185481, utc: "x" }],
  "backup.defaults": { mode: "snapshot", "prune-backups": { "keep-last": "3" }, remove: 1 },
  "backup.savedConfig": "name: a\n",
  "tasks.list": [task],
  "tasks.status": { ...task, status: "stopped", exitstatus: "OK" },
  "tasks.log": [{ n: 1, t: "INFO: a" }],
  "tasks.stop": null,
  "guests.power": upid,
  "guests.restoreVm": upid,
  "guests.restoreContainer": upid,
  "backup.run": upid,
};

const backupServerUpid = "UPID:pbs1:00000DEB:0004585E:00000001:6B005B87:verify:tank:admin@pbs!lab:";
const place = { store: "tank", namespace: "" };
const group = { ...place, group: groupRefSchema.parse({ type: "vm", id: "100" }) };
const snapshot = { ...group, time: 1795185481000 };

interface BackupServerSample {
  readonly ask: (session: Session) => Promise<unknown>;
  readonly data: unknown;
}

const jobRow = {
  id: "s-1",
  store: "tank",
  schedule: "daily",
  "next-run": 1795185481,
  "last-run-state": "OK",
};

/** Of a backup server, by our function. */
export const backupServerSamples: Readonly<Record<string, BackupServerSample>> = {
  listDatastores: {
    ask: (session) => listDatastores(session, never),
    data: [{ store: "tank", comment: "c", maintenance: "offline", "mount-status": "mounted" }],
  },
  readDatastoreUsage: {
    ask: (session) => readDatastoreUsage(session, never),
    data: [
      {
        store: "tank",
        total: 9,
        used: 4,
        avail: 5,
        history: [0.1, null],
        "history-start": 1,
        "history-delta": 1,
      },
    ],
  },
  readDatastoreStatus: {
    ask: (session) => readDatastoreStatus(session, { store: "tank" }, never),
    data: {
      total: 9,
      used: 4,
      avail: 5,
      counts: { vm: { groups: 1, snapshots: 2 } },
      "gc-status": { "disk-bytes": 1, upid: null },
    },
  },
  listNodeFingerprints: {
    ask: (session) => listNodeFingerprints(session, never),
    data: [{ fingerprint: "84:4F" }],
  },
  ...Object.fromEntries(
    (["sync", "verify", "prune", "gc"] as const).map((kind) => [
      `listServerJobs ${kind}`,
      { ask: (session: Session) => listServerJobs(session, kind, never), data: [jobRow] },
    ]),
  ),
  listNamespaces: {
    ask: (session) => listNamespaces(session, { store: "tank" }, never),
    data: [{ ns: "" }, { ns: "a/b", comment: "c" }],
  },
  listGroups: {
    ask: (session) => listGroups(session, place, never),
    data: [
      { "backup-type": "vm", "backup-id": "100", "last-backup": 1795185481, "backup-count": 2, files: ["a"] },
    ],
  },
  listSnapshots: {
    ask: (session) => listSnapshots(session, group, never),
    data: [
      {
        "backup-type": "vm",
        "backup-id": "100",
        "backup-time": 1795185481,
        files: [{ filename: "index.json.blob", "crypt-mode": "none", size: 1 }],
        verification: { state: "ok", upid: "x" },
      },
    ],
  },
  readNotes: { ask: (session) => readNotes(session, snapshot, never), data: "n" },
  writeNotes: { ask: (session) => writeNotes(session, { ...snapshot, notes: "n" }, never), data: null },
  startVerify: {
    ask: (session) =>
      startVerify(session, { ...group, time: null, ignoreVerified: true, outdatedAfter: null }, never),
    data: backupServerUpid,
  },
  startGarbageCollection: {
    ask: (session) => startGarbageCollection(session, { store: "tank" }, never),
    data: backupServerUpid,
  },
  runServerJob: {
    ask: (session) => runServerJob(session, { kind: "sync", id: "s-1" }, never),
    data: backupServerUpid,
  },
  previewPrune: {
    ask: (session) => previewPrune(session, { ...group, keep: { last: 1 } }, never),
    data: [{ "backup-type": "vm", "backup-id": "100", "backup-time": 1795185481, keep: true }],
  },
  startPrune: {
    ask: (session) => startPrune(session, { ...group, keep: { last: 1 } }, never),
    data: backupServerUpid,
  },
  readTimeZone: { ask: (session) => readTimeZone(session, never), data: { timezone: "Europe/Vienna" } },
  listTasks: {
    ask: (session) => listTasks(session, { start: 0, limit: 50 }, never),
    data: [{ upid: backupServerUpid, endtime: 1795185499, status: "OK" }],
  },
  readTaskStatus: {
    ask: (session) => readTaskStatus(session, { upid: backupServerUpid }, never),
    data: { status: "stopped", exitstatus: "OK" },
  },
  readTaskLog: {
    ask: (session) => readTaskLog(session, { upid: backupServerUpid, start: 0, limit: 50 }, never),
    data: [{ n: 1, t: "starting" }],
  },
  stopTask: { ask: (session) => stopTask(session, { upid: backupServerUpid }, never), data: null },
  protectSnapshot: {
    ask: (session) => protectSnapshot(session, { ...snapshot, protected: true }, never),
    data: null,
  },
};
