import { expect, test } from "vitest";

import {
  holdsAnywhere,
  holdsThroughout,
  missingRights,
  seesNothing,
} from "../../electron/clusters/rights.ts";

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

test("a right on one guest counts as held somewhere below /vms, not below a like-named path", () => {
  expect(holdsAnywhere(rights({ "/vms/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(true);
  expect(holdsAnywhere(rights({ "/vmsx/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(false);
});

test("an account without any right sees nothing and misses every feature", () => {
  expect(seesNothing("pve", rights({}))).toBe(true);
  expect(missingRights("pve", rights({})).map(({ feature }) => feature)).toEqual([
    "guests",
    "nodes",
    "storages",
    "backups",
    "backup",
    "backup",
    "restore",
    "power",
    "keepAll",
  ]);
});

test("an auditor sees all and may change nothing", () => {
  const auditor = rights({ "/": ["VM.Audit", "Sys.Audit", "Datastore.Audit", "Pool.Audit"] });
  expect(seesNothing("pve", auditor)).toBe(false);
  expect(missingRights("pve", auditor)).toEqual([
    { feature: "backups", privilege: "Datastore.AllocateSpace", path: "/storage" },
    { feature: "backup", privilege: "VM.Backup", path: "/vms" },
    { feature: "backup", privilege: "Datastore.AllocateSpace", path: "/storage" },
    { feature: "restore", privilege: "VM.Allocate", path: "/vms" },
    { feature: "power", privilege: "VM.PowerMgmt", path: "/vms" },
    { feature: "keepAll", privilege: "Datastore.Allocate", path: "/storage" },
  ]);
});

test("an account of a backup server that sees only its own groups is told what else it would need", () => {
  const backup = rights({ "/datastore/tank": ["Datastore.Backup", "Datastore.Prune"] });
  expect(seesNothing("pbs", backup)).toBe(false);
  expect(missingRights("pbs", backup)).toEqual([
    { feature: "allBackups", privilege: "Datastore.Audit", path: "/datastore" },
    { feature: "garbageCollection", privilege: "Datastore.Modify", path: "/datastore" },
    { feature: "allTasks", privilege: "Sys.Audit", path: "/system/tasks" },
    { feature: "syncJobs", privilege: "Remote.Audit", path: "/remote" },
  ]);
  expect(seesNothing("pbs", rights({ "/vms": ["VM.Audit"] }))).toBe(true);
});

test("a right is held throughout only where no path below takes it away", () => {
  expect(holdsThroughout(rights({ "/": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(true);
  expect(holdsThroughout(rights({ "/": ["VM.Backup"], "/vms/100": [] }), "/vms", "VM.Backup")).toBe(false);
  expect(holdsThroughout(rights({ "/vms/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(false);
});
