import { flag, text } from "../../routes/route.ts";
import { atLeast } from "../../profiles/pbs.ts";
import { hasAnyBelow, ownsGroup, privileges, storePath } from "../access/rights.ts";
import { BOOLEAN, required, STORE } from "../schema.ts";
import { refused } from "../state.ts";
import { SEES_NAMESPACE, unusable, usableStore, visibility } from "../store-access.ts";
import { estimatedFullDate, historyStart } from "../usage.ts";
import type { Datastore } from "../world.ts";
import { answer, type Call, type Route } from "./route.ts";

/** What kind of thing a datastore lies on. */
export const backend = (call: Call): object =>
  atLeast(call.state.world.version, "4.2") ? { "backend-type": "filesystem" } : {};

/** `offline,message="…"`: a property string, quoted as it stands in the configuration. */
export function maintenanceText(datastore: Datastore): string | null {
  const { maintenance } = datastore;
  if (!maintenance) return null;
  return maintenance.message === null
    ? maintenance.type
    : `${maintenance.type},message="${maintenance.message.replaceAll(/["\\]/g, "\\$&")}"`;
}

function listRow(call: Call, datastore: Datastore): object {
  const seen = visibility(call, datastore.store);
  const maintenance = maintenanceText(datastore);
  return {
    store: datastore.store,
    ...(seen === "full" && datastore.comment !== null ? { comment: datastore.comment } : {}),
    ...(maintenance === null ? {} : { maintenance }),
    "mount-status": datastore.mountStatus,
    ...backend(call),
  };
}

type Counts = Record<string, { groups: number; snapshots: number }>;

function countsOf(call: Call, datastore: Datastore): Counts {
  const found = privileges(call.state.world, call.authid, storePath(datastore.store));
  const counts: Counts = {};
  for (const group of datastore.groups) {
    const here = privileges(call.state.world, call.authid, storePath(datastore.store, group.ns));
    const sees = here.has("Datastore.Audit") || here.has("Datastore.Read");
    if (!found.has("Datastore.Audit") && !sees && !ownsGroup(group, call.authid)) continue;
    const count = (counts[group.type] ??= { groups: 0, snapshots: 0 });
    count.groups += 1;
    count.snapshots += group.snapshots.length;
  }
  return counts;
}

export const gcStatus = (datastore: Datastore): object => {
  const { upid, ...figures } = datastore.gc;
  return { ...(upid === null ? {} : { upid }), ...figures };
};

function status(call: Call): object {
  const store = text(call, "store");
  const path = storePath(store);
  const found = privileges(call.state.world, call.authid, path);
  const full = found.has("Datastore.Audit") || found.has("Datastore.Backup");
  const some =
    found.has("Datastore.Read") || hasAnyBelow(call.state.world, call.authid, path, SEES_NAMESPACE);
  if (!full && !some) throw refused();
  const datastore = usableStore(call, store);
  const { total, used } = full ? datastore : { total: 0, used: 0 };
  return {
    total,
    used,
    avail: total - used,
    ...backend(call),
    ...(flag(call, "verbose") ? { counts: countsOf(call, datastore) } : {}),
    ...(flag(call, "verbose") && full ? { "gc-status": gcStatus(datastore) } : {}),
  };
}

function usageRow(call: Call, datastore: Datastore): object {
  const { store, mountStatus, total, used } = datastore;
  const base = { store, "mount-status": mountStatus, ...backend(call) };
  if (visibility(call, store) !== "full") return base;
  const problem = unusable(datastore, false);
  if (problem !== null && mountStatus !== "notmounted") return { ...base, error: problem };
  if (mountStatus === "notmounted") return base;
  const now = call.state.clock.seconds();
  const full = estimatedFullDate(datastore, now);
  const history =
    datastore.history.length === 0
      ? {}
      : {
          history: datastore.history,
          "history-start": historyStart(datastore, now),
          "history-delta": datastore.historyDelta,
        };
  return {
    ...base,
    total,
    used,
    avail: total - used,
    ...history,
    ...(full === null ? {} : { "estimated-full-date": full }),
    "gc-status": gcStatus(datastore),
  };
}

/** Datastores as one who uses them sees them. */
export const datastoreRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/admin/datastore",
    run: (call) =>
      answer(
        call.state.world.datastores
          .filter((one) => visibility(call, one.store) !== "none")
          .map((one) => listRow(call, one)),
      ),
  },
  {
    method: "GET",
    path: "/admin/datastore/{store}/status",
    parameters: { store: required(STORE), verbose: BOOLEAN },
    run: (call) => answer(status(call)),
  },
  {
    method: "GET",
    path: "/status/datastore-usage",
    run: (call) =>
      answer(
        call.state.world.datastores
          .filter((one) => visibility(call, one.store) !== "none")
          .map((one) => usageRow(call, one)),
      ),
  },
];
