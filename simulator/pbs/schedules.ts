import { kinds } from "./job-kinds.ts";
import { runState } from "./jobs.ts";
import { startCollection } from "./routes/collect.ts";
import type { BackupState } from "./state.ts";
import { unusable } from "./store-access.ts";
import type { JobKind } from "./world.ts";

const ROOT = "root@pam";

/** Whether a job that ran before should have run again by now. */
function isDue(state: BackupState, kind: JobKind | "gc", id: string, schedule: string): boolean {
  const { "next-run": next, "last-run-state": ended } = runState(state, kind, id, schedule);
  return ended !== undefined && typeof next === "number" && next <= state.clock.seconds();
}

/** Starts every job whose time has come, as the server's own timer does; missed ones run once. */
export function runSchedules(state: BackupState): void {
  const { world } = state;
  const call = { state, authid: ROOT };
  for (const datastore of world.datastores) {
    const { store, gcSchedule } = datastore;
    if (gcSchedule === null || unusable(datastore, true) !== null) continue;
    if (isDue(state, "gc", store, gcSchedule)) startCollection(call, datastore, gcSchedule);
  }
  for (const kind of kinds) {
    for (const job of world.jobs[kind.kind]) {
      const schedule = job["schedule"];
      const datastore = world.datastores.find((one) => one.store === job.store);
      if (typeof schedule !== "string" || job["disable"] === true || !datastore) continue;
      if (unusable(datastore, true) !== null || !isDue(state, kind.kind, job.id, schedule)) continue;
      world.lastRuns[`${kind.kind}:${job.id}`] = kind.start(call, job, schedule);
    }
  }
}
