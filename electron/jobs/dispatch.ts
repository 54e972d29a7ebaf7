import type { ErrorData } from "../../shared/errors.ts";
import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Engine } from "./engine.ts";
import type { JobServer, LaunchOutcome } from "./server.ts";
import { bindTask, endWithout, fitsJob, mustWrite } from "./steps.ts";

/**
 * [Note: launch] The request for a job leaves this process at most once in the job's life. Before it: the intent, fresh reads, and
 * the word `dispatching`, each committed. After it: whatever came back. Where nothing certain came back nothing is sent again;
 * reconcile.ts looks on the server. A job that is found `dispatching` at a start is such a case.
 */

/** Failures of the reads before a launch that say the cluster was not asked, rather than that it refused. */
const notAsked = [
  "cancelled",
  "cluster.needsLogin",
  "cluster.frozen",
  "server.unreachable",
  "server.nameNotFound",
  "server.timeout",
  "server.connectionLost",
  "server.sessionExpired",
  "server.unavailable",
  "server.badAnswer",
] as const;

async function preflight(engine: Engine, job: Job, server: JobServer): Promise<number | null> {
  engine.failpoint("dispatch.before_preflight");
  try {
    const { serverTime } = await server.preflight(job.request, engine.closing);
    return serverTime;
  } catch (error) {
    if (engine.closing.aborted) throw error;
    if (!isAppError(error)) engine.log.error({ error, jobId: job.id }, "preflight failed");
    await endWithout(
      engine,
      job.id,
      isAppError(error, ...notAsked) ? "notStarted" : "rejected",
      toErrorData(error),
    );
    return null;
  }
}

async function launch(engine: Engine, job: Job, server: JobServer): Promise<LaunchOutcome> {
  engine.failpoint("dispatch.before_post");
  try {
    return await server.launch(job.request, job.trace, engine.closing);
  } catch (error) {
    // Against its promise, but then nothing is known of the request: the same as a lost answer.
    engine.log.error({ error, jobId: job.id }, "launch threw");
    return { outcome: "ambiguous", error: toErrorData(error) };
  }
}

async function lose(engine: Engine, jobId: string, error: ErrorData): Promise<void> {
  const shown: ErrorData = {
    ...error,
    code: "server.unconfirmed",
    params: { ...error.params, was: error.code },
  };
  await mustWrite(engine, jobId, () => ({
    type: "unconfirmed",
    params: { code: error.code },
    patch: { state: "unconfirmed", error: shown },
  }));
  engine.lookSoon();
}

async function take(engine: Engine, job: Job, server: JobServer, outcome: LaunchOutcome): Promise<void> {
  switch (outcome.outcome) {
    case "started": {
      engine.failpoint("upid.received");
      if (!fitsJob(job, server, outcome.upid))
        return lose(engine, job.id, { code: "server.badAnswer", params: {}, server: outcome.upid });
      await bindTask(engine, job.id, outcome.upid, "answer");
      return;
    }
    case "elsewhere": {
      const { vmid, node } = job.request.guest;
      await endWithout(engine, job.id, "rejected", { code: "guest.elsewhere", params: { vmid, node } });
      return;
    }
    case "rejected":
      await endWithout(engine, job.id, "rejected", outcome.error);
      return;
    case "neverSent":
      await endWithout(engine, job.id, "notStarted", outcome.error);
      return;
    case "ambiguous":
      await lose(engine, job.id, outcome.error);
      return;
    default:
      return outcome satisfies never;
  }
}

/** Brings an accepted job to its task or to its end. Rejects only when the engine closes. */
export async function dispatch(engine: Engine, jobId: string): Promise<void> {
  const accepted = engine.book.get(jobId);
  if (accepted === null) return;
  const server = engine.server(accepted.clusterId);
  if (server === null) {
    const error = new AppError("cluster.notFound", { params: { id: accepted.clusterId } });
    await endWithout(engine, jobId, "notStarted", toErrorData(error));
    return;
  }
  const serverTime = await preflight(engine, accepted, server);
  if (serverTime === null) return;
  await engine.audit.append("job.launch", {
    job: jobId,
    cluster: accepted.clusterId,
    kind: accepted.request.kind,
  });
  engine.failpoint("dispatch.before_write");
  const job = await engine.book.change(jobId, (job) =>
    job.cancelRequestedAt === null && job.state === "accepted"
      ? {
          type: "dispatching",
          params: { serverTime },
          patch: { state: "dispatching", sentAt: engine.clock.now() },
        }
      : null,
  );
  if (job.state !== "dispatching") {
    await endWithout(engine, jobId, "cancelled", null);
    return;
  }
  engine.failpoint("dispatch.after_write");
  await take(engine, job, server, await launch(engine, job, server));
}
