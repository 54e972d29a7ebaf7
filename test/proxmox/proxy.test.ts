import { once } from "node:events";
import * as net from "node:net";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { parseProxyAddress } from "../../electron/proxmox/address.ts";
import { probe } from "../../electron/proxmox/probe.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import { readCertificate } from "../../electron/proxmox/tls.ts";
import { prepare } from "../../electron/proxmox/requests/prepare.ts";
import { accessRequests } from "../../electron/proxmox/requests/pve/access.ts";
import { backupRequests } from "../../electron/proxmox/requests/pve/backup.ts";
import { createTransport } from "../../electron/proxmox/transport.ts";
import type { Transport, TransportOptions } from "../../electron/proxmox/transport.ts";
import { createTunnel } from "../../electron/proxmox/tunnel.ts";
import type { Tunnel } from "../../electron/proxmox/tunnel.ts";
import type { WireRequest } from "../../electron/proxmox/wire.ts";
import { openProxy } from "./test-proxy.ts";
import type { TestProxy } from "./test-proxy.ts";
import { apiServer, failureOf, never, rawServer, sendJson, testCertificate } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

function track<T extends { readonly close: () => Promise<void> }>(thing: T): T {
  opened.push(thing);
  return thing;
}

const kinds = ["http", "socks5"] as const;
const headers = { authorization: "PVEAPIToken=a@pve!t=CANARY", cookie: "PVEAuthCookie=CANARY" };
const get: WireRequest = {
  method: "GET",
  path: prepare(accessRequests.version, {}, [9, 2]).path,
  headers,
  size: "status",
  deadline: "read",
};
const post: WireRequest = {
  ...get,
  method: "POST",
  path: prepare(backupRequests.run, { node: "pve1", vmid: [100], remove: false }, [9, 2]).path,
  body: "a=1",
  deadline: "write",
};

async function greeter(): Promise<TestServer> {
  return track(await apiServer((_request, response) => sendJson(response, 200, { data: 1 })));
}

function tunnelOf({ proxy }: TestProxy, password: string | null = null): Tunnel {
  return createTunnel(proxy, () => Promise.resolve(password === null ? null : secretOf(password)));
}

function through(tunnel: Tunnel, server: TestServer, more: Partial<TransportOptions> = {}): Transport {
  return track(createTransport({ routes: [server], tunnel, ...more }));
}

describe.each(kinds)("a server behind a proxy (%s)", (kind) => {
  it("is read and written to through it, and reached no other way", async () => {
    const server = await greeter();
    const proxy = track(await openProxy(kind));
    const transport = through(tunnelOf(proxy), server);
    expect((await transport.read(get, never)).status).toBe(200);
    expect(await transport.write(post, never)).toMatchObject({ sent: true, answer: { status: 200 } });
    expect(proxy.asked).toEqual([server.address, server.address]);
    expect(server.connections()).toBe(proxy.connections());
  });

  it("gets not one byte of HTTP where the proxy leads to a wrong server", async () => {
    const server = await greeter();
    const wrong = await greeter();
    const proxy = track(await openProxy(kind));
    proxy.leadTo(wrong.port);
    const transport = through(tunnelOf(proxy), server);
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    const other = through(tunnelOf(proxy), server);
    expect(await other.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "server.certificateChanged" },
    });
    expect(wrong.connections()).toBe(2);
    expect(wrong.bytes()).toBe(0);
    expect(server.connections()).toBe(0);
  });

  it("is checked by the system's authorities and its own name, not the proxy's", async () => {
    const server = await greeter();
    const proxy = track(await openProxy(kind));
    const route = { address: server.address, trust: { kind: "system" } } as const;
    const known = through(tunnelOf(proxy), server, {
      routes: [route],
      authorities: () => [server.certificate.cert],
    });
    expect((await known.read(get, never)).status).toBe(200);
    const before = server.bytes();
    const unknown = through(tunnelOf(proxy), server, {
      routes: [route],
      authorities: () => [testCertificate().cert],
    });
    expect((await failureOf(unknown.read(get, never))).code).toBe("server.certificateUntrusted");
    expect(server.bytes()).toBe(before);
  });

  it("is asked by its name where it has one: the proxy's side looks it up", async () => {
    const server = await greeter();
    const proxy = track(await openProxy(kind));
    const address = `pve1.behind.example:${server.port}`;
    const transport = through(tunnelOf(proxy), server, { routes: [{ address, trust: server.trust }] });
    expect((await transport.read(get, never)).status).toBe(200);
    expect(proxy.asked).toEqual([address]);
  });

  it("shows its certificate, and what it is, through the proxy", async () => {
    const certificate = testCertificate();
    const server = track(
      await apiServer((_request, response) => {
        response.setHeader("server", "pve-api-daemon/3.0");
        response.end("<title>x</title>");
      }, certificate),
    );
    const proxy = track(await openProxy(kind));
    const tunnel = tunnelOf(proxy);
    const look = { authorities: () => [], tunnel, signal: never };
    const seen = await readCertificate(server.address, look);
    expect(server.trust).toEqual({ kind: "pinned", fingerprint: seen.certificate.fingerprint });
    expect(server.bytes()).toBe(0);
    expect((await probe(server.address, { signal: never, tunnel })).kind).toBe("pve");
    expect(proxy.connections()).toBe(server.connections());
  });

  it("is not asked where the proxy refuses the login; the right one passes", async () => {
    const server = await greeter();
    const proxy = track(await openProxy(kind, { login: { user: "jump", password: "CANARY-pw" } }));
    const refused = await failureOf(through(tunnelOf(proxy, "wrong"), server).read(get, never));
    expect(refused).toMatchObject({
      code: "proxy.loginRefused",
      details: { params: { proxy: proxy.proxy.address } },
    });
    const without = createTunnel({ ...proxy.proxy, user: null }, () => Promise.resolve(null));
    expect((await failureOf(through(without, server).read(get, never))).code).toBe("proxy.loginRefused");
    expect(server.connections()).toBe(0);
    expect((await through(tunnelOf(proxy, "CANARY-pw"), server).read(get, never)).status).toBe(200);
  });

  it("is told apart from a proxy that is not there", async () => {
    const server = await greeter();
    const proxy = await openProxy(kind);
    await proxy.close();
    const transport = through(tunnelOf(proxy), server);
    expect((await failureOf(transport.read(get, never))).code).toBe("proxy.unreachable");
    expect(await transport.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "proxy.unreachable" },
    });
  });

  it("is told apart from a proxy that says it cannot reach it, or must not", async () => {
    const server = await greeter();
    const [unreachable, forbidden] = kind === "http" ? [502, 403] : [4, 2];
    const codes: string[] = [];
    for (const refuse of [unreachable, forbidden]) {
      const proxy = track(await openProxy(kind, { refuse }));
      codes.push((await failureOf(through(tunnelOf(proxy), server).read(get, never))).code);
    }
    expect(codes).toEqual(["proxy.targetUnreachable", "proxy.forbidden"]);
  });

  it("is not spoken to where something else than such a proxy answers", async () => {
    const server = await greeter();
    const printer = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("220 printer ready\r\n\r\n");
    });
    printer.listen(0, "127.0.0.1");
    await once(printer, "listening");
    const address = `127.0.0.1:${(printer.address() as AddressInfo).port}`;
    const tunnel = createTunnel({ kind, address, user: null }, () => Promise.resolve(null));
    expect((await failureOf(through(tunnel, server).read(get, never))).code).toBe("proxy.badAnswer");
    printer.close();
  });

  it("is not spoken to where the proxy talks on after its answer", async () => {
    const server = await greeter();
    const proxy = track(await openProxy(kind, { chatter: "hello" }));
    expect((await failureOf(through(tunnelOf(proxy), server).read(get, never))).code).toBe("proxy.badAnswer");
    expect(server.bytes()).toBe(0);
  });

  it("is not waited for longer than for any other connection", async () => {
    const silent = track(await rawServer(() => undefined));
    const quiet = net.createServer((socket) => socket.on("error", () => undefined));
    quiet.listen(0, "127.0.0.1");
    await once(quiet, "listening");
    const address = `127.0.0.1:${(quiet.address() as AddressInfo).port}`;
    const tunnel = createTunnel({ kind, address, user: null }, () => Promise.resolve(null));
    const error = await failureOf(tunnel({ host: "127.0.0.1", port: silent.port }, 1000));
    expect(error.code).toBe("proxy.targetUnreachable");
    quiet.close();
  });
});

it("an IPv6 target goes to a SOCKS5 proxy as its sixteen bytes, and to CONNECT in brackets", async () => {
  const target = { host: "2001:db8::5", port: 8006 };
  const socks = track(await openProxy("socks5", { refuse: 3 }));
  await failureOf(tunnelOf(socks)(target, 2000));
  expect(socks.asked).toEqual(["32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.5:8006"]);
  const http = track(await openProxy("http", { refuse: 502 }));
  await failureOf(tunnelOf(http)(target, 2000));
  expect(http.asked).toEqual(["[2001:db8::5]:8006"]);
});

it("proxies of the environment are not used", async () => {
  const server = await greeter();
  const proxy = track(await openProxy("http"));
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
  const before = names.map((name) => process.env[name]);
  for (const name of names)
    process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : `http://${proxy.proxy.address}`;
  try {
    const transport = track(createTransport({ routes: [server] }));
    expect((await transport.read(get, never)).status).toBe(200);
    expect(proxy.connections()).toBe(0);
  } finally {
    for (const [index, name] of names.entries()) {
      const value = before[index];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
});

it.each([
  ["jump.example", "http", "jump.example:3128"],
  ["http://jump.example:8080/", "http", "jump.example:8080"],
  ["socks5://127.0.0.1", "socks5", "127.0.0.1:1080"],
  ["[2001:db8::1]:1081", "socks5", "[2001:db8::1]:1081"],
] as const)("the proxy %s (%s) is %s", (typed, kind, address) => {
  expect(parseProxyAddress(typed, kind)).toBe(address);
});

it("a user and password in a proxy's address are refused: they would be kept in clear", () => {
  expect(() => parseProxyAddress("http://me:secret@jump.example:8080", "http")).toThrow(
    expect.objectContaining({
      code: "address.userinfo",
      details: { params: {}, fields: { proxyAddress: "address.userinfo" } },
    }),
  );
});
