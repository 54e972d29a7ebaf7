import { choice, flag, integer, named, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pve";
const looks = [
  ["/storage/{storage} Datastore.Audit"],
  ["/storage/{storage} Datastore.AllocateSpace"],
] as const;
/** Rights to make a backup are the rights to delete it: Proxmox VE does not tell them apart (pve-storage, check_volume_access). */
const ownsBackup = [
  ["/storage/{storage} Datastore.Allocate"],
  ["/storage/{storage} Datastore.AllocateSpace", "/vms/{vmid} VM.Backup"],
] as const;
const pruning = {
  "prune-backups": text(),
  type: choice(["qemu", "lxc"]),
  vmid: integer({ min: 100, max: 999_999_999 }),
} as const;

/** Storages and the backups on them. */
export const storageRequests = {
  /** The storages' configuration, as far as the account may see it. */
  configured: request({
    product,
    method: "GET",
    path: "/storage",
    parameters: { type: text() },
    rights: "login",
    purpose: "tree",
  }),
  onNode: request({
    product,
    method: "GET",
    path: "/nodes/{node}/storage",
    parameters: { content: text(), enabled: flag(), storage: named("storage") },
    rights: "login",
    purpose: "tree",
    deadline: "slowRead",
  }),
  status: request({
    product,
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/status",
    parameters: {},
    rights: looks,
    purpose: "tree",
    deadline: "slowRead",
  }),
  /** Each backup needs rights of its own (`volume`); others are missing without a hint. */
  content: request({
    product,
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content",
    parameters: { content: text(), vmid: integer({ min: 100, max: 999_999_999 }) },
    rights: looks,
    purpose: "backups",
    size: "list",
    deadline: "slowRead",
  }),
  volume: request({
    product,
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/content/{volume}",
    parameters: {},
    rights: ownsBackup,
    purpose: "backups",
    deadline: "slowRead",
  }),
  changeVolume: request({
    product,
    method: "PUT",
    path: "/nodes/{node}/storage/{storage}/content/{volume}",
    parameters: { notes: text({ maxLength: 65_536 }), protected: flag({ since: [7, 0] }) },
    rights: ownsBackup,
    purpose: "protect",
  }),
  /** `delay`: seconds to wait for the end before a task is answered. */
  removeVolume: request({
    product,
    method: "DELETE",
    path: "/nodes/{node}/storage/{storage}/content/{volume}",
    parameters: { delay: integer({ min: 1, max: 30 }) },
    rights: ownsBackup,
    purpose: "delete",
  }),
  /** What a rule would remove; removes nothing. */
  prunePreview: request({
    product,
    method: "GET",
    path: "/nodes/{node}/storage/{storage}/prunebackups",
    parameters: pruning,
    rights: looks,
    purpose: "delete",
    size: "list",
    deadline: "slowRead",
  }),
  prune: request({
    product,
    method: "DELETE",
    path: "/nodes/{node}/storage/{storage}/prunebackups",
    parameters: pruning,
    rights: ownsBackup,
    purpose: "delete",
  }),
} as const;
