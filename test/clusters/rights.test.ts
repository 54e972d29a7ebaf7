import { expect, test } from "vitest";

import { holds, holdsAnywhere, missingRights, seesNothing } from "../../electron/clusters/rights.ts";

test("a listed path is final, any other inherits what its nearest listed ancestor hands down", () => {
  const permissions = {
    "/": { "VM.Audit": true, "Sys.Audit": false },
    "/vms/100": { "VM.Backup": true },
  };
  expect(holds(permissions, "/vms/101", "VM.Audit")).toBe(true);
  expect(holds(permissions, "/", "Sys.Audit")).toBe(true);
  expect(holds(permissions, "/nodes/pve1", "Sys.Audit")).toBe(false);
  expect(holds(permissions, "/vms/100", "VM.Audit")).toBe(false);
  expect(holds(permissions, "/vms/100", "VM.Backup")).toBe(true);
  expect(holds({}, "/vms/100", "VM.Audit")).toBe(false);
});

test("a right on one guest counts as held somewhere below /vms, not below a like-named path", () => {
  expect(holdsAnywhere({ "/vms/100": { "VM.Backup": true } }, "/vms", "VM.Backup")).toBe(true);
  expect(holdsAnywhere({ "/vmsx/100": { "VM.Backup": true } }, "/vms", "VM.Backup")).toBe(false);
});

test("an account without any right sees nothing and misses every feature", () => {
  expect(seesNothing({})).toBe(true);
  expect(missingRights({}).map(({ feature }) => feature)).toEqual([
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
  const auditor = { "/": { "VM.Audit": true, "Sys.Audit": true, "Datastore.Audit": true, "Pool.Audit": true } };
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
