import { describe, expect, it } from "vitest";

import { restoreVm } from "../../electron/proxmox/pve/restore.ts";
import { listBackups, readBackupVolume } from "../../electron/proxmox/pve/storage.ts";
import { operations } from "../../shared/operations.ts";
import { failureOf, never } from "../proxmox/test-server.ts";
import { saying, sayingJson } from "./lab.ts";

const place = { node: "pve1", storage: "local" };
const volid = "local:backup/vzdump-qemu-110-2026_11_20-14_38_01.vma.zst";

async function backups(rows: readonly object[]) {
  return await listBackups(await sayingJson({ data: rows }), place, never);
}

describe("volumes", () => {
  it.each([
    "local:backup/../../etc/shadow",
    "/etc/shadow",
    "-",
    "local:iso/debian.iso",
    "local:110/vm-110-disk-0.raw",
    "backup/vzdump-qemu-110.vma",
    "local:backup/a b",
    "local:backup/a\n",
    "local:backup/a\\..\\b",
    `local:backup/${"x".repeat(600)}`,
  ])("65 %j is no backup: neither asked for nor restored, and nothing is sent", async (volume) => {
    const { session, asked } = await saying('{"data":null}');
    const input = {
      node: "pve1",
      vmid: 210,
      volid: volume,
      storage: null,
      unique: true,
      start: false,
      name: null,
    };
    expect((await failureOf(restoreVm(session, input, never))).code).toBe("input.invalid");
    expect((await failureOf(readBackupVolume(session, { node: "pve1", volid: volume }, never))).code).toBe(
      "input.invalid",
    );
    expect(asked.filter((line) => !line.endsWith("/version"))).toEqual([]);
    const form = { clusterId: "a", node: "pve1", storage: "local", volid: volume };
    expect(operations["restore.prepare"].input.safeParse(form).success).toBe(false);
  });

  it("66 an archive of another guest than its name says is listed by the server's word, with its own id", async () => {
    const { rows } = await backups([{ volid, vmid: 999, ctime: 1795185481 }]);
    expect(rows[0]).toMatchObject({ volid, vmid: 999, guestType: "qemu" });
  });

  it("67 what is not said of an archive is unknown, and each spelling of encrypted counts", async () => {
    const { rows } = await backups([
      { volid: `${volid}.a`, size: 0, ctime: 1, format: null },
      { volid: `${volid}.b`, encrypted: "1" },
      { volid: `${volid}.c`, encrypted: 1 },
      { volid: `${volid}.d`, encrypted: "84:4f:aa" },
      { volid: `${volid}.e`, encrypted: true },
      { volid: `${volid}.f`, encrypted: "0" },
      { volid: `${volid}.g`, size: "12G", ctime: "yesterday" },
    ]);
    expect(rows.map(({ size }) => size)).toEqual([null, null, null, null, null, null, null]);
    expect(rows.map(({ encrypted }) => encrypted)).toEqual([false, true, true, true, true, false, false]);
    expect(rows[6]?.createdAt).toBeNull();
  });

  it("68 two backups of one second are two", async () => {
    const [vm, ct] = ["pbs:backup/vm/100/2026-11-20T14:38:01Z", "pbs:backup/ct/100/2026-11-20T14:38:01Z"];
    const { rows } = await backups([vm, ct].map((one) => ({ volid: one, vmid: 100, ctime: 1795185481 })));
    expect(rows.map((row) => [row.volid, row.guestType])).toEqual([
      [vm, "qemu"],
      [ct, "lxc"],
    ]);
  });
});
