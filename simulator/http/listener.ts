import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Certificate } from "../certificate.ts";
import type { ActiveFault, Faults } from "../faults.ts";
import type { Ledger } from "../ledger.ts";
import { pause } from "../pause.ts";
import type { Written } from "./answer.ts";
import type { Raw } from "../schema.ts";
import { readParameters, type ApiRequest } from "./request.ts";

/** All in which Proxmox VE and Proxmox Backup Server differ behind their sockets. */
export type Product = {
  /** The page of its web interface, so that a browser sees something. */
  readonly page: string;
  /** The server's wall clock in milliseconds. */
  readonly now: () => number;
  readonly ledger: Ledger;
  /** Whether what a request starts goes on without its connection; absent = always. */
  readonly outlives?: () => boolean;
  /** Throws what `refusal` can write. */
  readonly readBody: (incoming: IncomingMessage) => Promise<Buffer>;
  readonly refusal: (error: unknown, format: string) => Written;
  /** Carries out a request; `known` is told who asks as soon as that is clear. Failures are answers too. */
  readonly respond: (
    request: ApiRequest,
    node: string,
    signal: AbortSignal,
    known: (authid: string) => void,
  ) => Promise<Written>;
  readonly send: (
    incoming: IncomingMessage,
    response: ServerResponse,
    result: Written,
    clock: number,
  ) => void;
};

export type Listener = {
  readonly port: number;
  readonly setCertificate: (certificate: Certificate) => void;
  /** Cuts every connection and listens no more, until `up`. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Refuses connections for so many milliseconds, then listens on the same port again. */
  readonly refuse: (milliseconds: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

type ListenerOptions = {
  readonly product: Product;
  readonly faults: Faults;
  readonly node: string;
  readonly host: string;
  readonly port: number;
  readonly certificate: Certificate;
  /** Called when a request has been worked on and before it is answered. */
  readonly settled: () => void;
};

/** Faults after which the client has no connection any more. */
const LOSING: ReadonlySet<string> = new Set(["lose-reply", "cut-reply", "hold-reply"]);

const IDLE_MS = 5000;
const MAX_HEADER_BYTES = 8192;

function parse(incoming: IncomingMessage): { format: string; path: string; query: string } | null {
  const [whole = "", query = ""] = (incoming.url ?? "").split(/\?(.*)/);
  const found = /^\/api2\/(\w+)(\/.*)?$/.exec(whole);
  return found ? { format: found[1] ?? "", path: found[2] ?? "/", query } : null;
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    // A path that is no valid encoding is matched as it came.
    return path;
  }
};

/** Parameters for the ledger; a body that cannot be read has none. */
function asked(request: ApiRequest): Raw {
  try {
    return readParameters(request);
  } catch {
    // The refusal of such a body is the answer's matter.
    return {};
  }
}

function overridden(fault: ActiveFault): Written | null {
  if (fault.action.kind !== "answer") return null;
  const { status, reason, body, headers } = fault.action;
  return { status, reason, headers: headers ?? {}, body: body === undefined ? null : Buffer.from(body) };
}

/** Carries out what a fault says about the reply. Returns the reply to send, or null when the socket is gone. */
async function lie(
  fault: ActiveFault | null,
  truth: Written,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<Written | null> {
  if (fault === null) return truth;
  const { action } = fault;
  if (action.kind === "answer") return overridden(fault);
  if (action.kind === "hold-reply") {
    const gone = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => gone.resolve(), { once: true });
    await Promise.race([fault.released, gone.promise]);
    return signal.aborted ? null : truth;
  }
  if (action.kind === "lose-reply") {
    response.destroy();
    return null;
  }
  if (action.kind === "cut-reply") {
    const body = truth.body ?? Buffer.from("{}");
    response.writeHead(truth.status, {
      "Content-Type": "application/json;charset=UTF-8",
      "Content-Length": body.length,
    });
    response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
    return null;
  }
  if (action.kind === "short-list") {
    const body = JSON.parse(truth.body?.toString() ?? "{}") as { readonly data?: unknown };
    const data = Array.isArray(body.data) ? body.data.slice(0, action.rows) : body.data;
    response.shouldKeepAlive = false;
    response.removeHeader("Transfer-Encoding");
    response.writeHead(truth.status, truth.headers);
    response.end(JSON.stringify({ data }));
    return null;
  }
  if (action.kind === "drip") {
    const body = truth.body ?? Buffer.alloc(0);
    response.writeHead(truth.status, { ...truth.headers, "Content-Length": body.length });
    for (let at = 0; at < body.length && !signal.aborted; at += action.bytes) {
      response.write(body.subarray(at, at + action.bytes));
      await pause(action.everyMs, signal);
    }
    response.end();
    return null;
  }
  return truth;
}

async function work(
  options: ListenerOptions,
  request: ApiRequest,
  signal: AbortSignal,
  known: (authid: string) => void,
): Promise<Written> {
  try {
    return await options.product.respond(request, options.node, signal, known);
  } finally {
    options.settled();
  }
}

async function serve(
  options: ListenerOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { product, faults } = options;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const parsed = parse(incoming);
  if (!parsed) {
    const found =
      incoming.method === "GET" && (incoming.url === "/" || incoming.url?.startsWith("/?") === true);
    const page = found
      ? {
          status: 200,
          reason: "OK",
          headers: { "Content-Type": "text/html; charset=utf-8" },
          body: Buffer.from(product.page),
        }
      : null;
    product.send(
      incoming,
      response,
      page ?? { status: 404, reason: `no such file '${incoming.url ?? ""}'`, headers: {}, body: null },
      product.now(),
    );
    return;
  }
  const method = incoming.method ?? "";
  const ledgered = { at: product.now(), method, path: decoded(parsed.path) };
  let user: string | null = null;
  let body: Buffer = Buffer.alloc(0);
  const record = (status: number, bytesOut: number): void => {
    const params = asked({ ...parsed, method, headers: incoming.headers, body });
    product.ledger.add({
      kind: "request",
      ...ledgered,
      user,
      params,
      status,
      bytesIn: body.length,
      bytesOut,
    });
  };
  try {
    body = await product.readBody(incoming);
  } catch (error) {
    const refused = product.refusal(error, parsed.format);
    record(refused.status, refused.body?.length ?? 0);
    product.send(incoming, response, refused, product.now());
    return;
  }
  const fault = faults.take(method, ledgered.path);
  if (fault?.action.kind === "delay") await pause(fault.action.milliseconds, gone.signal);
  const cut = fault?.action.kind === "cut-request";
  if (cut || (fault !== null && LOSING.has(fault.action.kind) && product.outlives?.() === false)) {
    record(0, 0);
    response.destroy();
    return;
  }
  const request: ApiRequest = { ...parsed, method, headers: incoming.headers, body };
  const lied = fault?.action.kind === "answer" && fault.action.work !== true ? overridden(fault) : null;
  const truth = lied ?? (await work(options, request, gone.signal, (authid) => (user = authid)));
  record(truth.status, truth.body?.length ?? 0);
  const reply = await lie(lied === null ? fault : null, truth, response, gone.signal);
  if (reply !== null && !response.destroyed) product.send(incoming, response, reply, product.now());
}

/** One HTTPS socket of one node, speaking HTTP/1.1. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { key, cert } = options.certificate;
  const server = createServer({
    key,
    cert,
    maxHeaderSize: MAX_HEADER_BYTES,
    keepAliveTimeout: IDLE_MS,
    ALPNProtocols: ["http/1.1"],
  });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    options.product.ledger.wire.opened(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("secureConnection", (socket) => options.product.ledger.wire.shaken(socket.isSessionReused()));
  server.on("request", (incoming, response) => {
    incoming.on("error", () => response.destroy());
    response.on("error", () => response.destroy());
    void serve(options, incoming, response).catch(() => response.destroy());
  });
  const open = async (port: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(port, options.host, () => {
      server.off("error", reject);
      resolve();
    });
    await promise;
  };
  const shut = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
    await promise;
  };
  await open(options.port);
  const { port } = server.address() as AddressInfo;
  let reopening: AbortController | null = null;
  return {
    port,
    setCertificate: (certificate) => {
      server.setSecureContext({ key: certificate.key, cert: certificate.cert });
      for (const socket of sockets) socket.destroy();
    },
    down: async () => {
      if (server.listening) await shut();
    },
    up: async () => {
      if (!server.listening) await open(port);
    },
    refuse: async (milliseconds) => {
      await shut();
      reopening = new AbortController();
      await pause(milliseconds, reopening.signal);
      if (!reopening.signal.aborted) await open(port);
    },
    close: async () => {
      reopening?.abort();
      if (server.listening) await shut();
    },
  };
}
