import { choice, flag, integer, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pbs";
const maxNotes = 65_536;

/** A namespace below a datastore; absent is the root. */
const place = { ns: text({ maxLength: 256 }) };
const group = {
  ...place,
  "backup-type": choice(["vm", "ct", "host"], { required: true }),
  "backup-id": text({ required: true }),
} as const;
/** `backup-time`: seconds since the epoch. */
const snapshot = { ...group, "backup-time": integer({ required: true, min: 1 }) } as const;
const keep = {
  "keep-last": integer({ min: 1 }),
  "keep-hourly": integer({ min: 1 }),
  "keep-daily": integer({ min: 1 }),
  "keep-weekly": integer({ min: 1 }),
  "keep-monthly": integer({ min: 1 }),
  "keep-yearly": integer({ min: 1 }),
} as const;
const depth = integer({ min: 0, max: 7 });

const audits = [["/datastore/{store} Datastore.Audit"], ["/datastore/{store} Datastore.Backup"]] as const;
/** Of all groups with Modify, of the account's own ones with Backup or Prune. */
const edits = [["/datastore/{store} Datastore.Modify"], ["/datastore/{store} Datastore.Backup"]] as const;
const prunes = [["/datastore/{store} Datastore.Modify"], ["/datastore/{store} Datastore.Prune"]] as const;
const reads = [["/datastore/{store} Datastore.Read"], ["/datastore/{store} Datastore.Backup"]] as const;

/** Datastores and what lies in them. */
export const datastoreRequests = {
  list: request({
    product,
    method: "GET",
    path: "/admin/datastore",
    parameters: {},
    rights: "login",
    purpose: "tree",
  }),
  usage: request({
    product,
    method: "GET",
    path: "/status/datastore-usage",
    parameters: {},
    rights: "login",
    purpose: "tree",
    size: "list",
    deadline: "slowRead",
  }),
  status: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/status",
    parameters: { verbose: flag() },
    rights: audits,
    purpose: "tree",
    deadline: "slowRead",
  }),
  namespaces: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/namespace",
    parameters: { parent: text({ maxLength: 256 }), "max-depth": depth },
    rights: audits,
    purpose: "backups",
    size: "list",
    deadline: "slowRead",
  }),
  groups: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/groups",
    parameters: place,
    rights: audits,
    purpose: "backups",
    size: "list",
    deadline: "slowRead",
  }),
  /** Asked group by group: a whole datastore can be tens of MB. */
  snapshots: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/snapshots",
    parameters: group,
    rights: audits,
    purpose: "backups",
    size: "list",
    deadline: "slowRead",
  }),
  files: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/files",
    parameters: snapshot,
    rights: reads,
    purpose: "restore",
  }),
  notes: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/notes",
    parameters: snapshot,
    rights: audits,
    purpose: "backups",
  }),
  changeNotes: request({
    product,
    method: "PUT",
    path: "/admin/datastore/{store}/notes",
    parameters: { ...snapshot, notes: text({ required: true, maxLength: maxNotes }) },
    rights: edits,
    purpose: "protect",
  }),
  groupNotes: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/group-notes",
    parameters: group,
    rights: audits,
    purpose: "backups",
  }),
  changeGroupNotes: request({
    product,
    method: "PUT",
    path: "/admin/datastore/{store}/group-notes",
    parameters: { ...group, notes: text({ required: true, maxLength: maxNotes }) },
    rights: edits,
    purpose: "protect",
  }),
  changeProtected: request({
    product,
    method: "PUT",
    path: "/admin/datastore/{store}/protected",
    parameters: { ...snapshot, protected: flag({ required: true }) },
    rights: edits,
    purpose: "protect",
  }),
  removeSnapshot: request({
    product,
    method: "DELETE",
    path: "/admin/datastore/{store}/snapshots",
    parameters: snapshot,
    rights: prunes,
    purpose: "delete",
  }),
  /** Of one group; with `dry-run` nothing is removed and the answer says what would be. */
  prune: request({
    product,
    method: "POST",
    path: "/admin/datastore/{store}/prune",
    parameters: { ...group, ...keep, "dry-run": flag({ required: true }), "use-task": flag() },
    rights: prunes,
    purpose: "delete",
  }),
  pruneDatastore: request({
    product,
    method: "POST",
    path: "/admin/datastore/{store}/prune-datastore",
    parameters: { ...place, ...keep, "max-depth": depth, "dry-run": flag({ required: true }) },
    rights: prunes,
    purpose: "delete",
  }),
  /** Everything, a namespace, a group or one snapshot, by how much is named. */
  verify: request({
    product,
    method: "POST",
    path: "/admin/datastore/{store}/verify",
    parameters: {
      ...place,
      "backup-type": choice(["vm", "ct", "host"]),
      "backup-id": text(),
      "backup-time": integer({ min: 1 }),
      "ignore-verified": flag(),
      "outdated-after": integer({ min: 0 }),
      "max-depth": depth,
      "read-threads": integer({ min: 1, max: 32, since: [4, 1], unknown: "leave" }),
      "verify-threads": integer({ min: 1, max: 32, since: [4, 1], unknown: "leave" }),
    },
    rights: [["/datastore/{store} Datastore.Verify"], ["/datastore/{store} Datastore.Backup"]],
    purpose: "verify",
  }),
  collectGarbage: request({
    product,
    method: "POST",
    path: "/admin/datastore/{store}/gc",
    parameters: {},
    rights: [["/datastore/{store} Datastore.Modify"]],
    purpose: "verify",
  }),
  gcStatus: request({
    product,
    method: "GET",
    path: "/admin/datastore/{store}/gc",
    parameters: {},
    rights: [["/datastore/{store} Datastore.Audit"]],
    purpose: "verify",
  }),
} as const;
