import { describe, expect, it } from "vitest";
import { AUDITOR } from "../../simulator/credentials.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { logIn, texts, upidOf } from "./client.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

/** The small world with VM 101 under the HA manager. */
function withHa(): ReturnType<typeof smallWorld> {
  return { ...smallWorld(), ha: [{ sid: "vm:101", vmid: 101, state: "stopped", group: null }] };
}

describe("power", () => {
  it("starts, pauses, resumes, reboots and shuts a VM down", async () => {
    const { admin, ended } = await house();
    const status = async (): Promise<unknown> => {
      const data = (await admin.get("/nodes/pve1/qemu/101/status/current")).body?.data as
        | { qmpstatus: string }
        | undefined;
      return data?.qmpstatus;
    };
    for (const [action, after] of [
      ["start", "running"],
      ["suspend", "paused"],
      ["resume", "running"],
      ["reboot", "running"],
      ["shutdown", "stopped"],
    ] as const) {
      const task = await ended(await admin.post(`/nodes/pve1/qemu/101/status/${action}`));
      expect([task.type, task.exit, await status()]).toEqual([`qm${action}`, "OK", after]);
    }
  });

  it("of a VM says in the task what is wrong, of a container at once", async () => {
    const { admin, ended } = await house();
    expect((await ended(await admin.post("/nodes/pve1/qemu/100/status/start"))).exit).toBe(
      "VM 100 already running",
    );
    expect((await admin.post("/nodes/pve1/lxc/102/status/start")).reason).toBe("CT 102 already running");
    expect((await ended(await admin.post("/nodes/pve1/qemu/4711/status/start"))).exit).toBe(
      "Configuration file 'nodes/pve1/qemu-server/4711.conf' does not exist",
    );
  });

  it("waits in vain for a guest that does not obey, unless it may stop it hard", async () => {
    const { admin, ended } = await house();
    expect((await ended(await admin.post("/nodes/pve2/qemu/104/status/shutdown", { timeout: 5 }))).exit).toBe(
      "VM quit/powerdown failed - got timeout",
    );
    expect(
      (await ended(await admin.post("/nodes/pve2/qemu/104/status/shutdown", { timeout: 5, forceStop: 1 })))
        .exit,
    ).toBe("OK");
    expect((await admin.get("/nodes/pve2/qemu/104/status/current")).body?.data).toMatchObject({
      status: "stopped",
    });
  });

  it("of an HA-managed guest ends at once while the guest follows later, by root@pam", async () => {
    const { simulator, admin, ended } = await house({ world: withHa, speed: 20 });
    const task = await ended(await admin.post("/nodes/pve1/qemu/101/status/start"));
    expect([task.type, task.exit, task.lines[0]]).toEqual([
      "hastart",
      "OK",
      "Requesting HA start for VM 101",
    ]);
    expect((await admin.get("/nodes/pve1/qemu/101/status/current")).body?.data).toMatchObject({
      status: "stopped",
      ha: { managed: 1, state: "started" },
    });
    simulator.setSpeed(1000);
    const found = await eventually(() => simulator.tasks().find((one) => one.type === "qmstart"));
    const follow = await simulator.whenTaskEnds(found.upid, AbortSignal.timeout(5000));
    expect([follow.user, follow.lines[0], follow.exit]).toEqual([
      "root@pam",
      "task started by HA resource agent",
      "OK",
    ]);
    expect((await admin.get("/nodes/pve1/qemu/101/status/current")).body?.data).toMatchObject({
      status: "running",
    });
  });

  it("needs VM.PowerMgmt", async () => {
    const { simulator } = await house();
    expect((await (await logIn(simulator, AUDITOR)).post("/nodes/pve1/qemu/100/status/stop")).reason).toBe(
      "Permission check failed (/vms/100, VM.PowerMgmt)",
    );
  });
});

describe("snapshots", () => {
  it("are made, listed and deleted, and a name is used once", async () => {
    const { admin, ended } = await house();
    const path = "/nodes/pve1/qemu/100/snapshot";
    const made = await admin.post(path, { snapname: "before", description: "an update" });
    expect((await ended(made)).exit).toBe("OK");
    expect(texts(await admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upidOf(made))}/log`))[0]).toBe(
      "snapshotting 'drive-scsi0' (local-lvm:vm-100-disk-0)",
    );
    expect((await ended(await admin.post(path, { snapname: "before" }))).exit).toBe(
      "snapshot name 'before' already used",
    );
    expect((await admin.get(path)).body?.data).toMatchObject([
      { name: "before", description: "an update" },
      { name: "current", parent: "before" },
    ]);
    expect((await ended(await admin.del(`${path}/before`))).exit).toBe("OK");
    expect((await admin.get(path)).body?.data).toMatchObject([{ name: "current" }]);
  });
});

/** Asks again until there is an answer; the simulator moves on only when it is asked. */
async function eventually<T>(ask: () => T | undefined): Promise<T> {
  const until = AbortSignal.timeout(5000);
  for (;;) {
    const found = ask();
    if (found !== undefined) return found;
    until.throwIfAborted();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
