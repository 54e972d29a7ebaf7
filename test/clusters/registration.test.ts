import { createServer } from "node:https";

import { TOTP as OneTimePassword } from "otpauth";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ADMIN, APP_TOKEN, AUDITOR, NOBODY, NO_ACL_TOKEN, TOTP } from "../../simulator/credentials.ts";
import { nodeCertificate } from "../../simulator/certificate.ts";
import {
  addressOf,
  openSmallHouse,
  pinOf,
  registerCluster,
  registerInput,
  startSmallServer,
} from "../house/small-house.ts";

import type { AddressInfo } from "node:net";
import type { SmallHouse } from "../house/small-house.ts";
import type { Input } from "../../shared/operations.ts";
import type { Simulator } from "../../simulator/simulator.ts";

let house: SmallHouse;
let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSmallServer({ everyNode: true });
  house = await openSmallHouse();
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

function register(change: Partial<Input<"clusters.register">> = {}) {
  return house.call("clusters.register", { ...registerInput(simulator), ...change });
}

async function refusal(change: Partial<Input<"clusters.register">>): Promise<unknown> {
  try {
    await register(change);
    return "registered";
  } catch (error) {
    return (error as { readonly code: unknown }).code;
  }
}

/** The steps as a window sees them: last state of each. */
function steps(): Readonly<Record<string, string>> {
  return Object.fromEntries(house.seen("registration.step").map(({ step, state }) => [step, state]));
}

function loginsSent(): number {
  return simulator.ledger
    .requests()
    .filter(({ method, path }) => method === "POST" && path === "/access/ticket").length;
}

test("the probe shows the certificate and whether it is known, and sends no credential", async () => {
  const probed = await house.call("clusters.probe", {
    attempt: "a",
    address: ` https://${addressOf(simulator)}/ `,
  });
  expect(probed).toMatchObject({
    address: addressOf(simulator),
    punycode: null,
    kind: "pve",
    trustedBySystem: false,
    alreadyRegistered: null,
  });
  expect(probed.certificate.fingerprint).toBe(pinOf(simulator));
  expect(loginsSent()).toBe(0);
  await registerCluster(house, simulator);
  const again = await house.call("clusters.probe", { attempt: "b", address: addressOf(simulator) });
  expect(again.alreadyRegistered).toBe("small");
});

test("a registration passes its five steps in order and keeps no secret in what it tells", async () => {
  const result = await register();
  expect(result.outcome).toBe("registered");
  const told = house.seen("registration.step");
  expect(told.filter(({ state }) => state === "done").map(({ step }) => step)).toEqual([
    "probe",
    "certificate",
    "login",
    "inspect",
    "save",
  ]);
  expect(JSON.stringify([result, told])).not.toContain(ADMIN.password);
});

test("a token registers without any login", async () => {
  const result = await register({
    credential: { kind: "token", tokenId: APP_TOKEN.id, secret: APP_TOKEN.secret },
  });
  expect(result).toMatchObject({
    outcome: "registered",
    cluster: { login: { kind: "token", tokenId: APP_TOKEN.id }, version: "9.2.11", clusterName: "small" },
  });
  expect(loginsSent()).toBe(0);
});

test("a name is refused when another cluster has it in any case", async () => {
  await register({ name: "Läden" });
  expect(await refusal({ name: "  LÄDEN " })).toBe("cluster.nameTaken");
});

test("wrong credentials, unknown users and wrong tokens are refused with their own codes", async () => {
  const password = (user: string, secret: string) => ({
    credential: { kind: "password", user, secret } as const,
  });
  expect(await refusal(password(ADMIN.username, "wrong"))).toBe("server.wrongCredentials");
  expect(await refusal(password("nobody-knows@pve", "x"))).toBe("server.wrongCredentials");
  expect(await refusal(password("admin", "x"))).toBe("input.invalid");
  const token = {
    kind: "token",
    tokenId: APP_TOKEN.id,
    secret: "5a1e0000-0000-4000-8000-00000000ffff",
  } as const;
  expect(await refusal({ credential: token })).toBe("server.tokenRefused");
  expect(steps()).toMatchObject({ probe: "done", certificate: "done", login: "failed" });
});

test("an account that sees nothing is registered and told what it lacks: its empty lists say nothing", async () => {
  for (const credential of [
    { kind: "password", user: NOBODY.username, secret: NOBODY.password },
    { kind: "token", tokenId: NO_ACL_TOKEN.id, secret: NO_ACL_TOKEN.secret },
  ] as const) {
    const result = await register({ name: credential.kind, credential });
    if (result.outcome !== "registered") throw new Error("not registered");
    const { id: clusterId } = result.cluster;
    const cluster = await house.until(async () =>
      (await house.call("clusters.list", undefined)).items.find(
        (one) => one.id === clusterId && one.status !== "connecting",
      ),
    );
    expect(cluster).toMatchObject({
      status: "degraded",
      problem: { code: "server.tooFewRights", params: { privilege: "VM.Audit", path: "/vms" } },
    });
    const report = await house.call("clusters.rights", { clusterId });
    expect(report.seesNothing).toBe(true);
    expect(report.rows.every((row) => row.extent === "no" && row.missing.length > 0)).toBe(true);
    const { token } = await house.call("confirmations.request", { action: "cluster.deregister", clusterId });
    await house.call("clusters.deregister", { clusterId, confirmation: token });
  }
});

test("an account that sees without changing anything is told what does not work", async () => {
  const result = await register({
    credential: { kind: "password", user: AUDITOR.username, secret: AUDITOR.password },
  });
  if (result.outcome !== "registered") throw new Error("not registered");
  const missing = result.cluster.missingRights.map(({ feature }) => feature);
  expect(missing).toContain("backup");
  expect(missing).not.toContain("guests");
});

test("another certificate than the one that was looked at is refused before any login", async () => {
  const pinned = { kind: "pinned", fingerprint: "0".repeat(64) } as const;
  expect(await refusal({ trust: pinned })).toBe("server.certificateChanged");
  expect(await refusal({ trust: { kind: "system" } })).toBe("server.certificateUntrusted");
  expect(loginsSent()).toBe(0);
});

test("a port where nobody listens and a server that is no Proxmox are told apart", async () => {
  const { key, cert } = nodeCertificate("printer", "127.0.0.1", Date.now());
  const other = createServer({ key, cert }, (_request, response) => response.end("<title>Printer</title>"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  expect(await refusal({ address: `127.0.0.1:${String(port)}` })).toBe("server.notProxmox");
  await new Promise((resolve) => other.close(resolve));
  expect(await refusal({ address: `127.0.0.1:${String(port)}` })).toBe("server.unreachable");
  expect(loginsSent()).toBe(0);
});

test("an address is refused with its own code", async () => {
  expect(await refusal({ address: "http://127.0.0.1" })).toBe("address.http");
  expect(await refusal({ address: "" })).toBe("address.empty");
});

test("the same cluster under another node's address is refused with the name it has", async () => {
  await registerCluster(house, simulator, { name: "Harbour" });
  const port = simulator.ports.get("pve2") ?? 0;
  const address = `127.0.0.1:${String(port)}`;
  const { certificate } = await house.call("clusters.probe", { attempt: "p", address });
  expect(certificate.fingerprint).not.toBe(pinOf(simulator));
  await expect(
    register({ name: "other", address, trust: { kind: "pinned", fingerprint: certificate.fingerprint } }),
  ).rejects.toMatchObject({ code: "cluster.alreadyRegistered", details: { params: { name: "Harbour" } } });
  expect((await house.call("clusters.list", undefined)).items).toHaveLength(1);
});

test("a second factor is asked for, a wrong code may be tried again, and the login is sent once", async () => {
  const credential = { kind: "password", user: TOTP.username, secret: TOTP.password } as const;
  const asked = await register({ credential });
  if (asked.outcome !== "secondFactor") throw new Error("no second factor was asked for");
  expect(asked.kinds).toEqual(["totp", "recovery"]);
  const { challenge } = asked;
  const answer = (secret: string) =>
    register({ credential, secondFactor: { challenge, kind: "totp", secret } });
  await expect(answer("000000")).rejects.toMatchObject({ code: "server.secondFactorWrong" });
  const code = new OneTimePassword({ secret: TOTP.secret }).generate();
  expect(await answer(code)).toMatchObject({ outcome: "registered", cluster: { name: "small" } });
  await expect(answer(code)).rejects.toMatchObject({ code: "server.challengeExpired" });
  // Password, wrong code, right code: the session goes on with this ticket.
  expect(loginsSent()).toBe(3);
});

test("a recovery code works too, and an unknown challenge is too late", async () => {
  const credential = { kind: "password", user: TOTP.username, secret: TOTP.password } as const;
  const asked = await register({ credential });
  if (asked.outcome !== "secondFactor") throw new Error("no second factor was asked for");
  const secondFactor = { kind: "recovery", secret: TOTP.recoveryCodes[0] } as const;
  expect(await refusal({ credential, secondFactor: { ...secondFactor, challenge: "x" } })).toBe(
    "server.challengeExpired",
  );
  expect(
    await register({ credential, secondFactor: { ...secondFactor, challenge: asked.challenge } }),
  ).toMatchObject({ outcome: "registered" });
});

test("to remember a secret a place for it has to be chosen first, and nothing is sent before", async () => {
  expect(await refusal({ remember: true })).toBe("vault.missing");
  expect(simulator.ledger.entries()).toHaveLength(0);
  await house.call("vault.choose", { kind: "memory" });
  const result = await register({ remember: true });
  expect(result).toMatchObject({ outcome: "registered", cluster: { credential: "memory" } });
});

test("nodes whose clocks differ are refused", async () => {
  const path = "^/nodes/pve2/time$";
  const time = Math.floor(Date.now() / 1000) + 3600;
  simulator.control.addFault({
    match: { method: "GET", path },
    action: {
      kind: "answer",
      status: 200,
      reason: "OK",
      body: JSON.stringify({ data: { time, localtime: time, timezone: "UTC" } }),
      headers: { "content-type": "application/json;charset=UTF-8" },
    },
  });
  expect(await refusal({})).toBe("server.clockDifference");
  expect(steps()).toMatchObject({ inspect: "failed" });
});

test("what a registration trusted and kept stands in the audit, without the secret", async () => {
  await registerCluster(house, simulator);
  const rows = house.audit();
  expect(rows.map(({ type }) => type)).toEqual(["cluster.registered", "credential.kept"]);
  expect(JSON.stringify(rows)).toContain(pinOf(simulator));
  expect(JSON.stringify(rows)).not.toContain(ADMIN.password);
});
