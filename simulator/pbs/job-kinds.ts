import { createRandom } from "../random.ts";
import { pruneSteps } from "./logs/prune.ts";
import { syncSteps, syncWorkerId } from "./logs/sync.ts";
import { verifySteps } from "./logs/verify.ts";
import { keepsOf } from "./prune.ts";
import { may, type Call } from "./routes/route.ts";
import { prunable } from "./routes/prune.ts";
import { groupsBelow, headOfAll } from "./routes/verify.ts";
import {
  ARRAY,
  AUTHID,
  BOOLEAN,
  COMMENT,
  COUNT,
  JOB_ID,
  KEEPS,
  MAX_DEPTH,
  NS,
  required,
  SAFE,
  SCHEDULE,
  STORE,
  STRING,
  THREADS,
  type Parameter,
  type Parameters,
} from "./schema.ts";
import { failed } from "./state.ts";
import { usableStore } from "./store-access.ts";
import { startTask } from "./tasks/engine.ts";
import { storePath } from "./access/rights.ts";
import type { Job, JobKind } from "./world.ts";

/** Whoever starts a job: all that its work looks at. */
type Caller = Pick<Call, "state" | "authid">;

export const triggered = (schedule: string | null): readonly string[] =>
  schedule === null ? [] : [`task triggered by schedule '${schedule}'`];

/** All in which the three kinds of jobs differ. */
export type Kind = {
  readonly kind: JobKind;
  /** As it is called where a missing one is complained of. */
  readonly section: string;
  /** Of its task. */
  readonly worker: string;
  readonly parameters: Parameters;
  /** What `delete` can take away. */
  readonly deletable: readonly string[];
  readonly sees: (call: Call, job: Job) => boolean;
  /** Why the caller may not make, change, remove or run it; null = he may. */
  readonly refusal: (call: Call, job: Job) => string | null;
  /** Starts it and returns the UPID; `schedule` is what triggered it, null = somebody did. */
  readonly start: (call: Caller, job: Job, schedule: string | null) => string;
};

const textOf = (job: Job, key: string): string | null => (typeof job[key] === "string" ? job[key] : null);
const numberOf = (job: Job, key: string): number | null => (typeof job[key] === "number" ? job[key] : null);
const pathOf = (job: Job): string => storePath(job.store, textOf(job, "ns") ?? "");

function lacks(call: Call, path: string, privilege: string): string | null {
  return may(call, path, [privilege]) ? null : `missing permissions '${privilege}' on '${path}'`;
}

const RATE: Parameter = { ...STRING, pattern: /^\d+(\.\d+)?\s*(B|[KMGTPE]B|[KMGTPE]iB|[KMGTPE])?$/i };
const KEY: Parameter = { ...SAFE, since: "4.2" };

const verify: Kind = {
  kind: "verify",
  section: "verification",
  worker: "verificationjob",
  parameters: {
    id: required(JOB_ID),
    store: required(STORE),
    comment: COMMENT,
    schedule: SCHEDULE,
    ns: NS,
    "max-depth": MAX_DEPTH,
    "ignore-verified": BOOLEAN,
    "outdated-after": COUNT,
    "read-threads": { ...THREADS, since: "4.1" },
    "verify-threads": { ...THREADS, since: "4.1" },
  },
  deletable: [
    "ignore-verified",
    "comment",
    "schedule",
    "outdated-after",
    "ns",
    "max-depth",
    "read-threads",
    "verify-threads",
  ],
  sees: (call, job) => may(call, pathOf(job), ["Datastore.Audit", "Datastore.Verify"]),
  refusal: (call, job) => lacks(call, pathOf(job), "Datastore.Verify"),
  start: (call, job, schedule) => {
    const { state } = call;
    const datastore = usableStore(call, job.store);
    const groups = groupsBelow(datastore, textOf(job, "ns") ?? "", numberOf(job, "max-depth"));
    const id = `${job.store}:${job.id}`;
    const task = startTask(state, {
      type: "verificationjob",
      id,
      user: call.authid,
      params: { id: job.id },
      steps: () =>
        verifySteps({
          store: job.store,
          groups,
          time: null,
          head: [
            `Starting datastore verify job '${id}'`,
            ...triggered(schedule),
            ...headOfAll(state, job.store, groups.length),
          ],
          ignoreVerified: job["ignore-verified"] !== false,
          outdatedAfter: numberOf(job, "outdated-after"),
          now: state.clock.seconds(),
          random: createRandom(state.seed + state.world.daemon.nextTask),
        }),
    });
    return task.upid;
  },
};

const prune: Kind = {
  kind: "prune",
  section: "prune",
  worker: "prunejob",
  parameters: {
    id: required(JOB_ID),
    store: required(STORE),
    schedule: required(SCHEDULE),
    comment: COMMENT,
    disable: BOOLEAN,
    ns: NS,
    "max-depth": MAX_DEPTH,
    ...KEEPS,
  },
  deletable: ["comment", "disable", "ns", "max-depth", ...Object.keys(KEEPS)],
  sees: (call, job) => may(call, pathOf(job), ["Datastore.Audit", "Datastore.Modify"]),
  refusal: (call, job) => lacks(call, pathOf(job), "Datastore.Modify"),
  start: (call, job, schedule) => {
    const { state } = call;
    const datastore = usableStore(call, job.store, true);
    const ns = textOf(job, "ns") ?? "";
    const maxDepth = numberOf(job, "max-depth");
    const task = startTask(state, {
      type: "prunejob",
      id: ns === "" ? job.store : `${job.store}:${ns}`,
      user: call.authid,
      params: { id: job.id },
      steps: () =>
        pruneSteps({
          store: job.store,
          ns,
          maxDepth,
          groups: prunable(call, datastore, ns, maxDepth),
          rule: keepsOf(job),
          dryRun: false,
          head: [`prune job '${job.id}'`, ...triggered(schedule)],
          timeZone: state.world.timeZone,
        }),
    });
    return task.upid;
  },
};

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

const sync: Kind = {
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

export const kinds: readonly Kind[] = [sync, verify, prune];
