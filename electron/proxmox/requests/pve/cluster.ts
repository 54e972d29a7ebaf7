import { choice, integer } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pve";

/** The cluster as a whole, and its nodes. */
export const clusterRequests = {
  /** Cut to what the account may see, without a hint. */
  resources: request({
    product,
    method: "GET",
    path: "/cluster/resources",
    parameters: { type: choice(["vm", "node", "storage"]) },
    rights: "login",
    purpose: "tree",
    size: "list",
  }),
  status: request({
    product,
    method: "GET",
    path: "/cluster/status",
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "tree",
  }),
  nextId: request({
    product,
    method: "GET",
    path: "/cluster/nextid",
    parameters: { vmid: integer({ min: 100, max: 999_999_999 }) },
    rights: "login",
    purpose: "restore",
  }),
  haResources: request({
    product,
    method: "GET",
    path: "/cluster/ha/resources",
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "tree",
  }),
  /** Running and recent tasks of all nodes, at most ten seconds late; a token without Sys.Audit on `/` sees none at all. */
  tasks: request({
    product,
    method: "GET",
    path: "/cluster/tasks",
    parameters: {},
    rights: "login",
    purpose: "tasks",
    size: "list",
  }),
  nodes: request({
    product,
    method: "GET",
    path: "/nodes",
    parameters: {},
    rights: "login",
    purpose: "tree",
  }),
  nodeStatus: request({
    product,
    method: "GET",
    path: "/nodes/{node}/status",
    parameters: {},
    rights: [["/nodes/{node} Sys.Audit"]],
    purpose: "tree",
  }),
  nodeTime: request({
    product,
    method: "GET",
    path: "/nodes/{node}/time",
    parameters: {},
    rights: [["/nodes/{node} Sys.Audit"]],
    purpose: "tree",
  }),
  nodeCertificates: request({
    product,
    method: "GET",
    path: "/nodes/{node}/certificates/info",
    parameters: {},
    rights: "login",
    purpose: "login",
  }),
} as const;
