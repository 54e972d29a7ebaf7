import { isAppError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { Engine } from "./engine.ts";
import type { Judgement } from "./kinds.ts";
import { rulesOf } from "./kinds.ts";
import { headLines } from "./limits.ts";
import { archiveOfTrace } from "./proof.ts";
import type { FoundTask, JobServer } from "./server.ts";
import { announced, bindTask, endWithout, fitsJob, mustWrite } from "./steps.ts";

/**
 * [Note: looking a lost launch up] Sent, but the answer is unknown: by a crash, a cut connection, a time-out. The server knows. Its task
 * list is asked for tasks of ours (owner, type, guest) that began in the window around the sending, by the server's clock; a backup is
 * recognised by our trace id in its command line, a restore by its archive. Exactly one is taken. None is believed only after the window
 * has passed and several looks in a row were answered and found nothing. A look that failed says nothing at all.
 */

interface Window {
  readonly since: number;
  readonly until: number;
}

interface Judged {
  readonly task: FoundTask;
  readonly judgement: Judgement;
}

/** What one answered look has found. */
interface Look {
  readonly ours: readonly FoundTask[];
  /** May be ours, and the log may yet tell. */
  readonly pending: readonly FoundTask[];
  /** May be ours, and the log will never tell. */
  readonly unclear: readonly FoundTask[];
  /** The window had passed by the server's clock when it was asked. */
  readonly late: boolean;
}

/** How far our clock and the server's may differ where only ours is known (ms). */
const clockDoubt = 60 * 60 * 1000;

async function windowOf(engine: Engine, job: Job): Promise<Window | null> {
  const events = await engine.store.events(job.id);
  const dispatching = events.findLast((event) => event.type === "dispatching");
  if (dispatching === undefined && job.sentAt === null) return null;
  const { windowBefore, windowAfter, launchDeadline } = engine.limits;
  const sent = dispatching?.params["serverTime"];
  if (typeof sent === "number")
    return { since: sent - windowBefore, until: sent + launchDeadline + windowAfter };
  // The event was lost with a damaged file: our own clock has to do, with room for what it may be wrong by.
  const about = job.sentAt ?? job.createdAt;
  return { since: about - clockDoubt, until: about + launchDeadline + windowAfter + clockDoubt };
}

async function nodesOf(job: Job, server: JobServer, signal: AbortSignal): Promise<readonly string[]> {
  if (rulesOf(job.request).where === "node") return [job.request.guest.node];
  return (await server.nodes(signal)).filter((node) => node.online).map((node) => node.node);
}

async function candidates(
  engine: Engine,
  job: Job,
  server: JobServer,
  window: Window,
): Promise<readonly FoundTask[]> {
  const signal = engine.closing;
  const found: FoundTask[] = [];
  for (const node of await nodesOf(job, server, signal))
    for (const type of rulesOf(job.request).taskTypes)
      found.push(...(await server.findTasks({ node, type, ...window }, signal)));
  const fitting: FoundTask[] = [];
  for (const task of found) {
    if (task.startedAt < window.since || task.startedAt > window.until) continue;
    if (!fitsJob(job, server, task.upid)) continue;
    const owner = await engine.store.ownerOf(job.clusterId, task.upid);
    if (owner === null || owner === job.id) fitting.push(task);
  }
  return fitting;
}

async function judge(engine: Engine, job: Job, server: JobServer, task: FoundTask): Promise<Judged> {
  const rules = rulesOf(job.request);
  if (rules.mark === "none") return { task, judgement: "ours" };
  const { lines, gone } = await server.taskLog(task.upid, 0, headLines, engine.closing);
  const head = gone ? [] : lines.map((line) => line.text);
  if (rules.mark === "trace" && !server.carriesTrace)
    return { task, judgement: judgeWithoutTrace(job, head) };
  return { task, judgement: rules.judge(job.trace, head) };
}

/** Before PVE 7.2 notes carry nothing: what names another storage is not ours, the rest is for the user to say. */
function judgeWithoutTrace(job: Job, head: readonly string[]): Judgement {
  const command = head.find((line) => line.includes("starting new backup job: vzdump "));
  if (command === undefined || job.request.kind !== "backup") return "unsaid";
  return command.includes(`--storage ${job.request.storage}`) ? "unsaid" : "foreign";
}

async function look(engine: Engine, job: Job, server: JobServer, window: Window): Promise<Look> {
  const now = await server.serverTime(engine.closing);
  const judged: Judged[] = [];
  for (const task of await candidates(engine, job, server, window))
    judged.push(await judge(engine, job, server, task));
  const unsaid = judged.filter(({ judgement }) => judgement === "unsaid").map(({ task }) => task);
  const tellable = rulesOf(job.request).mark !== "trace" || server.carriesTrace;
  return {
    ours: judged.filter(({ judgement }) => judgement === "ours").map(({ task }) => task),
    pending: unsaid.filter((task) => tellable && task.endedAt === null),
    unclear: unsaid.filter((task) => !tellable || task.endedAt !== null),
    late: now > window.until,
  };
}

async function offer(engine: Engine, job: Job, tasks: readonly FoundTask[]): Promise<void> {
  const shown = tasks.map(({ upid, node, user, startedAt }) => ({ upid, node, user, startedAt }));
  const known = new Set(job.candidates.map((candidate) => candidate.upid));
  if (shown.length === known.size && shown.every(({ upid }) => known.has(upid))) return;
  await mustWrite(engine, job.id, () => ({
    type: "candidates",
    params: { count: shown.length },
    patch: { candidates: shown },
  }));
}

async function endAsSeveral(engine: Engine, job: Job, tasks: readonly FoundTask[]): Promise<void> {
  await offer(engine, job, tasks);
  await endWithout(engine, job.id, "indeterminate", { code: "job.several", params: { count: tasks.length } });
}

/** The task may be forgotten by its node while what it made is there: its notes prove the job. */
async function endByArchive(engine: Engine, job: Job, server: JobServer): Promise<boolean> {
  if (job.request.kind !== "backup" || !server.carriesTrace) return false;
  const { guest, storage } = job.request;
  const archives = await server.listArchives({ node: guest.node, storage, vmid: guest.vmid }, engine.closing);
  const found = archiveOfTrace(archives, job.trace);
  if (found === null) return false;
  await mustWrite(engine, job.id, (now) => ({
    type: "ended",
    params: { state: "succeeded", proof: "archive" },
    patch: {
      state: "succeeded",
      error: null,
      archive: found.volid,
      size: found.size,
      endedAt: engine.clock.now(),
      guests: now.guests.map((guest) => ({ ...guest, state: "ok", archive: found.volid, size: found.size })),
    },
  }));
  await announced(engine, job.id);
  return true;
}

/** Counts answered looks that found nothing, per job; a start of the app begins anew, which only costs time. */
export type CleanLooks = Map<string, number>;

async function settle(
  engine: Engine,
  job: Job,
  server: JobServer,
  found: Look,
  clean: CleanLooks,
): Promise<void> {
  const [only, second] = found.ours;
  if (only !== undefined && second === undefined && found.pending.length === 0) {
    await bindTask(engine, job.id, only.upid, "lookup");
    return;
  }
  if (found.ours.length > 1) return endAsSeveral(engine, job, found.ours);
  if (only !== undefined || found.pending.length > 0) return;
  if (found.unclear.length > 0) {
    if (found.late && (await endByArchive(engine, job, server))) return;
    if (found.late && found.unclear.length > 1) return endAsSeveral(engine, job, found.unclear);
    return offer(engine, job, found.unclear);
  }
  if (!found.late) return;
  const looks = (clean.get(job.id) ?? 0) + 1;
  clean.set(job.id, looks);
  if (looks < engine.limits.cleanLooks) return;
  if (await endByArchive(engine, job, server)) return;
  await endWithout(engine, job.id, "notStarted", { code: "job.neverStarted", params: {} });
}

/** One look for the task of a launch whose answer is unknown. Failures of the server leave everything as it is. */
export async function lookUp(engine: Engine, job: Job, clean: CleanLooks): Promise<void> {
  const server = engine.server(job.clusterId);
  if (server === null) return;
  const window = await windowOf(engine, job);
  if (window === null) {
    await endWithout(engine, job.id, "notStarted", { code: "job.interrupted", params: {} });
    return;
  }
  try {
    await settle(engine, job, server, await look(engine, job, server, window), clean);
  } catch (error) {
    engine.closing.throwIfAborted();
    if (!isAppError(error)) throw error;
    // A look that failed is no look: neither "none" nor one of the clean ones in a row.
    clean.delete(job.id);
    engine.log.info({ jobId: job.id, code: error.code }, "a lost launch could not be looked up");
  }
}
