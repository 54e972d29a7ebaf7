import {
  readTaskLog as readPbsLog,
  readTaskStatus as readPbsStatus,
  stopTask as stopPbsTask,
} from "./pbs/tasks.ts";
import { readTaskLog, readTaskStatus, stopTask } from "./pve/tasks.ts";
import type { Session } from "./session.ts";

const pve = { readTaskStatus, readTaskLog, stopTask };
const pbs: typeof pve = { readTaskStatus: readPbsStatus, readTaskLog: readPbsLog, stopTask: stopPbsTask };

/** The questions about one task, as the product that has it wants them. */
export function tasksOf({ kind }: Session): typeof pve {
  return kind === "pve" ? pve : pbs;
}
