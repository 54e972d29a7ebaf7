import { describe, expect, it } from "vitest";

import { stopTask } from "../../electron/proxmox/pve/tasks.ts";
import { listNodes } from "../../electron/proxmox/pve/nodes.ts";
import { describeCertificate } from "../../electron/proxmox/tls.ts";
import { X509Certificate } from "node:crypto";

import { selfSigned } from "../../simulator/certificate.ts";
import { apiServer, failureOf, never } from "../proxmox/test-server.ts";
import { refusalOf, saying, sayingBytes, sayingJson, track } from "./lab.ts";

const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";
const page = `<!DOCTYPE html><html><head><title>Sign in</title></head><body>${"x".repeat(20_000)}</body></html>`;
const html = { "content-type": "text/html; charset=utf-8" };

describe("transport and protocol", () => {
  it("13 a captive portal in the way of a known server is an answer that cannot be read, not an empty list", async () => {
    const { session } = await saying(page, { headers: html });
    expect(await refusalOf(session)).toMatchObject({
      code: "server.badAnswer",
      details: { params: { reason: "html" } },
    });
  });

  it.each([301, 302, 307, 308])("14 a redirect (%i) is not followed, whatever is asked", async (status) => {
    const elsewhere = track(await apiServer((_request, response) => response.end("{}")));
    const said = {
      status,
      reason: "Moved",
      headers: { location: `https://${elsewhere.address}/api2/json/` },
    };
    const { session } = await saying("", said);
    expect((await refusalOf(session)).code).toBe("server.redirected");
    expect((await failureOf(stopTask(session, { upid }, never))).code).toBe("server.redirected");
    expect(elsewhere.connections()).toBe(0);
  });

  it.each([
    [401, "Unauthorized", "server.tokenRefused"],
    [403, "Forbidden", "server.forbidden"],
    [404, "Not Found", "server.notFound"],
    [500, "Internal Server Error", "server.error"],
    [501, "Not Implemented", "server.unsupported"],
    [502, "Bad Gateway", "server.unavailable"],
    [503, "Service Unavailable", "server.unavailable"],
    [504, "Gateway Timeout", "server.unavailable"],
  ])("15 a web page with %i is that status, and none of its text is shown", async (status, reason, code) => {
    const { session } = await saying(page, { status, reason, headers: html });
    const error = await refusalOf(session);
    expect(error).toMatchObject({ code, details: { status } });
    expect(error.details.server ?? "").not.toContain("Sign in");
  });

  it.each([
    ["data:null alone", '{"data":null}', "the reason"],
    ["a message", '{"data":null,"message":"the message\\n"}', "the message"],
    ["a message that is none", '{"data":null,"message":{"a":1}}', "the reason"],
    ["plain text, as a backup server says it", "the text", "the text"],
    ["a text in JSON", '"the text"', "the text"],
    ["cut JSON", '{"data":nul', "the reason"],
    ["bytes that are no text", Buffer.from([0, 1, 2, 0xff]), "the reason"],
    ["nothing", "", "the reason"],
  ])(
    "15 the words of a refusal come from its message, else its text, else its reason phrase: %s",
    async (...row) => {
      const [, body, words] = row;
      const { session } = await saying(body, { status: 500, reason: "the reason" });
      expect((await refusalOf(session)).details.server).toBe(words);
    },
  );

  it("15 of a text without end only the beginning is kept", async () => {
    const { session } = await saying("y".repeat(100_000), { status: 400, reason: "Bad Request" });
    expect((await refusalOf(session)).details.server?.length).toBeLessThanOrEqual(1000);
  });

  it("15 fields that are no texts hide no other, and no name of a field becomes one of ours", async () => {
    const errors = '{"mode":"wrong","size":7,"odd":{"a":1},"__proto__":"evil","constructor":"evil"}';
    const { session } = await saying(`{"data":null,"errors":${errors}}`, { status: 400, reason: "no" });
    const { fields } = (await refusalOf(session)).details;
    expect(fields).toMatchObject({ mode: "wrong", size: "7", constructor: "evil" });
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)["odd"]).toBeUndefined();
  });

  it.each([595, 596, 597, 598, 599])(
    "16 %i on a read is asked again, on a write it proves nothing",
    async (status) => {
      const { session, asked } = await saying("", { status, reason: "Connection timed out" });
      expect((await failureOf(listNodes(session, never))).code).toBe("server.unavailable");
      expect(asked).toHaveLength(3);
      const written = await failureOf(stopTask(session, { upid }, never));
      expect(written.code).toBe("server.unconfirmed");
      expect(asked.filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
    },
  );

  it("16 a 200 with a message in place of data is no success", async () => {
    const session = await sayingJson({ data: null, message: "proxy loop detected\n" });
    expect(await refusalOf(session)).toMatchObject({
      code: "server.error",
      details: { server: "proxy loop detected" },
    });
    expect((await failureOf(stopTask(session, { upid }, never))).code).toBe("server.unconfirmed");
  });

  it.each([200, 201, 202, 204, 206])("16 %i without a body is no success", async (status) => {
    const { session } = await saying("", { status, reason: "OK" });
    expect((await refusalOf(session)).code).toBe("server.badAnswer");
    expect((await failureOf(stopTask(session, { upid }, never))).code).toBe("server.unconfirmed");
  });

  it("17 a reason phrase of 8 kB with escapes is cut and harmless", async () => {
    const reason = `\u001b[31mVM\u001b]8;;https://evil\u0007 is\u009b1m\u202E locked (backup)${"x".repeat(8000)}`;
    const session = await sayingBytes(`HTTP/1.1 500 ${reason}\r\nContent-Length: 0\r\n\r\n`);
    const { server = "" } = (await refusalOf(session)).details;
    expect(server.length).toBeLessThanOrEqual(1000);
    // eslint-disable-next-line no-control-regex -- they are what must not be there
    expect(server).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/u);
    expect(server).toContain("⟪U+202E⟫");
  });

  it("17 a reason phrase with letters beyond ASCII stays readable", async () => {
    const session = await sayingBytes(
      "HTTP/1.1 500 Datei nicht gefunden: Übung\r\nContent-Length: 0\r\n\r\n",
    );
    expect((await refusalOf(session)).details.server).toBe("Datei nicht gefunden: Übung");
  });

  it.each([
    ["1xx without end", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(20_000)],
    ["HTTP/0.9", '{"data":[]}'],
    ["another protocol", "RTSP/1.0 200 OK\r\n\r\n"],
    ["a status of two digits", 'HTTP/1.1 20 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}'],
  ])("25 %s fails cleanly", async (_name, answer) => {
    const { code } = await refusalOf(await sayingBytes(answer));
    expect(["server.badAnswer", "server.connectionLost"]).toContain(code);
  });

  it("25 trailers change nothing", async () => {
    const chunk = '{"data":[]}';
    const session = await sayingBytes(
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Encoding\r\n\r\n${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\nContent-Encoding: br\r\nSet-Cookie: a=b\r\n\r\n`,
    );
    expect(await listNodes(session, never)).toEqual({ rows: [], bad: 0 });
  });

  it("29 a certificate with hundreds of long names and hidden signs is shown short and harmless", () => {
    const made = selfSigned({
      commonName: "pve1\u202Emoc.live",
      dnsNames: Array.from({ length: 500 }, (_, n) => `${String(n)}.${"x".repeat(60)}.example`),
      addresses: [],
      organization: "test",
      unit: "test",
      notBefore: Date.now() - 1000,
      notAfter: Date.now() + 1000,
    });
    const shown = describeCertificate(new X509Certificate(made.cert));
    expect(shown.names.length).toBeLessThanOrEqual(64);
    expect(shown.subject.length).toBeLessThanOrEqual(512);
    expect(shown.subject).not.toContain("\u202E");
  });
});
