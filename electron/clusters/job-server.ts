import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import { listResources } from "../proxmox/pve/cluster.ts";
import { carriesNotes, notesTemplate, vzdump } from "../proxmox/pve/backup.ts";
import { powerGuest, readGuestStatus } from "../proxmox/pve/guests.ts";
import { listNodes, readNodeStatus } from "../proxmox/pve/nodes.ts";
import { restoreContainer, restoreVm } from "../proxmox/pve/restore.ts";
import { listBackups } from "../proxmox/pve/storage.ts";
import { tasksOf } from "../proxmox/product-tasks.ts";
import { findTasks } from "../proxmox/pve/tasks.ts";
import { readServerTime } from "../proxmox/pve/version.ts";
import { parseVersion } from "../proxmox/version.ts";
import { preflight } from "./preflight.ts";
import { isCertificateTrouble, needsLogin } from "./status.ts";

import type { JobRequest } from "../../shared/job.ts";
import type { GuestState, JobServer, LaunchOutcome } from "../jobs/server.ts";
import type { Session } from "../proxmox/session.ts";
import type { Member } from "./members.ts";
import type { TaskTurns } from "./task-turns.ts";

export interface JobServerOptions {
  /** Asked anew each time: an edit may have replaced its session. */
  readonly member: () => Member;
  /** Questions about tasks wait for theirs. */
  readonly turns: TaskTurns;
  /** The task's page is open. */
  readonly isWatched: (upid: string) => boolean;
  /** What programs print into a task's log passes it before anybody keeps or shows it. */
  readonly redact: (text: string) => string;
}

/** The job engine's view of a registered server. */
export function createJobServer({ member, turns, isWatched, redact }: JobServerOptions): JobServer {
  const session = (): Session => member().session;

  /** In the words of the job engine: nobody is logged in, or the certificate stands between us. */
  async function asking<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await work(session());
    } catch (error) {
      throw inEngineWords(error, member().server.name);
    }
  }

  return {
    get owner() {
      return session().owner;
    },
    get carriesTrace() {
      const version = parseVersion(member().server.identity.version ?? "");
      return version === null || carriesNotes(version);
    },
    preflight: (request, signal) => asking((to) => preflight(to, request, signal)),
    launch: (request, trace, signal) => launch(session(), request, trace, signal),
    taskStatus: (upid, signal) =>
      asking(async (to) => {
        await turns.take(isWatched(upid), signal);
        const status = await tasksOf(to).readTaskStatus(to, { upid }, signal);
        if (status.state === "running") return { state: "running" };
        return status.state === "stopped" ? { state: "stopped", exitStatus: status.exitStatus } : status;
      }),
    taskLog: (upid, start, limit, signal) =>
      asking(async (to) => {
        await turns.take(isWatched(upid), signal);
        const log = await tasksOf(to).readTaskLog(to, { upid, start, limit }, signal);
        return { ...log, lines: log.lines.map(({ n, text }) => ({ n, text: redact(text) })) };
      }),
    findTasks: (query, signal) => asking((to) => findTasks(to, query, signal)),
    stopTask: (upid, signal) => asking((to) => tasksOf(to).stopTask(to, { upid }, signal)),
    listArchives: (query, signal) =>
      asking(async (to) => {
        // The trace ends the first line of the notes, so that the list's first lines are enough.
        const { rows } = await listBackups(to, query, signal);
        return rows.map((row) => ({ ...row, createdAt: row.createdAt ?? 0 }));
      }),
    guestState: (vmid, signal) => asking((to) => guestState(to, vmid, signal)),
    nodes: (signal) =>
      asking(async (to) => {
        const { rows } = await listNodes(to, signal);
        return Promise.all(
          rows.map(async ({ node, online }) => ({
            node,
            online,
            bootedAt: online ? await bootTime(to, node, signal) : null,
          })),
        );
      }),
    serverTime: (signal) => asking((to) => readServerTime(to, signal)),
  };
}

function inEngineWords(error: unknown, name: string): unknown {
  if (!isAppError(error)) return error;
  if (needsLogin(error.code)) return new AppError("cluster.needsLogin", { params: { name }, cause: error });
  if (isCertificateTrouble(error.code)) {
    return new AppError("cluster.frozen", { params: { name }, cause: error });
  }
  return error;
}

async function launch(
  session: Session,
  request: JobRequest,
  trace: string,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  try {
    return await send(session, request, trace, signal);
  } catch (error) {
    // Ids and notes are checked before anything is sent; the client throws for nothing else.
    if (isAppError(error)) return { outcome: "neverSent", error: toErrorData(error) };
    throw error;
  }
}

function send(
  session: Session,
  request: JobRequest,
  trace: string,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const { node, vmid, type } = request.guest;
  switch (request.kind) {
    case "backup":
      return vzdump(
        session,
        {
          node,
          vmid,
          storage: request.storage,
          mode: request.mode,
          compress: request.compress,
          notesTemplate: notesTemplate({ note: request.note, trace }),
          protected: request.protect,
          pruneKeepAll: request.keepAll,
        },
        signal,
      );
    case "restore": {
      const keepsName = request.rename === false || request.guest.name === "";
      const input = {
        node,
        vmid,
        volid: request.volid,
        storage: request.targetStorage,
        unique: request.unique,
        start: request.start,
        name: keepsName ? null : request.guest.name,
      };
      return type === "qemu" ? restoreVm(session, input, signal) : restoreContainer(session, input, signal);
    }
    case "power":
      return powerGuest(session, { node, vmid, type, action: request.action }, signal);
    default:
      return request satisfies never;
  }
}

/** Where it is stands in the cluster's list, how it stands is asked of the node: the list is some seconds old. */
async function guestState(session: Session, vmid: number, signal: AbortSignal): Promise<GuestState | null> {
  const { guests } = await listResources(session, { type: "vm" }, signal);
  const listed = guests.find((guest) => guest.vmid === vmid);
  if (listed === undefined) return null;
  const { node, type } = listed;
  try {
    const { status, lock, name } = await readGuestStatus(session, { node, vmid, type }, signal);
    return { node, type, name, status, lock };
  } catch (error) {
    // Just moved, or its node is down: what the list says is all there is.
    if (!isAppError(error, "server.notFound", "server.nodeDown")) throw error;
    return { node, type, name: listed.name, status: listed.status, lock: listed.lock };
  }
}

/** null where the account may not see it or the node does not answer: then nothing is concluded from it. */
async function bootTime(session: Session, node: string, signal: AbortSignal): Promise<number | null> {
  try {
    return (await readNodeStatus(session, { node }, signal)).bootedAt;
  } catch (error) {
    if (isAppError(error, "server.forbidden", "server.nodeDown", "server.unavailable")) return null;
    throw error;
  }
}
