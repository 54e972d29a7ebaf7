import { describe, expect, it } from "vitest";
import { NOBODY } from "../../simulator/credentials.ts";
import { logIn, rows, type Session } from "./client.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

/** The volume id of a guest's newest (or a marked) copy on a storage. */
async function copy(admin: Session, storage: string, vmid: number, notes?: string): Promise<string> {
  const found = rows(await admin.get(`/nodes/pve1/storage/${storage}/content`, { content: "backup", vmid }));
  const wanted = notes === undefined ? found : found.filter((row) => row["notes"] === notes);
  return String(
    wanted.toSorted((left, right) => Number(right["ctime"]) - Number(left["ctime"]))[0]?.["volid"],
  );
}

describe("a restore", () => {
  it("of a VM makes the guest with a new name and new addresses, and starts it when asked", async () => {
    const { simulator, admin, ended } = await house();
    const archive = await copy(admin, "nas", 100);
    const task = await ended(
      await admin.post("/nodes/pve1/qemu", {
        vmid: 200,
        archive,
        storage: "local-lvm",
        unique: 1,
        name: "app-copy",
        start: 1,
      }),
    );
    expect(task.type).toBe("qmrestore");
    expect(task.exit).toBe("OK");
    expect(task.lines.filter((line) => line.startsWith("progress "))).toHaveLength(100);
    const restored = (await admin.get("/nodes/pve1/qemu/200/config")).body?.data as Record<string, string>;
    const original = (await admin.get("/nodes/pve1/qemu/100/config")).body?.data as Record<string, string>;
    expect(restored).toMatchObject({
      name: "app-copy",
      scsi0: "local-lvm:vm-200-disk-0,discard=on,iothread=1,size=8G",
    });
    expect(restored["net0"]).not.toBe(original["net0"]);
    const started = simulator.tasks().find((one) => one.type === "qmstart");
    expect(started).toMatchObject({ id: "200", user: "admin@pve" });
  });

  it("shows the new guest locked while it is written, and its id as taken", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const started = await admin.post("/nodes/pve1/qemu", {
      vmid: 200,
      archive: await copy(admin, "nas", 100),
      storage: "local-lvm",
    });
    expect((await admin.get("/nodes/pve1/qemu/200/status/current")).body?.data).toMatchObject({
      lock: "create",
      name: "VM 200",
      maxmem: 134_217_728,
    });
    expect((await admin.get("/cluster/nextid", { vmid: 200 })).body?.errors).toEqual({
      vmid: "VM 200 already exists",
    });
    simulator.setSpeed(300);
    await ended(started);
    expect((await admin.get("/nodes/pve1/qemu/200/status/current")).body?.data).toMatchObject({
      name: "app",
      status: "stopped",
    });
  });

  it("from a Backup Server counts each disk from the start", async () => {
    const { admin, ended } = await house();
    await ended(await admin.post("/nodes/pve2/vzdump", { vmid: 104, storage: "pbs" }));
    const task = await ended(
      await admin.post("/nodes/pve1/qemu", {
        vmid: 200,
        archive: await copy(admin, "pbs", 104),
        storage: "local-lvm",
      }),
    );
    expect(task.lines.filter((line) => line.startsWith("new volume ID is"))).toHaveLength(2);
    expect(task.lines.filter((line) => line.startsWith("progress 1% "))).toHaveLength(2);
  });

  it("of a container says nothing between its first and last lines", async () => {
    const { admin, ended } = await house();
    const ostemplate = await copy(admin, "pbs", 102);
    const task = await ended(
      await admin.post("/nodes/pve1/lxc", {
        vmid: 201,
        ostemplate,
        restore: 1,
        storage: "local-lvm",
        hostname: "web-copy",
      }),
    );
    const plain = task.lines.filter((line) => !/^\s|^Creating|^Filesystem|^Superblock/.test(line));
    expect(plain).toEqual([
      `recovering backed-up configuration from '${ostemplate}'`,
      `restoring '${ostemplate}' now..`,
      "merging backed-up and given configuration..",
      "TASK OK",
    ]);
    expect((await admin.get("/nodes/pve1/lxc/201/config")).body?.data).toMatchObject({
      hostname: "web-copy",
    });
  });

  it("is refused at once for a taken id, an unknown storage, a missing archive and missing rights", async () => {
    const { simulator, admin } = await house();
    const archive = await copy(admin, "nas", 100);
    const reason = async (as: Session, fields: Record<string, string | number>): Promise<string> =>
      (await as.post("/nodes/pve1/qemu", fields)).reason;
    expect(await reason(admin, { vmid: 100, archive })).toBe(
      "unable to restore VM 100 - VM 100 already exists on node 'pve1'",
    );
    expect(await reason(admin, { vmid: 200, archive, storage: "nosuch" })).toBe(
      "storage 'nosuch' does not exist",
    );
    expect(
      await reason(admin, { vmid: 200, archive: "nas:backup/vzdump-qemu-5-2026_01_01-00_00_00.vma" }),
    ).toMatch(/^volume '.*' does not exist$/);
    expect(await reason(await logIn(simulator, NOBODY), { vmid: 200, archive })).toBe(
      "Permission check failed (/vms/200, VM.Allocate)",
    );
    expect(simulator.ledger.tasks()).toEqual([]);
  });

  it("of a file cut short fails in the task and clears the container away", async () => {
    const { admin, ended } = await house();
    const ostemplate = await copy(admin, "nas", 102, "cut short by a full disk");
    const task = await ended(
      await admin.post("/nodes/pve1/lxc", { vmid: 201, ostemplate, restore: 1, storage: "local-lvm" }),
    );
    expect(task.exit).toMatch(/^unable to restore CT 201 - command '.*' failed: exit code 2$/);
    expect((await admin.get("/nodes/pve1/lxc/201/config")).status).toBe(500);
  });
});

describe("copies", () => {
  it("are protected and annotated, and a protected one survives its deletion", async () => {
    const { admin, ended } = await house();
    const path = `/nodes/pve1/storage/nas/content/${encodeURIComponent(await copy(admin, "nas", 102))}`;
    await admin.put(path, { notes: "one\ntwo", protected: 1 });
    expect((await admin.get(path)).body?.data).toMatchObject({ notes: "one\ntwo", protected: 1 });
    expect((await ended(await admin.del(path))).exit).toMatch(
      /^cannot remove protected volume 'backup\/.*' on 'nas'$/,
    );
    await admin.put(path, { protected: 0 });
    expect((await ended(await admin.del(path))).exit).toBe("OK");
    expect((await admin.get(path)).reason).toMatch(/no format$/);
  });
});
