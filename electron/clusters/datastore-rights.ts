import { hasPrivilege } from "../proxmox/pve/access.ts";

import type { DatastoreRights, Reach } from "../../shared/datastore.ts";
import type { Permissions } from "../proxmox/pve/access.ts";

/**
 * What an account may do in a namespace, by the permission texts of the API methods: one privilege reaches every group, a lesser
 * one those that the account owns.
 */
export function datastoreRights(
  permissions: Permissions | null,
  { store, namespace }: { readonly store: string; readonly namespace: string },
): DatastoreRights {
  const root = `/datastore/${store}`;
  const path = namespace === "" ? root : `${root}/${namespace}`;
  const reach = (all: string, own: string | null, at = path): Reach => {
    if (permissions === null) return "unknown";
    if (hasPrivilege(permissions, at, all)) return "all";
    return own !== null && hasPrivilege(permissions, at, own) ? "own" : "none";
  };
  return {
    see: reach("Datastore.Audit", "Datastore.Backup"),
    verify: reach("Datastore.Verify", "Datastore.Backup"),
    prune: reach("Datastore.Modify", "Datastore.Prune"),
    edit: reach("Datastore.Modify", "Datastore.Backup"),
    collectGarbage: reach("Datastore.Modify", null, root),
  };
}
