import { optional, text } from "../../routes/route.ts";
import { runState } from "../jobs.ts";
import { collectSteps } from "../logs/collect.ts";
import { required, STORE } from "../schema.ts";
import { datastoreOf, failed } from "../state.ts";
import { usableStore, visibility } from "../store-access.ts";
import { taskRows } from "../task-rows.ts";
import { startTask } from "../tasks/engine.ts";
import { parseUpid } from "../tasks/upid.ts";
import type { Datastore } from "../world.ts";
import { gcStatus } from "./datastores.ts";
import { answer, may, type Call, type Route } from "./route.ts";

function status(call: Call, datastore: Datastore): object {
  const { store, gcSchedule } = datastore;
  const { "last-run-upid": upid, ...run } = runState(call.state, "gc", store, gcSchedule);
  const began = typeof upid === "string" ? parseUpid(upid)?.starttime : undefined;
  const ended = run["last-run-endtime"];
  return {
    store,
    ...gcStatus(datastore),
    ...(gcSchedule === null ? {} : { schedule: gcSchedule }),
    ...run,
    ...(began !== undefined && typeof ended === "number" ? { duration: ended - began } : {}),
  };
}

/** One's datastores as jobs, or just one; where the caller may not audit it is left out. */
function list(call: Call): readonly object[] {
  const wanted = optional(call, "store");
  if (wanted !== null) return [status(call, usableStore(call, wanted))];
  return call.state.world.datastores
    .filter((one) => visibility(call, one.store) !== "none" && one.mountStatus !== "notmounted")
    .filter((one) => may(call, `/datastore/${one.store}`, ["Datastore.Audit", "Datastore.Modify"]))
    .map((one) => status(call, one));
}

/** Starts a collection, by hand or by its schedule, and returns the UPID. */
export function startCollection(
  { state, authid }: Pick<Call, "state" | "authid">,
  datastore: Datastore,
  schedule: string | null,
): string {
  const { store } = datastore;
  const task = startTask(state, {
    type: "garbage_collection",
    id: store,
    user: authid,
    params: { store },
    steps: (upid) => collectSteps(datastore, upid, state.clock.seconds(), schedule),
  });
  state.world.lastRuns[`gc:${store}`] = task.upid;
  return task.upid;
}

function start(call: Call): string {
  const store = text(call, "store");
  const datastore = usableStore(call, store, true);
  const running = taskRows(call.state).some(
    (row) => row.exit === null && row.type === "garbage_collection" && row.id === store,
  );
  if (running) throw failed("garbage collection already running");
  return startCollection(call, datastore, null);
}

const PATH = "/admin/datastore/{store}/gc";

/** Garbage collection: the one job that a datastore brings along. */
export const collectRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    permission: { path: "/datastore/{store}", privileges: ["Datastore.Audit"] },
    parameters: { store: required(STORE) },
    run: (call) => {
      const store = text(call, "store");
      const datastore = datastoreOf(call.state.world, store);
      if (!datastore) throw failed(`no such datastore '${store}'`);
      return answer(status(call, datastore));
    },
  },
  {
    method: "POST",
    path: PATH,
    permission: { path: "/datastore/{store}", privileges: ["Datastore.Modify"] },
    parameters: { store: required(STORE) },
    run: (call) => answer(start(call)),
  },
  { method: "GET", path: "/admin/gc", parameters: { store: STORE }, run: (call) => answer(list(call)) },
  {
    method: "GET",
    path: "/admin/gc/{store}",
    parameters: { store: STORE },
    run: (call) => answer(list(call)),
  },
];
