import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, beforeEach, expect, test } from "vitest";

import { listenForOpenId } from "../../electron/clusters/openid-listener.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import {
  addressOf,
  clusterOf,
  openSmallHouse,
  registerInput,
  startSmallServer,
} from "../house/small-house.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "../house/small-house.ts";

let house: SmallHouse;
let simulator: Simulator;
/** Who logs in at the provider. */
let subject: string;
let port: number;

/** Any port that is free now: others run on this computer. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const found = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

beforeEach(async () => {
  simulator = await startSmallServer();
  subject = "ada";
  for (const name of ["ada", "bob"]) {
    simulator.world.users.push({
      userid: `${name}@sso`,
      password: "",
      enabled: true,
      comment: null,
      totpSecret: null,
      recoveryCodes: [],
      lastTotpStep: 0,
    });
    simulator.world.acl.push({
      path: "/",
      ugid: `${name}@sso`,
      type: "user",
      roleid: "PVEAuditor",
      propagate: true,
    });
  }
  house = await openSmallHouse();
  port = await freePort();
  await house.call("settings.set", { openIdPort: port });
});
afterEach(async () => {
  await house.close();
  await simulator.stop();
});

/** The provider's page, where somebody logs in and agrees (or with null does not), and the way back to the app. */
async function browse(url: string, who: string | null = subject) {
  const back = new URL(simulator.control.consentOpenId(url, who ?? "nobody"));
  if (who === null) {
    back.searchParams.delete("code");
    back.searchParams.set("error", "access_denied");
  }
  const answer = await fetch(back, { redirect: "error" });
  return { text: await answer.text(), back: back.href };
}

const opened = (before: number) =>
  house.until(() => (house.links.length > before ? house.links.at(-1) : null));

async function connect(): Promise<Cluster> {
  const credential = { kind: "openid", realm: "sso" } as const;
  const registering = house.call("clusters.register", { ...registerInput(simulator), credential });
  registering.catch(() => undefined);
  await browse((await opened(0)) ?? "");
  const result = await registering;
  if (result.outcome !== "registered") throw new Error("not registered");
  return result.cluster;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "ok";
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

test("the realms are read without any credential, with the address that a provider must know", async () => {
  expect(await house.call("clusters.realms", { address: addressOf(simulator) })).toEqual({
    realms: [
      { realm: "pam", type: "pam", comment: "Linux PAM standard authentication", isDefault: false },
      { realm: "pve", type: "pve", comment: "Proxmox VE authentication server", isDefault: false },
      { realm: "sso", type: "openid", comment: "Single sign-on", isDefault: false },
    ],
    redirectUrl: `http://127.0.0.1:${port}/openid`,
  });
  expect(simulator.ledger.requests().map(({ method, path }) => `${method} ${path}`)).not.toContain(
    "POST /access/ticket",
  );
});

test("the browser goes to the provider and brings a login back; no secret is kept", async () => {
  const cluster = await connect();
  expect(cluster.login).toEqual({ kind: "openid", user: "ada@sso" });
  expect(cluster.credential).toBe("none");
  const online = await house.until(() => clusterOf(house, cluster.id, ({ status }) => status === "online"));
  expect(online.login).toEqual({ kind: "openid", user: "ada@sso" });
  const told = house.seen("registration.step").filter(({ step }) => step === "login");
  expect(told.map(({ params }) => params["browser"])).toContain("login.example.test");
  // Whoever listens afterwards finds the port free.
  await (await listenForOpenId(port)).close();
});

test("a Backup Server's realm logs in the same way", async () => {
  const server = await startBackupServer({
    world: () => smallBackupWorld({ version: "4.2" }),
    speed: 2000,
    loginFailureDelayMs: 0,
  });
  try {
    const registering = house.call("clusters.register", {
      attempt: "a",
      name: "vault house",
      address: `127.0.0.1:${String(server.port)}`,
      trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
      credential: { kind: "openid", realm: "sso" },
      remember: false,
    });
    registering.catch(() => undefined);
    const name = server.world.users.find(({ userid }) => userid.endsWith("@sso"))?.userid.split("@")[0];
    await fetch(server.control.consentOpenId((await opened(0)) ?? "", name ?? "ada"));
    const result = await registering;
    expect(result).toMatchObject({
      outcome: "registered",
      cluster: { kind: "pbs", login: { kind: "openid", user: `${name ?? "ada"}@sso` } },
    });
  } finally {
    await server.stop();
  }
});

test("a second login through the browser must be by the same account", async () => {
  const { id: clusterId } = await connect();
  const again = (): Promise<unknown> => house.call("clusters.login", { clusterId, remember: false });
  subject = "bob";
  let count = house.links.length;
  let login = again();
  login.catch(() => undefined);
  await browse((await opened(count)) ?? "");
  expect(await codeOf(login)).toBe("openid.otherUser");
  subject = "ada";
  count = house.links.length;
  login = again();
  await browse((await opened(count)) ?? "");
  expect(await login).toEqual({ outcome: "loggedIn" });
});

test("a provider that says no, an unknown account and a used answer are refused", async () => {
  const credential = { kind: "openid", realm: "sso" } as const;
  const start = (): Promise<unknown> => {
    const registering = house.call("clusters.register", { ...registerInput(simulator), credential });
    registering.catch(() => undefined);
    return registering;
  };
  let registering = start();
  expect((await browse((await opened(0)) ?? "", null)).text).toContain("was not given");
  expect(await codeOf(registering)).toBe("openid.refused");
  subject = "nobody-here";
  registering = start();
  const { back } = await browse((await opened(1)) ?? "");
  expect(await codeOf(registering)).toBe("openid.refused");
  await expect(fetch(back)).rejects.toThrow();
});

test("a port that is taken is said, and a login that is given up frees it", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
  const input = { ...registerInput(simulator), credential: { kind: "openid", realm: "sso" } as const };
  expect(await codeOf(house.call("clusters.register", input))).toBe("openid.portTaken");
  await new Promise((resolve) => other.close(resolve));
  const giveUp = new AbortController();
  const registering = house.call("clusters.register", input, giveUp.signal);
  registering.catch(() => undefined);
  await opened(0);
  giveUp.abort();
  expect(await codeOf(registering)).toBe("cancelled");
  await (await listenForOpenId(port)).close();
});

test("a link that does not lead back here, or is not https, is not opened", async () => {
  const input = { ...registerInput(simulator), credential: { kind: "openid", realm: "sso" } as const };
  for (const body of [
    "https://evil.example/authorize?state=x&redirect_uri=https%3A%2F%2Fevil.example%2F",
    `https://idp.example/authorize?redirect_uri=${encodeURIComponent(`http://127.0.0.1:${port}/openid`)}`,
    "javascript:alert(1)",
  ]) {
    simulator.control.addFault({
      match: { path: "auth-url$" },
      action: { kind: "answer", status: 200, reason: "OK", body: JSON.stringify({ data: body }) },
      times: 1,
    });
    expect(await codeOf(house.call("clusters.register", input)), body).toBe("openid.badUrl");
  }
  expect(house.links).toEqual([]);
});

test("the listener takes one answer with the right state, from this computer's own address, and nothing else", async () => {
  const listener = await listenForOpenId(port);
  const answer = listener.answer("right", new AbortController().signal);
  const at = `http://127.0.0.1:${port}`;
  const status = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(at + path, init)).status;
  expect(await status("/openid?code=x&state=wrong")).toBe(404);
  expect(await status("/openid?code=x")).toBe(404);
  expect(await status("/other?code=x&state=right")).toBe(404);
  expect(await status("/openid?code=x&state=right", { method: "POST" })).toBe(404);
  expect(
    (await fetch(`http://localhost:${port}/openid?code=x&state=right`).catch(() => ({ status: 404 }))).status,
  ).toBe(404);
  expect(await status("/openid?code=good&state=right")).toBe(200);
  expect((await answer).reveal()).toBe("good");
  expect(await status("/openid?code=again&state=right").catch(() => 404)).toBe(404);
  await listener.close();
});
