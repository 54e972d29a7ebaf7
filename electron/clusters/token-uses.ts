import type { ServerKind } from "../../shared/cluster.ts";
import type { TokenUse } from "../../shared/token.ts";

const watch = ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"];
/** To see a guest's backups is to be allowed to make and delete them: PVE/Storage.pm, check_volume_access. */
const seeBackups = ["VM.Backup", "Datastore.AllocateSpace"];
const backup = [...watch, ...seeBackups];
/** A new guest from a backup: its name (of a container: a network setting), its bridges and mapped devices, its first start. */
const restore = [
  ...backup,
  "VM.Allocate",
  "VM.Config.Network",
  "VM.Config.Options",
  "VM.PowerMgmt",
  "SDN.Use",
  "Mapping.Use",
];
/** Backup jobs, other people's tasks, keep rules and snapshots too; still nothing that hands out rights. */
const everything = [...restore, "Datastore.Allocate", "Sys.Modify", "VM.Snapshot", "VM.Snapshot.Rollback"];

const privileges: Readonly<Record<TokenUse, readonly string[]>> = { watch, backup, restore, everything };

/** The privileges that a use needs on Proxmox VE, whatever its version. */
export function privilegesFor(use: TokenUse, withBackups: boolean): readonly string[] {
  return use === "watch" && withBackups ? [...watch, ...seeBackups] : privileges[use];
}

/** Whether a token of these privileges could delete backups. */
export function mayDelete(kind: ServerKind, use: TokenUse, withBackups: boolean): boolean {
  return kind === "pbs" ? use === "everything" : use !== "watch" || withBackups;
}

interface Entry {
  readonly path: string;
  readonly role: string;
}

/** For what the entry on `/` gives there is hidden by one on `/datastore`, that one gives it again. */
const audit: Entry = { path: "/", role: "Audit" };

/** A backup server has no roles but its own (pbs-api-types, acl); rights of owners count for what the token itself has made. */
export const backupServerEntries: Readonly<Record<TokenUse, readonly Entry[]>> = {
  watch: [audit],
  backup: [
    audit,
    { path: "/datastore", role: "DatastoreAudit" },
    { path: "/datastore", role: "DatastorePowerUser" },
  ],
  restore: [audit, { path: "/datastore", role: "DatastoreReader" }],
  everything: [audit, { path: "/datastore", role: "DatastoreAdmin" }],
};
