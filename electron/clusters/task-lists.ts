import { isAppError, toErrorData } from "../../shared/errors.ts";
import { taskKey } from "../../shared/followed-task.ts";
import { classifyExit } from "../progress/exit.ts";
import { hasPrivilege } from "../proxmox/pve/access.ts";
import { listTasks as listBackupServerTasks } from "../proxmox/pbs/tasks.ts";
import { taskAuditPath } from "../proxmox/requests/task-rights.ts";
import { listClusterTasks, listTasks } from "../proxmox/pve/tasks.ts";
import { createLiveSet } from "./live-set.ts";
import { createPoll } from "./poll.ts";

import type { ServerKind } from "../../shared/cluster.ts";
import type { ListedTask, TaskCoverage } from "../../shared/followed-task.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Hub } from "../hub.ts";
import type { Clock } from "../proxmox/clock.ts";
import type { FoundTask } from "../proxmox/tasks.ts";
import type { Audience } from "./attention.ts";
import type { LiveSet } from "./live-set.ts";
import type { Member } from "./members.ts";
import type { Poll } from "./poll.ts";
import type { Observed } from "./status.ts";

const second = 1000;
const minute = 60 * second;
/** Something runs in a list that is on the screen. */
const runningEvery = 2 * second;
/** A server tells its nodes' tasks to each other every ten seconds. */
const shownEvery = 10 * second;
/** Nobody looks: only so that the list is not empty when somebody does. */
const cadence = { seen: minute, unseen: minute, away: 4 * minute } as const;
/** Rows asked of one node, and of a backup server: what a screen or two shows. More is in its pages. */
const rowsPerNode = 50;
/** Of larger clusters no node is asked by itself: an account that needs it there gets the rights instead. */
const maxNodes = 16;

/** The tasks that run on all servers and those that ended lately, whoever started them. */
export interface TaskLists {
  readonly tasks: LiveSet<ListedTask>;
  readonly coverage: LiveSet<TaskCoverage>;
  /** The list of one server, to be asked again and again. */
  watch(member: Member): Poll<unknown>;
  /** One page of a server's own list, newest first. `node` is a cluster's; a backup server has one. Throws AppError `server.*`. */
  page(member: Member, wish: PageWish, signal: AbortSignal): Promise<TaskPageOf>;
  forget(clusterId: string): void;
}

export interface PageWish {
  readonly node: string;
  readonly vmid?: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface TaskPageOf {
  readonly rows: ListedTask[];
  readonly total: number;
  /** Rows that could not be read. */
  readonly bad: number;
  readonly missing: TaskCoverage["missing"];
  readonly asToken: boolean;
}

interface Reading {
  readonly tasks: readonly FoundTask[];
  readonly unread: readonly string[];
}

export function createTaskLists(options: {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly audience: Audience;
}): TaskLists {
  const { hub, clock, audience } = options;
  const tasks = createLiveSet<ListedTask>(taskKey, (change) => hub.emit("tasks.changed", change));
  const coverage = createLiveSet<TaskCoverage>(
    ({ clusterId }) => clusterId,
    (change) => hub.emit("tasks.coverage", change),
  );

  /** Clusters that were asked since their list came on the screen: whoever opens it wants the state of now. */
  const asked = new Set<string>();

  function every(clusterId: string): number {
    if (!audience.listsTasks(clusterId)) {
      asked.delete(clusterId);
      return cadence[audience.gazeOf(clusterId)];
    }
    if (!asked.has(clusterId)) return 0;
    const prefix = `${clusterId}/`;
    for (const task of tasks.values())
      if (task.state === "running" && taskKey(task).startsWith(prefix)) return runningEvery;
    return shownEvery;
  }

  async function read(member: Member): Promise<void> {
    const { id } = member.server;
    const known = coverage.get(id);
    if (audience.listsTasks(id)) asked.add(id);
    try {
      const { tasks: found, unread } = await readAll(member, audience.listsTasks(id));
      if (member.signal.aborted) return;
      const seenAt = clock.now();
      tasks.replace(
        `${id}/`,
        found.map((task) => listed(id, task, seenAt)),
      );
      coverage.upsert([{ clusterId: id, seenAt, error: null, ...rightsOf(member), unread: [...unread] }]);
    } catch (error) {
      if (!isAppError(error) || member.signal.aborted) throw error;
      coverage.upsert([
        {
          clusterId: id,
          seenAt: known?.seenAt ?? null,
          error: toErrorData(error),
          ...rightsOf(member),
          unread: known?.unread ?? [],
        },
      ]);
      throw error;
    }
  }

  return {
    tasks,
    coverage,
    watch: (member) =>
      createPoll(
        clock,
        () => every(member.server.id),
        () => read(member),
      ),
    async page(member, { node, vmid, offset, limit }, signal) {
      const { session, server } = member;
      const window = { start: offset, limit };
      const found =
        session.kind === "pve"
          ? await listTasks(session, { ...window, node, ...(vmid === undefined ? {} : { vmid }) }, signal)
          : await listBackupServerTasks(session, window, signal);
      const seenAt = clock.now();
      const { missing, asToken } = rightsOf(member, node);
      return {
        rows: found.tasks.map((task) => listed(server.id, task, seenAt)),
        // Some servers count no further than they have to.
        total: Math.max(found.total ?? 0, offset + found.tasks.length + found.bad),
        bad: found.bad,
        missing,
        asToken,
      };
    },
    forget(clusterId) {
      tasks.remove(`${clusterId}/`);
      coverage.remove(clusterId);
    },
  };
}

function listed(clusterId: ClusterId, task: FoundTask, seenAt: number): ListedTask {
  const { upid, node, type, id, user, startedAt, endedAt, status } = task;
  const isRunning = status === null && endedAt === null;
  return {
    clusterId,
    upid,
    node,
    type,
    id,
    user,
    startedAt,
    endedAt,
    state: isRunning ? "running" : classifyExit(status).status,
    exitStatus: status,
    seenAt,
  };
}

/** Which right the whole list needs and the account does not have; `node`: only the tasks of this one are meant. */
function rightsOf(
  { observed, session, server }: Member,
  node?: string,
): Pick<TaskCoverage, "missing" | "asToken"> {
  const asToken = session.login.kind === "token";
  const { permissions } = observed;
  if (permissions === null) return { missing: null, asToken };
  const path = neededPaths(observed, server.kind, node).find(
    (one) => !hasPrivilege(permissions, one, "Sys.Audit"),
  );
  return { missing: path === undefined ? null : { privilege: "Sys.Audit", path }, asToken };
}

function neededPaths({ nodes, permissions }: Observed, kind: ServerKind, node?: string): readonly string[] {
  if (kind === "pbs") return [taskAuditPath.backupServer];
  if (node !== undefined) return [taskAuditPath.node(node)];
  const holds = (path: string): boolean =>
    permissions !== null && hasPrivilege(permissions, path, "Sys.Audit");
  const each = nodes.map((one) => taskAuditPath.node(one.node));
  // The right on every node does as well, for then each node is asked by itself.
  return holds(taskAuditPath.cluster) || each.length === 0 || !each.every(holds)
    ? [taskAuditPath.cluster]
    : each;
}

async function readAll(member: Member, isShown: boolean): Promise<Reading> {
  const { session, signal, observed } = member;
  if (session.kind === "pbs") {
    const { tasks } = await listBackupServerTasks(session, { start: 0, limit: rowsPerNode }, signal);
    return { tasks, unread: [] };
  }
  const { tasks } = await listClusterTasks(session, signal);
  const { permissions } = observed;
  const seesAll = permissions === null || hasPrivilege(permissions, taskAuditPath.cluster, "Sys.Audit");
  if (seesAll || !isShown) return { tasks, unread: [] };
  // Without the right on `/` the cluster's list shows a token nothing at all, not even its own tasks: each node does.
  const found = new Map(tasks.map((task) => [task.upid, task]));
  const unread: string[] = [];
  const nodes = observed.nodes.filter(({ online }) => online).slice(0, maxNodes);
  for (const { node } of nodes) {
    try {
      const page = await listTasks(session, { node, start: 0, limit: rowsPerNode }, signal);
      for (const task of page.tasks) found.set(task.upid, task);
    } catch (error) {
      if (!isAppError(error, "server.nodeDown", "server.forbidden", "server.unavailable")) throw error;
      unread.push(node);
    }
  }
  return { tasks: [...found.values()], unread };
}
