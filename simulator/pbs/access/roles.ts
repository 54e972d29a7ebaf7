const DATASTORE_ADMIN = [
  "Datastore.Audit",
  "Datastore.Modify",
  "Datastore.Read",
  "Datastore.Verify",
  "Datastore.Backup",
  "Datastore.Prune",
];
const REMOTE_BACKUP = ["Remote.Audit", "Remote.DatastoreBackup"];

/** All privileges, in the order in which the server names them (pbs-api-types, acl.rs). */
export const PRIVILEGES = [
  "Sys.Audit",
  "Sys.Modify",
  "Sys.PowerManagement",
  "Datastore.Audit",
  "Datastore.Allocate",
  "Datastore.Modify",
  "Datastore.Read",
  "Datastore.Verify",
  "Datastore.Backup",
  "Datastore.Prune",
  "Permissions.Modify",
  "Remote.Audit",
  "Remote.Modify",
  "Remote.Read",
  "Remote.DatastoreBackup",
  "Remote.DatastoreModify",
  "Remote.DatastorePrune",
  "Sys.Console",
  "Tape.Audit",
  "Tape.Modify",
  "Tape.Write",
  "Tape.Read",
  "Realm.Allocate",
];

/** The roles of Proxmox Backup Server; there are no others. */
export const ROLES: Readonly<Record<string, string[]>> = {
  Admin: PRIVILEGES,
  Audit: ["Sys.Audit", "Datastore.Audit"],
  NoAccess: [],
  DatastoreAdmin: DATASTORE_ADMIN,
  DatastoreReader: ["Datastore.Audit", "Datastore.Verify", "Datastore.Read"],
  DatastoreBackup: ["Datastore.Backup"],
  DatastorePowerUser: ["Datastore.Prune", "Datastore.Backup"],
  DatastoreAudit: ["Datastore.Audit"],
  RemoteAudit: ["Remote.Audit"],
  RemoteAdmin: ["Remote.Audit", "Remote.Modify", "Remote.Read"],
  RemoteSyncOperator: ["Remote.Audit", "Remote.Read"],
  RemoteSyncPushOperator: REMOTE_BACKUP,
  RemoteDatastorePowerUser: [...REMOTE_BACKUP, "Remote.DatastorePrune"],
  RemoteDatastoreAdmin: [...REMOTE_BACKUP, "Remote.DatastoreModify", "Remote.DatastorePrune"],
  TapeAudit: ["Tape.Audit"],
  TapeAdmin: ["Tape.Audit", "Tape.Modify", "Tape.Read", "Tape.Write"],
  TapeOperator: ["Tape.Audit", "Tape.Read", "Tape.Write"],
  TapeReader: ["Tape.Audit", "Tape.Read"],
};
