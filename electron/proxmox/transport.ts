import { Client, Pool } from "undici";
import type { Dispatcher } from "undici";

import type { Trust } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { readBody, sizeLimits } from "./body.ts";
import type { AnswerSize } from "./body.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { fromNetworkError } from "./errors.ts";
import { createPace } from "./pace.ts";
import type { ApiPath } from "./requests/prepare.ts";
import { createConnector, systemAuthorities } from "./tls.ts";
import type { Authorities } from "./tls.ts";

/** Total time of one request, from the wait for a socket to the last byte. A drip of bytes does not prolong it. */
export const deadlines = {
  read: 15_000,
  /** Lists of a slow storage: the node itself waits 25–30 s for an NFS server. */
  slowRead: 60_000,
  /** Longer than pveproxy's own 30 s hop to another node, so that its 596 is seen and not guessed. */
  write: 45_000,
} as const;
export type Deadline = keyof typeof deadlines;

/** pveproxy has three workers and closes an idle connection after 5 s. */
const maxSockets = 4;
const keepAliveMs = 4000;
/** Twice what pveproxy itself accepts. */
const maxHeaderSize = 16 * 1024;
/** A connection that died while idle is only noticed when it is used: one more try on a new one. */
const deadSocketTries = 1;
/** 595–599 come from a hop inside the cluster, which often is back a moment later. */
const gatewayBackoffMs = [400, 1200] as const;

export interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/` is the start page, which tells what kind of server it is. */
  readonly path: ApiPath | "/";
  readonly headers: Readonly<Record<string, string>>;
  /** Form-encoded; POST and PUT only (pveproxy refuses a body with DELETE). */
  readonly body?: string | undefined;
  readonly size: AnswerSize;
  readonly deadline: Deadline;
  /** What shares a lane runs one after the other: a slow storage is asked one thing at a time. Writes have one without being told. */
  readonly lane?: string | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly reason: string;
  readonly contentType: string;
  readonly server: string;
  readonly body: Buffer;
  /** The answer's HTTP `Date`, ms since the epoch (whole seconds); null where absent or not a time. */
  readonly serverTime: number | null;
  /** Our clock when the answer's headers were there. */
  readonly receivedAt: number;
}

/** `sent` tells whether a byte can have left: until the connection is up and its certificate checked, none has. */
export type WriteAnswer =
  | { readonly sent: true; readonly answer: WireAnswer }
  | { readonly sent: true; readonly error: AppError }
  | { readonly sent: false; readonly error: AppError };

/** One server by one address: its sockets, its certificate check, its pace. */
export interface Transport {
  readonly address: string;
  /**
   * A GET. Repeated once when the socket was dead, twice with a pause on 595–599. Gives every status on as an answer.
   * Throws AppError `server.unreachable`, `.nameNotFound`, `.timeout`, `.connectionLost`, `.certificate*`, `.tooLarge`,
   * `.badAnswer`, `cancelled`.
   */
  read(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  /** Sends once, on a connection of its own, one at a time; never throws for what happened on the wire. */
  write(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly address: string;
  readonly trust: Trust;
  readonly clock?: Clock;
  readonly authorities?: Authorities;
  /** Shorter ones for tests. */
  readonly deadlines?: Readonly<Record<Deadline, number>>;
}

function header(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function isGatewayStatus(status: number): boolean {
  return status >= 595 && status <= 599;
}

function deadSocket(error: AppError): boolean {
  return error.code === "server.connectionLost";
}

/** Aborts with the caller, or when the total time is over. `using` frees the timer. */
function withDeadline(signal: AbortSignal, ms: number) {
  const controller = new AbortController();
  let late = false;
  const onAbort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    late = true;
    controller.abort(new DOMException("deadline", "AbortError"));
  }, ms);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    isLate: () => late,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

export function createTransport(options: TransportOptions): Transport {
  const { address, trust } = options;
  const clock = options.clock ?? systemClock;
  const limits = options.deadlines ?? deadlines;
  const connect = createConnector(address, trust, options.authorities ?? systemAuthorities);
  const origin = `https://${address}`;
  const clientOptions = {
    pipelining: 1,
    maxHeaderSize,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    allowH2: false,
  } as const;
  const pool = new Pool(origin, { ...clientOptions, connect, connections: maxSockets });
  const pace = createPace(clock);

  async function exchange(
    dispatcher: Dispatcher,
    request: WireRequest,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const answer = await dispatcher.request({
      method: request.method,
      path: request.path,
      headers: { accept: "application/json", "accept-encoding": "gzip", ...request.headers },
      body: request.body ?? null,
      // The total deadline is the signal's; undici's own ones would only cut a slow list short.
      headersTimeout: limits[request.deadline],
      bodyTimeout: limits[request.deadline],
      signal,
    });
    // A body that is let go in the middle says so by an error event, which nobody else listens for.
    answer.body.on("error", () => undefined);
    const receivedAt = clock.now();
    const date = Date.parse(header(answer.headers, "date"));
    try {
      const body = await readBody(
        answer.body as AsyncIterable<Buffer>,
        header(answer.headers, "content-encoding"),
        sizeLimits[request.size],
        address,
      );
      return {
        status: answer.statusCode,
        reason: answer.statusText,
        contentType: header(answer.headers, "content-type"),
        server: header(answer.headers, "server"),
        body,
        serverTime: Number.isFinite(date) ? date : null,
        receivedAt,
      };
    } finally {
      if (!answer.body.destroyed) answer.body.destroy();
    }
  }

  function failure(error: unknown, deadline: Deadline, isLate: boolean, signal: AbortSignal): AppError {
    if (signal.aborted) return new AppError("cancelled", { cause: error });
    if (isLate) {
      return new AppError("server.timeout", {
        params: { address, seconds: limits[deadline] / 1000 },
        cause: error,
      });
    }
    const mapped = fromNetworkError(error, { address });
    if (mapped.code !== "server.timeout") return mapped;
    return new AppError("server.timeout", {
      params: { address, seconds: limits[deadline] / 1000 },
      cause: error,
    });
  }

  async function readOnce(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    await pace.read(signal);
    return await exchange(pool, request, signal);
  }

  async function readWithTries(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    let triesOnDeadSocket = deadSocketTries;
    let pauses: readonly number[] = gatewayBackoffMs;
    for (;;) {
      try {
        const answer = await readOnce(request, signal);
        const [pause, ...rest] = pauses;
        if (!isGatewayStatus(answer.status) || pause === undefined) return answer;
        pauses = rest;
        await clock.sleep(pause, signal);
      } catch (error) {
        if (signal.aborted || triesOnDeadSocket === 0 || !deadSocket(fromNetworkError(error, { address })))
          throw error;
        triesOnDeadSocket -= 1;
      }
    }
  }

  async function read(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    using deadline = withDeadline(signal, limits[request.deadline]);
    try {
      const run = async (): Promise<WireAnswer> => await readWithTries(request, deadline.signal);
      if (request.lane === undefined) return await run();
      return await pace.inLane(`read ${request.lane}`, deadline.signal, run);
    } catch (error) {
      throw failure(error, request.deadline, deadline.isLate(), signal);
    }
  }

  async function writeNow(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer> {
    using deadline = withDeadline(signal, limits[request.deadline]);
    let sent = false;
    const client = new Client(origin, {
      ...clientOptions,
      connect: (target, callback) => {
        connect(target, (...result) => {
          // Given up meanwhile: the connection may be up, but the request must not follow into it.
          if (result[0] === null && deadline.signal.aborted) {
            result[1].destroy();
            callback(new DOMException("given up while connecting", "AbortError"), null);
            return;
          }
          sent ||= result[0] === null;
          callback(...result);
        });
      },
    });
    try {
      return { sent: true, answer: await exchange(client, request, deadline.signal) };
    } catch (error) {
      return { sent, error: failure(error, request.deadline, deadline.isLate(), signal) };
    } finally {
      await client.destroy();
    }
  }

  async function write(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer> {
    try {
      return await pace.inLane(request.lane ?? "write", signal, async () => await writeNow(request, signal));
    } catch (error) {
      return { sent: false, error: failure(error, request.deadline, false, signal) };
    }
  }

  return { address, read, write, close: async () => await pool.destroy() };
}
