import { once } from "node:events";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type * as net from "node:net";
import * as tls from "node:tls";

import { secretOf } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session, SessionOptions } from "../../electron/proxmox/session.ts";
import type { Trust } from "../../shared/cluster.ts";
import { isAppError } from "../../shared/errors.ts";
import type { AppError } from "../../shared/errors.ts";
import { selfSigned } from "../../simulator/certificate.ts";
import type { Certificate } from "../../simulator/certificate.ts";

export const never = new AbortController().signal;

const day = 24 * 60 * 60 * 1000;

export function testCertificate(
  wish: { readonly name?: string; readonly notBefore?: number; readonly notAfter?: number } = {},
): Certificate {
  const name = wish.name ?? "localhost";
  return selfSigned({
    commonName: name,
    organization: "test",
    unit: "test",
    dnsNames: [name],
    addresses: name === "localhost" ? ["127.0.0.1"] : [],
    notBefore: wish.notBefore ?? Date.now() - day,
    notAfter: wish.notAfter ?? Date.now() + day,
  });
}

export function pin(certificate: { readonly fingerprint: string }): Trust {
  return { kind: "pinned", fingerprint: certificate.fingerprint.replaceAll(":", "").toLowerCase() };
}

export interface TestServer {
  readonly address: string;
  readonly port: number;
  readonly certificate: Certificate;
  readonly trust: Trust;
  /** Connections that were opened, and the bytes of HTTP that reached the server over them. */
  readonly connections: () => number;
  readonly bytes: () => number;
  /** Cuts all connections. */
  readonly drop: () => void;
  readonly close: () => Promise<void>;
}

async function listening(server: net.Server, port = 0): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function closer(server: net.Server, sockets: Set<Socket>): () => Promise<void> {
  return async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
}

/** A TLS server that is given the plain stream of each connection: for answers that no HTTP library would send. */
export async function rawServer(
  onConnection: (socket: tls.TLSSocket) => void,
  options: { readonly certificate?: Certificate; readonly tls?: tls.TlsOptions; readonly port?: number } = {},
): Promise<TestServer> {
  const certificate = options.certificate ?? testCertificate();
  const sockets = new Set<Socket>();
  let connections = 0;
  let bytes = 0;
  const server = tls.createServer(
    { ...options.tls, key: certificate.key, cert: certificate.cert },
    (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      onConnection(socket);
    },
  );
  server.on("tlsClientError", () => undefined);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await listening(server, options.port);
  return {
    address: `127.0.0.1:${port}`,
    port,
    certificate,
    trust: pin(certificate),
    connections: () => connections,
    bytes: () => bytes,
    drop: () => sockets.forEach((socket) => socket.destroy()),
    close: closer(server, sockets),
  };
}

/** Answers each whole request head with these bytes; `end` closes after them. */
export async function bytesServer(answer: string | Buffer, end = true): Promise<TestServer> {
  return await rawServer((socket) => {
    socket.on("data", () => {
      if (end) socket.end(answer);
      else socket.write(answer);
    });
  });
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An https server whose handler sees the whole request. */
export async function apiServer(handler: Handler, certificate = testCertificate()): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let bytes = 0;
  const server = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    response.on("error", () => undefined);
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => handler(request, response, Buffer.concat(chunks).toString()));
  });
  server.on("secureConnection", (socket: tls.TLSSocket) => {
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
  });
  server.on("tlsClientError", () => undefined);
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await listening(server);
  return {
    address: `127.0.0.1:${port}`,
    port,
    certificate,
    trust: pin(certificate),
    connections: () => connections,
    bytes: () => bytes,
    drop: () => sockets.forEach((socket) => socket.destroy()),
    close: closer(server, sockets),
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown, reason = "OK"): void {
  response.writeHead(status, reason, { "content-type": "application/json;charset=UTF-8" });
  response.end(JSON.stringify(body));
}

/** A session by API token, which needs no login first. */
export function tokenSession(server: TestServer, more: Partial<SessionOptions> = {}): Session {
  return createSession({
    kind: "pve",
    routes: [server],
    login: { kind: "token", tokenId: "admin@pve!lab" },
    secret: () => Promise.resolve(secretOf("CANARY-token")),
    ...more,
  });
}

/** The AppError that a promise must fail with; anything else fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
  throw new Error("expected a failure, but it succeeded");
}
