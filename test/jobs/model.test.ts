import * as fc from "fast-check";
import { expect, it } from "vitest";

import { AppError, isAppError } from "../../shared/errors.ts";
import type { Job, JobRequest, JobState } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import type { SmallHouse } from "./house.ts";
import { backupOf, cluster, openHouse, powerOf, restoreOf } from "./house.ts";
import type { LaunchFault } from "./scripted-server.ts";

/** Anything that users, servers, networks and crashes do, in any order; what must hold is checked after each and at the end. */

type Step =
  | {
      readonly do: "start";
      readonly kind: JobRequest["kind"];
      readonly guest: number;
      readonly fault: LaunchFault;
      readonly exit: string;
      readonly losesLink: boolean;
    }
  | { readonly do: "pass"; readonly seconds: number }
  | { readonly do: "leave" | "return" | "crash" }
  | { readonly do: "cancel" | "look" | "stopThere" | "forgetThere"; readonly which: number };

const never = new AbortController().signal;
const faults: readonly LaunchFault[] = [
  "none",
  "lostAfterStart",
  "lostBeforeStart",
  "neverSent",
  "rejected",
  "elsewhere",
  "foreignUpid",
  "throws",
];
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("start" as const),
      kind: fc.constantFrom("backup" as const, "restore" as const, "power" as const),
      guest: fc.integer({ min: 100, max: 103 }),
      fault: fc.constantFrom(...faults),
      exit: fc.constantFrom("OK", "OK", "WARNINGS: 1", "job errors", "unexpected status"),
      losesLink: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom("leave" as const, "return" as const, "crash" as const) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("cancel" as const, "look" as const, "stopThere" as const, "forgetThere" as const),
      which: fc.nat(9),
    }),
  },
);

const requests = {
  backup: backupOf,
  restore: restoreOf,
  power: (vmid: number) => powerOf(vmid, "start"),
} as const;

/** Ends that may follow an end: only what could not be judged may be judged later, once there is more to see. */
const mayFollowEnd: Readonly<Partial<Record<JobState, readonly JobState[]>>> = {
  indeterminate: ["succeeded", "warnings", "notStarted", "running"],
};

interface Model {
  readonly house: SmallHouse;
  readonly accepted: string[];
  draft: number;
}

async function tryTo(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    // The user is told so; anything but an expected failure is a bug.
    if (!isAppError(error)) throw error;
  }
}

async function take(step: Step, model: Model): Promise<void> {
  const { house } = model;
  const { scripted } = house;
  switch (step.do) {
    case "start": {
      scripted.fault = step.fault;
      scripted.exit = step.exit;
      scripted.awayAfterLaunch = step.losesLink ? new AppError("server.unreachable") : null;
      model.draft += 1;
      const started = house.jobs.start(requests[step.kind](step.guest), cluster, {
        draft: `m${model.draft}`,
      });
      await tryTo(started.then(({ jobId }) => model.accepted.push(jobId)));
      await house.clock.pass(100);
      return;
    }
    case "pass":
      return house.clock.pass(step.seconds * 1000);
    case "leave":
      scripted.away = new AppError("server.unreachable");
      return;
    case "return":
      scripted.away = null;
      house.jobs.onClusterReachable(cluster.id);
      return;
    case "crash":
      return house.restart();
    case "cancel":
    case "look": {
      const jobId = model.accepted[step.which % Math.max(1, model.accepted.length)];
      if (jobId === undefined) return;
      await tryTo(step.do === "cancel" ? house.jobs.cancel(jobId, never) : house.jobs.lookAgain(jobId));
      return;
    }
    case "stopThere":
    case "forgetThere": {
      const task = scripted.tasks[step.which % Math.max(1, scripted.tasks.length)];
      if (task === undefined) return;
      if (step.do === "forgetThere") task.gone = true;
      else await tryTo(scripted.server.stopTask(task.upid, never));
      return;
    }
    default:
      return step satisfies never;
  }
}

async function check(model: Model): Promise<void> {
  const { house } = model;
  const jobs = await Promise.all(model.accepted.map((jobId) => house.jobs.get(jobId)));
  const { launched } = house.scripted.ledger;
  expect(new Set(launched).size, "a launch was sent twice").toBe(launched.length);
  const traces = new Set(jobs.map(({ job }) => job.trace));
  expect(
    launched.filter((trace) => !traces.has(trace)),
    "launched without an intent",
  ).toEqual([]);
  const upids = jobs.flatMap(({ job }) => job.tasks.map((task) => task.upid));
  expect(new Set(upids).size, "two jobs have one task").toBe(upids.length);
}

/** The server's own word on the job's task, told apart from the engine's code. */
function promised(model: Model, job: Job): readonly JobState[] {
  const { tasks } = model.house.scripted;
  const task = tasks.find((one) => one.upid === job.tasks[0]?.upid);
  if (task === undefined) return ["notStarted", "rejected", "cancelled", "indeterminate", "succeeded"];
  if (task.gone) return ["succeeded", "warnings", "failed", "cancelled", "indeterminate"];
  if (task.stoppedAt !== null) return ["cancelled"];
  if (task.exit === "OK") return ["succeeded"];
  if (task.exit === "WARNINGS: 1") return ["warnings"];
  if (task.exit === "unexpected status") return ["indeterminate", "cancelled", "succeeded"];
  return ["failed", "cancelled"];
}

function checkStory(states: readonly JobState[]): void {
  for (const [index, state] of states.entries()) {
    const before = states[index - 1];
    if (before === undefined || before === state || isOpen(before)) continue;
    expect(mayFollowEnd[before] ?? [], `${before} → ${state}`).toContain(state);
  }
}

it(
  "no order of clicks, faults, outages and crashes loses a job, starts one twice or ends it against the server's word",
  { timeout: 180_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 14 }), async (list) => {
        const house = await openHouse();
        const model: Model = { house, accepted: [], draft: 0 };
        try {
          for (const step of list) {
            await take(step, model);
            await check(model);
          }
          house.scripted.away = null;
          house.scripted.awayAfterLaunch = null;
          house.jobs.onClusterReachable(cluster.id);
          await house.clock.until(
            () => house.jobs.list().items.every((job) => !isOpen(job.state)),
            6 * 60 * 60_000,
          );
          await check(model);
          for (const jobId of model.accepted) {
            const { job } = await house.jobs.get(jobId);
            expect(promised(model, job), `${job.request.kind} ${job.state}`).toContain(job.state);
            const shown = house.events.flatMap(({ event, payload }) =>
              event === "jobs.changed" ? (payload as { readonly changed: readonly Job[] }).changed : [],
            );
            checkStory(shown.filter((one) => one.id === jobId).map((one) => one.state));
          }
          const unexpected = house.errors.filter(
            (error) => !(error instanceof Error && error.message === "the client broke"),
          );
          expect(unexpected).toEqual([]);
        } finally {
          await house.close();
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  },
);
