import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { z } from "zod";

import { sessionPath, socketPath } from "../../shared/web-bridge.ts";
import type { Assets } from "../assets.ts";
import type { Dispatch } from "../dispatch.ts";
import { securityHeaders } from "../headers.ts";
import type { Log } from "../log.ts";
import { carriesCsrfHeader, type Checks, createChecks, isJson } from "./checks.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createSocketGate } from "./socket.ts";

/** The only body that is ever read is a token. */
const maxBodyBytes = 4096;
const tokenBodySchema = z.object({ token: z.string().max(256) });

/** One person's browser: a few tabs, each with a handful of connections. */
const maxConnections = 64;
const maxHeaderBytes = 8192;
/** A browser on the same machine sends its headers at once; whoever does not is holding a connection open. */
const headersTimeoutMs = 5000;
const requestTimeoutMs = 15_000;

const address = "127.0.0.1";

export interface WebHostOptions {
  /** 0 = any free one. */
  readonly port: number;
  readonly assets: Assets;
  readonly dispatch: Dispatch;
  readonly log: Log;
  readonly now: () => number;
  readonly version: string;
}

export interface WebHost {
  readonly port: number;
  /** An address with a fresh one-time token in its fragment. */
  newAddress(): string;
  close(): Promise<void>;
}

/** Serves the app to a browser on this machine: bound to 127.0.0.1 and nothing else. Rejects when the port is taken. */
export async function openWebHost(options: WebHostOptions): Promise<WebHost> {
  const { assets, dispatch, log, now } = options;
  const headers = securityHeaders("'self'");
  const sessions = createSessions(now);
  const server = createServer({
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = maxConnections;

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: address, port: options.port, exclusive: true }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const checks = createChecks(port);
  const sockets = createSocketGate({ checks, sessions, dispatch, log });

  server.on("request", (request, response) => {
    route({ checks, sessions, assets, version: options.version }, request).then(
      (answer) => send(response, answer, headers),
      (error: unknown) => {
        log.error({ error }, "a request to the loopback host failed");
        send(response, problem(500, "internal"), headers);
      },
    );
  });
  server.on("upgrade", (request, socket, head) => sockets.upgrade(request, socket, head));
  server.on("connect", (_request, socket) =>
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n"),
  );
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  });

  return {
    port,
    newAddress: () => `http://${address}:${port}/#t=${sessions.mintToken()}`,
    async close() {
      sessions.revokeAll();
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer<ArrayBuffer>;
  readonly cookie?: string;
}

interface Routes {
  readonly checks: Checks;
  readonly sessions: Sessions;
  readonly assets: Assets;
  readonly version: string;
}

function json(status: number, value: object): Answer {
  return { status, type: "application/json; charset=utf-8", body: JSON.stringify(value) };
}

function problem(status: number, code: string): Answer {
  return json(status, { error: code });
}

async function route(routes: Routes, request: IncomingMessage): Promise<Answer> {
  const refused = routes.checks.refuseRequest(request);
  if (refused !== null) return problem(refused, "refused");
  const path = request.url?.split("?", 1)[0] ?? "";
  if (path === sessionPath) return session(routes, request);
  if (request.method !== "GET") return problem(405, "refused");
  if (path === "/health") return json(200, { status: "ok", version: routes.version });
  if (path === socketPath) return problem(426, "refused");
  const asset = await routes.assets(path);
  return asset === undefined ? problem(404, "notFound") : { status: 200, type: asset.type, body: asset.body };
}

/** POST exchanges the token for a cookie; GET tells a reloaded page whether its cookie is still good. */
async function session({ checks, sessions }: Routes, request: IncomingMessage): Promise<Answer> {
  if (!carriesCsrfHeader(request)) return problem(403, "refused");
  if (request.method === "GET") {
    const known = sessions.find(request.headers.cookie);
    return known === null ? problem(401, "signedOut") : json(200, { csrf: known.csrf });
  }
  if (!checks.isOwnOrigin(request) || !isJson(request)) return problem(403, "refused");
  const body = await readBody(request);
  if (body === null) return problem(413, "refused");
  const parsed = tokenBodySchema.safeParse(parseJson(body));
  const redeemed = parsed.success ? sessions.redeem(parsed.data.token) : null;
  // One answer for wrong, used and too old: it is nobody's business which.
  if (redeemed === null) return problem(401, "signedOut");
  return { ...json(200, { csrf: redeemed.session.csrf }), cookie: redeemed.cookie };
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.byteLength;
    if (size > maxBodyBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No JSON is no token.
    return undefined;
  }
}

function send(response: ServerResponse, answer: Answer, headers: Readonly<Record<string, string>>): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    ...headers,
    "content-type": answer.type,
    "content-length": Buffer.byteLength(answer.body),
    ...(answer.cookie === undefined ? {} : { "set-cookie": answer.cookie }),
    // A body that we did not read to its end must not be taken for the next request.
    ...(answer.status >= 400 ? { connection: "close" } : {}),
  });
  response.end(answer.body);
}
