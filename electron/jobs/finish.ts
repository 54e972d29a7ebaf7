import { isAppError } from "../../shared/errors.ts";
import type { Job, JobProgress, JobTask } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import type { Final, Progress } from "../../shared/progress.ts";
import { classifyExit } from "../progress/exit.ts";
import { conclude } from "./conclude.ts";
import type { Conclusion } from "./conclude.ts";
import type { Engine } from "./engine.ts";
import { pause } from "./engine.ts";
import type { Followed, NextNudge } from "./follow.ts";
import { guestResults } from "./job-progress.ts";
import { rulesOf } from "./kinds.ts";
import { pauseReasonOf } from "./pause-reason.ts";
import type { Proof } from "./proof.ts";
import type { JobServer } from "./server.ts";
import { announced, mustWrite } from "./steps.ts";

/** A failed task has nothing to prove; all other ends have. */
const needsProof = (final: Final): boolean => final.status !== "failed" && final.status !== "aborted";

/** Asks until the server answered; it may be away for hours. null = the cluster is not registered any more. */
async function asked<T>(
  engine: Engine,
  jobId: string,
  nextNudge: NextNudge,
  question: (server: JobServer, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  for (;;) {
    const server = engine.server(engine.book.get(jobId)?.clusterId ?? "");
    try {
      if (server !== null) return await question(server, engine.closing);
      engine.book.live(jobId, { pause: "offline" });
    } catch (error) {
      engine.closing.throwIfAborted();
      if (!isAppError(error)) engine.log.error({ error, jobId }, "the proof of a task could not be read");
      engine.book.live(jobId, { pause: pauseReasonOf(error) });
    }
    await pause(engine, engine.limits.pausedPace, nextNudge());
  }
}

/** Lists lag behind the task: looks until the thing is there or the patience for its kind is over. */
export async function findProof(
  engine: Engine,
  job: Job,
  final: Final["status"],
  loggedArchive: string | null,
  nextNudge: NextNudge,
): Promise<Proof> {
  const rules = rulesOf(job.request);
  const since = engine.clock.now();
  for (;;) {
    const proof = await asked(engine, job.id, nextNudge, async (server, signal): Promise<Proof> => {
      try {
        return await rules.prove({ server, trace: job.trace, loggedArchive, final }, signal);
      } catch (error) {
        if (isAppError(error, "server.forbidden", "server.tooFewRights")) return { state: "mayNotSee" };
        throw error;
      }
    });
    if (proof.state !== "missing" || engine.clock.now() - since >= rules.patience(engine.limits))
      return proof;
    await pause(engine, engine.limits.proofEvery, nextNudge());
  }
}

interface ServerEnd {
  /** When the task ended and what time it is, both by the server's clock. */
  readonly endedAt: number;
  readonly now: number;
  readonly restartedNode: string | null;
}

/** The task list has the end's time; the boot times tell whether the node went down in between. */
async function readEnd(
  server: JobServer,
  task: JobTask,
  final: Final,
  signal: AbortSignal,
): Promise<ServerEnd> {
  const now = await server.serverTime(signal);
  const around = {
    node: task.node,
    type: task.type,
    since: task.startedAt - 1000,
    until: task.startedAt + 1000,
  };
  const listed = await server.findTasks(around, signal);
  const endedAt = listed.find((found) => found.upid === task.upid)?.endedAt ?? now;
  if (final.status !== "unknown") return { endedAt, now, restartedNode: null };
  const nodes = await server.nodes(signal);
  const bootedAt = nodes.find((node) => node.node === task.node)?.bootedAt ?? null;
  return { endedAt, now, restartedNode: bootedAt !== null && bootedAt > task.startedAt ? task.node : null };
}

interface KnownEnd {
  readonly progress: Progress;
  /** As the user sees it. */
  readonly shown: JobProgress;
  readonly end: ServerEnd;
  readonly how: Conclusion;
  readonly proof: Proof;
  readonly logComplete: boolean;
}

/** Server clocks may jump back: durations are never negative, and an end is never before the job's beginning. */
function endPatch(engine: Engine, job: Job, known: KnownEnd): Partial<Job> {
  const { progress, shown, end, how, proof, logComplete } = known;
  const task = job.tasks.at(-1);
  if (task === undefined) return {};
  const final = progress.final ?? classifyExit(null);
  const ended: JobTask = {
    ...task,
    state: final.status,
    exitStatus: final.text === "" ? null : final.text,
    endedAt: Math.max(task.startedAt, end.endedAt),
    logLines: progress.linesRead,
    logComplete,
  };
  const proved = proof.state === "proved" ? proof : null;
  return {
    state: how.state,
    error: how.error,
    pause: null,
    tasks: [...job.tasks.slice(0, -1), ended],
    guests: guestResults(job, progress),
    progress: shown,
    warnings: [...progress.warnings],
    archive: proved?.archive ?? null,
    size: proved?.size ?? progress.archiveSize,
    endedAt: Math.max(job.createdAt, Math.round(end.endedAt + engine.clock.now() - end.now)),
    durationSeconds: Math.max(0, (end.endedAt - task.startedAt) / 1000),
  };
}

/** The task has ended: look for what it made, judge, write the end, tell it. */
export async function finish(
  engine: Engine,
  followed: Followed,
  exitStatus: string | null,
  nextNudge: NextNudge,
): Promise<void> {
  const { jobId, reader, log, view } = followed;
  engine.failpoint("terminal.seen");
  reader.end(exitStatus);
  const progress = reader.read();
  const final = progress.final ?? classifyExit(exitStatus);
  const job = engine.book.get(jobId);
  const task = job?.tasks.at(-1);
  if (job === null || task === undefined) return;
  const logComplete = await log.finish();
  const shown = view(progress, engine.clock.now());
  engine.book.live(jobId, { progress: shown, logLines: log.lines() });
  const proof: Proof = needsProof(final)
    ? await findProof(engine, job, final.status, progress.archive, nextNudge)
    : { state: "missing" };
  const end = await asked(engine, jobId, nextNudge, (server, signal) => readEnd(server, task, final, signal));
  await mustWrite(
    engine,
    jobId,
    (now) => {
      if (!isOpen(now.state)) return null;
      const stopWanted = now.cancelRequestedAt !== null;
      const { guests, error: logError } = progress;
      const how = conclude({ final, proof, stopWanted, guests, logError, restartedNode: end.restartedNode });
      const patch = endPatch(engine, now, { progress, shown, end, how, proof, logComplete });
      return {
        type: "ended",
        params: { state: how.state, exitStatus: final.text, proof: proof.state },
        patch,
      };
    },
    () => engine.failpoint("terminal.persisted"),
  );
  await announced(engine, jobId);
}
