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
  /** Turns since the status was asked, while the log went on growing. */
  skipped: number;
  /** The last turn brought lines, and they do not sound like the last ones. */
  grows: boolean;
}

/** A new one each time the follower goes to sleep; whoever has news aborts it. */
export type NextNudge = () => AbortSignal;

function paceOf(engine: Engine, job: Job, upid: string): number {
  const { pace, pausedPace, watchedPace } = engine.limits;
  const age = engine.clock.now() - (job.sentAt ?? job.createdAt);
  const wait = pace.find(([upTo]) => age <= upTo)?.[1] ?? pausedPace;
  return engine.isWatched(upid) ? Math.min(wait, watchedPace) : wait;
}

/** A stop is wanted to be seen, a quiet task may have ended: both are asked each time. */
function asksStatus(engine: Engine, { grows, skipped }: Followed, job: Job): boolean {
  return !grows || job.state === "cancelling" || skipped + 1 >= engine.limits.statusEvery;
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
    const asks = asksStatus(engine, followed, job);
    followed.skipped = asks ? 0 : followed.skipped + 1;
    const status: TaskStatus = asks
      ? await server.taskStatus(followed.upid, engine.closing)
      : { state: "running" };
    if (status.state === "hidden") {
      engine.book.live(followed.jobId, { pause: "taskNotVisible" });
      return { status: null, wait: engine.limits.pausedPace };
    }
    const before = followed.log.lines();
    await followed.log.read(server, status.state === "stopped", engine.closing);
    followed.grows = followed.log.lines() > before && !followed.reader.read().looksComplete;
    if (status.state !== "stopped") show(engine, followed);
    return { status, wait: paceOf(engine, job, followed.upid) };
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
  const { upid } = task;
  const log = await openTaskLog({
    logs: engine.logs,
    key: { serverId: job.clusterId, upid },
    jobId,
    reader,
    now: () => engine.clock.now(),
    emit: (lines) => engine.emit("job.output", { jobId, upid, lines }, jobId),
    notStored: (error) => engine.log.error({ error, jobId }, "a task log could not be stored"),
  });
  const view = createProgressView(job.sentAt ?? job.createdAt, await engine.store.earlierRuns(job));
  const followed: Followed = { jobId, upid, log, reader, view, skipped: 0, grows: false };
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
