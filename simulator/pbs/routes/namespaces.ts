import { flag, optional, text } from "../../routes/route.ts";
import { privileges, storePath } from "../access/rights.ts";
import { BOOLEAN, MAX_DEPTH, NS, required, SAFE, STORE, type Parameter } from "../schema.ts";
import { failed, namespacesBelow, refused } from "../state.ts";
import { reach, SEES_NAMESPACE, usableStore } from "../store-access.ts";
import { removeSnapshot } from "../tasks/effects.ts";
import { answer, number, type Call, type Route } from "./route.ts";

const MOST = 7;

function list(call: Call): readonly object[] {
  const store = text(call, "store");
  const parent = optional(call, "parent") ?? "";
  const sees = (ns: string): boolean => {
    const found = privileges(call.state.world, call.authid, storePath(store, ns));
    return SEES_NAMESPACE.some((name) => found.has(name));
  };
  const datastore = usableStore(call, store);
  if (parent !== "" && !datastore.namespaces.includes(parent)) {
    if (!sees(parent)) throw refused();
    throw failed(`namespace '${parent}' does not exist!`);
  }
  const shown = namespacesBelow(datastore, parent, number(call, "max-depth") ?? MOST).filter(sees);
  if (shown.length === 0 && !sees(parent)) throw refused();
  return shown.map((ns) => ({ ns }));
}

/** Making and removing needs Datastore.Modify on the parent. */
function demandParent(call: Call, ns: string): void {
  if (ns === "") throw failed("Cannot create/delete root namespace!");
  reach(call, text(call, "store"), ns.split("/").slice(0, -1).join("/"), ["Datastore.Modify"], []);
}

function create(call: Call): string {
  const parent = optional(call, "parent") ?? "";
  const ns = [parent, text(call, "name")].filter(Boolean).join("/");
  demandParent(call, ns);
  const datastore = usableStore(call, text(call, "store"), true);
  if (parent !== "" && !datastore.namespaces.includes(parent))
    throw failed(`cannot create new namespace, parent ${parent} doesn't already exists`);
  if (!datastore.namespaces.includes(ns)) datastore.namespaces.push(ns);
  call.state.changed();
  return ns;
}

function remove(call: Call): object {
  const ns = text(call, "ns");
  demandParent(call, ns);
  const datastore = usableStore(call, text(call, "store"), true);
  const below = namespacesBelow(datastore, ns, MOST);
  const groups = datastore.groups.filter((group) => below.includes(group.ns));
  const counts = { "protected-snapshots": 0, "removed-groups": 0, "removed-snapshots": 0 };
  if (flag(call, "delete-groups")) {
    for (const group of groups) {
      for (const snapshot of group.snapshots) {
        if (snapshot.protected) counts["protected-snapshots"] += 1;
        else {
          removeSnapshot(datastore, group, snapshot);
          counts["removed-snapshots"] += 1;
        }
      }
      if (group.snapshots.length === 0) counts["removed-groups"] += 1;
    }
  }
  const used = new Set(datastore.groups.map((group) => group.ns));
  const stays = (one: string): boolean =>
    !below.includes(one) || [...used].some((name) => name === one || name.startsWith(`${one}/`));
  const left = below.filter(stays);
  datastore.namespaces = datastore.namespaces.filter(stays);
  call.state.changed();
  if (left.length === 0 || call.params["error-on-protected"] === false) return counts;
  throw failed(
    flag(call, "delete-groups")
      ? "group only partially deleted due to protected snapshots"
      : "only partially deleted due to existing groups but `delete-groups` not true ",
  );
}

const PATH = "/admin/datastore/{store}/namespace";
const NAME: Parameter = { ...SAFE, min: 1, max: 32 };

/** Namespaces of a datastore; the one asked for is in its own list. */
export const namespaceRoutes: readonly Route[] = [
  {
    method: "GET",
    path: PATH,
    parameters: { store: required(STORE), parent: NS, "max-depth": MAX_DEPTH },
    run: (call) => answer(list(call)),
  },
  {
    method: "POST",
    path: PATH,
    parameters: { store: required(STORE), name: required(NAME), parent: NS },
    run: (call) => answer(create(call)),
  },
  {
    method: "DELETE",
    path: PATH,
    parameters: {
      store: required(STORE),
      ns: required(NS),
      "delete-groups": BOOLEAN,
      "error-on-protected": BOOLEAN,
    },
    run: (call) => answer(remove(call)),
  },
];
