import { afterEach, expect, test } from "vitest";

import { openSmallHouse, registerCluster, startSmallServer } from "./small-house.ts";

import type { SmallHouse } from "./small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;

afterEach(async () => {
  await house.close();
  await simulator.stop();
});

test("a registered cluster shows its guests and storages", async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
  const cluster = await registerCluster(house, simulator);
  expect(cluster.status).toBe("online");
  const { items } = await house.call("guests.list", undefined);
  expect(items.map((guest) => guest.vmid).toSorted()).toEqual(
    simulator.world.guests.map((guest) => guest.vmid).toSorted(),
  );
  const storages = await house.call("storages.list", undefined);
  expect(storages.items.length).toBeGreaterThan(3);
});
