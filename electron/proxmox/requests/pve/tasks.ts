import { choice, flag, integer, list, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pve";

/** Tasks of one node: other people's need Sys.Audit there; a token sees its own alone. */
export const taskRequests = {
  list: request({
    product,
    method: "GET",
    path: "/nodes/{node}/tasks",
    parameters: {
      source: choice(["archive", "active", "all"]),
      start: integer({ min: 0 }),
      limit: integer({ min: 0 }),
      typefilter: text(),
      userfilter: text(),
      vmid: integer({ min: 100, max: 999_999_999 }),
      errors: flag(),
      /** Seconds since the epoch, on the start. 6.4 does not know them: the caller looks at the rows. */
      since: integer({ min: 0, since: [7, 0], unknown: "leave" }),
      until: integer({ min: 0, since: [7, 0], unknown: "leave" }),
      statusfilter: list({ since: [7, 0], unknown: "leave" }),
    },
    rights: "login",
    purpose: "tasks",
    size: "list",
  }),
  status: request({
    product,
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/status",
    parameters: {},
    rights: "login",
    purpose: "tasks",
  }),
  /** `limit=0` means all since 7.3 and none before: never sent. */
  log: request({
    product,
    method: "GET",
    path: "/nodes/{node}/tasks/{upid}/log",
    parameters: { start: integer({ min: 0 }), limit: integer({ min: 1 }) },
    rights: "login",
    purpose: "tasks",
    size: "list",
  }),
  stop: request({
    product,
    method: "DELETE",
    path: "/nodes/{node}/tasks/{upid}",
    parameters: {},
    rights: "login",
    purpose: "tasks",
  }),
} as const;
