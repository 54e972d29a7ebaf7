import { once } from "node:events";
import * as net from "node:net";
import type { AddressInfo } from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { probe, realms } from "../../electron/proxmox/probe.ts";
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
import type { Handler, TestServer } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

function track<T extends { readonly close: () => Promise<void> }>(thing: T): T {
  opened.push(thing);
  return thing;
}

const page =
  (title: string, headers: Record<string, string> = {}, status = 200): Handler =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers });
    response.end(`<!DOCTYPE html><html><head><title>${title}</title></head></html>`);
  };

async function look(
  handler: Handler,
): Promise<{ readonly server: TestServer; readonly probing: ReturnType<typeof probe> }> {
  const server = track(await apiServer(handler));
  return { server, probing: probe(server.address, { signal: never, authorities: () => [] }) };
}

describe("the first look at an address", () => {
  it("knows Proxmox VE by the server's name and gives its certificate", async () => {
    const { server, probing } = await look(
      page("pve1 - Proxmox Virtual Environment", { server: "pve-api-daemon/3.0" }),
    );
    const found = await probing;
    expect(found).toMatchObject({ kind: "pve", trustedBySystem: false });
    expect(pin(server.certificate)).toEqual({ kind: "pinned", fingerprint: found.certificate.fingerprint });
    expect(found.certificate).toMatchObject({ selfSigned: true, names: ["localhost", "127.0.0.1"] });
    expect(found.certificate.subject).toContain("CN=localhost");
    expect(found.certificate.validFrom).toBeLessThan(Date.now());
    expect(found.certificate.validTo).toBeGreaterThan(Date.now());
  });

  it("knows it by the title of its page where a proxy hides the name", async () => {
    const { probing } = await look(page("pve1 - Proxmox Virtual Environment", { server: "nginx" }));
    expect((await probing).kind).toBe("pve");
  });

  it("knows a backup server", async () => {
    const { probing } = await look(page("pbs1 - Proxmox Backup Server"));
    expect((await probing).kind).toBe("pbs");
  });

  it("sends no credential, no cookie and nothing but GET /", async () => {
    const seen: string[] = [];
    const { probing } = await look((request, response, body) => {
      seen.push(`${request.method} ${request.url} ${body}`, ...Object.keys(request.headers));
      page("x - Proxmox Virtual Environment")(request, response, body);
    });
    await probing;
    expect(seen).toEqual(["GET / ", "host", "connection", "accept", "accept-encoding"]);
  });

  it("says whether an authority of this computer signed it", async () => {
    const certificate = testCertificate();
    const server = track(await apiServer(page("x - Proxmox Virtual Environment"), certificate));
    const found = await probe(server.address, { signal: never, authorities: () => [certificate.cert] });
    expect(found.trustedBySystem).toBe(true);
  });

  it.each([
    ["a captive portal", page("Wi-Fi login")],
    ["some other JSON API", (_request, response) => sendJson(response, 200, { data: [] })],
    ["a printer that says 404", page("HP LaserJet", {}, 404)],
    ["an endless page", (_request, response) => void response.end("x".repeat(5_000_000))],
    ["an unknown encoding", page("x", { "content-encoding": "br" })],
  ] as readonly (readonly [string, Handler])[])("takes %s for something else", async (_name, handler) => {
    const { probing } = await look(handler);
    expect((await failureOf(probing)).code).toBe("server.notProxmox");
  });

  it("does not follow where it is sent", async () => {
    const { probing } = await look((_request, response) => {
      response.writeHead(302, { location: "https://evil.example/" });
      response.end();
    });
    expect((await failureOf(probing)).code).toBe("server.redirected");
  });

  it("takes a server without TLS, and one without HTTP, for something else", async () => {
    const ssh = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.write("SSH-2.0-OpenSSH_9.2p1\r\n");
    });
    ssh.listen(0, "127.0.0.1");
    await once(ssh, "listening");
    const address = `127.0.0.1:${(ssh.address() as AddressInfo).port}`;
    expect((await failureOf(probe(address, { signal: never, authorities: () => [] }))).code).toBe(
      "server.notProxmox",
    );
    ssh.close();
    const imap = track(await bytesServer("* OK IMAP4 ready\r\n"));
    expect((await failureOf(probe(imap.address, { signal: never, authorities: () => [] }))).code).toBe(
      "server.notProxmox",
    );
  });

  it("says that nothing listens there", async () => {
    const server = await apiServer(() => undefined);
    await server.close();
    const error = await failureOf(probe(server.address, { signal: never, authorities: () => [] }));
    expect(error).toMatchObject({
      code: "server.unreachable",
      details: { params: { address: server.address } },
    });
  });

  it("stops when the caller gives up", async () => {
    const server = track(await rawServer(() => undefined));
    const controller = new AbortController();
    const probing = failureOf(probe(server.address, { signal: controller.signal, authorities: () => [] }));
    setTimeout(() => controller.abort(), 30);
    expect((await probing).code).toBe("cancelled");
    const before = new AbortController();
    before.abort();
    expect(
      (await failureOf(probe(server.address, { signal: before.signal, authorities: () => [] }))).code,
    ).toBe("cancelled");
  });

  it("asks for the page only on the certificate that it shows", async () => {
    // Between the two connections the server changes: what was shown is then not what would be trusted.
    let first = true;
    const server = track(
      await apiServer(page("x - Proxmox Virtual Environment", { server: "pve-api-daemon/3.0" })),
    );
    const other = testCertificate();
    const proxy = net.createServer((client) => {
      const port = first ? server.port : otherServer.port;
      first = false;
      const upstream = net.connect(port, "127.0.0.1");
      client.on("error", () => upstream.destroy());
      upstream.on("error", () => client.destroy());
      client.pipe(upstream).pipe(client);
    });
    const otherServer = track(await apiServer(page("x", { server: "pve-api-daemon/3.0" }), other));
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    expect((await failureOf(probe(address, { signal: never, authorities: () => [] }))).code).toBe(
      "server.certificateChanged",
    );
    expect(otherServer.bytes()).toBe(0);
    proxy.close();
  });
});

describe("the realms of a login form", () => {
  it("are asked for without a credential", async () => {
    const seen: string[] = [];
    const server = track(
      await apiServer((request, response) => {
        seen.push(
          `${request.method} ${request.url}`,
          request.headers.cookie ?? "",
          request.headers.authorization ?? "",
        );
        sendJson(response, 200, {
          data: [
            { realm: "pam", type: "pam", comment: "Linux", default: 1 },
            { realm: "corp", type: "ad" },
          ],
        });
      }),
    );
    expect(await realms(server.address, server.trust, never)).toEqual([
      { realm: "pam", type: "pam", comment: "Linux", isDefault: true },
      { realm: "corp", type: "ad", comment: "", isDefault: false },
    ]);
    expect(seen).toEqual(["GET /api2/json/access/domains", "", ""]);
  });
});
