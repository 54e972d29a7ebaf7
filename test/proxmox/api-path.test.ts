import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  apiPath,
  formBody,
  nodeOf,
  storageOf,
  upidOf,
  vmidOf,
  volidOf,
} from "../../electron/proxmox/api-path.ts";
import { isAppError } from "../../shared/errors.ts";

function refuses(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (error) {
    return isAppError(error, "input.invalid");
  }
}

describe("a path", () => {
  it("has every value encoded as one segment", () => {
    const volid = "local:backup/vzdump-qemu-100-2026_11_20-14_38_01.vma.zst";
    expect(apiPath`nodes/${"pve1"}/storage/${"local"}/content/${volid}`).toBe(
      "/api2/json/nodes/pve1/storage/local/content/local%3Abackup%2Fvzdump-qemu-100-2026_11_20-14_38_01.vma.zst",
    );
    expect(
      apiPath`nodes/${"pve1"}/tasks/${"UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:"}/log`,
    ).toBe(
      "/api2/json/nodes/pve1/tasks/UPID%3Apve1%3A00000DEB%3A0004585E%3A6B005B87%3Avzdump%3A110%3Aadmin%40pve!lab%3A/log",
    );
  });

  it("stays below the API and keeps its segments, whatever the values are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (first, second) => {
        let path: string;
        try {
          path = apiPath`nodes/${first}/storage/${second}/status`;
        } catch (error) {
          return isAppError(error, "input.invalid") || error instanceof URIError;
        }
        const parsed = new URL(path, "https://pve1:8006");
        return (
          parsed.origin === "https://pve1:8006" &&
          parsed.pathname === path &&
          path.split("/").length === 8 &&
          parsed.search === ""
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["..", ".", "", "..."])("refuses the segment %j", (value) => {
    expect(refuses(() => apiPath`nodes/${value}/status`)).toBe(true);
  });
});

describe("what may become part of a path", () => {
  it.each(["..", "a/b", "a%2fb", "a:b", "-a", "a-", "", "pve1\n", "a".repeat(64), "pvé"])(
    "is not the node %j",
    (node) => {
      expect(refuses(() => nodeOf(node))).toBe(true);
    },
  );

  it.each(["two words", "../x", "1st", "a/b", "x".repeat(101), ""])("is not the storage %j", (storage) => {
    expect(refuses(() => storageOf(storage))).toBe(true);
  });

  it.each([0, -1, 1.5, 99, 1e9, Number.NaN, 2 ** 53])("is not the guest %j", (vmid) => {
    expect(refuses(() => vmidOf(vmid))).toBe(true);
  });

  it.each([
    "local:backup/../../etc/shadow",
    "/var/lib/vz/dump/vzdump-qemu-100.vma",
    "-",
    "local:iso/debian.iso",
    "local:backup/",
    "backup/x",
    "local:backup/a b",
    "local:backup/a\\b",
  ])("is not the backup %j", (volid) => {
    expect(refuses(() => volidOf(volid))).toBe(true);
  });

  it.each([
    "UPID:pve1:00000deb:0004585E:6B005B87:vzdump:110:admin@pve:",
    "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve",
    "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:",
    "UPID:pve1:00000DEB:0004585E00:6B005B87:vzdump:110:admin@pve:",
    "UPID:pbs1:00000DEB:0004585E:00000001:6B005B87:backup:store:root@pam:",
    "UPID:../x:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve:",
    " UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve:",
    `UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:${"1".repeat(4096)}:admin@pve:`,
    "",
  ])("is not the task %j", (upid) => {
    expect(refuses(() => upidOf(upid))).toBe(true);
  });

  it("is each of these", () => {
    expect(nodeOf("pve-1")).toBe("pve-1");
    expect(storageOf("local-lvm")).toBe("local-lvm");
    expect(vmidOf(100)).toBe(100);
    expect(volidOf("pbs:backup/vm/100/2026-11-20T14:38:01Z")).toBe("pbs:backup/vm/100/2026-11-20T14:38:01Z");
    expect(upidOf("UPID:pve1:00000DEB:0004585E:6B005B87:vzdump::admin@pve!lab:").user).toBe("admin@pve!lab");
  });
});

describe("a form", () => {
  it("writes 0 and 1 for booleans and leaves out what is absent", () => {
    expect(
      formBody({
        vmid: 100,
        remove: false,
        protected: true,
        storage: undefined,
        "notes-template": "a b&c=d\\n",
      }),
    ).toBe("vmid=100&remove=0&protected=1&notes-template=a+b%26c%3Dd%5Cn");
  });
});
