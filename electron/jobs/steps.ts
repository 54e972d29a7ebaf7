import type { ErrorData } from "../../shared/errors.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { Job, JobState } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import { parseUpid } from "../../shared/task.ts";
import type { NewJobEvent } from "../store/job-fold.ts";
import type { Engine } from "./engine.ts";
import { tellProblem } from "./engine.ts";
import { rulesOf } from "./kinds.ts";
import type { JobServer } from "./server.ts";

const never = new AbortController().signal;

/** A change that must not be lost: while the store refuses it, it is tried again, and the user is told once. */
export async function mustWrite(
  engine: Engine,
  jobId: string,
  decide: (job: Job) => NewJobEvent | null,
  written?: () => void,
): Promise<Job> {
  for (let told = false; ; told = true) {
    try {
      return await engine.book.change(jobId, decide, written);
    } catch (error) {
      engine.closing.throwIfAborted();
      engine.log.error({ error, jobId }, "a job's change could not be written");
      if (!isAppError(error)) throw error;
      if (!told) tellProblem(engine, error);
      await engine.clock.sleep(engine.limits.storeRetry, AbortSignal.any([engine.closing, never]));
    }
  }
}

type EndWithoutTask = Extract<JobState, "rejected" | "notStarted" | "cancelled" | "indeterminate">;

/** Ends a job of which no task is known, and has its end announced. */
export async function endWithout(
  engine: Engine,
  jobId: string,
  state: EndWithoutTask,
  error: ErrorData | null,
  more: Partial<Job> = {},
): Promise<Job> {
  const job = await mustWrite(engine, jobId, (job) =>
    isOpen(job.state) || job.state === "indeterminate"
      ? { type: state, patch: { ...more, state, error, pause: null, endedAt: engine.clock.now() } }
      : null,
  );
  await announced(engine, jobId);
  return job;
}

/** Whoever listens has been told of the end by now; the note keeps the next start from telling it again. */
export async function announced(engine: Engine, jobId: string): Promise<void> {
  engine.failpoint("alert.sent");
  await mustWrite(engine, jobId, () => ({ type: "announced" }));
}

/** True where this UPID can be the job's task: node, type, guest and owner are those we asked for. */
export function fitsJob(job: Job, server: Pick<JobServer, "owner">, text: string): boolean {
  const upid = parseUpid(text);
  if (upid === null) return false;
  const rules = rulesOf(job.request);
  const { guest } = job.request;
  return (
    rules.taskTypes.includes(upid.type) &&
    (rules.where === "cluster" || upid.node === guest.node) &&
    upid.id === String(guest.vmid) &&
    upid.user === server.owner
  );
}

/**
 * Binds a task to the job and begins to follow it. The job is running for the user only when that is written.
 * Throws job.notAdoptable where the task belongs to another job of ours.
 */
export async function bindTask(
  engine: Engine,
  jobId: string,
  text: string,
  how: "answer" | "lookup" | "user",
): Promise<Job> {
  const upid = parseUpid(text);
  const before = engine.book.get(jobId);
  if (upid === null || before === null) throw new AppError("job.notAdoptable", { params: { upid: text } });
  const owner = await engine.store.ownerOf(before.clusterId, text);
  if (owner !== null && owner !== jobId) throw new AppError("job.notAdoptable", { params: { upid: text } });
  const task: Job["tasks"][number] = {
    upid: text,
    node: upid.node,
    type: upid.type,
    state: "running",
    exitStatus: null,
    startedAt: upid.startTime * 1000,
    endedAt: null,
    logLines: 0,
    logComplete: false,
  };
  const job = await mustWrite(
    engine,
    jobId,
    (job) => ({
      type: how === "answer" ? "started" : "adopted",
      params: { upid: text, how },
      patch: {
        state: job.cancelRequestedAt === null ? "running" : "cancelling",
        tasks: [...job.tasks.filter((known) => known.upid !== text), task],
        candidates: [],
        error: null,
        endedAt: null,
      },
    }),
    () => engine.failpoint("upid.persisted"),
  );
  engine.startFollowing(jobId);
  return job;
}
