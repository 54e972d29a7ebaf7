import { afterEach, beforeEach, expect, test } from "vitest";

import { totpCode } from "../../simulator/access/totp.ts";
import { TOTP } from "../../simulator/credentials.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { openSmallHouse, registerInput, startSmallServer } from "../house/small-house.ts";

import type { Input } from "../../shared/operations.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { User } from "../../simulator/world.ts";
import type { SmallHouse } from "../house/small-house.ts";

let house: SmallHouse;
let simulator: Simulator | null = null;
beforeEach(async () => {
  house = await openSmallHouse();
});
afterEach(async () => {
  await house.close();
  await simulator?.stop();
});

type Version = NonNullable<Parameters<typeof smallWorld>[0]>["version"];

/** A cluster of a version, whose account `totp@pve` has just these second factors. */
async function cluster(version: Version, factors: Partial<User>): Promise<Input<"clusters.register">> {
  const world = smallWorld(version === undefined ? {} : { version });
  const at = world.users.findIndex(({ userid }) => userid === TOTP.username);
  const user = world.users[at];
  if (user === undefined) throw new Error("no such user");
  world.users[at] = { ...user, totpSecret: null, recoveryCodes: [], ...factors };
  simulator = await startSmallServer({ world });
  return registerInput(simulator, { user: TOTP.username, password: TOTP.password });
}

async function answered(
  input: Input<"clusters.register">,
  kind: "totp" | "yubico",
  secret: string,
): Promise<readonly string[]> {
  const asked = await house.call("clusters.register", input);
  if (asked.outcome !== "secondFactor") throw new Error("no second factor asked for");
  const secondFactor = { challenge: asked.challenge, kind, secret };
  const result = await house.call("clusters.register", { ...input, secondFactor });
  expect(result).toMatchObject({ outcome: "registered", cluster: { login: { user: TOTP.username } } });
  return asked.kinds;
}

const codeNow = (): string => totpCode(TOTP.secret, Math.floor(Date.now() / 1000));
const yubicoKey = "cccccccccccc";
const yubicoCode = yubicoKey + "b".repeat(32);

test.each(["6.4", "7.4", "8.4", "9.2"] as const)("a code of the app logs in to %s", async (version) => {
  const input = await cluster(version, { totpSecret: TOTP.secret });
  const kinds = await answered(input, "totp", codeNow());
  // 6.4 does not say which of the two it wants.
  expect(kinds).toEqual(version === "6.4" ? ["totp", "yubico"] : ["totp"]);
});

test("a code of a YubiKey logs in", async () => {
  expect(await answered(await cluster("9.2", { yubicoKey }), "yubico", yubicoCode)).toEqual(["yubico"]);
});

test.each(["webauthn", "u2f"] as const)(
  "a security key alone (%s) is told to be of no use here",
  async (securityKey) => {
    const input = await cluster("9.2", { securityKey });
    await expect(house.call("clusters.register", input)).rejects.toMatchObject({
      code: "server.secondFactorUnsupported",
      details: { params: { keys: "yes" } },
    });
  },
);

test("a security key beside recovery codes leaves those as the way in", async () => {
  const input = await cluster("9.2", { securityKey: "webauthn", recoveryCodes: ["1111-aaaa-2222-bbbb"] });
  expect(await house.call("clusters.register", input)).toMatchObject({
    outcome: "secondFactor",
    kinds: ["recovery"],
  });
});
