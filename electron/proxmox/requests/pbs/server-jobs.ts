import { choice, named } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pbs";
const ofStore = { store: named("store") };

/** The server's own jobs: what they did last and do next, and a run now. */
export const serverJobRequests = {
  /** Without `sync-direction=all` only pulls are listed. */
  sync: request({
    product,
    method: "GET",
    path: "/admin/sync",
    parameters: {
      ...ofStore,
      "sync-direction": choice(["all", "push", "pull"], { since: [3, 3], unknown: "leave" }),
    },
    rights: "login",
    purpose: "jobs",
    size: "list",
  }),
  verify: request({
    product,
    method: "GET",
    path: "/admin/verify",
    parameters: ofStore,
    rights: "login",
    purpose: "jobs",
    size: "list",
  }),
  prune: request({
    product,
    method: "GET",
    path: "/admin/prune",
    parameters: ofStore,
    rights: "login",
    purpose: "jobs",
    size: "list",
  }),
  gc: request({
    product,
    method: "GET",
    path: "/admin/gc",
    parameters: ofStore,
    rights: "login",
    purpose: "jobs",
    size: "list",
  }),
  runSync: request({
    product,
    method: "POST",
    path: "/admin/sync/{id}/run",
    parameters: {},
    rights: "login",
    purpose: "jobs",
  }),
  runVerify: request({
    product,
    method: "POST",
    path: "/admin/verify/{id}/run",
    parameters: {},
    rights: "login",
    purpose: "jobs",
  }),
  runPrune: request({
    product,
    method: "POST",
    path: "/admin/prune/{id}/run",
    parameters: {},
    rights: "login",
    purpose: "jobs",
  }),
} as const;
