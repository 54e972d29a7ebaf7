import { once } from "node:events";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

import { afterEach, describe, expect, it } from "vitest";

import { createTransport } from "../../electron/proxmox/transport.ts";
import type { Transport, TransportOptions } from "../../electron/proxmox/transport.ts";
import { deadlines } from "../../electron/proxmox/wire.ts";
import type { WireRequest } from "../../electron/proxmox/wire.ts";
import { prepare } from "../../electron/proxmox/requests/prepare.ts";
import { accessRequests } from "../../electron/proxmox/requests/pve/access.ts";
import { backupRequests } from "../../electron/proxmox/requests/pve/backup.ts";
import type { Trust } from "../../shared/cluster.ts";
import { seenCertificate } from "../../electron/proxmox/tls.ts";
import { fakeClock } from "./fake-clock.ts";
import {
  apiServer,
  bytesServer,
  failureOf,
  never,
  pin,
  rawServer,
  sendJson,
  testCertificate,
} from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

function track<T extends { readonly close: () => Promise<void> }>(thing: T): T {
  opened.push(thing);
  return thing;
}

function transportTo(
  server: TestServer,
  { trust, ...more }: Partial<TransportOptions> & { readonly trust?: Trust } = {},
): Transport {
  const route = { address: server.address, trust: trust ?? server.trust };
  return track(createTransport({ routes: [route], ...more }));
}

const get: WireRequest = {
  method: "GET",
  path: prepare(accessRequests.version, {}, [9, 2]).path,
  headers: {},
  size: "status",
  deadline: "read",
};
const post: WireRequest = {
  ...get,
  method: "POST",
  path: prepare(backupRequests.run, { node: "pve1", vmid: [100], remove: false }, [9, 2]).path,
  body: "vmid=100",
  deadline: "write",
};

async function reading(answer: string | Buffer, more: Partial<WireRequest> = {}) {
  const server = track(await bytesServer(answer));
  return await failureOf(transportTo(server).read({ ...get, ...more }, never));
}

const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

describe("the certificate check", () => {
  it("lets not one byte of HTTP out to a server with another certificate than the pinned one", async () => {
    const server = track(await apiServer((_request, response) => sendJson(response, 200, { data: 1 })));
    const transport = transportTo(server, { trust: pin(testCertificate()) });
    const headers = { authorization: "PVEAPIToken=a@pve!t=CANARY", cookie: "PVEAuthCookie=CANARY" };
    const error = await failureOf(transport.read({ ...get, headers }, never));
    const written = await transport.write({ ...post, headers }, never);
    expect(error.code).toBe("server.certificateChanged");
    expect(written).toMatchObject({ sent: false, error: { code: "server.certificateChanged" } });
    expect(server.connections()).toBeGreaterThan(0);
    expect(server.bytes()).toBe(0);
  });

  it("shows the certificate that was seen instead", async () => {
    const server = track(await apiServer((_request, response) => sendJson(response, 200, { data: 1 })));
    const error = await failureOf(transportTo(server, { trust: pin(testCertificate()) }).read(get, never));
    const seen = seenCertificate(error);
    expect(seen?.fingerprint).toBe(server.trust.kind === "pinned" ? server.trust.fingerprint : "");
    expect(seen?.names).toContain("127.0.0.1");
    expect(seen?.selfSigned).toBe(true);
  });

  it("takes exactly the pinned certificate, on every connection", async () => {
    const server = track(
      await apiServer((_request, response) => {
        response.setHeader("connection", "close");
        sendJson(response, 200, { data: 1 });
      }),
    );
    const transport = transportTo(server);
    for (let round = 0; round < 5; round += 1) expect((await transport.read(get, never)).status).toBe(200);
    expect(server.connections()).toBe(5);
  });

  it("takes a pinned certificate that is out of date: the badge is the screen's business", async () => {
    const certificate = testCertificate({ notBefore: Date.now() - 9e8, notAfter: Date.now() - 1e8 });
    const server = track(
      await apiServer((_request, response) => sendJson(response, 200, { data: 1 }), certificate),
    );
    expect((await transportTo(server).read(get, never)).status).toBe(200);
  });

  it.each([
    ["an unknown authority", () => testCertificate(), false, "unknownAuthority"],
    ["another name", () => testCertificate({ name: "elsewhere.example" }), true, "otherName"],
    [
      "a date that is over",
      () => testCertificate({ notBefore: Date.now() - 9e8, notAfter: Date.now() - 1e8 }),
      true,
      "expired",
    ],
    [
      "a date that is to come",
      () => testCertificate({ notBefore: Date.now() + 1e8, notAfter: Date.now() + 9e8 }),
      true,
      "notYetValid",
    ],
  ])("by the system's authorities refuses %s, before a byte is sent", async (_name, make, known, reason) => {
    const certificate = make();
    const server = track(
      await apiServer((_request, response) => sendJson(response, 200, { data: 1 }), certificate),
    );
    const authorities = () => (known ? [certificate.cert] : [testCertificate().cert]);
    const transport = transportTo(server, { trust: { kind: "system" }, authorities });
    const error = await failureOf(transport.read(get, never));
    expect(error.code).toBe("server.certificateUntrusted");
    expect(error.details.params).toMatchObject({ reason });
    expect(server.bytes()).toBe(0);
  });

  it("by the system's authorities takes a certificate that one of them signed for this name", async () => {
    const certificate = testCertificate();
    const server = track(
      await apiServer((_request, response) => sendJson(response, 200, { data: 1 }), certificate),
    );
    const transport = transportTo(server, {
      trust: { kind: "system" },
      authorities: () => [certificate.cert],
    });
    expect((await transport.read(get, never)).status).toBe(200);
  });

  it("refuses TLS 1.1", async () => {
    const server = track(
      await rawServer(() => undefined, {
        tls: { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      }),
    );
    const error = await failureOf(transportTo(server).read(get, never));
    expect(error.code).toBe("server.certificateInvalid");
    expect(server.bytes()).toBe(0);
  });

  it("says so when the server wants a certificate of ours", async () => {
    const server = track(
      await rawServer((socket) => socket.end(), { tls: { requestCert: true, rejectUnauthorized: true } }),
    );
    const error = await failureOf(transportTo(server).read(get, never));
    expect(["server.certificateInvalid", "server.connectionLost"]).toContain(error.code);
  });

  it("takes a port without TLS for something other than Proxmox", async () => {
    const plain = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("SSH-2.0-OpenSSH_9.2p1\r\n");
    });
    plain.listen(0, "127.0.0.1");
    await once(plain, "listening");
    const address = `127.0.0.1:${(plain.address() as AddressInfo).port}`;
    const transport = track(createTransport({ routes: [{ address, trust: pin(testCertificate()) }] }));
    expect((await failureOf(transport.read(get, never))).code).toBe("server.notProxmox");
    plain.close();
  });

  it("offers HTTP/1.1 alone", async () => {
    let offered: string | false | null = null;
    const server = track(
      await rawServer(
        (socket) => {
          offered = socket.alpnProtocol;
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        },
        { tls: { ALPNProtocols: ["h2", "http/1.1"] } },
      ),
    );
    await transportTo(server).read(get, never);
    expect(offered).toBe("http/1.1");
  });

  it("refuses a server that speaks HTTP/2 only", async () => {
    const server = track(await rawServer(() => undefined, { tls: { ALPNProtocols: ["h2"] } }));
    expect((await failureOf(transportTo(server).read(get, never))).code).toBe("server.certificateInvalid");
  });
});

describe("reading", () => {
  it("gives status, reason phrase and server time on", async () => {
    const date = "Fri, 20 Nov 2026 14:33:23 GMT";
    const server = track(
      await bytesServer(
        `HTTP/1.1 500 VM is locked (backup)\r\nDate: ${date}\r\nServer: pve-api-daemon/3.0\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    const answer = await transportTo(server).read(get, never);
    expect(answer).toMatchObject({
      status: 500,
      reason: "VM is locked (backup)",
      server: "pve-api-daemon/3.0",
      serverTime: Date.parse(date),
    });
  });

  it.each([301, 302, 307, 308])("never follows a redirect (%i)", async (status) => {
    const elsewhere = track(await apiServer((_request, response) => sendJson(response, 200, { data: 1 })));
    const server = track(
      await bytesServer(
        `HTTP/1.1 ${status} Moved\r\nLocation: https://${elsewhere.address}/\r\nContent-Length: 0\r\n\r\n`,
      ),
    );
    expect((await transportTo(server).read(get, never)).status).toBe(status);
    expect(elsewhere.connections()).toBe(0);
  });

  it("unzips what is zipped", async () => {
    const body = gzipSync(JSON.stringify({ data: "x".repeat(5000) }));
    const server = track(
      await bytesServer(
        Buffer.concat([
          Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
          body,
        ]),
      ),
    );
    expect((await transportTo(server).read(get, never)).body).toHaveLength(5011);
  });

  it("stops at the cap when unzipping a bomb", async () => {
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(body.length).toBeLessThan(70_000);
    const error = await reading(
      Buffer.concat([
        Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
      ]),
    );
    expect(error.code).toBe("server.tooLarge");
  });

  it("stops at the cap of an endless answer", async () => {
    let written = 0;
    const server = track(
      await rawServer((socket) => {
        socket.once("data", () => {
          socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
          const chunk = Buffer.concat([
            Buffer.from("10000\r\n"),
            Buffer.alloc(65_536, 0x20),
            Buffer.from("\r\n"),
          ]);
          const more = (error?: Error | null): void => {
            if (error !== undefined && error !== null) return;
            written += 65_536;
            socket.write(chunk, more);
          };
          more();
        });
      }),
    );
    const error = await failureOf(transportTo(server).read(get, never));
    expect(error.code).toBe("server.tooLarge");
    expect(written).toBeLessThan(12 * 1024 * 1024);
  });

  it("lets a list be larger than a status", async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 0x20);
    const server = track(
      await bytesServer(Buffer.concat([Buffer.from(`${ok}Content-Length: ${body.length}\r\n\r\n`), body])),
    );
    const transport = transportTo(server);
    expect((await transport.read({ ...get, size: "list" }, never)).body).toHaveLength(body.length);
    expect((await failureOf(transport.read(get, never))).code).toBe("server.tooLarge");
  });

  it.each(["br", "deflate", "zstd", "gzip, gzip", "x-unknown"])(
    "refuses the encoding %s",
    async (encoding) => {
      const error = await reading(`${ok}Content-Encoding: ${encoding}\r\nContent-Length: 2\r\n\r\n{}`);
      expect(error.code).toBe("server.badAnswer");
    },
  );

  it("refuses gzip that is none", async () => {
    const error = await reading(`${ok}Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!`);
    expect(error.code).toBe("server.badAnswer");
  });

  it("refuses gzip that ends in the middle", async () => {
    const body = gzipSync("x".repeat(10_000)).subarray(0, 20);
    const error = await reading(
      Buffer.concat([
        Buffer.from(`${ok}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`),
        body,
      ]),
    );
    expect(error.code).toBe("server.badAnswer");
  });

  it.each([
    ["one header of 1 MB", `${ok}X-Big: ${"x".repeat(1024 * 1024)}\r\n\r\n`],
    [
      "a thousand headers",
      `${ok}${Array.from({ length: 1000 }, (_, n) => `X-${n}: ${"y".repeat(20)}\r\n`).join("")}\r\n`,
    ],
  ])("refuses %s", async (_name, answer) => {
    expect((await reading(answer)).code).toBe("server.badAnswer");
  });

  it.each([
    ["a Content-Length that is too long", `${ok}Content-Length: 100\r\n\r\n{}`],
    ["a negative Content-Length", `${ok}Content-Length: -1\r\n\r\n{}`],
    ["two Content-Lengths", `${ok}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`],
    ["chunked garbage", `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n`],
    ["HTTP/0.9", "<html>hello</html>"],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"],
    ["nothing at all", ""],
    ["half a header", "HTTP/1.1 200 O"],
  ])("fails cleanly on %s", async (_name, answer) => {
    const error = await reading(answer);
    expect(["server.badAnswer", "server.connectionLost"]).toContain(error.code);
  });

  it("does not read on into a second answer on the same connection", async () => {
    const first = `${ok}Content-Length: 10\r\n\r\n{"data":1}`;
    const server = track(await bytesServer(first + first.replace('{"data":1}', '{"data":2}'), false));
    const transport = transportTo(server);
    const answers = [await transport.read(get, never), await transport.read(get, never).catch(() => null)];
    expect(answers[0]?.body.toString()).toBe('{"data":1}');
    expect(answers[1]?.body.toString() ?? '{"data":1}').toBe('{"data":1}');
  });

  it("gives up after its total time, whatever drips in meanwhile", async () => {
    const server = track(
      await rawServer((socket) => {
        socket.once("data", () => {
          socket.write(`${ok}Content-Length: 100000\r\n\r\n`);
          const drip = setInterval(() => socket.write(" "), 20);
          socket.once("close", () => clearInterval(drip));
        });
      }),
    );
    const started = performance.now();
    const transport = transportTo(server, { deadlines: { read: 300, slowRead: 600, write: 300 } });
    const error = await failureOf(transport.read(get, never));
    expect(error).toMatchObject({
      code: "server.timeout",
      details: { params: { address: server.address, seconds: 0.3 } },
    });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it("gives up on headers that never end", async () => {
    const server = track(
      await rawServer((socket) => {
        socket.once("data", () => {
          socket.write("HTTP/1.1 200 OK\r\n");
          let n = 0;
          const drip = setInterval(() => socket.write(`X-${(n += 1)}: 1\r\n`), 20);
          socket.once("close", () => clearInterval(drip));
        });
      }),
    );
    const transport = transportTo(server, { deadlines: { read: 300, slowRead: 600, write: 300 } });
    expect((await failureOf(transport.read(get, never))).code).toBe("server.timeout");
    expect(await transport.write(post, never)).toMatchObject({
      sent: true,
      error: { code: "server.timeout" },
    });
  });

  it("waits 15 s for a read, 60 s for a slow list and longer than a cluster's own hop for a write", () => {
    expect(deadlines).toEqual({ read: 15_000, slowRead: 60_000, write: 45_000 });
  });

  it("stops at once when the caller gives up", async () => {
    const server = track(await rawServer(() => undefined));
    const controller = new AbortController();
    const reading = failureOf(transportTo(server).read(get, controller.signal));
    setTimeout(() => controller.abort(), 50);
    expect((await reading).code).toBe("cancelled");
  });

  it("tries once more when the connection was dead", async () => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        if (requests === 1) response.destroy();
        else sendJson(response, 200, { data: 1 });
      }),
    );
    expect((await transportTo(server).read(get, never)).status).toBe(200);
    expect(requests).toBe(2);
  });

  it("tries only once more", async () => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        response.destroy();
      }),
    );
    expect((await failureOf(transportTo(server).read(get, never))).code).toBe("server.connectionLost");
    expect(requests).toBe(2);
  });

  it("asks again after a pause when a hop inside the cluster failed", async () => {
    let requests = 0;
    const clock = fakeClock();
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        if (requests < 3) sendJson(response, 596, { data: null }, "Connection timed out");
        else sendJson(response, 200, { data: 1 });
      }),
    );
    expect((await transportTo(server, { clock }).read(get, never)).status).toBe(200);
    expect(clock.sleeps).toEqual([400, 1200]);
  });

  it("gives a lasting 595 on after three tries", async () => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        sendJson(response, 595, { data: null }, "Connection refused");
      }),
    );
    expect((await transportTo(server, { clock: fakeClock() }).read(get, never)).status).toBe(595);
    expect(requests).toBe(3);
  });

  it("does not repeat what the server answered with any other status", async () => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        sendJson(response, 500, { data: null }, "died");
      }),
    );
    await transportTo(server).read(get, never);
    expect(requests).toBe(1);
  });

  it("keeps a connection for the next read, and leaves one of four for a write", async () => {
    let open = 0;
    let most = 0;
    const server = track(
      await apiServer((_request, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          sendJson(response, 200, { data: 1 });
        }, 20);
      }),
    );
    const transport = transportTo(server, { clock: fakeClock() });
    await Promise.all(Array.from({ length: 12 }, async () => await transport.read(get, never)));
    expect(most).toBe(3);
    expect(server.connections()).toBe(3);
  });

  it("asks a slow storage one thing at a time", async () => {
    let open = 0;
    let most = 0;
    const server = track(
      await apiServer((_request, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          sendJson(response, 200, { data: [] });
        }, 10);
      }),
    );
    const transport = transportTo(server, { clock: fakeClock() });
    await Promise.all(
      Array.from({ length: 4 }, async () => await transport.read({ ...get, lane: "pve1/nas" }, never)),
    );
    expect(most).toBe(1);
  });

  it("says that nothing listens, and that a name is unknown", async () => {
    const server = await apiServer(() => undefined);
    await server.close();
    const refused = track(createTransport({ routes: [server] }));
    expect((await failureOf(refused.read(get, never))).code).toBe("server.unreachable");
    const unknown = track(
      createTransport({ routes: [{ address: "no-such-host.invalid:8006", trust: server.trust }] }),
    );
    expect((await failureOf(unknown.read(get, never))).code).toBe("server.nameNotFound");
  });
});

describe("writing", () => {
  it("is sent once, and the answer given back", async () => {
    let seen = "";
    const server = track(
      await apiServer((request, response, body) => {
        seen = `${request.method} ${request.url} ${body}`;
        sendJson(response, 200, { data: "UPID" });
      }),
    );
    const result = await transportTo(server).write(post, never);
    expect(result).toMatchObject({ sent: true, answer: { status: 200 } });
    expect(seen).toBe("POST /api2/json/nodes/pve1/vzdump vmid=100");
  });

  it("has a connection of its own, one write at a time", async () => {
    let open = 0;
    let most = 0;
    const server = track(
      await apiServer((_request, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          sendJson(response, 200, { data: null });
        }, 10);
      }),
    );
    const transport = transportTo(server);
    await transport.read(get, never);
    await Promise.all([
      transport.write(post, never),
      transport.write(post, never),
      transport.write(post, never),
    ]);
    expect(most).toBe(1);
    expect(server.connections()).toBe(4);
  });

  it("is never repeated: a connection that breaks after the request leaves it open what happened", async () => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        response.destroy();
      }),
    );
    const result = await transportTo(server).write(post, never);
    expect(result).toMatchObject({ sent: true, error: { code: "server.connectionLost" } });
    expect(requests).toBe(1);
  });

  it.each([595, 596, 599])("is not repeated after %i either", async (status) => {
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        sendJson(response, status, { data: null }, "x");
      }),
    );
    expect(await transportTo(server).write(post, never)).toMatchObject({ sent: true, answer: { status } });
    expect(requests).toBe(1);
  });

  it("was never sent where nothing listens, the name is unknown, or there is no TLS", async () => {
    const server = await apiServer(() => undefined);
    await server.close();
    const refused = track(createTransport({ routes: [server] }));
    expect(await refused.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "server.unreachable" },
    });
    const unknown = track(
      createTransport({ routes: [{ address: "no-such-host.invalid:8006", trust: server.trust }] }),
    );
    expect(await unknown.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "server.nameNotFound" },
    });
  });

  it("was never sent when the caller gave up before the connection was there", async () => {
    const silent = net.createServer((socket) => socket.on("error", () => undefined));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const transport = track(createTransport({ routes: [{ address, trust: pin(testCertificate()) }] }));
    const controller = new AbortController();
    const writing = transport.write(post, controller.signal);
    setTimeout(() => controller.abort(), 50);
    expect(await writing).toMatchObject({ sent: false, error: { code: "cancelled" } });
    silent.close();
  });

  it("may have been done when the caller gave up after it was sent", async () => {
    const controller = new AbortController();
    const server = track(await apiServer(() => controller.abort()));
    expect(await transportTo(server).write(post, controller.signal)).toMatchObject({
      sent: true,
      error: { code: "cancelled" },
    });
  });

  it("may have been done when the answer is cut in the middle", async () => {
    const server = track(await bytesServer(`${ok}Content-Length: 100\r\n\r\n{"data":"UPID`));
    expect(await transportTo(server).write(post, never)).toMatchObject({
      sent: true,
      error: { code: "server.connectionLost" },
    });
  });
});
