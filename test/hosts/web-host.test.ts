import { once } from "node:events";
import { connect } from "node:net";

import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";

import { ask, askRaw, logIn, openWeb, type OpenWeb, redeem, tokenOf, trySocket } from "./open-web.ts";

let open: OpenWeb;
beforeEach(async () => {
  open = await openWeb();
});
afterEach(() => open.web.close());

const statusOf = (raw: string) => Number(/^HTTP\/1\.1 (\d{3})/u.exec(raw)?.[1] ?? 0);

test("it is bound to 127.0.0.1 alone: no other address of this machine answers", async () => {
  for (const host of ["127.0.0.2", "::1"]) {
    const socket = connect(open.port, host);
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    expect(["ECONNREFUSED", "EADDRNOTAVAIL"]).toContain(error.code);
  }
});

test("a port that is taken is an error and not shared", async () => {
  await expect(
    (await import("../../electron/web/server.ts")).openWebHost({
      port: open.port,
      assets: () => Promise.resolve(undefined),
      dispatch: open.house.dispatch,
      log: { debug() {}, info() {}, warn() {}, error() {} },
      now: () => 0,
      version: "",
    }),
  ).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("only exactly our own Host is served, on every route", async () => {
  const bad = [
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:1",
    "127.1:PORT",
    "2130706433:PORT",
    "0x7f.0.0.1:PORT",
    "LOCALHOST:PORT",
    "localhost.:PORT",
    "127.0.0.1.:PORT",
    "127.0.0.1.evil.example:PORT",
    "127.0.0.1:PORT.evil.example",
    "evil.example@127.0.0.1:PORT",
    "127.0.0.1:PORT@evil.example",
    "[::1]:PORT",
    "[::ffff:127.0.0.1]:PORT",
    "0.0.0.0:PORT",
    "127.0.0.2:PORT",
    "127.0.0.1:PORT, evil.example",
    "127.0.0.1:0PORT",
    "127.0.0.1 :PORT",
    "",
  ];
  for (const host of bad) {
    for (const path of ["/", "/assets/app.js", "/health", "/session", "/bridge"]) {
      const answer = await askRaw(
        open,
        `GET ${path} HTTP/1.1\r\nHost: ${host.replace("PORT", String(open.port))}\r\nConnection: close\r\n\r\n`,
      );
      expect([400, 403], `${host} ${path}`).toContain(statusOf(answer));
    }
  }
  for (const host of [`127.0.0.1:${open.port}`, `localhost:${open.port}`]) {
    const answer = await askRaw(open, `GET /health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(statusOf(answer)).toBe(200);
  }
});

test("no Host, two Hosts, HTTP/1.0, absolute targets, CONNECT and odd methods are refused", async () => {
  const host = `Host: 127.0.0.1:${open.port}\r\n`;
  const close = "Connection: close\r\n\r\n";
  const tries: readonly (readonly [string, readonly number[]])[] = [
    [`GET / HTTP/1.1\r\n${close}`, [400]],
    [`GET / HTTP/1.0\r\n\r\n`, [403]],
    [`GET / HTTP/1.1\r\n${host}Host: evil.example\r\n${close}`, [400, 403]],
    [`GET http://evil.example/ HTTP/1.1\r\n${host}${close}`, [400]],
    [`GET //evil.example/ HTTP/1.1\r\n${host}${close}`, [400]],
    [`CONNECT evil.example:443 HTTP/1.1\r\n${host}${close}`, [405]],
    [
      `OPTIONS / HTTP/1.1\r\n${host}Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n${close}`,
      [403],
    ],
    ...["PUT", "DELETE", "PATCH", "TRACE", "HEAD", "PROPFIND"].map(
      (method) => [`${method} / HTTP/1.1\r\n${host}${close}`, [405]] as const,
    ),
    [`POST / HTTP/1.1\r\n${host}Content-Length: 0\r\n${close}`, [405]],
    [`BREW / HTTP/1.1\r\n${host}${close}`, [400]],
  ];
  for (const [text, expected] of tries) {
    expect(expected, JSON.stringify(text)).toContain(statusOf(await askRaw(open, text)));
  }
});

test("requests that a browser marks as coming from another site are refused, typed addresses are not", async () => {
  const navigate = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const table: readonly (readonly [string, Record<string, string>, number])[] = [
    ["/", { "sec-fetch-site": "none", ...navigate }, 200],
    ["/", { "sec-fetch-site": "same-origin", ...navigate }, 200],
    ["/", { "sec-fetch-site": "cross-site", ...navigate }, 200],
    ["/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }, 403],
    ["/", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
    ["/?x=1", { "sec-fetch-site": "cross-site", ...navigate }, 403],
    ["/health", { "sec-fetch-site": "cross-site", ...navigate }, 403],
    ["/health", { "sec-fetch-site": "same-site", "sec-fetch-mode": "cors" }, 403],
    ["/health", { "sec-fetch-site": "none", "sec-fetch-mode": "cors" }, 403],
    ["/session", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "x-proxmoxer": "1" }, 403],
    ["/assets/app.js", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }, 403],
  ];
  for (const [path, headers, status] of table) {
    expect((await ask(open, path, { headers })).status, `${path} ${JSON.stringify(headers)}`).toBe(status);
  }
});

test("every answer carries the policy and no CORS header", async () => {
  const paths = ["/", "/health", "/nothing", "/session", "/bridge"];
  for (const path of paths) {
    const { headers } = await ask(open, path, { headers: { origin: "http://evil.example" } });
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    const policy = String(headers["content-security-policy"]);
    const rules = new Map(policy.split("; ").map((rule) => [rule.split(" ", 1)[0], rule] as const));
    expect(rules.get("default-src")).toBe("default-src 'none'");
    expect(rules.get("script-src")).toBe("script-src 'self'");
    expect(rules.get("connect-src")).toBe("connect-src 'self'");
    for (const [name, rule] of rules) {
      if (name !== "style-src") expect(rule).not.toContain("unsafe");
      expect(rule).not.toMatch(/\*|https?:/u);
    }
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
});

test("files are looked up, never reached by path", async () => {
  expect((await ask(open, "/")).body).toContain("Proxmoxer");
  const bad = [
    "/secret.txt",
    "/files.json",
    "/index.html/",
    "/index.html%00",
    "/INDEX.HTML",
    "/./index.html",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/assets/%2e%2e/secret.txt",
    "/..%2f..%2fetc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cwindows",
    "/....//secret.txt",
    "/C:/secret.txt",
    "/%5c%5chost/share",
    "/assets",
    "/assets/",
    "/@fs/etc/passwd",
    "/index.html;.js",
    "/constructor",
    "/__proto__",
    "/toString",
  ];
  for (const path of bad) {
    const answer = await ask(open, path);
    expect(answer.status, path).toBe(404);
    expect(answer.body).not.toContain("CANARY");
  }
});

test("a token is good once and gives an HttpOnly SameSite=Strict cookie named after this run", async () => {
  const token = tokenOf(open.web);
  const answer = await redeem(open, token);
  expect(answer.status).toBe(200);
  expect(answer.headers["set-cookie"]).toMatchObject([
    expect.stringMatching(/^proxmoxer-[0-9a-f]{16}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/u),
  ]);
  expect(answer.body).not.toContain(token);
  const again = await redeem(open, token);
  expect(again.status).toBe(401);
  expect(again.headers["set-cookie"]).toBeUndefined();
});

test("an old token, a wrong one and no token get the same answer, and too many wrong ones close the door for a minute", async () => {
  const old = tokenOf(open.web);
  open.advance(2 * 60_000 + 1);
  const answers = [await redeem(open, old), await redeem(open, "wrong"), await redeem(open, "")];
  expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
  await redeem(open, "wrong");
  await redeem(open, "wrong");
  const good = tokenOf(open.web);
  expect((await redeem(open, good)).status).toBe(401);
  open.advance(60_001);
  expect((await redeem(open, good)).status).toBe(200);
});

test("a token is only taken from our own page: origin, content type and header must be right", async () => {
  const token = tokenOf(open.web);
  const bad: Record<string, string>[] = [
    { origin: "null" },
    { origin: "http://evil.example" },
    { origin: `http://localhost:${open.port}.evil.example` },
    { origin: `https://127.0.0.1:${open.port}` },
    { origin: `http://localhost:${open.port}` },
    { origin: `http://127.0.0.1:${open.port + 1}` },
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "application/json; charset=utf-8" },
    { "x-proxmoxer": "0" },
  ];
  for (const headers of bad)
    expect((await redeem(open, token, headers)).status, JSON.stringify(headers)).toBe(403);
  const withoutOrigin = await ask(open, "/session", {
    method: "POST",
    headers: { "content-type": "application/json", "x-proxmoxer": "1" },
    body: JSON.stringify({ token }),
  });
  expect(withoutOrigin.status).toBe(403);
  expect((await redeem(open, token)).status).toBe(200);
});

test("a body that is too large is not read", async () => {
  const answer = await redeem(open, "x".repeat(10_000));
  expect(answer.status).toBe(413);
});

test("a reloaded page finds its session by the cookie, another browser does not", async () => {
  const { cookie, csrf } = await logIn(open);
  const headers = { "x-proxmoxer": "1" };
  expect(JSON.parse((await ask(open, "/session", { headers: { ...headers, cookie } })).body)).toEqual({
    csrf,
  });
  expect((await ask(open, "/session", { headers })).status).toBe(401);
  expect((await ask(open, "/session", { headers: { cookie } })).status).toBe(403);
  expect((await ask(open, "/session", { headers: { ...headers, cookie: `${cookie}x` } })).status).toBe(401);
});

test("a session ends half an hour after its last window, but never under an open one", async () => {
  const session = await logIn(open);
  const socket = (await trySocket(open, session)) as WebSocket;
  open.advance(24 * 3_600_000);
  const second = await trySocket(open, session);
  expect(second).toBeInstanceOf(WebSocket);
  for (const one of [socket, second as WebSocket]) {
    one.close();
    await once(one, "close");
  }
  const headers = { "x-proxmoxer": "1", cookie: session.cookie };
  await expect.poll(async () => (await ask(open, "/session", { headers })).status).toBe(200);
  open.advance(30 * 60_000 + 1);
  expect((await ask(open, "/session", { headers })).status).toBe(401);
});

test("the bridge opens only for the right host, origin, cookie, sub-protocol and path", async () => {
  const session = await logIn(open);
  const other = { cookie: "proxmoxer-0000000000000000=x", csrf: session.csrf };
  expect(await trySocket(open, other)).toBe(403);
  const bad = [
    { headers: { host: "evil.example" } },
    { headers: { origin: undefined } },
    { headers: { origin: "null" } },
    { headers: { origin: "http://evil.example" } },
    { headers: { origin: `http://127.0.0.1:${open.port}.evil.example` } },
    { headers: { origin: `https://127.0.0.1:${open.port}` } },
    { headers: { cookie: undefined } },
    { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "websocket" } },
    { protocols: ["proxmoxer"] },
    { protocols: ["proxmoxer", "wrong"] },
    { protocols: [session.csrf] },
    { protocols: [] },
    { path: "/bridge?x" },
    { path: "/" },
  ];
  for (const wish of bad) expect(await trySocket(open, session, wish), JSON.stringify(wish)).toBe(403);
  const socket = await trySocket(open, session);
  expect(socket).toBeInstanceOf(WebSocket);
  (socket as WebSocket).terminate();
});

test("a message that is too long closes the connection and the house lives on", async () => {
  const session = await logIn(open);
  const socket = (await trySocket(open, session)) as WebSocket;
  socket.on("error", () => undefined);
  socket.send(`"${"x".repeat(2_000_000)}"`);
  const [code] = (await once(socket, "close")) as [number];
  expect(code).toBe(1009);
  expect((await ask(open, "/health")).status).toBe(200);
});

test("a request whose headers never end is cut off, and meanwhile others are served", async () => {
  const slow = connect(open.port, "127.0.0.1");
  slow.on("error", () => undefined);
  slow.resume();
  slow.write("GET / HTTP/1.1\r\nHost: 127");
  await once(slow, "connect");
  expect((await ask(open, "/health")).status).toBe(200);
  await once(slow, "close");
}, 15_000);

test("three hundred connections are cut down to the limit and do not harm what comes after", async () => {
  const sockets = Array.from({ length: 300 }, () => connect(open.port, "127.0.0.1"));
  let dropped = 0;
  for (const socket of sockets) {
    socket.on("error", () => undefined);
    socket.on("close", () => (dropped += 1));
    socket.resume();
  }
  await expect.poll(() => dropped).toBe(300 - 64);
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(() =>
      ask(open, "/health").then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200);
});

test("headers longer than 8 kB are refused", async () => {
  const answer = await askRaw(
    open,
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${open.port}\r\nX: ${"x".repeat(10_000)}\r\n\r\n`,
  );
  expect([400, 431]).toContain(statusOf(answer));
});

test("a restart ends all sessions", async () => {
  const { cookie } = await logIn(open);
  const next = await openWeb();
  try {
    const answer = await ask(next, "/session", { headers: { "x-proxmoxer": "1", cookie } });
    expect(answer.status).toBe(401);
  } finally {
    await next.web.close();
  }
});

test("health says that it lives and nothing of what is inside", async () => {
  expect(JSON.parse((await ask(open, "/health")).body)).toEqual({ status: "ok", version: "1.2.3" });
});
