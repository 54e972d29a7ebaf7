import { text } from "../../electron/proxmox/requests/parameters.ts";
import { request } from "../../electron/proxmox/requests/request.ts";

/** The smallest write there is, for tests of logins; the app itself makes no pools. */
export const poolRequests = {
  create: request({
    product: "pve",
    method: "POST",
    path: "/pools",
    parameters: { poolid: text({ required: true }) },
    rights: [["/pool/{poolid} Pool.Allocate"]],
    purpose: "rights",
  }),
  remove: request({
    product: "pve",
    method: "DELETE",
    path: "/pools/{poolid}",
    parameters: {},
    rights: [["/pool/{poolid} Pool.Allocate"]],
    purpose: "rights",
  }),
} as const;
