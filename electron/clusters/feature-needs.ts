import type { ServerKind } from "../../shared/cluster.ts";
import type { Feature } from "../../shared/rights.ts";

/** One privilege in one place. `area`: on the path or on things below it · `exact`: on just this path. */
export interface Need {
  readonly path: `/${string}`;
  readonly privilege: string;
  readonly scope: "area" | "exact";
}

/** One way to be allowed: all of its needs. */
export interface Way {
  readonly needs: readonly [Need, ...Need[]];
  /** Allows it only for backups that the account owns itself (backup server). */
  readonly ownOnly?: true;
}

/** The first way is that of the least rights, and the one that is named where the feature does not work. */
export interface FeatureNeeds {
  readonly feature: Feature;
  readonly ways: readonly [Way, ...Way[]];
}

const area = (path: Need["path"], privilege: string): Need => ({ path, privilege, scope: "area" });
const exact = (path: Need["path"], privilege: string): Need => ({ path, privilege, scope: "exact" });
const all = (...needs: readonly [Need, ...Need[]]): Way => ({ needs });
const own = (...needs: readonly [Need, ...Need[]]): Way => ({ needs, ownOnly: true });

const clusterAudit = area("/vms", "VM.Audit");
const backup = area("/vms", "VM.Backup");
const space = area("/storage", "Datastore.AllocateSpace");
const storageAudit = area("/storage", "Datastore.Audit");
const allocate = area("/storage", "Datastore.Allocate");
/** What opens somebody's backup: PVE/Storage.pm, check_volume_access. */
const ofBackups = [all(space, backup), all(allocate)] as const;

const store = (privilege: string): Need => area("/datastore", privilege);

/** What each feature needs: the permission texts and checks of the API methods. In the order of shared/rights.ts. */
export const featureNeeds: Readonly<Record<ServerKind, readonly FeatureNeeds[]>> = {
  pve: [
    { feature: "guests", ways: [all(clusterAudit)] },
    { feature: "nodes", ways: [all(area("/nodes", "Sys.Audit"))] },
    { feature: "storages", ways: [all(storageAudit), all(space)] },
    { feature: "pools", ways: [all(area("/pool", "Pool.Audit"))] },
    {
      feature: "backups",
      ways: [all(storageAudit, space, backup), all(storageAudit, allocate), all(space, backup)],
    },
    { feature: "backup", ways: [all(backup, space)] },
    { feature: "restore", ways: [all(area("/vms", "VM.Allocate"), space)] },
    { feature: "delete", ways: ofBackups },
    { feature: "protect", ways: ofBackups },
    { feature: "keepAll", ways: [all(backup, allocate)] },
    { feature: "jobs", ways: [all(exact("/", "Sys.Audit"))] },
    // Deleting old copies by a job's own rule needs Datastore.Allocate beside it.
    { feature: "editJobs", ways: [all(exact("/", "Sys.Modify"), space)] },
    { feature: "allTasks", ways: [all(exact("/", "Sys.Audit"), area("/nodes", "Sys.Audit"))] },
    { feature: "power", ways: [all(area("/vms", "VM.PowerMgmt"))] },
  ],
  pbs: [
    { feature: "datastores", ways: [all(store("Datastore.Audit")), own(store("Datastore.Backup"))] },
    { feature: "snapshots", ways: [all(store("Datastore.Audit")), own(store("Datastore.Backup"))] },
    { feature: "read", ways: [all(store("Datastore.Read")), own(store("Datastore.Backup"))] },
    { feature: "verify", ways: [all(store("Datastore.Verify")), own(store("Datastore.Backup"))] },
    { feature: "prune", ways: [all(store("Datastore.Modify")), own(store("Datastore.Prune"))] },
    { feature: "protectSnapshots", ways: [all(store("Datastore.Modify")), own(store("Datastore.Backup"))] },
    { feature: "garbageCollection", ways: [all(store("Datastore.Modify"))] },
    { feature: "serverJobs", ways: [all(store("Datastore.Audit"))] },
    {
      feature: "editServerJobs",
      ways: [all(store("Datastore.Modify"), store("Datastore.Verify"), store("Datastore.Prune"))],
    },
    { feature: "syncJobs", ways: [all(area("/remote", "Remote.Audit"), store("Datastore.Audit"))] },
    { feature: "allTasks", ways: [all(exact("/system/tasks", "Sys.Audit"))] },
  ],
};

/** What lets an account look at something at all. */
export const sights: Readonly<Record<ServerKind, readonly [Need, ...Need[]]>> = {
  pve: [clusterAudit, area("/nodes", "Sys.Audit"), storageAudit, space, area("/pool", "Pool.Audit")],
  pbs: [
    store("Datastore.Audit"),
    store("Datastore.Backup"),
    store("Datastore.Read"),
    store("Datastore.Modify"),
  ],
};
