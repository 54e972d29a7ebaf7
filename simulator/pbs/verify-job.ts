import { createRandom } from "../random.ts";
import { lacks, numberOf, pathOf, textOf, triggered, type Kind } from "./job-kind.ts";
import { verifySteps } from "./logs/verify.ts";
import { may } from "./routes/route.ts";
import { groupsBelow, headOfAll } from "./routes/verify.ts";
import {
  BOOLEAN,
  COMMENT,
  COUNT,
  JOB_ID,
  MAX_DEPTH,
  NS,
  required,
  SCHEDULE,
  STORE,
  THREADS,
} from "./schema.ts";
import { usableStore } from "./store-access.ts";
import { startTask } from "./tasks/engine.ts";

/** Verification of a datastore or namespace. */
export const verifyJob: Kind = {
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
