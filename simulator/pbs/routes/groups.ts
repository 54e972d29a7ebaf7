import { ApiError } from "../../errors.ts";
import { optional, text } from "../../routes/route.ts";
import { ownsGroup } from "../access/rights.ts";
import { userIsActive } from "../http/authenticate.ts";
import { AUTHID, BOOLEAN, GROUP, NS, required, STORE, STRING } from "../schema.ts";
import { failed } from "../state.ts";
import { groupHere, reach, usableStore, type Rights } from "../store-access.ts";
import { removeSnapshot } from "../tasks/effects.ts";
import type { Datastore, Group, Snapshot } from "../world.ts";
import { answer, type Call, type Route } from "./route.ts";

const READS: Rights = { full: ["Datastore.Audit"], own: ["Datastore.Backup"] };
const CHANGES: Rights = { full: ["Datastore.Modify"], own: ["Datastore.Backup"] };
const REMOVES: Rights = { full: ["Datastore.Modify"], own: ["Datastore.Prune"] };

/** The first line of some notes, as lists show it; null when there are none. */
export const firstLine = (notes: string | null): string | null => {
  const line = notes?.split("\n")[0] ?? "";
  return line === "" ? null : line;
};

/** All files of a snapshot by name: those of its manifest, the manifest itself, and the client's log. */
export function fileNames(snapshot: Snapshot): readonly string[] {
  const names = snapshot.files.map((file) => file.filename);
  return snapshot.finished ? [...names, "client.log.blob", "index.json.blob"] : names;
}

/** The groups of a namespace that the caller may see. Throws when there is no such namespace. */
export function visibleGroups(call: Call): {
  readonly datastore: Datastore;
  readonly groups: readonly Group[];
} {
  const store = text(call, "store");
  const ns = optional(call, "ns") ?? "";
  const all = reach(call, store, ns, READS.full, READS.own) === "all";
  const datastore = usableStore(call, store);
  if (ns !== "" && !datastore.namespaces.includes(ns)) throw failed("ENOENT: No such file or directory");
  const groups = datastore.groups.filter((one) => one.ns === ns && (all || ownsGroup(one, call.authid)));
  return { datastore, groups };
}

function row(group: Group): object | null {
  const newest = group.snapshots.toSorted((left, right) => right.time - left.time);
  const last = newest.find((one) => one.finished) ?? newest[0];
  if (!last) return null;
  const comment = firstLine(group.notes);
  return {
    "backup-type": group.type,
    "backup-id": group.id,
    "last-backup": last.time,
    "backup-count": group.snapshots.length,
    files: fileNames(last),
    owner: group.owner,
    ...(comment === null ? {} : { comment }),
  };
}

function remove(call: Call): object {
  const { datastore, group } = groupHere(call, REMOVES, true);
  const kept = group.snapshots.filter((one) => one.protected);
  const gone = group.snapshots.filter((one) => !one.protected);
  for (const snapshot of gone) removeSnapshot(datastore, group, snapshot);
  call.state.changed();
  if (kept.length > 0 && call.params["error-on-protected"] !== false)
    throw failed("group only partially deleted due to protected snapshots");
  return {
    "protected-snapshots": kept.length,
    "removed-groups": kept.length === 0 ? 1 : 0,
    "removed-snapshots": gone.length,
  };
}

/** Somebody without Datastore.Modify may only hand a group of his to and fro between himself and his tokens. */
function mayHandOver(authid: string, owner: string, next: string): boolean {
  const user = (id: string): string => id.split("!")[0] ?? "";
  const betweenTwo = owner.includes("!") || next.includes("!");
  return betweenTwo && user(owner) === authid && user(next) === authid;
}

function changeOwner(call: Call): null {
  const store = text(call, "store");
  const ns = optional(call, "ns") ?? "";
  const next = text(call, "new-owner");
  const limited = reach(call, store, ns, CHANGES.full, CHANGES.own) === "own";
  const { group } = groupHere(call, { full: [...CHANGES.full, ...CHANGES.own], own: [] }, true);
  if (limited && !mayHandOver(call.authid, group.owner, next)) {
    throw new ApiError(
      401,
      `${call.authid} does not have permission to change owner of backup group '${group.type}/${group.id}' to ${next}`,
    );
  }
  const isToken = next.includes("!");
  const token = call.state.world.tokens.find((one) => one.tokenid === next);
  const active = userIsActive(call.state, next.split("!")[0] ?? "") && (!isToken || token?.enable === true);
  if (!active) throw failed(`${isToken ? "API token" : "user"} '${next}' is inactive or non-existent`);
  group.owner = next;
  call.state.changed();
  return null;
}

const STORE_PATH = "/admin/datastore/{store}";
const PLACE = { store: required(STORE), ...GROUP };

/** Backup groups: what all the snapshots of one guest or host have in common. */
export const groupRoutes: readonly Route[] = [
  {
    method: "GET",
    path: `${STORE_PATH}/groups`,
    parameters: { store: required(STORE), ns: NS },
    run: (call) =>
      answer(
        visibleGroups(call)
          .groups.map(row)
          .filter((one) => one !== null),
      ),
  },
  {
    method: "DELETE",
    path: `${STORE_PATH}/groups`,
    parameters: { ...PLACE, "error-on-protected": BOOLEAN },
    run: (call) => answer(remove(call)),
  },
  {
    method: "GET",
    path: `${STORE_PATH}/group-notes`,
    parameters: PLACE,
    run: (call) => answer(groupHere(call, READS, false).group.notes),
  },
  {
    method: "PUT",
    path: `${STORE_PATH}/group-notes`,
    parameters: { ...PLACE, notes: required(STRING) },
    run: (call) => {
      groupHere(call, CHANGES, true).group.notes = text(call, "notes");
      call.state.changed();
      return answer(null);
    },
  },
  {
    method: "POST",
    path: `${STORE_PATH}/change-owner`,
    parameters: { ...PLACE, "new-owner": required(AUTHID) },
    run: (call) => answer(changeOwner(call)),
  },
];
