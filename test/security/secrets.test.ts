import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";

import type { FrameIn, FrameOut } from "../../shared/bridge.ts";
import { createBridge } from "../../shared/bridge-client.ts";
import { decodeFrame, encodeFrame } from "../../shared/bridge-codec.ts";
import type { Result } from "../../shared/errors.ts";
import { type OperationName, operations, type Output } from "../../shared/operations.ts";
import { ADMIN, APP_TOKEN, TOTP } from "../../simulator/credentials.ts";
import { type Simulator, startSimulator } from "../../simulator/simulator.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { openProxy, type TestProxy } from "../proxmox/test-proxy.ts";
import { type Running, startProgram } from "../e2e/processes.ts";
import { filesBelow, type Marked, scanBytes, scanDirectory, scanProcess, secretFields } from "./canary.ts";

/**
 * Drives the real loopback host through everything that takes a secret, right and wrong, and then looks for each of them wherever it
 * could have gone: files, output, arguments, environment, and all that went towards the window.
 */

const mark = (name: string): Marked => ({ name, text: `CANARY-${name}-${randomUUID()}` });
const passphrase = mark("passphrase");
const wrongPassphrase = mark("wrong-passphrase");
const wrongPassword = mark("wrong-password");
const wrongToken: Marked = { name: "wrong-token", text: randomUUID() };
const proxyPassword = mark("proxy-password");
const wrongProxyPassword = mark("wrong-proxy-password");
const secrets: Marked[] = [
  proxyPassword,
  wrongProxyPassword,
  passphrase,
  wrongPassphrase,
  wrongPassword,
  wrongToken,
  { name: "password", text: ADMIN.password },
  { name: "password of the second factor's user", text: TOTP.password },
  { name: "token", text: APP_TOKEN.secret },
];
/** A whole ticket: what the redactor leaves of one ends before its signature. */
const ticket = /PVE(?:%3A|:)[^\s:%]+(?:@|%40)\w+(?::|%3A)[0-9A-F]{8}(?:::|%3A%3A)[\w+/%]{20}/u;

let simulator: Simulator;
let proxy: TestProxy;
let host: Running;
let directory: string;
let oneTimeToken: string;
let cookie: string;
const outward: { readonly where: string; readonly content: string | Uint8Array }[] = [];
const inward: FrameIn[] = [];
let call: <N extends OperationName>(operation: N, input: unknown) => Promise<Result<Output<N>>>;
let hangUp: () => void;

async function openBridge(): Promise<void> {
  const { address } = host.ready as { address: string };
  const { origin, hash, host: name } = new URL(address);
  oneTimeToken = hash.slice("#t=".length);
  const headers = { origin, "content-type": "application/json", "x-proxmoxer": "1" };
  const answer = await fetch(`${origin}/session`, {
    method: "POST",
    headers,
    body: JSON.stringify({ token: oneTimeToken }),
  });
  cookie = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
  const text = await answer.text();
  outward.push({ where: "answer to the token", content: text });
  const { csrf } = JSON.parse(text) as { csrf: string };
  const socket = new WebSocket(`ws://${name}/bridge`, ["proxmoxer", csrf], { headers: { origin, cookie } });
  const client = createBridge((frame) => {
    inward.push(frame);
    socket.send(encodeFrame(frame));
  });
  socket.on("message", (data: Buffer, isBinary) => {
    outward.push({ where: "frame towards the window", content: Buffer.from(data) });
    client.receive(decodeFrame(isBinary ? data : data.toString("utf8")) as FrameOut);
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  for (const event of [
    "clusters.changed",
    "jobs.changed",
    "registration.step",
    "vault.changed",
    "app.problem",
    "host.openLink",
  ]) {
    client.bridge.subscribe(event, null, () => undefined);
  }
  let calls = 0;
  call = async <N extends OperationName>(operation: N, input: unknown) =>
    (await client.bridge.call(operation, input, `c${(calls += 1)}`)) as Result<Output<N>>;
  hangUp = () => socket.terminate();
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

function codeOf(result: Result): string {
  return result.ok ? "ok" : result.error.code;
}

beforeAll(async () => {
  simulator = await startSimulator({ world: () => smallWorld(), speed: 200, loginFailureDelayMs: 0 });
  proxy = await openProxy("http", { login: { user: "jump", password: proxyPassword.text } });
  directory = join(await mkdtemp(join(tmpdir(), "pxm-secrets-")), "data");
  host = await startProgram("electron/serve.ts", ["--data-dir", directory, "--verbose"]);
  await openBridge();
}, 60_000);

afterAll(async () => {
  hangUp();
  await host.stop();
  await proxy.close();
  await simulator.stop();
});

function registration(name: string, credential: object, more: object = {}): object {
  const fingerprint = simulator.fingerprint.replaceAll(":", "").toLowerCase();
  return {
    attempt: name,
    name,
    address: `127.0.0.1:${simulator.port}`,
    trust: { kind: "pinned", fingerprint },
    credential,
    remember: true,
    ...more,
  };
}

const jumpHost = (secret: string) => ({ kind: "http", address: proxy.proxy.address, user: "jump", secret });
const password = (user: string, secret: string) => ({ kind: "password", user, secret });

test("every operation that takes a secret is used, rightly and wrongly", async () => {
  expect(codeOf(await call("vault.choose", { kind: "passphrase", secret: passphrase.text }))).toBe("ok");
  expect(codeOf(await call("vault.lock", undefined))).toBe("ok");
  expect(codeOf(await call("vault.unlock", { secret: wrongPassphrase.text }))).toBe("vault.wrongPassphrase");
  expect(codeOf(await call("vault.unlock", { secret: passphrase.text }))).toBe("ok");

  const wrongLogin = registration("wrong", password(ADMIN.username, wrongPassword.text));
  expect(codeOf(await call("clusters.register", wrongLogin))).toBe("server.wrongCredentials");
  const wrongTokenLogin = { kind: "token", tokenId: APP_TOKEN.id, secret: wrongToken.text };
  expect(codeOf(await call("clusters.register", registration("wrong", wrongTokenLogin)))).toBe(
    "server.tokenRefused",
  );

  const asked = await call(
    "clusters.register",
    registration("factor", password(TOTP.username, TOTP.password)),
  );
  const answer = valueOf(asked);
  const challenge = answer.outcome === "secondFactor" ? answer.challenge : "none was asked for";
  const secondFactor = { challenge, kind: "totp", secret: "000000" };
  const factor = registration("factor", password(TOTP.username, TOTP.password), { secondFactor });
  expect(codeOf(await call("clusters.register", factor))).toMatch(/^server\./u);

  // A shape that is refused must not be repeated to whoever sent it.
  const unshaped = { ...registration("x", password(ADMIN.username, ADMIN.password)), remember: "yes" };
  expect(codeOf(await call("clusters.register", unshaped))).toBe("input.invalid");
}, 60_000);

test("a cluster is registered, backed up and read, so that every store has something in it", async () => {
  const registered = await call(
    "clusters.register",
    registration("lab", password(ADMIN.username, ADMIN.password), { proxy: jumpHost(proxyPassword.text) }),
  );
  const outcome = valueOf(registered);
  if (outcome.outcome !== "registered") throw new Error("not registered");
  const { cluster } = outcome;
  const clusterId = cluster.id;
  const guests = async () => valueOf(await call("guests.list", undefined)).items.length;
  await expect.poll(guests, { timeout: 20_000 }).toBeGreaterThan(0);
  const run = { clusterId, node: "pve1", vmid: 100, storage: "nas", mode: "snapshot", compress: "zstd" };
  const started = await call("backups.run", {
    ...run,
    note: "",
    protect: false,
    keepAll: false,
    draft: "d1",
  });
  const { jobId } = valueOf(started);
  const job = async () => valueOf(await call("jobs.get", { jobId })).job.state;
  await expect.poll(job, { timeout: 40_000, interval: 200 }).toBe("succeeded");
  valueOf(await call("jobs.log", { jobId, start: 0, limit: 1000 }));
  for (const [operation, input] of [
    ["clusters.list", undefined],
    ["guests.list", undefined],
    ["storages.list", undefined],
    ["backups.list", { clusterId, refresh: true }],
    ["history.list", {}],
    ["vault.status", undefined],
    ["settings.get", undefined],
    ["clusters.check", { clusterId }],
  ] as const) {
    valueOf(await call(operation, input));
  }
  const login = await call("clusters.login", { clusterId, secret: wrongPassword.text, remember: true });
  expect(login.ok).toBe(false);
  const token = { kind: "token", tokenId: APP_TOKEN.id };
  const update = { clusterId, edition: cluster.edition, login: token, secret: APP_TOKEN.secret };
  const updated = await call("clusters.update", update);
  expect(codeOf(updated)).toBe("ok");
  const { edition } = valueOf(updated);
  const wrongProxy = { clusterId, edition, proxy: jumpHost(wrongProxyPassword.text) };
  expect(codeOf(await call("clusters.update", wrongProxy))).toBe("proxy.loginRefused");
  const look = {
    attempt: "look",
    address: `127.0.0.1:${simulator.port}`,
    proxy: jumpHost(proxyPassword.text),
  };
  expect(codeOf(await call("clusters.probe", look))).toBe("ok");
}, 60_000);

test("a token that the app makes and a code that a browser brings back are secrets like the others", async () => {
  const { items } = valueOf(await call("clusters.list", undefined));
  const clusterId = items[0]?.id;
  // The registration above uses a token by now, and a token makes no others.
  const login = { kind: "password", user: ADMIN.username };
  const edition = items[0]?.edition;
  valueOf(await call("clusters.update", { clusterId, edition, login, secret: ADMIN.password }));
  const plan = valueOf(await call("tokens.plan", { clusterId, use: "watch" }));
  valueOf(await call("tokens.make", { clusterId, use: "watch", digest: plan.digest }));
  const made = simulator.world.tokens.find(({ id }) => id === `${ADMIN.username}!proxmoxer`);
  expect(made?.secret.length).toBeGreaterThan(30);
  secrets.push({ name: "made token", text: made?.secret ?? "" });

  simulator.world.users.push({ ...userNamed(ADMIN.username), userid: "ada@sso", password: "" });
  const free = createServer();
  await new Promise<void>((resolve) => free.listen(0, "127.0.0.1", resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  valueOf(await call("settings.set", { openIdPort: port }));
  const registering = call(
    "clusters.register",
    registration("sso", { kind: "openid", realm: "sso" }, { remember: false }),
  );
  const link = () =>
    /https:\/\/login\.example\.test\/[^"\\]+/u.exec(
      outward.map(({ content }) => Buffer.from(content).toString("utf8")).join("\n"),
    )?.[0];
  await expect.poll(link, { timeout: 10_000 }).toBeDefined();
  const back = simulator.control.consentOpenId(link() ?? "", "ada");
  secrets.push({ name: "code of the provider", text: new URL(back).searchParams.get("code") ?? "" });
  await fetch(back);
  // The same cluster under another account: found out only with the ticket that the code became.
  expect(codeOf(await registering)).toBe("cluster.alreadyRegistered");
}, 60_000);

function userNamed(userid: string) {
  const found = simulator.world.users.find((user) => user.userid === userid);
  if (found === undefined) throw new Error(`no user ${userid}`);
  return found;
}

test("no secret is in any file of the data directory, nor a ticket", async () => {
  const files = filesBelow(directory);
  expect((await readdir(directory)).length).toBeGreaterThan(2);
  for (const part of ["jobs.db", "archive.db", "proxmoxer.log", "vault"]) {
    expect(
      files.some((file) => file.includes(part)),
      part,
    ).toBe(true);
  }
  expect(scanDirectory(directory, secrets)).toEqual([]);
  const contents = await Promise.all(
    files.map(async (file) => [file, await readFile(file, "latin1")] as const),
  );
  expect(contents.filter(([, text]) => ticket.test(text)).map(([file]) => file)).toEqual([]);
});

test("no secret is in what the host printed, in its arguments, or in its environment", () => {
  expect(host.output().length).toBeGreaterThan(1000);
  expect(scanBytes("output", host.output(), secrets)).toEqual([]);
  expect(host.output()).not.toMatch(ticket);
  expect(scanProcess(host.pid, secrets)).toEqual([]);
});

test("neither the one-time token nor the cookie is in a log or anything the host keeps", () => {
  const keys = [
    { name: "one-time token", text: oneTimeToken },
    { name: "cookie", text: cookie.split("=")[1] ?? "" },
  ];
  expect(keys.every(({ text }) => text.length > 20)).toBe(true);
  expect(scanDirectory(directory, keys)).toEqual([]);
  // The address itself is printed once, on purpose; nothing else is.
  const lines = host
    .output()
    .split("\n")
    .filter((line) => !line.startsWith('{"address"'));
  expect(scanBytes("output", lines.join("\n"), keys)).toEqual([]);
});

test("no secret and no ticket went towards the window", () => {
  expect(outward.length).toBeGreaterThan(30);
  expect(outward.flatMap(({ where, content }) => scanBytes(where, content, secrets))).toEqual([]);
  const texts = outward.map(({ content }) =>
    typeof content === "string" ? content : Buffer.from(content).toString("latin1"),
  );
  expect(texts.filter((text) => ticket.test(text))).toEqual([]);
});

test("inward a secret stood only in the field `secret` of the operations that take one", () => {
  const found = new Set<string>();
  for (const frame of inward) {
    if (frame.t !== "call") continue;
    for (const path of secretFields(frame.input, secrets)) found.add(`${frame.operation} ${path}`);
  }
  expect([...found].sort()).toEqual([
    "clusters.login secret",
    "clusters.probe proxy.secret",
    "clusters.register credential.secret",
    "clusters.register proxy.secret",
    "clusters.update proxy.secret",
    "clusters.update secret",
    "vault.choose secret",
    "vault.unlock secret",
  ]);
});

test("no operation and no event has a field outward that is named like a secret, and inward all are named `secret`", () => {
  const suspicious = /password|passphrase|secret|ticket|csrf|cookie|apikey|otp$/iu;
  const outwardNames: string[] = [];
  const inwardNames: string[] = [];
  for (const [name, { input, output }] of Object.entries(operations)) {
    for (const field of fieldsOf(output)) if (suspicious.test(field)) outwardNames.push(`${name} ${field}`);
    for (const field of fieldsOf(input)) if (suspicious.test(field)) inwardNames.push(field);
  }
  // `secrets` says where they are kept, `secondFactor` that one is asked for; neither holds one.
  expect(outwardNames.filter((field) => !/ (?:secrets)$/u.test(field))).toEqual([]);
  expect(new Set(inwardNames)).toEqual(new Set(["secret"]));
});

/** Names of all fields of a schema, however deep. */
function fieldsOf(schema: unknown, seen = new Set<unknown>()): readonly string[] {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { shape, options, element, def } = schema as Record<string, unknown>;
  const own =
    typeof shape === "object" && shape !== null ? Object.entries(shape as Record<string, unknown>) : [];
  const inner = [
    ...own.map(([, field]) => field),
    ...(Array.isArray(options) ? (options as readonly unknown[]) : []),
    element,
    (def as { innerType?: unknown } | undefined)?.innerType,
    (def as { valueType?: unknown } | undefined)?.valueType,
  ];
  return [...own.map(([name]) => name), ...inner.flatMap((field) => fieldsOf(field, seen))];
}
