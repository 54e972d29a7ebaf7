import { nextRun } from "../schedule.ts";
import type { BackupState } from "./state.ts";
import { taskRows } from "./task-rows.ts";
import type { JobKind } from "./world.ts";

/** When and how a job last ran and runs next; of a run that goes on there is only the UPID. */
export function runState(
  state: BackupState,
  kind: JobKind | "gc",
  id: string,
  schedule: string | null,
): Readonly<Record<string, string | number>> {
  const upid = state.world.lastRuns[`${kind}:${id}`];
  const row = upid === undefined ? undefined : taskRows(state).find((one) => one.upid === upid);
  const from = row?.endtime ?? state.clock.seconds();
  const next = schedule === null ? null : nextRun(schedule, from, state.world.timeZone);
  return {
    ...(next === null ? {} : { "next-run": next }),
    ...(upid === undefined ? {} : { "last-run-upid": upid }),
    ...(row && row.exit !== null && row.endtime !== null
      ? { "last-run-state": row.exit, "last-run-endtime": row.endtime }
      : {}),
  };
}
