import { expect, it } from "vitest";

import { hasPrivilege } from "../../electron/proxmox/pve/access.ts";

it("a right is inherited from a path above where it propagates and none stands nearer", () => {
  const permissions = new Map([
    ["/", new Map([["Sys.Audit", true]])],
    ["/vms", new Map([["VM.Audit", false]])],
    ["/vms/100", new Map([["VM.Backup", true]])],
  ]);
  expect(hasPrivilege(permissions, "/nodes/pve1", "Sys.Audit")).toBe(true);
  expect(hasPrivilege(permissions, "/vms", "VM.Audit")).toBe(true);
  expect(hasPrivilege(permissions, "/vms/101", "VM.Audit")).toBe(false);
  expect(hasPrivilege(permissions, "/vms/100", "VM.Backup")).toBe(true);
  expect(hasPrivilege(permissions, "/vms/100", "VM.Audit")).toBe(false);
  expect(hasPrivilege(new Map(), "/", "Sys.Audit")).toBe(false);
});
