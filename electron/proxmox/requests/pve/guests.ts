import { flag, integer, named, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pve";

const newGuest = {
  vmid: integer({ required: true, min: 100, max: 999_999_999 }),
  storage: named("storage"),
  force: flag(),
  unique: flag(),
  start: flag(),
  bwlimit: integer({ min: 0 }),
  pool: text(),
};

/** Guests as they run, and the two requests that make one from a backup. */
export const guestRequests = {
  status: request({
    product,
    method: "GET",
    path: "/nodes/{node}/{guest}/{vmid}/status/current",
    parameters: {},
    rights: [["/vms/{vmid} VM.Audit"]],
    purpose: "tree",
  }),
  config: request({
    product,
    method: "GET",
    path: "/nodes/{node}/{guest}/{vmid}/config",
    parameters: {},
    rights: [["/vms/{vmid} VM.Audit"]],
    purpose: "tree",
  }),
  snapshots: request({
    product,
    method: "GET",
    path: "/nodes/{node}/{guest}/{vmid}/snapshot",
    parameters: {},
    rights: [["/vms/{vmid} VM.Audit"]],
    purpose: "snapshots",
  }),
  power: request({
    product,
    method: "POST",
    path: "/nodes/{node}/{guest}/{vmid}/status/{action}",
    parameters: {},
    rights: [["/vms/{vmid} VM.PowerMgmt"]],
    purpose: "power",
  }),
  remove: request({
    product,
    method: "DELETE",
    path: "/nodes/{node}/{guest}/{vmid}",
    parameters: { purge: flag() },
    rights: [["/vms/{vmid} VM.Allocate"]],
    purpose: "delete",
  }),
  restoreVm: request({
    product,
    method: "POST",
    path: "/nodes/{node}/qemu",
    parameters: { ...newGuest, archive: named("volume", { required: true }), name: text() },
    rights: [["/vms/{vmid} VM.Allocate"], ["/pool/{pool} VM.Allocate"], ["/vms/{vmid} VM.Backup"]],
    purpose: "restore",
  }),
  /** Without `restore=1` the archive would be taken for a template. */
  restoreContainer: request({
    product,
    method: "POST",
    path: "/nodes/{node}/lxc",
    parameters: {
      ...newGuest,
      ostemplate: named("volume", { required: true }),
      restore: flag({ required: true }),
      hostname: text({ maxLength: 255 }),
    },
    rights: [["/vms/{vmid} VM.Allocate"], ["/pool/{pool} VM.Allocate"], ["/vms/{vmid} VM.Backup"]],
    purpose: "restore",
  }),
} as const;
