import { lacks, numberOf, pathOf, textOf, triggered, type Kind } from "./job-kind.ts";
import { pruneSteps } from "./logs/prune.ts";
import { keepsOf } from "./prune.ts";
import { prunable } from "./routes/prune.ts";
import { may } from "./routes/route.ts";
import { BOOLEAN, COMMENT, JOB_ID, KEEPS, MAX_DEPTH, NS, required, SCHEDULE, STORE } from "./schema.ts";
import { usableStore } from "./store-access.ts";
import { startTask } from "./tasks/engine.ts";

/** Pruning of a datastore or namespace. */
export const pruneJob: Kind = {
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
