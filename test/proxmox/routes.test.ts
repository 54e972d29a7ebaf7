import { once } from "node:events";
import * as net from "node:net";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { prepare } from "../../electron/proxmox/requests/prepare.ts";
import { accessRequests } from "../../electron/proxmox/requests/pve/access.ts";
import { backupRequests } from "../../electron/proxmox/requests/pve/backup.ts";
import { createTransport } from "../../electron/proxmox/transport.ts";
import type { Transport, TransportOptions } from "../../electron/proxmox/transport.ts";
import type { WireRequest } from "../../electron/proxmox/wire.ts";
import { fakeClock } from "./fake-clock.ts";
import { apiServer, failureOf, never, pin, rawServer, sendJson, testCertificate } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

function track<T extends { readonly close: () => Promise<void> }>(thing: T): T {
  opened.push(thing);
  return thing;
}

const headers = { authorization: "PVEAPIToken=a@pve!t=CANARY" };
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

/** A node of the cluster: what it was asked, and a way to stop and start it on its port. */
interface Node extends TestServer {
  readonly asked: readonly string[];
}

async function node(certificate = testCertificate()): Promise<Node> {
  const asked: string[] = [];
  const server = track(
    await apiServer((request, response) => {
      asked.push(request.method ?? "");
      sendJson(response, 200, { data: 1 });
    }, certificate),
  );
  return { ...server, asked };
}

/** Nothing listens there. */
async function deadAddress(): Promise<string> {
  const server = net.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `127.0.0.1:${port}`;
}

function over(routes: TransportOptions["routes"], more: Partial<TransportOptions> = {}): Transport {
  return track(createTransport({ routes, ...more }));
}

const states = (transport: Transport): readonly string[] => transport.routes().map(({ state }) => state);

/** Looks on until it is so; the test's own time is the limit. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("a server by several addresses", () => {
  it("is asked at the first one while that answers, the others get no connection", async () => {
    const [first, second] = [await node(), await node()];
    const transport = over([first, second]);
    for (let n = 0; n < 5; n += 1) await transport.read(get, never);
    await transport.write(post, never);
    expect(second.connections()).toBe(0);
    expect(states(transport)).toEqual(["answering", "standby"]);
    expect(transport.address).toBe(first.address);
  });

  it("is read at the next one when the first is dead, without a failure", async () => {
    const [first, second, third] = [await node(), await node(), await node()];
    const transport = over([first, second, third]);
    await transport.read(get, never);
    await first.close();
    expect((await transport.read(get, never)).address).toBe(second.address);
    expect(states(transport)).toEqual(["down", "answering", "standby"]);
    expect(transport.routes()[0]?.error?.code).toBe("server.unreachable");
    await second.close();
    expect((await transport.read(get, never)).address).toBe(third.address);
    expect(transport.address).toBe(third.address);
  });

  it("is asked again at the first one where only an idle connection had died", async () => {
    const [first, second] = [await node(), await node()];
    const transport = over([first, second]);
    await transport.read(get, never);
    first.drop();
    expect((await transport.read(get, never)).address).toBe(first.address);
    expect(second.connections()).toBe(0);
  });

  it("takes a write at the next one while not a byte of it has left", async () => {
    const second = await node();
    const transport = over([{ address: await deadAddress(), trust: second.trust }, second]);
    expect(await transport.write(post, never)).toMatchObject({
      sent: true,
      answer: { address: second.address },
    });
    expect(second.asked).toEqual(["POST"]);
  });

  it("never sees a write a second time that may have been read once", async () => {
    let requests = 0;
    const first = track(
      await apiServer((_request, response) => {
        requests += 1;
        response.destroy();
      }),
    );
    const second = await node();
    const transport = over([first, second]);
    expect(await transport.write(post, never)).toMatchObject({
      sent: true,
      error: { code: "server.connectionLost" },
    });
    expect(requests).toBe(1);
    expect(second.connections()).toBe(0);
  });

  it("gets not one byte of HTTP at an address whose certificate is another one, for reads and writes", async () => {
    const [first, second] = [await node(), await node()];
    const wrong = { address: second.address, trust: pin(testCertificate()) };
    const transport = over([first, wrong]);
    await first.close();
    expect((await failureOf(transport.read(get, never))).code).toBe("server.unreachable");
    expect(await transport.write(post, never)).toMatchObject({ sent: false });
    expect(second.connections()).toBeGreaterThan(0);
    expect(second.bytes()).toBe(0);
    expect(states(transport)).toEqual(["down", "certificateChanged"]);
    expect(transport.frozen()).toBeNull();
  });

  it("gets not one byte of HTTP more from the moment on in which its certificate was swapped", async () => {
    const first = await node();
    const transport = over([first]);
    expect((await transport.read(get, never)).status).toBe(200);
    await first.close();
    const swapped = track(await rawServer(() => undefined, { port: first.port }));
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    expect(await transport.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "server.certificateChanged" },
    });
    await transport.lookAgain();
    expect(transport.frozen()?.seen?.fingerprint).toBe(
      swapped.trust.kind === "pinned" ? swapped.trust.fingerprint : "",
    );
    expect(swapped.connections()).toBeGreaterThan(0);
    expect(swapped.bytes()).toBe(0);
  });

  it("goes on at the others where one shows another certificate, and asks that one no more", async () => {
    const [first, second] = [await node(), await node()];
    const transport = over([{ address: first.address, trust: pin(testCertificate()) }, second]);
    for (let n = 0; n < 4; n += 1) expect((await transport.read(get, never)).address).toBe(second.address);
    expect(first.connections()).toBe(1);
    expect(first.bytes()).toBe(0);
    expect(states(transport)).toEqual(["certificateChanged", "answering"]);
  });

  it("is frozen where every address shows another certificate", async () => {
    const [first, second] = [await node(), await node()];
    const wrong = [first, second].map(({ address }) => ({ address, trust: pin(testCertificate()) }));
    const transport = over(wrong);
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    expect(transport.frozen()?.seen).not.toBeNull();
    const connections = first.connections() + second.connections();
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    expect(first.connections() + second.connections()).toBe(connections);
    expect(first.bytes() + second.bytes()).toBe(0);
  });

  it("goes back to the first when a handshake shows that it is there again, and no read waits for that", async () => {
    const certificate = testCertificate();
    const clock = fakeClock(0);
    const gone = await deadAddress();
    const second = await node();
    const transport = over([{ address: gone, trust: pin(certificate) }, second], {
      clock,
      random: () => 0.5,
    });
    await transport.read(get, never);
    const port = Number(gone.slice(gone.lastIndexOf(":") + 1));
    const back = track(
      await rawServer((socket) => socket.on("data", () => undefined), { certificate, port }),
    );
    expect((await transport.read(get, never)).address).toBe(second.address);
    expect(back.connections()).toBe(0);
    clock.advance(5000);
    expect((await transport.read(get, never)).address).toBe(second.address);
    await until(() => states(transport)[0] !== "down");
    expect(back.connections()).toBe(1);
    expect(back.bytes()).toBe(0);
    // Its turn again; it takes the request and says nothing here, which only shows where it went.
    void transport.read(get, never).catch(() => undefined);
    await until(() => back.bytes() > 0);
  });

  it("moves on from an address that takes the request and says nothing, within half of the time", async () => {
    const silent = track(await rawServer(() => undefined));
    const second = await node();
    const transport = over([silent, second], { deadlines: { read: 800, slowRead: 800, write: 800 } });
    const began = performance.now();
    expect((await transport.read(get, never)).address).toBe(second.address);
    expect(performance.now() - began).toBeLessThan(700);
  });

  it("stays at an address that is only slow with one thing and answers others meanwhile", async () => {
    const first = track(
      await apiServer((request, response) => {
        const wait = request.url === "/" ? 600 : 0;
        setTimeout(() => sendJson(response, 200, { data: 1 }), wait);
      }),
    );
    const second = await node();
    const transport = over([first, second], { deadlines: { read: 800, slowRead: 800, write: 800 } });
    const slow = transport.read({ ...get, path: "/" }, never);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await transport.read(get, never);
    expect((await slow).address).toBe(first.address);
    expect(second.connections()).toBe(0);
  });

  it("has never more than four sockets, whatever address they lead to", async () => {
    let open = 0;
    let most = 0;
    const count = (_request: unknown, response: Parameters<typeof sendJson>[0]): void => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        sendJson(response, 200, { data: 1 });
      }, 20);
    };
    const [first, second] = [track(await apiServer(count)), track(await apiServer(count))];
    const transport = over([first, second], { clock: fakeClock() });
    const reads = Array.from({ length: 12 }, async () => await transport.read(get, never));
    const writes = [post, { ...post, lane: "login" }].map((one) => transport.write(one, never));
    await Promise.all([...reads, ...writes]);
    await first.close();
    await Promise.all(Array.from({ length: 12 }, async () => await transport.read(get, never)));
    expect(most).toBeLessThanOrEqual(4);
    expect(first.connections()).toBeLessThanOrEqual(5);
    expect(second.connections()).toBeLessThanOrEqual(3);
  });

  it("tells when another one answers, and only then", async () => {
    const [first, second] = [await node(), await node()];
    const told: string[] = [];
    const transport: Transport = over([first, second], {
      onRoutes: () => told.push(states(transport).join(" ")),
    });
    for (let n = 0; n < 3; n += 1) await transport.read(get, never);
    await first.close();
    for (let n = 0; n < 3; n += 1) await transport.read(get, never);
    expect(told).toEqual(["answering standby", "down standby", "down answering"]);
  });
});

describe("a server that does not answer", () => {
  it("is not asked on and on: three tries, then one after a pause", async () => {
    const clock = fakeClock(0);
    const server = track(await rawServer((socket) => socket.destroy()));
    const transport = over([server], { clock, random: () => 0.5 });
    for (let n = 0; n < 30; n += 1) await failureOf(transport.read(get, never));
    const before = server.connections();
    // Each of the three reads may find its connection dead once.
    expect(before).toBeLessThanOrEqual(6);
    clock.advance(8 * 3_600_000);
    const errors = await Promise.all(
      Array.from({ length: 30 }, async () => await failureOf(transport.read(get, never))),
    );
    expect(server.connections() - before).toBeLessThanOrEqual(2);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["server.connectionLost"]));
  });

  it("is asked again at once when somebody wants to know", async () => {
    const certificate = testCertificate();
    const gone = await deadAddress();
    const transport = over([{ address: gone, trust: pin(certificate) }]);
    for (let n = 0; n < 4; n += 1) {
      expect((await failureOf(transport.read(get, never))).code).toBe("server.unreachable");
    }
    const port = Number(gone.slice(gone.lastIndexOf(":") + 1));
    track(
      await rawServer(
        (socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
        {
          certificate,
          port,
        },
      ),
    );
    expect((await failureOf(transport.read(get, never))).code).toBe("server.unreachable");
    await transport.lookAgain();
    expect((await transport.read(get, never)).status).toBe(200);
  });

  it("is left alone as long as it asks for with Retry-After", async () => {
    const clock = fakeClock(0);
    let requests = 0;
    const server = track(
      await apiServer((_request, response) => {
        requests += 1;
        if (requests === 1) response.setHeader("retry-after", "20");
        sendJson(response, requests === 1 ? 503 : 200, { data: 1 }, "busy");
      }),
    );
    const transport = over([server], { clock });
    expect((await transport.read(get, never)).status).toBe(503);
    clock.advance(19_000);
    expect(await failureOf(transport.read(get, never))).toMatchObject({
      code: "server.unavailable",
      details: { status: 503 },
    });
    expect(await transport.write(post, never)).toMatchObject({
      sent: false,
      error: { code: "server.unavailable" },
    });
    expect(requests).toBe(1);
    clock.advance(1000);
    expect((await transport.read(get, never)).status).toBe(200);
  });

  it("is thawed by a look that finds its pinned certificate again, and by nothing else", async () => {
    const certificate = testCertificate();
    const server = track(
      await rawServer((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
      ),
    );
    const transport = over([{ address: server.address, trust: pin(certificate) }]);
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    await transport.lookAgain();
    expect(transport.frozen()).not.toBeNull();
    await server.close();
    track(
      await rawServer(
        (socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
        {
          certificate,
          port: server.port,
        },
      ),
    );
    expect((await failureOf(transport.read(get, never))).code).toBe("server.certificateChanged");
    await transport.lookAgain();
    expect(transport.frozen()).toBeNull();
    expect(transport.routes()[0]?.error).toBeNull();
    expect((await transport.read(get, never)).status).toBe(200);
  });
});
