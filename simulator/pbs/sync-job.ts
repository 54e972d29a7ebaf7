import { storePath } from "./access/rights.ts";
import { pathOf, textOf, type Kind } from "./job-kind.ts";
import { syncSteps, syncWorkerId } from "./logs/sync.ts";
import { may, type Call } from "./routes/route.ts";
import {
  ARRAY,
  AUTHID,
  BOOLEAN,
  COMMENT,
  JOB_ID,
  MAX_DEPTH,
  NS,
  required,
  SAFE,
  SCHEDULE,
  STORE,
  STRING,
  THREADS,
  type Parameter,
} from "./schema.ts";
import { failed } from "./state.ts";
import { usableStore } from "./store-access.ts";
import { startTask } from "./tasks/engine.ts";
import type { Job } from "./world.ts";

const RATE: Parameter = { ...STRING, pattern: /^\d+(\.\d+)?\s*(B|[KMGTPE]B|[KMGTPE]iB|[KMGTPE])?$/i };
const KEY: Parameter = { ...SAFE, since: "4.2" };

/** As after a sync the groups are somebody else's, one who may not change owners can only sync for himself. */
function syncRefusal(call: Call, job: Job): string | null {
  const holds = (privilege: string): boolean => may(call, pathOf(job), [privilege]);
  const owner = textOf(job, "owner") ?? "root@pam";
  const own = owner === call.authid || (!call.authid.includes("!") && owner.split("!")[0] === call.authid);
  const remote = textOf(job, "remote");
  const reads =
    remote === null || may(call, `/remote/${remote}/${textOf(job, "remote-store") ?? ""}`, ["Remote.Read"]);
  const allowed =
    holds("Datastore.Backup") &&
    (job["remove-vanished"] !== true || holds("Datastore.Prune")) &&
    (own || holds("Datastore.Modify")) &&
    reads;
  return allowed ? null : "permission check failed";
}

/** Pulling from another server or datastore. */
export const syncJob: Kind = {
  kind: "sync",
  section: "sync",
  worker: "syncjob",
  parameters: {
    id: required(JOB_ID),
    store: required(STORE),
    "remote-store": required(STORE),
    remote: { ...SAFE, min: 3, max: 32 },
    owner: AUTHID,
    comment: COMMENT,
    schedule: SCHEDULE,
    ns: NS,
    "remote-ns": NS,
    "max-depth": MAX_DEPTH,
    "remove-vanished": BOOLEAN,
    "resync-corrupt": BOOLEAN,
    "encrypted-only": BOOLEAN,
    "verified-only": BOOLEAN,
    "group-filter": ARRAY,
    "transfer-last": { type: "integer", minimum: 1 },
    "rate-in": RATE,
    "rate-out": RATE,
    "burst-in": RATE,
    "burst-out": RATE,
    "sync-direction": { ...STRING, enum: ["pull", "push"] },
    "run-on-mount": { ...BOOLEAN, since: "4.0" },
    "unmount-on-done": { ...BOOLEAN, since: "4.1" },
    "worker-threads": { ...THREADS, since: "4.2" },
    "active-encryption-key": KEY,
    "associated-key": { ...ARRAY, since: "4.2" },
  },
  deletable: [
    "remote",
    "owner",
    "comment",
    "schedule",
    "remove-vanished",
    "group-filter",
    "rate-in",
    "burst-in",
    "rate-out",
    "burst-out",
    "ns",
    "remote-ns",
    "max-depth",
    "transfer-last",
    "encrypted-only",
    "verified-only",
    "run-on-mount",
    "unmount-on-done",
    "sync-direction",
    "worker-threads",
    "active-encryption-key",
    "associated-key",
  ],
  sees: (call, job) => {
    const remote = textOf(job, "remote");
    const source =
      remote === null
        ? may(call, storePath(textOf(job, "remote-store") ?? ""), ["Datastore.Audit"])
        : may(call, `/remote/${remote}`, ["Remote.Audit"]);
    return source && may(call, pathOf(job), ["Datastore.Audit"]);
  },
  refusal: syncRefusal,
  start: (call, job, schedule) => {
    const { world } = call.state;
    const target = usableStore(call, job.store, true);
    const name = textOf(job, "remote-store");
    const remote = textOf(job, "remote");
    const stores =
      remote === null ? world.datastores : world.remotes.find((one) => one.name === remote)?.datastores;
    if (!stores) throw failed(`no such remote '${remote ?? ""}'`);
    const source = stores.find((one) => one.store === name);
    const owner = textOf(job, "owner") ?? "root@pam";
    const task = startTask(call.state, {
      type: "syncjob",
      id: syncWorkerId(job),
      user: call.authid,
      params: { id: job.id },
      steps: () =>
        source
          ? syncSteps({ job, schedule, source, target, owner, now: call.state.clock.seconds() })
          : [{ at: 500, effect: { kind: "end", exit: `no such datastore '${name ?? ""}'` } }],
    });
    return task.upid;
  },
};
