import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { dependsOnVersion, prepare } from "../../electron/proxmox/requests/prepare.ts";
import { backupRequests } from "../../electron/proxmox/requests/pve/backup.ts";
import { guestRequests } from "../../electron/proxmox/requests/pve/guests.ts";
import { storageRequests } from "../../electron/proxmox/requests/pve/storage.ts";
import { taskRequests } from "../../electron/proxmox/requests/pve/tasks.ts";
import { outgrownVersion } from "../../electron/proxmox/requests/versions.ts";
import { AppError, isAppError } from "../../shared/errors.ts";

function errorOf(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

const newest = [9, 2] as const;
const volume = "local:backup/vzdump-qemu-100-2026_11_20-14_38_01.vma.zst";
const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";

describe("a path", () => {
  it("has every value encoded as one segment", () => {
    expect(prepare(storageRequests.volume, { node: "pve1", storage: "local", volume }, newest).path).toBe(
      "/api2/json/nodes/pve1/storage/local/content/local%3Abackup%2Fvzdump-qemu-100-2026_11_20-14_38_01.vma.zst",
    );
    expect(prepare(taskRequests.status, { node: "pve1", upid }, newest).path).toBe(
      "/api2/json/nodes/pve1/tasks/UPID%3Apve1%3A00000DEB%3A0004585E%3A6B005B87%3Avzdump%3A110%3Aadmin%40pve!lab%3A/status",
    );
  });

  it("stays below the API and keeps its segments, whatever the values are", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.constantFrom("..", ".", "", volume),
    );
    fc.assert(
      fc.property(anything, anything, anything, (node, storage, volid) => {
        let path: string;
        try {
          ({ path } = prepare(storageRequests.volume, { node, storage, volume: volid }, newest));
        } catch (error) {
          return isAppError(error, "input.invalid");
        }
        const parsed = new URL(path, "https://pve1:8006");
        return (
          parsed.origin === "https://pve1:8006" && parsed.pathname === path && path.split("/").length === 9
        );
      }),
      { numRuns: 3000 },
    );
  });
});

describe("what may become part of a path", () => {
  const fields = (values: { node: string; storage: string }) =>
    Object.keys(errorOf(() => prepare(storageRequests.status, values, newest)).details.fields ?? {});

  it.each(["..", "a/b", "a%2fb", "a:b", "-a", "a-", "", "pve1\n", "a".repeat(64), "pvé"])(
    "is not the node %j",
    (node) => {
      expect(fields({ node, storage: "local" })).toEqual(["node"]);
    },
  );

  it.each(["two words", "../x", "1st", "a/b", "x".repeat(101), ""])("is not the storage %j", (storage) => {
    expect(fields({ node: "pve1", storage })).toEqual(["storage"]);
  });

  it.each([0, -1, 1.5, 99, 1e9, Number.NaN, 2 ** 53])("is not the guest %j", (vmid) => {
    const values = { node: "pve1", guest: "qemu", vmid } as const;
    expect(errorOf(() => prepare(guestRequests.status, values, newest)).code).toBe("input.invalid");
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
    const values = { node: "pve1", storage: "local", volume: volid };
    expect(errorOf(() => prepare(storageRequests.volume, values, newest)).code).toBe("input.invalid");
  });

  it.each(["UPID:pve1", "UPID:../x:", " UPID:pve1:", `UPID:${"1".repeat(4096)}:`, "", "UPID:a\n:"])(
    "is not the task %j",
    (text) => {
      const values = { node: "pve1", upid: text };
      expect(errorOf(() => prepare(taskRequests.status, values, newest)).code).toBe("input.invalid");
    },
  );
});

describe("a form", () => {
  const backup = { node: "pve1", vmid: [100, 101], remove: false } as const;

  it("writes 0 and 1 for booleans, lists with commas, and leaves out what is absent", () => {
    const values = { ...backup, protected: true, storage: undefined, "notes-template": "a b&c=d\\n" };
    expect(prepare(backupRequests.run, values, newest)).toEqual({
      method: "POST",
      path: "/api2/json/nodes/pve1/vzdump",
      body: "vmid=100%2C101&remove=0&protected=1&notes-template=a+b%26c%3Dd%5Cn",
    });
  });

  it("goes into the query of reads and removals: a body with DELETE is refused", () => {
    const values = { node: "pve1", storage: "local", volume, delay: 5 };
    expect(prepare(storageRequests.removeVolume, values, newest)).toMatchObject({
      method: "DELETE",
      path: expect.stringMatching(/\?delay=5$/u) as string,
      body: undefined,
    });
  });

  it.each([
    ["delay", 0],
    ["delay", 31],
    ["delay", 1.5],
  ])("is refused where %s is %j", (name, value) => {
    const values = { node: "pve1", storage: "local", volume, [name]: value };
    const error = errorOf(() => prepare(storageRequests.removeVolume, values, newest));
    expect(error).toMatchObject({ code: "input.invalid", details: { fields: { [name]: "does not fit" } } });
  });

  it("is refused without a required value, and with a comma inside one of a list", () => {
    expect(
      errorOf(() => prepare(backupRequests.run, { node: "pve1", vmid: [100] }, newest)).details.fields,
    ).toEqual({
      remove: "does not fit",
    });
    const deletes = { id: "backup-1", delete: ["pool,storage"] };
    expect(errorOf(() => prepare(backupRequests.changeJob, deletes, newest)).code).toBe("input.invalid");
  });
});

describe("a version", () => {
  const backup = { node: "pve1", vmid: [100], remove: false } as const;

  it("that does not know a wish that may be left out is asked without it", () => {
    const values = { ...backup, "notes-template": "note" };
    expect(prepare(backupRequests.run, values, [7, 1]).body).toBe("vmid=100&remove=0");
    expect(prepare(backupRequests.run, values, [7, 2]).body).toBe("vmid=100&remove=0&notes-template=note");
    const bounds = { node: "pve1", source: "all", since: 1, until: 2 } as const;
    expect(prepare(taskRequests.list, bounds, [6, 4]).path).toBe("/api2/json/nodes/pve1/tasks?source=all");
  });

  it("that does not know a wish that counts is not asked at all", () => {
    const error = errorOf(() => prepare(backupRequests.run, { ...backup, protected: true }, [6, 4]));
    expect(error).toMatchObject({
      code: "server.unsupported",
      details: { fields: { protected: "version" } },
    });
  });

  it("that has no such request is not asked", () => {
    const error = errorOf(() => prepare(backupRequests.analyseSchedule, { schedule: "daily" }, [6, 4]));
    expect(error.code).toBe("server.unsupported");
  });

  it("that has it elsewhere is asked there", () => {
    expect(prepare(backupRequests.notBackedUp, {}, [6, 4]).path).toBe(
      "/api2/json/cluster/backupinfo/not_backed_up",
    );
    expect(prepare(backupRequests.notBackedUp, {}, [7, 0]).path).toBe(
      "/api2/json/cluster/backup-info/not-backed-up",
    );
  });

  it("of long ago needs what later ones do not", () => {
    expect(errorOf(() => prepare(backupRequests.createJob, { vmid: [100] }, [6, 4])).details.fields).toEqual({
      starttime: "does not fit",
    });
    expect(prepare(backupRequests.createJob, { vmid: [100], schedule: "daily" }, newest).body).toBe(
      "vmid=100&schedule=daily",
    );
  });

  it("newer than all that we know is asked in the newest shape, and known as newer", () => {
    const values = { ...backup, protected: true, "notes-template": "note" };
    expect(prepare(backupRequests.run, values, [12, 0])).toEqual(prepare(backupRequests.run, values, newest));
    expect(outgrownVersion("pve", { text: "9.2.11", major: 9, minor: 2 })).toBe(null);
    expect(outgrownVersion("pve", { text: "9.3", major: 9, minor: 3 })).toBe("9.2");
    expect(outgrownVersion("pbs", { text: "5.0", major: 5, minor: 0 })).toBe("4.2");
  });

  it("is not asked for where it decides nothing", () => {
    expect(dependsOnVersion(taskRequests.list, { node: "pve1", source: "all" })).toBe(false);
    expect(dependsOnVersion(taskRequests.list, { node: "pve1", since: 1 })).toBe(true);
    expect(dependsOnVersion(backupRequests.notBackedUp, {})).toBe(true);
    expect(dependsOnVersion(backupRequests.createJob, {})).toBe(true);
  });
});
