import { flag, integer, list, text } from "../../electron/proxmox/requests/parameters.ts";
import { request } from "../../electron/proxmox/requests/request.ts";

/** What servers understand and the app never sends: only tests may, to see how a server bears it. */

const product = "pve";
const login = "login";

/** vzdump of several guests, with anything that may be refused. */
export const anyVzdump = request({
  product,
  method: "POST",
  path: "/nodes/{node}/vzdump",
  parameters: {
    vmid: list({ of: "vmid" }),
    all: flag(),
    storage: text(),
    compress: text(),
    remove: flag(),
    "notes-template": text(),
    "prune-backups": text(),
    "pxm-test": text(),
  },
  rights: login,
  purpose: "backupNow",
});

/** A restore over an existing guest, and one that names a drive beside the archive. */
export const anyRestore = request({
  product,
  method: "POST",
  path: "/nodes/{node}/qemu",
  parameters: {
    vmid: integer({ required: true }),
    archive: text({ required: true }),
    storage: text(),
    force: flag(),
    scsi0: text(),
    memory: integer(),
  },
  rights: login,
  purpose: "restore",
});

const snapshotRights = login;
export const snapshotRequests = {
  create: request({
    product,
    method: "POST",
    path: "/nodes/{node}/{guest}/{vmid}/snapshot",
    parameters: { snapname: text({ required: true }), description: text() },
    rights: snapshotRights,
    purpose: "snapshots",
  }),
  remove: request({
    product,
    method: "DELETE",
    path: "/nodes/{node}/{guest}/{vmid}/snapshot/{snapname}",
    parameters: {},
    rights: snapshotRights,
    purpose: "snapshots",
  }),
} as const;

/** A volume of any name, to delete one that is none. */
export const fileRestoreList = request({
  product,
  method: "GET",
  path: "/nodes/{node}/storage/{storage}/file-restore/list",
  parameters: { volume: text({ required: true }), filepath: text({ required: true }) },
  rights: login,
  purpose: "restore",
});

/** Of a Backup Server: the garbage collection of a datastore, a long task; and its task list. */
export const backupServerRequests = {
  collect: request({
    product: "pbs",
    method: "POST",
    path: "/admin/datastore/{store}/gc",
    parameters: {},
    rights: login,
    purpose: "verify",
  }),
  tasks: request({
    product: "pbs",
    method: "GET",
    path: "/nodes/localhost/tasks",
    parameters: { typefilter: text(), limit: integer(), running: flag() },
    rights: login,
    purpose: "tasks",
  }),
  status: request({
    product: "pbs",
    method: "GET",
    path: "/nodes/localhost/tasks/{upid}/status",
    parameters: {},
    rights: login,
    purpose: "tasks",
  }),
} as const;
