import { afterEach, beforeEach, expect, test } from "vitest";

import { totpCode } from "../../simulator/access/totp.ts";
import { TOTP } from "../../simulator/credentials.ts";
import { clusterOf, openSmallHouse, registerInput, startSmallServer } from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { SmallHouse } from "../house/small-house.ts";
import type { Simulator } from "../../simulator/simulator.ts";

const passphrase = "correct horse battery";
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

async function registerWithCode(): Promise<Cluster> {
  const input = {
    ...registerInput(simulator, { remember: true }),
    credential: { kind: "password", user: TOTP.username, secret: TOTP.password },
  } as const;
  const asked = await house.call("clusters.register", input);
  if (asked.outcome !== "secondFactor") throw new Error("no second factor was asked for");
  const secret = totpCode(TOTP.secret, Math.floor(Date.now() / 1000));
  const secondFactor = { challenge: asked.challenge, kind: "totp", secret } as const;
  const done = await house.call("clusters.register", { ...input, secondFactor });
  if (done.outcome !== "registered") throw new Error("not registered");
  return done.cluster;
}

test("the user's choice is kept and told", async () => {
  expect(await house.call("vault.status", undefined)).toEqual({
    state: "undecided",
    systemAvailable: false,
    systemBackend: null,
  });
  await expect(house.call("vault.choose", { kind: "system" })).rejects.toMatchObject({
    code: "vault.unavailable",
  });
  expect(await house.call("vault.choose", { kind: "memory" })).toEqual({ state: "memory" });
  expect((await house.call("settings.get", undefined)).secrets).toBe("memory");
  expect(house.seen("vault.changed").at(-1)).toEqual({ state: "memory" });
  await house.restart();
  expect((await house.call("vault.status", undefined)).state).toBe("memory");
});

test("after a restart the kept ticket is enough: no login is sent and no code is asked for", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: passphrase });
  const { id } = await registerWithCode();
  await house.until(() => clusterOf(house, id, ({ status }) => status === "online"));
  const logins = (): number =>
    simulator.ledger.requests().filter(({ path }) => path === "/access/ticket").length;
  const before = logins();
  await house.restart();
  await house.call("vault.unlock", { secret: passphrase });
  await house.until(() => clusterOf(house, id, ({ status }) => status === "online"));
  expect(logins()).toBe(before);
});

test("where the ticket is gone the cluster asks for its code, and one code brings it back", async () => {
  await house.call("vault.choose", { kind: "memory" });
  const { id: clusterId } = await registerWithCode();
  await house.restart();
  const waiting = await house.until(() =>
    clusterOf(house, clusterId, ({ status }) => status === "needsLogin"),
  );
  expect(waiting.credential).toBe("none");
  const asked = await house.call("clusters.login", { clusterId, secret: TOTP.password, remember: false });
  if (asked.outcome !== "secondFactor") throw new Error("no second factor was asked for");
  const [code] = TOTP.recoveryCodes;
  const done = await house.call("clusters.login", {
    clusterId,
    secondFactor: { challenge: asked.challenge, kind: "recovery", secret: code },
    remember: false,
  });
  expect(done).toEqual({ outcome: "loggedIn" });
  expect((await clusterOf(house, clusterId))?.status).toBe("online");
});

test("a wrong passphrase is answered slowly and opens nothing", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: passphrase });
  await house.call("vault.lock", undefined);
  const before = Date.now();
  await expect(house.call("vault.unlock", { secret: "wrong" })).rejects.toMatchObject({
    code: "vault.wrongPassphrase",
  });
  expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  expect((await house.call("vault.status", undefined)).state).toBe("locked");
});

test("a record that cannot be read any more stays in the file, and its cluster needs a login", async () => {
  await house.call("vault.choose", { kind: "passphrase", secret: passphrase });
  const result = await house.call("clusters.register", registerInput(simulator, { remember: true }));
  if (result.outcome !== "registered") throw new Error("not registered");
  const { id } = result.cluster;
  await house.until(() => clusterOf(house, id, ({ status }) => status === "online"));
  await house.restart(() => house.spoilVault(id));
  await house.call("vault.unlock", { secret: passphrase });
  const damaged = await house.until(() =>
    clusterOf(house, id, ({ problem }) => problem?.code === "vault.damaged"),
  );
  expect(damaged.status).toBe("needsLogin");
  expect(house.vaultRecords()).toContain(`secret/${id}`);
});
