import { granted } from "../../access/rights.ts";
import type { BackupWorld, Group } from "../world.ts";
import { ROLES } from "./roles.ts";

/** What an account may do on a path: privilege → whether it propagates. A token has what both it and its user have. */
export function privileges(world: BackupWorld, authid: string, path: string): ReadonlyMap<string, boolean> {
  if (authid === "root@pam") return new Map((ROLES["Admin"] ?? []).map((name) => [name, true]));
  const own = granted({ acl: world.acl, roles: ROLES }, authid, path);
  const user = authid.split("!")[0] ?? "";
  if (user === authid) return own;
  const ofUser = privileges(world, user, path);
  return new Map(
    [...own]
      .filter(([name]) => ofUser.has(name))
      .map(([name, propagates]) => [name, propagates && ofUser.get(name) === true]),
  );
}

/** Whether the account has at least one of the privileges on the path. */
export function hasAny(world: BackupWorld, authid: string, path: string, wanted: readonly string[]): boolean {
  const found = privileges(world, authid, path);
  return wanted.some((name) => found.has(name));
}

/** Whether the account has one of the privileges anywhere below the path, as an entry that propagates or one further down. */
export function hasAnyBelow(
  world: BackupWorld,
  authid: string,
  path: string,
  wanted: readonly string[],
): boolean {
  const here = privileges(world, authid, path);
  if (wanted.some((name) => here.get(name) === true)) return true;
  return world.acl
    .filter((entry) => entry.ugid === authid && entry.path.startsWith(`${path}/`))
    .some((entry) => hasAny(world, authid, entry.path, wanted));
}

export const storePath = (store: string, ns = ""): string =>
  `/datastore/${store}${ns === "" ? "" : `/${ns}`}`;

/** A user owns the groups that his tokens made; a token only its own (pbs-datastore, check_backup_owner). */
export const ownsGroup = (group: Pick<Group, "owner">, authid: string): boolean =>
  group.owner === authid || group.owner.split("!")[0] === authid;

const TOP_PATHS = ["/", "/access", "/datastore", "/remote", "/system"];

function withParents(path: string): readonly string[] {
  const parts = path.split("/").filter(Boolean);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}

/**
 * The answer of GET /access/permissions: path → privilege → whether it propagates. Without a path these are some fixed
 * paths and all that any entry of the access list names; where the account may do nothing, the path is left out.
 */
export function permissionTree(
  world: BackupWorld,
  authid: string,
  onlyPath: string | null,
): Record<string, Record<string, boolean>> {
  const named = world.acl.flatMap((entry) => withParents(entry.path));
  const paths = onlyPath === null ? [...new Set([...TOP_PATHS, ...named])] : [onlyPath];
  return Object.fromEntries(
    paths
      .map((path) => [path, Object.fromEntries(privileges(world, authid, path))] as const)
      .filter(([, found]) => Object.keys(found).length > 0),
  );
}
