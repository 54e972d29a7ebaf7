import { holds } from "../behaviours.ts";
import { renderLog } from "../logs/recipe.ts";
import { parseUpid } from "../tasks/upid.ts";
import type { State } from "../state.ts";
import { may, type Call } from "./route.ts";

/** One task in the common form of running, finished and long past ones. */
export type TaskRow = {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
  readonly endtime: number | null;
  readonly exit: string | null;
  readonly log: () => readonly string[];
};

/** A node broadcasts at most this many finished tasks to the cluster. */
const BROADCAST = 25;

function pastRows(state: State, node: string): readonly TaskRow[] {
  return state.world.history.flatMap((task) => {
    const parts = parseUpid(task.upid);
    if (parts?.node !== node) return [];
    return [
      {
        ...parts,
        upid: task.upid,
        endtime: task.endtime,
        exit: task.exit,
        log: () => renderLog(state.world, task.log),
      },
    ];
  });
}

/** The tasks a node still remembers: all running ones and, newest first, as many finished ones as its index holds. */
export function tasksOf(state: State, node: string): readonly TaskRow[] {
  const { shyTasks } = state.settings;
  const shown = shyTasks > 0 ? state.clock.seconds() - shyTasks : Number.POSITIVE_INFINITY;
  const live: readonly TaskRow[] = state.tasks
    .filter((task) => task.node === node && !task.forgotten && task.starttime <= shown)
    .map((task) => ({ ...task, log: () => task.lines }));
  const running = live.filter((task) => task.exit === null);
  const ended = live.filter((task) => task.exit !== null).toReversed();
  const finished = [...ended, ...pastRows(state, node)];
  const kept = finished
    .toSorted((left, right) => (right.endtime ?? 0) - (left.endtime ?? 0))
    .slice(0, holds(state, "P11") ? state.settings.taskIndexSize : undefined);
  return [...running.toSorted((left, right) => right.starttime - left.starttime), ...kept];
}

export const findTask = (state: State, node: string, upid: string): TaskRow | undefined =>
  tasksOf(state, node).find((task) => task.upid === upid);

/** A user owns what his tokens started; a token only its own. */
export function owns(call: Call, user: string): boolean {
  return call.authid === user || call.authid === user.split("!")[0];
}

const userFields = (user: string): object => {
  const [userid, tokenid] = user.split("!");
  return tokenid === undefined ? { user: userid } : { user: userid, tokenid };
};

/** A row of GET /nodes/{node}/tasks. */
export function listRow(row: TaskRow): Record<string, unknown> {
  const { upid, node, pid, pstart, starttime, type, id } = row;
  const base = { upid, node, pid, pstart, starttime, type, id, ...userFields(row.user) };
  if (row.exit === null) return { ...base, status: "RUNNING", saved: "0" };
  return { ...base, endtime: row.endtime, status: row.exit };
}

/** The answer of GET /nodes/{node}/tasks/{upid}/status. */
export function statusRow(row: TaskRow): Record<string, unknown> {
  const { upid, node, pid, pstart, starttime, type, id } = row;
  const base = { upid, node, pid, pstart, starttime, type, id, ...userFields(row.user) };
  if (row.exit === null) return { ...base, status: "running" };
  return { ...base, status: "stopped", exitstatus: row.exit };
}

/** GET /cluster/tasks: what each node broadcasts, which is less than it remembers. Here `user` is the whole authentication id. */
export function clusterTasks(call: Call): readonly object[] {
  const all = may(call, "/", ["Sys.Audit"]);
  const broadcast = holds(call.state, "P10") ? BROADCAST : undefined;
  return call.state.world.nodes
    .flatMap((node) => {
      const rows = tasksOf(call.state, node.node);
      return [
        ...rows.filter((row) => row.exit === null),
        ...rows.filter((row) => row.exit !== null).slice(0, broadcast),
      ];
    })
    .filter((row) => all || row.user === call.authid)
    .toSorted((left, right) => right.starttime - left.starttime)
    .map((row) => {
      const { upid, node, starttime, type, id, user } = row;
      if (row.exit === null) return { upid, node, starttime, type, id, user, pid: row.pid };
      return { upid, node, starttime, type, id, user, endtime: row.endtime, status: row.exit, saved: "1" };
    });
}
