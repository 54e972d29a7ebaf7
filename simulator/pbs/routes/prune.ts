import { keepsAll } from "../../retention.ts";
import { flag, optional, text } from "../../routes/route.ts";
import { ownsGroup, privileges, storePath } from "../access/rights.ts";
import { pruneGroupSteps, pruneSteps } from "../logs/prune.ts";
import { keepsOf, markGroup } from "../prune.ts";
import { BOOLEAN, GROUP, KEEPS, MAX_DEPTH, NS, required, STORE } from "../schema.ts";
import { groupHere, usableStore, type Rights } from "../store-access.ts";
import { finishNow, startTask } from "../tasks/engine.ts";
import type { Datastore, Group } from "../world.ts";
import { answer, demand, number, type Call, type Route } from "./route.ts";
import { groupsBelow } from "./verify.ts";

const PRUNES: Rights = { full: ["Datastore.Modify"], own: ["Datastore.Prune"] };

/** One group: a dry run and a run without a task answer with what becomes of each snapshot, oldest first. */
function pruneGroup(call: Call): unknown {
  const { state } = call;
  const { group } = groupHere(call, PRUNES, true);
  const rule = keepsOf(call.params);
  const keepAll = keepsAll(rule);
  const outcome = markGroup(group, rule, state.world.timeZone).map(({ snapshot, mark }) => ({
    "backup-type": group.type,
    "backup-id": group.id,
    "backup-time": snapshot.time,
    keep: keepAll || mark !== "remove",
    protected: mark === "protected",
    ...(group.ns === "" ? {} : { ns: group.ns }),
  }));
  if (flag(call, "dry-run")) return outcome;
  const store = text(call, "store");
  const task = startTask(state, {
    type: "prune",
    id: `${store}:${group.ns}:${group.type}/${group.id}`,
    user: call.authid,
    params: call.params,
    steps: () => pruneGroupSteps(store, group, rule, state.world.timeZone),
  });
  if (flag(call, "use-task")) return task.upid;
  finishNow(state, task);
  return outcome;
}

/** Those of a namespace and below that an account may prune: all with Datastore.Modify, his own with Datastore.Prune. */
export function prunable(
  call: Pick<Call, "state" | "authid">,
  datastore: Datastore,
  ns: string,
  maxDepth: number | null,
): readonly Group[] {
  return groupsBelow(datastore, ns, maxDepth).filter((group) => {
    const found = privileges(call.state.world, call.authid, storePath(datastore.store, group.ns));
    return found.has("Datastore.Modify") || (found.has("Datastore.Prune") && ownsGroup(group, call.authid));
  });
}

function pruneDatastore(call: Call): string {
  const { state } = call;
  const store = text(call, "store");
  const ns = optional(call, "ns") ?? "";
  const maxDepth = number(call, "max-depth");
  demand(call, storePath(store, ns), ["Datastore.Modify", "Datastore.Prune"]);
  const datastore = usableStore(call, store, true);
  const wish = {
    store,
    ns,
    maxDepth,
    groups: prunable(call, datastore, ns, maxDepth),
    rule: keepsOf(call.params),
    dryRun: flag(call, "dry-run"),
    head: [],
    timeZone: state.world.timeZone,
  };
  const task = startTask(state, {
    type: "prune",
    id: `${store}:${ns}`,
    user: call.authid,
    params: call.params,
    steps: () => pruneSteps(wish),
  });
  return task.upid;
}

const STORE_PATH = "/admin/datastore/{store}";

/** Pruning by hand. */
export const pruneRoutes: readonly Route[] = [
  {
    method: "POST",
    path: `${STORE_PATH}/prune`,
    parameters: { store: required(STORE), ...GROUP, ...KEEPS, "dry-run": BOOLEAN, "use-task": BOOLEAN },
    run: (call) => answer(pruneGroup(call)),
  },
  {
    method: "POST",
    path: `${STORE_PATH}/prune-datastore`,
    parameters: { store: required(STORE), ns: NS, "max-depth": MAX_DEPTH, ...KEEPS, "dry-run": BOOLEAN },
    run: (call) => answer(pruneDatastore(call)),
  },
];
