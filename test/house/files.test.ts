import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { openSmallHouse, registerCluster, registerInput, startSmallServer } from "./small-house.ts";

import type { SmallHouse } from "./small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSmallServer();
  house = await openSmallHouse();
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

test("the data directory and its files are the user's alone", async () => {
  await registerCluster(house, simulator);
  await house.call("vault.choose", { kind: "memory" });
  await house.call("settings.set", { theme: "dark" });
  expect((await stat(house.directory)).mode & 0o777).toBe(0o700);
  const names = await readdir(house.directory);
  const readable: string[] = [];
  for (const name of names) {
    const { mode } = await stat(join(house.directory, name));
    if ((mode & 0o077) !== 0) readable.push(name);
  }
  expect(readable).toEqual([]);
});

test("a second app on the same files shows everything and changes nothing", async () => {
  await registerCluster(house, simulator);
  const second = await openSmallHouse({ directory: house.directory });
  try {
    expect((await second.call("app.info", undefined)).readOnly).toBe(true);
    expect((await second.call("clusters.list", undefined)).items.map(({ name }) => name)).toEqual(["small"]);
    const refused = { code: "store.readOnly" };
    await expect(
      second.call("clusters.register", registerInput(simulator, { name: "two" })),
    ).rejects.toMatchObject(refused);
    await expect(second.call("vault.choose", { kind: "memory" })).rejects.toMatchObject(refused);
    await expect(second.backUp("x")).rejects.toMatchObject(refused);
  } finally {
    await second.end();
  }
  expect((await house.call("clusters.list", undefined)).items).toHaveLength(1);
});

test("a credential that belongs to no registered cluster is erased at the next start", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: "correct horse" });
  const cluster = await registerCluster(house, simulator, { remember: true });
  expect(house.vaultRecords().toSorted()).toEqual([`secret/${cluster.id}`, `ticket/${cluster.id}`]);
  await house.restart(() => house.forgetServers());
  expect(house.vaultRecords()).toEqual([]);
});

test("a damaged database is set aside, its rows are read out, and the window is told", async () => {
  await registerCluster(house, simulator);
  expect((await house.call("app.info", undefined)).recovered).toEqual([]);
  await house.restart(() => {
    const file = join(house.directory, "jobs.db");
    const data = readFileSync(file);
    // The header stays, the tree behind it is torn.
    data.fill(0xa5, 2 * 4096 + 512, 5 * 4096);
    writeFileSync(file, data);
  });
  const { recovered } = await house.call("app.info", undefined);
  expect(recovered.map(({ file }) => file)).toEqual(["jobs.db"]);
  expect(existsSync(recovered[0]?.setAside ?? "")).toBe(true);
});
