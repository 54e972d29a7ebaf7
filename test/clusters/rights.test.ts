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
  expect(seesNothing(rights({}))).toBe(true);
  expect(missingRights(rights({})).map(({ feature }) => feature)).toEqual([
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
  expect(seesNothing(auditor)).toBe(false);
  expect(missingRights(auditor)).toEqual([
    { feature: "backups", privilege: "Datastore.AllocateSpace", path: "/storage" },
    { feature: "backup", privilege: "VM.Backup", path: "/vms" },
    { feature: "backup", privilege: "Datastore.AllocateSpace", path: "/storage" },
    { feature: "restore", privilege: "VM.Allocate", path: "/vms" },
    { feature: "power", privilege: "VM.PowerMgmt", path: "/vms" },
    { feature: "keepAll", privilege: "Datastore.Allocate", path: "/storage" },
  ]);
});

test("a right is held throughout only where no path below takes it away", () => {
  expect(holdsThroughout(rights({ "/": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(true);
  expect(holdsThroughout(rights({ "/": ["VM.Backup"], "/vms/100": [] }), "/vms", "VM.Backup")).toBe(false);
  expect(holdsThroughout(rights({ "/vms/100": ["VM.Backup"] }), "/vms", "VM.Backup")).toBe(false);
});
