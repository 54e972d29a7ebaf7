import { expect } from "vitest";
import { OPERATOR } from "../../simulator/credentials.ts";
import { volidOf } from "../../simulator/state.ts";
import { logIn, rows, texts, upidOf } from "./client.ts";
import { row, type FaultRow } from "./fault-rows.ts";
import type { House } from "./house.ts";

const encoded = encodeURIComponent;
const ended = async (home: House, upid: string): Promise<string> =>
  (await home.simulator.whenTaskEnds(upid, AbortSignal.timeout(10_000))).exit ?? "";

const archiveOf = ({ simulator }: House, vmid: number): string => {
  const found = simulator.world.backups.find(
    (one) => one.vmid === vmid && one.storage === "nas" && !one.truncated,
  );
  if (!found) throw new Error(`no backup of ${vmid}`);
  return volidOf(found);
};

/** Group H: what a job means. */
export const jobFaults: readonly FaultRow[] = [
  row(
    66,
    "of many guests one fails, one may not be touched, one is gone; then it is stopped",
    async (home) => {
      const { simulator } = home;
      simulator.world.acl.push({
        path: "/vms/101",
        ugid: OPERATOR.username,
        type: "user",
        roleid: "NoAccess",
        propagate: true,
      });
      const operator = await logIn(simulator, OPERATOR);
      simulator.control.setGuestLock(102, "backup");
      simulator.setSpeed(1);
      const upid = upidOf(await operator.post("/nodes/pve1/vzdump", { all: 1, storage: "nas" }));
      simulator.control.removeGuest(102);
      await operator.del(`/nodes/pve1/tasks/${encoded(upid)}`);
      simulator.setSpeed(300);
      expect(await ended(home, upid)).toBe("interrupted by signal");
      const log = texts(await operator.get(`/nodes/pve1/tasks/${encoded(upid)}/log`, { limit: 0 })).join(
        "\n",
      );
      expect([log.includes("VM 100"), log.includes("VM 101")]).toEqual([true, false]);
    },
  ),
  row(67, "a stop that comes late, is lost, or is refused", async (home) => {
    const { simulator, admin } = home;
    simulator.setSpeed(1);
    const upid = upidOf(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" }));
    const path = `/nodes/pve1/tasks/${encoded(upid)}`;
    const match = { method: "DELETE", path: "/tasks/" };
    simulator.faults.add({
      match,
      action: { kind: "answer", status: 403, reason: "Permission check failed" },
      times: 1,
    });
    expect((await admin.del(path)).status).toBe(403);
    simulator.control.endTask(upid, "OK");
    simulator.faults.add({ match, action: { kind: "lose-reply" }, times: 1 });
    await expect(admin.del(path)).rejects.toThrow();
    expect((await admin.del(path)).body?.data).toBeNull();
    expect((await admin.get(`${path}/status`)).body?.data).toMatchObject({ exitstatus: "OK" });
  }),
  row(68, "the id is taken between look and restore", async (home) => {
    const free = Number((await home.admin.get("/cluster/nextid")).body?.data);
    home.simulator.control.addGuest(free, 101);
    const reply = await home.admin.post("/nodes/pve1/qemu", { vmid: free, archive: archiveOf(home, 100) });
    expect([reply.status, reply.reason]).toEqual([500, expect.stringContaining("already exists")]);
  }),
  row(69, "the guest changes between confirmation and overwriting", async (home) => {
    const read = async (): Promise<unknown> =>
      (await home.admin.get("/nodes/pve1/qemu/101/config")).body?.data;
    const before = await read();
    home.simulator.control.changeGuest(101, { name: "another", memory: 512 });
    expect(await read()).not.toEqual(before);
  }),
  row(70, "the backup is pruned between list and restore", async (home) => {
    const archive = archiveOf(home, 100);
    home.simulator.control.removeBackup(archive);
    const reply = await home.admin.post("/nodes/pve1/qemu", { vmid: 555, archive });
    expect([reply.status, reply.reason]).toEqual([500, expect.stringContaining("does not exist")]);
  }),
  row(71, "an overwriting restore fails halfway", async (home) => {
    const archive = archiveOf(home, 100);
    home.simulator.control.truncateBackup(archive);
    const upid = upidOf(await home.admin.post("/nodes/pve1/qemu", { vmid: 101, archive, force: 1 }));
    expect(await ended(home, upid)).not.toBe("OK");
    const guests = rows(await home.admin.get("/cluster/resources", { type: "vm" }));
    expect(guests.find((one) => one["vmid"] === 101)).toMatchObject({ lock: "create", maxdisk: 0 });
  }),
  row(72, "the backup is good, its notes were not written", async (home) => {
    home.simulator.control.setNotesWork("nas", false);
    const wish = { vmid: 102, storage: "nas", "notes-template": "pxm:trace" };
    const upid = upidOf(await home.admin.post("/nodes/pve1/vzdump", wish));
    expect(await ended(home, upid)).toBe("WARNINGS: 1");
    expect(home.simulator.world.backups.at(-1)).toMatchObject({ vmid: 102, notes: null });
  }),
];
