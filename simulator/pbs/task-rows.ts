import type { BackupState } from "./state.ts";
import { parseUpid } from "./tasks/upid.ts";

/** One task in the common form of running, finished and long past ones. */
export type TaskRow = {
  readonly upid: string;
  readonly pid: number;
  readonly pstart: number;
  readonly taskId: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string | null;
  readonly user: string;
  readonly endtime: number | null;
  readonly exit: string | null;
  readonly lines: () => readonly string[];
};

/** The tasks a server still remembers: all running ones and, newest first, as many finished ones as it keeps. */
export function taskRows(state: BackupState): readonly TaskRow[] {
  const live: readonly TaskRow[] = state.tasks
    .filter((task) => !task.forgotten)
    .map((task) => ({ ...task, lines: () => task.lines }));
  const past: readonly TaskRow[] = state.world.history.flatMap((task) => {
    const parts = parseUpid(task.upid);
    return parts ? [{ ...parts, ...task, lines: () => task.lines }] : [];
  });
  const running = live.filter((task) => task.exit === null);
  const finished = [...live.filter((task) => task.exit !== null), ...past]
    .toSorted((left, right) => (right.endtime ?? 0) - (left.endtime ?? 0) || right.taskId - left.taskId)
    .slice(0, state.settings.taskIndexSize);
  return [...running.toSorted((left, right) => right.starttime - left.starttime), ...finished];
}

/** The datastore a task works on, as far as its worker id tells; a `reader` names none for the filter. */
export function storeOfTask(row: Pick<TaskRow, "type" | "id">): string | null {
  const parts = (row.id ?? "").split(":");
  if (row.type.startsWith("verif")) return parts[0] ?? null;
  if (row.type === "syncjob") return parts[2] ?? null;
  return ["prune", "prunejob", "backup", "garbage_collection"].includes(row.type) ? (parts[0] ?? null) : null;
}
