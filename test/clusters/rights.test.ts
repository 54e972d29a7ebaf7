import { describe, expect, test } from "vitest";

import {
  holdsAnywhere,
  holdsThroughout,
  missingRights,
  rightsReport,
  seesNothing,
} from "../../electron/clusters/rights.ts";
import { features } from "../../shared/rights.ts";

import type { LoginName } from "../../shared/cluster.ts";
import type { Feature, MissingRight } from "../../shared/rights.ts";
import type { Permissions } from "../../electron/proxmox/pve/access.ts";

/** Path → privileges that reach below, as GET /access/permissions answers. */
function rights(paths: Readonly<Record<string, readonly string[]>>): Permissions {
  return new Map(
    Object.entries(paths).map(([path, privileges]) => [
      path,
      new Map(privileges.map((name) => [name, true])),
    ]),
  );
}

const auditor = rights({ "/": ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"] });
const line = ({ feature, extent, privilege, path }: MissingRight): string =>
  `${feature} ${extent} ${privilege} ${path}`;

test("a right on one guest counts as held somewhere below /vms, not below a like-named path", () => {
  expect(holdsAnywhere(rights({ "/vms/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(true);
  expect(holdsAnywhere(rights({ "/vmsx/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(false);
});

test("an account without any right sees nothing and misses every feature, each with privilege and path", () => {
  expect(seesNothing("pve", rights({}))).toBe(true);
  expect(missingRights("pve", rights({})).map(line)).toEqual([
    "guests no VM.Audit /vms",
    "nodes no Sys.Audit /nodes",
    "storages no Datastore.Audit /storage",
    "pools no Pool.Audit /pool",
    "backups no Datastore.Audit /storage",
    "backups no Datastore.AllocateSpace /storage",
    "backups no VM.Backup /vms",
    "backup no VM.Backup /vms",
    "backup no Datastore.AllocateSpace /storage",
    "restore no VM.Allocate /vms",
    "restore no Datastore.AllocateSpace /storage",
    "delete no Datastore.AllocateSpace /storage",
    "delete no VM.Backup /vms",
    "protect no Datastore.AllocateSpace /storage",
    "protect no VM.Backup /vms",
    "keepAll no VM.Backup /vms",
    "keepAll no Datastore.Allocate /storage",
    "jobs no Sys.Audit /",
    "editJobs no Sys.Modify /",
    "editJobs no Datastore.AllocateSpace /storage",
    "allTasks no Sys.Audit /",
    "allTasks no Sys.Audit /nodes",
    "power no VM.PowerMgmt /vms",
  ]);
  const report = rightsReport("pve", { kind: "password", user: "nobody@pve" }, rights({}));
  expect(report).toMatchObject({ seesNothing: true, allPowerful: false, account: "nobody@pve" });
  expect(report.rows.map(({ feature }) => feature)).toEqual([...features.pve]);
  expect(report.rows.every(({ extent, commands }) => extent === "no" && commands.length > 0)).toBe(true);
});

test("an auditor sees all but backups and may change nothing", () => {
  expect(seesNothing("pve", auditor)).toBe(false);
  expect(missingRights("pve", auditor).map(line)).toEqual([
    "backups no Datastore.AllocateSpace /storage",
    "backups no VM.Backup /vms",
    "backup no VM.Backup /vms",
    "backup no Datastore.AllocateSpace /storage",
    "restore no VM.Allocate /vms",
    "restore no Datastore.AllocateSpace /storage",
    "delete no Datastore.AllocateSpace /storage",
    "delete no VM.Backup /vms",
    "protect no Datastore.AllocateSpace /storage",
    "protect no VM.Backup /vms",
    "keepAll no VM.Backup /vms",
    "keepAll no Datastore.Allocate /storage",
    "editJobs no Sys.Modify /",
    "editJobs no Datastore.AllocateSpace /storage",
    "power no VM.PowerMgmt /vms",
  ]);
});

test("a feature that works for some guests only works in part, and names what would make it whole", () => {
  const some = rights({ "/vms/100": ["VM.Audit", "VM.Backup"], "/storage": ["Datastore.AllocateSpace"] });
  const found = missingRights("pve", some).map(line);
  expect(found).toContain("guests partly VM.Audit /vms");
  expect(found).toContain("backup partly VM.Backup /vms");
  expect(found).toContain("delete partly VM.Backup /vms");
  expect(found.filter((text) => text.startsWith("storages"))).toEqual([]);
});

test("an account of a backup server that sees only its own groups is told what else it would need", () => {
  const backup = rights({ "/datastore/tank": ["Datastore.Backup", "Datastore.Prune"] });
  expect(seesNothing("pbs", backup)).toBe(false);
  expect(missingRights("pbs", backup).map(line)).toEqual([
    "datastores partly Datastore.Audit /datastore",
    "snapshots partly Datastore.Audit /datastore",
    "read partly Datastore.Read /datastore",
    "verify partly Datastore.Verify /datastore",
    "prune partly Datastore.Modify /datastore",
    "protectSnapshots partly Datastore.Modify /datastore",
    "garbageCollection no Datastore.Modify /datastore",
    "serverJobs no Datastore.Audit /datastore",
    "editServerJobs no Datastore.Modify /datastore",
    "editServerJobs no Datastore.Verify /datastore",
    "editServerJobs no Datastore.Prune /datastore",
    "syncJobs no Remote.Audit /remote",
    "syncJobs no Datastore.Audit /datastore",
    "allTasks no Sys.Audit /system/tasks",
  ]);
  const { rows } = rightsReport("pbs", { kind: "password", user: "u@pbs" }, backup);
  expect(rows.filter(({ ownOnly }) => ownOnly).map(({ feature }) => feature)).toContain("prune");
  expect(seesNothing("pbs", rights({ "/vms": ["VM.Audit"] }))).toBe(true);
});

describe("the command that grants what is missing", () => {
  const commandOf = (
    kind: "pve" | "pbs",
    feature: Feature,
    permissions: Permissions,
    login: LoginName = { kind: "password", user: "auditor@pve" },
  ) => rightsReport(kind, login, permissions).rows.find((row) => row.feature === feature)?.commands;

  test("is the narrowest role of the product", () => {
    expect(commandOf("pve", "guests", rights({}))).toEqual([
      "pveum acl modify /vms --users 'auditor@pve' --roles PVEAuditor",
    ]);
    expect(commandOf("pve", "power", auditor)).toEqual([
      "pveum acl modify /vms --users 'auditor@pve' --roles PVEVMUser",
    ]);
    expect(commandOf("pbs", "verify", rights({ "/": ["Datastore.Audit", "Sys.Audit"] }))).toEqual([
      "proxmox-backup-manager acl update /datastore DatastoreReader --auth-id 'auditor@pve'",
    ]);
  });

  test("takes nothing away: an entry on a path hides what comes from above, so that it is given again", () => {
    const held = rights({ "/": ["VM.Audit", "VM.GuestAgent.Audit", "VM.Migrate"] });
    expect(commandOf("pve", "power", held)).toEqual([
      "pveum acl modify /vms --users 'auditor@pve' --roles PVEVMAdmin,PVEAuditor",
    ]);
    expect(commandOf("pve", "power", rights({ "/": ["VM.Replicate"] }))).toEqual([
      'pveum role add Proxmoxer-VMPowerMgmt --privs "VM.PowerMgmt VM.Replicate"',
      "pveum acl modify /vms --users 'auditor@pve' --roles Proxmoxer-VMPowerMgmt",
    ]);
  });

  test("on the root of everything is a role with just this, which reaches nothing below", () => {
    expect(commandOf("pve", "jobs", rights({}))).toEqual([
      'pveum role add Proxmoxer-SysAudit --privs "Sys.Audit"',
      "pveum acl modify / --users 'auditor@pve' --roles Proxmoxer-SysAudit --propagate 0",
    ]);
  });

  test("for a token is given to its user too: the token has only what both have", () => {
    expect(commandOf("pve", "guests", rights({}), { kind: "token", tokenId: "a@pve!t" })).toEqual([
      "pveum acl modify /vms --users 'a@pve' --roles PVEAuditor",
      "pveum acl modify /vms --tokens 'a@pve!t' --roles PVEAuditor",
    ]);
  });
});

test("the super user, and whoever may give rights away, may do more than this app needs", () => {
  const everything = rights({ "/": ["Permissions.Modify", "Sys.Modify", "VM.Audit"] });
  const powerful = (user: string, permissions: Permissions) =>
    rightsReport("pve", { kind: "password", user }, permissions).allPowerful;
  expect(powerful("root@pam", rights({ "/": ["VM.Audit"] }))).toBe(true);
  expect(powerful("admin@pve", everything)).toBe(true);
  expect(powerful("auditor@pve", auditor)).toBe(false);
});

test("a right is held throughout only where no path below takes it away", () => {
  expect(holdsThroughout(rights({ "/": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(true);
  expect(holdsThroughout(rights({ "/": ["VM.Backup"], "/vms/100": [] }), "/vms", "VM.Backup")).toBe(false);
  expect(holdsThroughout(rights({ "/vms/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(false);
});
