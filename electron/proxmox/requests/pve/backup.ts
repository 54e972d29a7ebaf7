import { choice, flag, integer, list, named, text } from "../parameters.ts";
import { request } from "../request.ts";

const product = "pve";

/** What one backup and a job that makes many have in common. */
const vzdump = {
  storage: named("storage"),
  mode: choice(["snapshot", "suspend", "stop"]),
  compress: choice(["0", "1", "gzip", "lzo", "zstd"]),
  /** Never without it: the server's default, 1, removes older copies by the storage's rule. */
  remove: flag(),
  "prune-backups": text(),
  protected: flag({ since: [7, 0] }),
  /** Before, the note is lost: whoever needs to find the backup by it asks `carriesNotes` first. */
  "notes-template": text({ since: [7, 2], maxLength: 1024, unknown: "leave" }),
  bwlimit: integer({ min: 0 }),
  ionice: integer({ min: 0, max: 8 }),
  zstd: integer({ min: 0 }),
  performance: text({ since: [7, 2] }),
  fleecing: text({ since: [8, 2] }),
  "pbs-change-detection-mode": choice(["legacy", "data", "metadata"], { since: [8, 3] }),
  mailto: text(),
  mailnotification: choice(["always", "failure"]),
  "notification-mode": choice(["auto", "legacy-sendmail", "notification-system"], { since: [8, 2] }),
};

/** A schedule and which guests: of a job that the cluster keeps. */
const job = {
  ...vzdump,
  all: flag(),
  vmid: list({ of: "vmid" }),
  exclude: list({ of: "vmid" }),
  pool: text(),
  node: named("node"),
  enabled: flag(),
  comment: text({ since: [7, 1], maxLength: 512 }),
  schedule: text({ since: [7, 1], maxLength: 128 }),
  "repeat-missed": flag({ since: [7, 1] }),
  dow: text(),
};

/** Backups now, and the jobs that make them later. */
export const backupRequests = {
  run: request({
    product,
    method: "POST",
    path: "/nodes/{node}/vzdump",
    parameters: { vmid: list({ required: true, of: "vmid" }), ...vzdump, remove: flag({ required: true }) },
    rights: [["/vms/{vmid} VM.Backup", "/storage/{storage} Datastore.AllocateSpace"]],
    purpose: "backupNow",
  }),
  defaults: request({
    product,
    method: "GET",
    path: "/nodes/{node}/vzdump/defaults",
    parameters: { storage: named("storage") },
    rights: [["/storage/{storage} Datastore.Audit"], ["/storage/{storage} Datastore.AllocateSpace"]],
    purpose: "backupNow",
  }),
  /** The guest's configuration as it lies in a backup. */
  savedConfig: request({
    product,
    method: "GET",
    path: "/nodes/{node}/vzdump/extractconfig",
    parameters: { volume: named("volume", { required: true }) },
    rights: [["/vms/{vmid} VM.Backup", "/storage/{storage} Datastore.AllocateSpace"]],
    purpose: "restore",
    deadline: "slowRead",
  }),
  jobs: request({
    product,
    method: "GET",
    path: "/cluster/backup",
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "jobs",
    size: "list",
  }),
  job: request({
    product,
    method: "GET",
    path: "/cluster/backup/{id}",
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "jobs",
  }),
  createJob: request({
    product,
    method: "POST",
    path: "/cluster/backup",
    parameters: {
      ...job,
      id: text({ since: [7, 1] }),
      /** `HH:MM`, with `dow`: all the schedule that 6.4 has. */
      starttime: text({ requiredUntil: [7, 0] }),
    },
    rights: [["/ Sys.Modify"]],
    purpose: "jobs",
  }),
  changeJob: request({
    product,
    method: "PUT",
    path: "/cluster/backup/{id}",
    parameters: { ...job, starttime: text({ requiredUntil: [7, 0] }), delete: list() },
    rights: [["/ Sys.Modify"]],
    purpose: "jobs",
  }),
  removeJob: request({
    product,
    method: "DELETE",
    path: "/cluster/backup/{id}",
    parameters: {},
    rights: [["/ Sys.Modify"]],
    purpose: "jobs",
  }),
  includedVolumes: request({
    product,
    method: "GET",
    path: "/cluster/backup/{id}/included_volumes",
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "jobs",
    size: "list",
  }),
  notBackedUp: request({
    product,
    method: "GET",
    path: "/cluster/backup-info/not-backed-up",
    formerly: { path: "/cluster/backupinfo/not_backed_up", until: [7, 0] },
    parameters: {},
    rights: [["/ Sys.Audit"]],
    purpose: "jobs",
    size: "list",
  }),
  analyseSchedule: request({
    product,
    method: "GET",
    path: "/cluster/jobs/schedule-analyze",
    since: [7, 1],
    parameters: {
      schedule: text({ required: true, maxLength: 128 }),
      iterations: integer({ min: 1, max: 100 }),
      starttime: integer({ min: 0 }),
    },
    rights: "login",
    purpose: "jobs",
  }),
} as const;
