import { flag, integer, list, named, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pbs";

/** The host itself and its tasks. Whatever its name is, it answers to `localhost` (proxmox-backup, api2/node). */
export const hostRequests = {
  nodes: request({
    product,
    method: "GET",
    path: "/nodes",
    parameters: {},
    rights: "login",
    purpose: "tree",
  }),
  time: request({
    product,
    method: "GET",
    path: "/nodes/localhost/time",
    parameters: {},
    rights: "login",
    purpose: "tree",
  }),
  certificates: request({
    product,
    method: "GET",
    path: "/nodes/localhost/certificates/info",
    parameters: {},
    rights: [["/system/certificates Sys.Modify"]],
    purpose: "login",
  }),
  tasks: request({
    product,
    method: "GET",
    path: "/nodes/localhost/tasks",
    parameters: {
      start: integer({ min: 0 }),
      /** 0: all. */
      limit: integer({ min: 0 }),
      running: flag(),
      errors: flag(),
      store: named("store"),
      /** Contains, where Proxmox VE compares the whole. */
      typefilter: text(),
      userfilter: text(),
      since: integer({ min: 0 }),
      until: integer({ min: 0 }),
      statusfilter: list({ repeat: true }),
    },
    rights: "login",
    purpose: "tasks",
    size: "list",
  }),
  taskStatus: request({
    product,
    method: "GET",
    path: "/nodes/localhost/tasks/{upid}/status",
    parameters: {},
    rights: "login",
    purpose: "tasks",
  }),
  taskLog: request({
    product,
    method: "GET",
    path: "/nodes/localhost/tasks/{upid}/log",
    parameters: { start: integer({ min: 0 }), limit: integer({ min: 1 }), "test-status": flag() },
    rights: "login",
    purpose: "tasks",
    size: "list",
  }),
  stopTask: request({
    product,
    method: "DELETE",
    path: "/nodes/localhost/tasks/{upid}",
    parameters: {},
    rights: "login",
    purpose: "tasks",
  }),
} as const;
