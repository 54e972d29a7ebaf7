import { ApiError } from "../errors.ts";
import { isoStamp } from "../format.ts";
import { optional, text } from "../routes/route.ts";
import { hasAny, hasAnyBelow, ownsGroup, privileges, storePath } from "./access/rights.ts";
import type { Call } from "./routes/route.ts";
import { datastoreOf, failed, groupOf, refused, snapshotOf } from "./state.ts";
import type { Datastore, Group, Snapshot } from "./world.ts";

/** Any of these lets an account see a namespace. */
export const SEES_NAMESPACE = ["Datastore.Modify", "Datastore.Read", "Datastore.Backup", "Datastore.Audit"];

type Caller = Pick<Call, "state" | "authid">;

/**
 * Whether the caller may act on all groups of a namespace, or only on his own. Throws when he may do neither
 * (proxmox-backup, src/backup/hierarchy.rs, check_ns_privs_full).
 */
export function reach(
  call: Caller,
  store: string,
  ns: string,
  full: readonly string[],
  own: readonly string[],
): "all" | "own" {
  const path = storePath(store, ns);
  const found = privileges(call.state.world, call.authid, path);
  if (full.some((name) => found.has(name))) return "all";
  if (own.some((name) => found.has(name))) return "own";
  throw refused(`${[...full, ...own].join("|")} on ${path}`);
}

/** A datastore that can be used now. Throws the reason why not; `write` is refused by a read-only one too. */
export function usableStore(call: Caller, store: string, write = false): Datastore {
  const datastore = datastoreOf(call.state.world, store);
  if (!datastore) throw failed(`no such datastore '${store}'`);
  const problem = unusable(datastore, write);
  if (problem !== null) throw failed(problem);
  return datastore;
}

export function unusable(datastore: Datastore, write: boolean): string | null {
  const { maintenance, store } = datastore;
  if (maintenance && (write || maintenance.type === "offline"))
    return `datastore '${store}' is in ${maintenance.type} maintenance mode: ${maintenance.message ?? ""}`;
  if (datastore.mountStatus === "notmounted") return `datastore '${store}' is not mounted`;
  return null;
}

export function checkOwner(group: Group, authid: string): void {
  if (!ownsGroup(group, authid)) throw failed(`backup owner check failed (${authid} != ${group.owner})`);
}

export type Rights = { readonly full: readonly string[]; readonly own: readonly string[] };

/** The group that a call names, when the caller may do this with it. */
export function groupHere(
  call: Call,
  rights: Rights,
  write: boolean,
): { readonly datastore: Datastore; readonly group: Group } {
  const store = text(call, "store");
  const ns = optional(call, "ns") ?? "";
  const limited = reach(call, store, ns, rights.full, rights.own) === "own";
  const datastore = usableStore(call, store, write);
  const [type, id] = [text(call, "backup-type"), text(call, "backup-id")];
  const group = groupOf(datastore, ns, type, id);
  if (!group) throw new ApiError(404, `group '${type}/${id}' does not exist`);
  if (limited) checkOwner(group, call.authid);
  return { datastore, group };
}

/** The snapshot that a call names. */
export function snapshotHere(
  call: Call,
  rights: Rights,
  write: boolean,
): { readonly datastore: Datastore; readonly group: Group; readonly snapshot: Snapshot } {
  const found = groupHere(call, rights, write);
  const time = Number(call.params["backup-time"]);
  const snapshot = snapshotOf(found.group, time);
  if (!snapshot) {
    const { type, id } = found.group;
    throw failed(`snapshot ${type}/${id}/${isoStamp(time)} does not exist!`);
  }
  return { ...found, snapshot };
}

/** Whether a datastore is shown to the caller: with all it is, only by name, or not at all. */
export function visibility(call: Caller, store: string): "full" | "name" | "none" {
  const { world } = call.state;
  if (hasAny(world, call.authid, storePath(store), ["Datastore.Audit", "Datastore.Backup"])) return "full";
  return hasAnyBelow(world, call.authid, storePath(store), SEES_NAMESPACE) ? "name" : "none";
}
