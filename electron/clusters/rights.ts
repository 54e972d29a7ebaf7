import type { Cluster } from "../../shared/cluster.ts";

/** Answer of `GET /access/permissions`: path → privilege → true where it also holds below (PVE::API2::AccessControl). */
export type Permissions = Readonly<Record<string, Readonly<Record<string, boolean>>>>;

type MissingRight = Cluster["missingRights"][number];

/**
 * Whether the account holds a privilege on a path. A path that the server lists is final (its privileges are computed with all
 * that is inherited); any other takes what its nearest listed ancestor hands down.
 */
export function holds(permissions: Permissions, path: string, privilege: string): boolean {
  const exact = permissions[path];
  if (exact !== undefined) return privilege in exact;
  for (let parent = parentOf(path); parent !== null; parent = parentOf(parent)) {
    const listed = permissions[parent];
    if (listed !== undefined) return listed[privilege] === true;
  }
  return false;
}

/** Whether it is held on a path or anywhere below it: then the feature works at least for something. */
export function holdsAnywhere(permissions: Permissions, path: string, privilege: string): boolean {
  if (holds(permissions, path, privilege)) return true;
  return Object.entries(permissions).some(
    ([listed, privileges]) => listed.startsWith(`${path}/`) && privilege in privileges,
  );
}

function parentOf(path: string): string | null {
  if (path === "/") return null;
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

interface Need {
  readonly feature: string;
  readonly path: string;
  /** One of them is enough; the first is named where none is held. */
  readonly privileges: readonly [string, ...string[]];
}

/** What each feature needs at least somewhere (permission texts of the API methods). */
const needs: readonly Need[] = [
  { feature: "guests", path: "/vms", privileges: ["VM.Audit"] },
  { feature: "nodes", path: "/nodes", privileges: ["Sys.Audit"] },
  { feature: "storages", path: "/storage", privileges: ["Datastore.Audit", "Datastore.AllocateSpace"] },
  { feature: "backups", path: "/storage", privileges: ["Datastore.AllocateSpace", "Datastore.Allocate"] },
  { feature: "backup", path: "/vms", privileges: ["VM.Backup"] },
  { feature: "backup", path: "/storage", privileges: ["Datastore.AllocateSpace"] },
  { feature: "restore", path: "/vms", privileges: ["VM.Allocate"] },
  { feature: "power", path: "/vms", privileges: ["VM.PowerMgmt"] },
  { feature: "keepAll", path: "/storage", privileges: ["Datastore.Allocate"] },
];

export function missingRights(permissions: Permissions): MissingRight[] {
  return needs.flatMap(({ feature, path, privileges }) =>
    privileges.some((privilege) => holdsAnywhere(permissions, path, privilege))
      ? []
      : [{ feature, privilege: privileges[0], path }],
  );
}

/** An account that may look at nothing at all would show an empty cluster, which would be a lie. */
export function seesNothing(permissions: Permissions): boolean {
  const looks = [
    ["/vms", "VM.Audit"],
    ["/nodes", "Sys.Audit"],
    ["/storage", "Datastore.Audit"],
    ["/pool", "Pool.Audit"],
  ] as const;
  return looks.every(([path, privilege]) => !holdsAnywhere(permissions, path, privilege));
}
