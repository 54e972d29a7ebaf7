import { guestOf } from "../state.ts";
import type { World } from "../world.ts";

type AccessList = Pick<World, "acl" | "roles">;

/** Privileges of one account on one path: name → whether it propagates. */
type Privileges = ReadonlyMap<string, boolean>;

function ancestors(path: string): readonly string[] {
  const parts = path.split("/").filter(Boolean);
  return ["/", ...parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)];
}

/** Roles of one user or token on a path: the nearest entry wins, one without propagation counts only on its own path. */
function rolesAt(world: AccessList, authid: string, path: string): ReadonlyMap<string, boolean> {
  let roles: ReadonlyMap<string, boolean> = new Map();
  for (const step of ancestors(path)) {
    const here = world.acl.filter(
      (entry) => entry.ugid === authid && entry.path === step && (entry.propagate || step === path),
    );
    if (here.length > 0) roles = new Map(here.map((entry) => [entry.roleid, entry.propagate]));
  }
  return roles.has("NoAccess") ? new Map() : roles;
}

/** What the access list itself gives an account on a path: privilege → whether it propagates. */
export function granted(world: AccessList, authid: string, path: string): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const [role, propagate] of rolesAt(world, authid, path)) {
    for (const privilege of world.roles[role] ?? [])
      found.set(privilege, propagate || (found.get(privilege) ?? false));
  }
  return found;
}

function poolOf(world: World, path: string): string | null {
  const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
  if (vmid === undefined) return null;
  return guestOf(world, Number(vmid))?.pool ?? null;
}

function withPool(world: World, authid: string, path: string): Map<string, boolean> {
  const found = granted(world, authid, path);
  const pool = poolOf(world, path);
  if (pool === null) return found;
  for (const [privilege, propagate] of granted(world, authid, `/pool/${pool}`))
    if (!found.has(privilege)) found.set(privilege, propagate);
  return found;
}

/** What an account may do on a path. A token with privsep has the rights that both it and its user have. */
export function privileges(world: World, authid: string, path: string): Privileges {
  const user = authid.split("!")[0] ?? "";
  if (user === "root@pam" && user === authid)
    return new Map((world.roles["Administrator"] ?? []).map((name) => [name, true]));
  const ofUser = withPool(world, user, path);
  if (user === authid) return ofUser;
  const token = world.tokens.find((one) => one.id === authid);
  if (!token) return new Map();
  if (!token.privsep) return ofUser;
  const ofToken = withPool(world, authid, path);
  return new Map([...ofToken].filter(([privilege]) => ofUser.has(privilege)));
}

/** Whether the account has all (or with `any` at least one) of the privileges on the path. */
export function has(
  world: World,
  authid: string,
  path: string,
  wanted: readonly string[],
  any = false,
): boolean {
  const found = privileges(world, authid, path);
  return any
    ? wanted.some((privilege) => found.has(privilege))
    : wanted.every((privilege) => found.has(privilege));
}

const SHOWN_PATHS = ["/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"];

/** The answer of GET /access/permissions: path → privilege → 1 when it propagates, else 0. Paths without any are left out. */
export function permissionTree(
  world: World,
  authid: string,
  onlyPath: string | null,
): Record<string, Record<string, number>> {
  const tokenOrUser = [authid, authid.split("!")[0]];
  const named = world.acl.filter((entry) => tokenOrUser.includes(entry.ugid)).map((entry) => entry.path);
  const paths = onlyPath === null ? [...new Set([...SHOWN_PATHS, ...named])] : [onlyPath];
  const tree: Record<string, Record<string, number>> = {};
  for (const path of paths) {
    const found = [...privileges(world, authid, path)];
    if (found.length === 0) continue;
    tree[path] = Object.fromEntries(found.map(([privilege, propagate]) => [privilege, propagate ? 1 : 0]));
  }
  return tree;
}

const CAP_PATHS: Readonly<Record<string, readonly [path: string, pattern: RegExp]>> = {
  vms: ["/vms", /^VM\.|^Permissions\.Modify$/],
  storage: ["/storage", /^Datastore\.|^Permissions\.Modify$/],
  nodes: ["/nodes", /^Sys\.|^Permissions\.Modify$/],
  sdn: ["/sdn", /^SDN\.|^Permissions\.Modify$/],
  mapping: ["/mapping", /^Mapping\.|^Permissions\.Modify$/],
  access: ["/access", /^(User\.Modify|Group\.Allocate|Permissions\.Modify)$/],
  dc: ["/", /^(Sys\.Audit|Sys\.Modify|SDN\..*)$/],
};

/** `cap` of a login answer: what the web interface greys out by. */
export function capabilities(world: World, authid: string): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(CAP_PATHS).map(([area, [path, pattern]]) => {
      const names = [...privileges(world, authid, path).keys()].filter((name) => pattern.test(name));
      return [area, Object.fromEntries(names.map((name) => [name, 1]))];
    }),
  );
}
