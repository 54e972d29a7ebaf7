import { hasPrivilege } from "../proxmox/pve/access.ts";

import type { Cluster, ServerKind } from "../../shared/cluster.ts";
import type { Permissions } from "../proxmox/pve/access.ts";

type MissingRight = Cluster["missingRights"][number];

/** Whether it is held on a path or anywhere below it: then the feature works at least for something. */
export function holdsAnywhere(permissions: Permissions, path: string, privilege: string): boolean {
  if (hasPrivilege(permissions, path, privilege)) return true;
  return [...permissions].some(
    ([listed, privileges]) => listed.startsWith(`${path}/`) && privileges.has(privilege),
  );
}

/** Whether it is held on a path and on everything below: then what is shown is all there is. */
export function holdsThroughout(permissions: Permissions, path: string, privilege: string): boolean {
  const below = [...permissions].filter(([listed]) => listed.startsWith(`${path}/`));
  return (
    hasPrivilege(permissions, `${path}/-`, privilege) &&
    below.every(([, privileges]) => privileges.has(privilege))
  );
}

interface Need {
  readonly feature: string;
  readonly path: string;
  /** One of them is enough; the first is named where none is held. */
  readonly privileges: readonly [string, ...string[]];
}

/** What each feature needs at least somewhere (permission texts of the API methods). */
const needs: Readonly<Record<ServerKind, readonly Need[]>> = {
  pve: [
    { feature: "guests", path: "/vms", privileges: ["VM.Audit"] },
    { feature: "nodes", path: "/nodes", privileges: ["Sys.Audit"] },
    { feature: "storages", path: "/storage", privileges: ["Datastore.Audit", "Datastore.AllocateSpace"] },
    { feature: "backups", path: "/storage", privileges: ["Datastore.AllocateSpace", "Datastore.Allocate"] },
    { feature: "backup", path: "/vms", privileges: ["VM.Backup"] },
    { feature: "backup", path: "/storage", privileges: ["Datastore.AllocateSpace"] },
    { feature: "restore", path: "/vms", privileges: ["VM.Allocate"] },
    { feature: "power", path: "/vms", privileges: ["VM.PowerMgmt"] },
    { feature: "keepAll", path: "/storage", privileges: ["Datastore.Allocate"] },
  ],
  pbs: [
    // With Datastore.Backup alone an account sees its own groups and no others.
    { feature: "allBackups", path: "/datastore", privileges: ["Datastore.Audit"] },
    { feature: "verify", path: "/datastore", privileges: ["Datastore.Verify", "Datastore.Backup"] },
    { feature: "prune", path: "/datastore", privileges: ["Datastore.Modify", "Datastore.Prune"] },
    { feature: "protect", path: "/datastore", privileges: ["Datastore.Modify", "Datastore.Backup"] },
    { feature: "garbageCollection", path: "/datastore", privileges: ["Datastore.Modify"] },
    { feature: "allTasks", path: "/system/tasks", privileges: ["Sys.Audit"] },
    { feature: "syncJobs", path: "/remote", privileges: ["Remote.Audit"] },
  ],
};

export function missingRights(kind: ServerKind, permissions: Permissions): MissingRight[] {
  return needs[kind].flatMap(({ feature, path, privileges }) =>
    privileges.some((privilege) => holdsAnywhere(permissions, path, privilege))
      ? []
      : [{ feature, privilege: privileges[0], path }],
  );
}

/** What lets an account look at something; the first is named where none is held. */
const sights = {
  pve: [
    ["/vms", "VM.Audit"],
    ["/nodes", "Sys.Audit"],
    ["/storage", "Datastore.Audit"],
    ["/pool", "Pool.Audit"],
  ],
  pbs: [
    ["/datastore", "Datastore.Audit"],
    ["/datastore", "Datastore.Backup"],
    ["/datastore", "Datastore.Read"],
    ["/datastore", "Datastore.Modify"],
  ],
} as const satisfies Record<ServerKind, readonly (readonly [string, string])[]>;

/** An account that may look at nothing at all would show an empty server, which would be a lie. */
export function seesNothing(kind: ServerKind, permissions: Permissions): boolean {
  return sights[kind].every(([path, privilege]) => !holdsAnywhere(permissions, path, privilege));
}

export function firstSight(kind: ServerKind): { readonly privilege: string; readonly path: string } {
  const [[path, privilege]] = sights[kind];
  return { privilege, path };
}
