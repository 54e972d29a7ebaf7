import { ApiError } from "../../errors.ts";
import { optional, text } from "../../routes/route.ts";
import type { Kind } from "../job-kind.ts";
import { kinds } from "../job-kinds.ts";
import { runState } from "../jobs.ts";
import {
  ARRAY,
  badParameters,
  DIGEST,
  JOB_ID,
  required,
  STORE,
  STRING,
  type Parameter,
  type Parameters,
} from "../schema.ts";
import { failed } from "../state.ts";
import type { Job, JobValue } from "../world.ts";
import { checkDigest, digestOf } from "./accounts.ts";
import { answer, type Call, type Route } from "./route.ts";

const jobsOf = (call: Call, { kind }: Kind): Job[] => call.state.world.jobs[kind];

function jobHere(call: Call, kind: Kind): Job {
  const id = text(call, "id");
  const job = jobsOf(call, kind).find((one) => one.id === id);
  if (!job) throw failed(`no such ${kind.section} '${id}'`);
  return job;
}

function demandChange(call: Call, kind: Kind, job: Job): void {
  const refusal = kind.refusal(call, job);
  if (refusal !== null) throw failed(refusal);
}

/** Pull jobs only, unless others are asked for. */
function directed(call: Call, job: Job): boolean {
  const wanted = optional(call, "sync-direction") ?? "pull";
  return wanted === "all" || (job["sync-direction"] ?? "pull") === wanted;
}

function visible(call: Call, kind: Kind): readonly Job[] {
  const store = optional(call, "store");
  return jobsOf(call, kind)
    .filter((job) => kind.sees(call, job) && (store === null || job.store === store))
    .filter((job) => kind.kind !== "sync" || directed(call, job));
}

function statusRow(call: Call, kind: Kind, job: Job): object {
  const schedule = typeof job["schedule"] === "string" && job["disable"] !== true ? job["schedule"] : null;
  return { ...job, ...runState(call.state, kind.kind, job.id, schedule) };
}

const given = (call: Call): Record<string, JobValue> => {
  const { delete: _delete, digest: _digest, ...options } = call.params;
  return options;
};

function create(call: Call, kind: Kind): null {
  const jobs = jobsOf(call, kind);
  const job = given(call) as Job;
  demandChange(call, kind, job);
  if (kind.kind === "sync" && job["remote"] === undefined && job.store === job["remote-store"])
    throw failed("source and target datastore can't be the same");
  if (jobs.some((one) => one.id === job.id)) throw badParameters({ id: `job '${job.id}' already exists.` });
  jobs.push(job);
  call.state.changed();
  return null;
}

function update(call: Call, kind: Kind): null {
  const jobs = jobsOf(call, kind);
  checkDigest(call, jobs);
  const job = jobHere(call, kind);
  demandChange(call, kind, job);
  const removed = call.params["delete"];
  const kept = Object.entries(job).filter(([key]) => !(Array.isArray(removed) && removed.includes(key)));
  const changed = { ...Object.fromEntries(kept), ...given(call) } as Job;
  demandChange(call, kind, changed);
  jobs[jobs.indexOf(job)] = changed;
  call.state.changed();
  return null;
}

function remove(call: Call, kind: Kind): null {
  const jobs = jobsOf(call, kind);
  const id = text(call, "id");
  const job = jobs.find((one) => one.id === id);
  if (!job) throw new ApiError(404, `job '${id}' does not exist.`);
  demandChange(call, kind, job);
  checkDigest(call, jobs);
  jobs.splice(jobs.indexOf(job), 1);
  delete call.state.world.lastRuns[`${kind.kind}:${id}`];
  call.state.changed();
  return null;
}

function run(call: Call, kind: Kind): string {
  const job = jobHere(call, kind);
  demandChange(call, kind, job);
  const { lastRuns } = call.state.world;
  const last = lastRuns[`${kind.kind}:${job.id}`];
  if (call.state.tasks.some((task) => task.upid === last && task.exit === null)) {
    const file = `/var/lib/proxmox-backup/jobstates/${kind.worker}-${job.id}.json.lck`;
    throw failed(`Unable to acquire lock "${file}" - Interrupted system call (os error 4)`);
  }
  const upid = kind.start(call, job, null);
  lastRuns[`${kind.kind}:${job.id}`] = upid;
  call.state.changed();
  return upid;
}

const optionalOnes = (parameters: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, rule]) => [
      name,
      name === "id" ? rule : { ...rule, required: false },
    ]),
  );

/** What can be taken away came with the parameter itself. */
const deletion = (kind: Kind): Parameter => ({
  ...ARRAY,
  enum: kind.deletable,
  enumSince: Object.fromEntries(
    Object.entries(kind.parameters).flatMap(([name, rule]) => (rule.since ? [[name, rule.since]] : [])),
  ),
});

const ID = { id: required(JOB_ID) };

function routesOf(kind: Kind): readonly Route[] {
  const direction: Parameters =
    kind.kind === "sync" ? { "sync-direction": { ...STRING, enum: ["all", "push", "pull"] } } : {};
  const list = `/config/${kind.kind}`;
  const one = `${list}/{id}`;
  const digest = (call: Call): { readonly digest: string } => ({ digest: digestOf(jobsOf(call, kind)) });
  return [
    {
      method: "GET",
      path: list,
      parameters: direction,
      run: (call) => answer(visible(call, kind), digest(call)),
    },
    {
      method: "POST",
      path: list,
      parameters: kind.parameters,
      run: (call) => answer(create(call, kind)),
    },
    {
      method: "GET",
      path: one,
      parameters: ID,
      run: (call) => {
        const job = jobHere(call, kind);
        if (!kind.sees(call, job)) throw failed("permission check failed");
        return answer(job, digest(call));
      },
    },
    {
      method: "PUT",
      path: one,
      parameters: {
        ...optionalOnes(kind.parameters),
        delete: deletion(kind),
        digest: DIGEST,
      },
      run: (call) => answer(update(call, kind)),
    },
    {
      method: "DELETE",
      path: one,
      parameters: { ...ID, digest: DIGEST },
      run: (call) => answer(remove(call, kind)),
    },
    {
      method: "GET",
      path: `/admin/${kind.kind}`,
      parameters: { store: STORE, ...direction },
      run: (call) =>
        answer(
          visible(call, kind).map((job) => statusRow(call, kind, job)),
          digest(call),
        ),
    },
    {
      method: "POST",
      path: `/admin/${kind.kind}/{id}/run`,
      parameters: ID,
      run: (call) => answer(run(call, kind)),
    },
  ];
}

/** Sync, verify and prune jobs: configuration, when they last ran and run next, and running one now. */
export const jobRoutes: readonly Route[] = kinds.flatMap(routesOf);
