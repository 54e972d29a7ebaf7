import { afterEach, beforeEach, expect, test } from "vitest";

import {
  clusterOf,
  jobEnd,
  openSmallHouse,
  registerCluster,
  startSmallServer,
} from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { PowerAction } from "../../shared/guest.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;
let cluster: Cluster;

beforeEach(async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
  cluster = await registerCluster(house, simulator);
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

const place = (vmid: number) => ({ clusterId: cluster.id, node: "pve1", vmid });

async function confirmed(vmid: number, action: PowerAction): Promise<string> {
  const target = { action: "guest.power", ...place(vmid), power: action } as const;
  const { token } = await house.call("confirmations.request", target);
  const { jobId } = await house.call("guests.power", { ...place(vmid), action, confirmation: token });
  return jobId;
}

const statusOf = (vmid: number): string | undefined =>
  simulator.world.guests.find((guest) => guest.vmid === vmid)?.status;

test("a guest's page shows what its node says now and the lines of its configuration", async () => {
  const detail = await house.call("guests.get", place(100));
  expect(detail).toMatchObject({
    guest: { vmid: 100, name: "app", status: "running" },
    qmpStatus: "running",
  });
  expect(detail.disks.length).toBeGreaterThan(0);
  expect(detail.networks.length).toBeGreaterThan(0);
  expect(detail.memory).toBeGreaterThan(0);
  await expect(house.call("guests.get", place(4711))).rejects.toMatchObject({ code: "guest.notFound" });
  await expect(house.call("guests.get", { ...place(100), node: "pve2" })).rejects.toMatchObject({
    code: "guest.elsewhere",
  });
});

test("a start needs no confirmation, everything that hurts does", async () => {
  const { jobId } = await house.call("guests.power", { ...place(101), action: "start" });
  expect(await jobEnd(house, jobId)).toMatchObject({ state: "succeeded", request: { kind: "power" } });
  expect(statusOf(101)).toBe("running");
  for (const action of ["stop", "shutdown", "reboot"] as const) {
    await expect(house.call("guests.power", { ...place(101), action })).rejects.toMatchObject({
      code: "confirmation.missing",
    });
  }
  expect((await jobEnd(house, await confirmed(101, "stop"))).state).toBe("succeeded");
  expect(statusOf(101)).toBe("stopped");
  expect(house.audit().filter(({ type }) => type === "confirmed")).toHaveLength(1);
});

test("a confirmed stop is refused when the guest is not as it was shown", async () => {
  const target = { action: "guest.power", ...place(100), power: "stop" } as const;
  const { token, facts } = await house.call("confirmations.request", target);
  expect(facts).toMatchObject({ name: "app", vmid: 100, node: "pve1", status: "running", ha: false });
  simulator.control.setGuestLock(100, "backup");
  await expect(
    house.call("guests.power", { ...place(100), action: "stop", confirmation: token }),
  ).rejects.toMatchObject({ code: "confirmation.changed" });
  expect(statusOf(100)).toBe("running");
  expect(simulator.ledger.tasks()).toEqual([]);
});

test("of an HA-managed guest the success is the guest's state, not the task's quick end", async () => {
  simulator.world.ha.push({ sid: "vm:100", vmid: 100, state: "started", group: null });
  await house.call("clusters.check", { clusterId: cluster.id });
  const job = await jobEnd(house, await confirmed(100, "stop"));
  expect(job).toMatchObject({ state: "succeeded", request: { kind: "power", ha: true } });
  expect(job.tasks[0]?.type).toBe("hastop");
  expect(statusOf(100)).toBe("stopped");
});

test("the list shows the new state soon after the job", async () => {
  await jobEnd(house, await confirmed(100, "stop"));
  const guest = await house.until(async () => {
    const { items } = await house.call("guests.list", undefined);
    return items.find(({ vmid, status }) => vmid === 100 && status === "stopped");
  });
  expect(guest.name).toBe("app");
  expect((await clusterOf(house, cluster.id))?.status).toBe("online");
});
