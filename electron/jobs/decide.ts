import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import type { Engine } from "./engine.ts";
import { findProof } from "./finish.ts";
import { bindTask, endWithout, mustWrite } from "./steps.ts";

/** What the user says of a job: stop it, it was that task, look once more. */

/** Refusals of a stop that the server means: the task runs on, and the wish is taken back. */
const refusals = ["server.forbidden", "server.tooFewRights", "server.badRequest", "server.error"] as const;

async function takeBack(engine: Engine, jobId: string, error: AppError): Promise<void> {
  await mustWrite(engine, jobId, (job) =>
    job.state === "cancelling"
      ? {
          type: "cancelRefused",
          params: { code: error.code },
          patch: { state: "running", cancelRequestedAt: null, error: toErrorData(error) },
        }
      : null,
  );
}

/** Writes the wish, then tells the server. A lost request is told again by the follower; a refused one is taken back and thrown. */
export async function cancelJob(engine: Engine, jobId: string, signal: AbortSignal): Promise<Job> {
  const job = await engine.book.change(jobId, (before) => {
    if (!isOpen(before.state)) throw new AppError("job.ended", { params: { id: jobId } });
    if (before.cancelRequestedAt !== null) return null;
    const running = before.state === "running";
    return {
      type: "cancelRequested",
      patch: { cancelRequestedAt: engine.clock.now(), ...(running ? { state: "cancelling" as const } : {}) },
    };
  });
  await engine.audit.append("job.cancel", { job: jobId, cluster: job.clusterId });
  const task = job.tasks.at(-1);
  const server = engine.server(job.clusterId);
  if (job.state !== "cancelling" || task === undefined || server === null) return job;
  try {
    await server.stopTask(task.upid, signal);
  } catch (error) {
    if (!isAppError(error, ...refusals)) return engine.book.get(jobId) ?? job;
    await takeBack(engine, jobId, error);
    throw error;
  }
  return engine.book.get(jobId) ?? job;
}

/** The user's word binds a candidate or says that there was none. Nothing that was not offered can be bound. */
export async function resolveJob(engine: Engine, jobId: string, upid: string | null): Promise<Job> {
  const job = engine.book.get(jobId) ?? (await engine.store.get(jobId))?.job;
  const waits = job?.state === "unconfirmed" || (job?.state === "indeterminate" && job.tasks.length === 0);
  if (job === undefined || !waits) throw new AppError("job.ended", { params: { id: jobId } });
  await engine.audit.append("job.resolve", { job: jobId, upid: upid ?? "" });
  if (upid === null) return endWithout(engine, jobId, "notStarted", { code: "job.neverStarted", params: {} });
  if (!job.candidates.some((candidate) => candidate.upid === upid))
    throw new AppError("job.notAdoptable", { params: { upid } });
  return bindTask(engine, jobId, upid, "user");
}

/** The one way in which an end is judged anew: evidence that was not there before. */
export async function lookAgain(engine: Engine, job: Job): Promise<Job> {
  const task = job.tasks.at(-1);
  if (task === undefined || engine.server(job.clusterId) === null) return job;
  const once = { ...engine, limits: { ...engine.limits, proofPatience: 0, haPatience: 0 } };
  const logged = job.guests.find((guest) => guest.archive !== null)?.archive ?? null;
  const final = task.state === "running" ? "unknown" : task.state;
  const proof = await findProof(once, job, final, logged, () => engine.closing);
  if (proof.state !== "proved") return job;
  return mustWrite(engine, job.id, (now) =>
    now.state === "indeterminate"
      ? {
          type: "upgraded",
          params: { proof: proof.state },
          patch: {
            state: task.state === "warnings" ? "warnings" : "succeeded",
            error: null,
            archive: proof.archive,
            size: proof.size ?? now.size,
          },
        }
      : null,
  );
}
