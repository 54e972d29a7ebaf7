import { isAppError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import { createTaskReader } from "../progress/task-reader.ts";
import type { TaskReader } from "../progress/task-reader.ts";
import type { Engine } from "./engine.ts";
import { pause } from "./engine.ts";
import { finish } from "./finish.ts";
import type { ShowProgress } from "./job-progress.ts";
import { createProgressView, guestResults } from "./job-progress.ts";
import { pauseReasonOf } from "./pause-reason.ts";
import type { JobServer, TaskStatus } from "./server.ts";
import type { FollowedLog } from "./task-log.ts";
import { openTaskLog } from "./task-log.ts";

export interface Followed {
  readonly jobId: string;
  readonly upid: string;
  readonly log: FollowedLog;
  readonly reader: TaskReader;
  readonly view: ShowProgress;
}

/** A new one each time the follower goes to sleep; whoever has news aborts it. */
export type NextNudge = () => AbortSignal;

function paceOf(engine: Engine, job: Job): number {
  const age = engine.clock.now() - (job.sentAt ?? job.createdAt);
  return engine.limits.pace.find(([upTo]) => age <= upTo)?.[1] ?? engine.limits.pausedPace;
}

function show(engine: Engine, { jobId, log, reader, view }: Followed): void {
  const job = engine.book.get(jobId);
  if (job === null) return;
  const progress = reader.read();
  engine.book.live(jobId, {
    progress: view(progress, engine.clock.now()),
    guests: guestResults(job, progress),
    warnings: [...progress.warnings],
    logLines: log.lines(),
    pause: null,
  });
}

/** The server is told again while the task runs on: it does not say what became of the wish. */
async function insistOnStop(
  engine: Engine,
  server: JobServer,
  followed: Followed,
  lastStop: number,
): Promise<number> {
  const job = engine.book.get(followed.jobId);
  const now = engine.clock.now();
  // Whoever wrote the wish has told it once already; after a restart it is told at once.
  const lastTold = Math.max(lastStop, job?.cancelRequestedAt ?? lastStop);
  if (job?.state !== "cancelling" || now - lastTold < engine.limits.stopAgain) return lastStop;
  await server.stopTask(followed.upid, engine.closing);
  return now;
}

interface Tick {
  readonly status: TaskStatus | null;
  readonly wait: number;
}

/** State first, log second: what is read after a task was seen to have ended is all there will be. */
async function tick(engine: Engine, followed: Followed): Promise<Tick> {
  const job = engine.book.get(followed.jobId);
  const server = job === null ? null : engine.server(job.clusterId);
  if (job === null || server === null) {
    engine.book.live(followed.jobId, { pause: "offline" });
    return { status: null, wait: engine.limits.pausedPace };
  }
  try {
    const status = await server.taskStatus(followed.upid, engine.closing);
    if (status.state === "hidden") {
      engine.book.live(followed.jobId, { pause: "taskNotVisible" });
      return { status: null, wait: engine.limits.pausedPace };
    }
    await followed.log.read(server, status.state === "stopped", engine.closing);
    if (status.state !== "stopped") show(engine, followed);
    return { status, wait: paceOf(engine, job) };
  } catch (error) {
    engine.closing.throwIfAborted();
    if (!isAppError(error))
      engine.log.error({ error, jobId: followed.jobId }, "a task could not be followed");
    engine.book.live(followed.jobId, { pause: pauseReasonOf(error) });
    return { status: null, wait: engine.limits.pausedPace };
  }
}

async function stopIfWanted(engine: Engine, followed: Followed, lastStop: number): Promise<number> {
  const clusterId = engine.book.get(followed.jobId)?.clusterId ?? "";
  const server = engine.server(clusterId);
  if (server === null) return lastStop;
  try {
    return await insistOnStop(engine, server, followed, lastStop);
  } catch (error) {
    // The wish stays written; the next tick tells it again.
    engine.log.warn({ error, jobId: followed.jobId }, "a task could not be asked to stop");
    return engine.clock.now();
  }
}

/** Follows the job's last task to the server's own end of it, however long that takes and however often the cluster goes away. */
export async function follow(engine: Engine, jobId: string, nextNudge: NextNudge): Promise<void> {
  const job = engine.book.get(jobId);
  const task = job?.tasks.at(-1);
  if (job === null || task === undefined) return;
  const reader = createTaskReader(task.type, { vmid: job.request.guest.vmid });
  const log = await openTaskLog(engine, job, task.upid, reader);
  const view = createProgressView(job.sentAt ?? job.createdAt, await engine.store.earlierRuns(job));
  const followed: Followed = { jobId, upid: task.upid, log, reader, view };
  let goneSince: number | null = null;
  let lastStop = Number.NEGATIVE_INFINITY;
  while (isOpen(engine.book.get(jobId)?.state ?? "failed")) {
    engine.failpoint("follow.tick");
    lastStop = await stopIfWanted(engine, followed, lastStop);
    const { status, wait } = await tick(engine, followed);
    if (status?.state === "stopped") return finish(engine, followed, status.exitStatus, nextNudge);
    if (status?.state === "gone") {
      goneSince ??= engine.clock.now();
      if (engine.clock.now() - goneSince >= engine.limits.goneTolerance)
        return finish(engine, followed, null, nextNudge);
    } else if (status !== null) goneSince = null;
    await pause(engine, wait, nextNudge());
  }
}
