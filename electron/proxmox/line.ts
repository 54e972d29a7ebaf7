import { Client, Pool } from "undici";

import type { Certificate, Trust } from "../../shared/cluster.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import type { ErrorCode } from "../../shared/errors.ts";
import { splitAddress } from "./address.ts";
import { createBreaker } from "./breaker.ts";
import type { Breaker, Pass } from "./breaker.ts";
import type { Clock } from "./clock.ts";
import { isDeadline, withDeadline } from "./deadline.ts";
import { fromNetworkError } from "./errors.ts";
import { exchange } from "./exchange.ts";
import type { Slots } from "./slots.ts";
import { createConnector, seenCertificate } from "./tls.ts";
import type { Authorities, Connector } from "./tls.ts";
import type { Tunnel } from "./tunnel.ts";
import { deadlines } from "./wire.ts";
import type { WireAnswer, WireRequest, WriteAnswer } from "./wire.ts";

/** pveproxy closes an idle connection after 5 s. */
const keepAliveMs = 4000;
/** Twice what pveproxy itself accepts. */
const maxHeaderSize = 16 * 1024;

/** The address itself is not there, or not what was trusted: another address of the same server may do better. */
const leavesAddress: readonly ErrorCode[] = [
  "server.unreachable",
  "server.nameNotFound",
  "server.timeout",
  "server.connectionLost",
  "server.notProxmox",
  "server.certificateChanged",
  "server.certificateUntrusted",
  "server.certificateInvalid",
  "proxy.targetUnreachable",
];

/** Whether another address of the same server is worth a try after this. */
export function movesOn(error: AppError): boolean {
  return leavesAddress.includes(error.code);
}

/** What an address that shows another certificate than the pinned one is frozen for. */
export interface Frozen {
  readonly error: AppError;
  readonly seen: Certificate | null;
}

/** One address of a server: its sockets, its certificate check, its breaker. Nothing is retried here. */
export interface Line {
  readonly address: string;
  /** Nothing is sent there any more until the pinned certificate is seen again by `look`. */
  frozen(): Frozen | null;
  readonly breaker: Pick<Breaker, "isClosed" | "mayTry" | "error" | "retryNow">;
  /** One try. Throws AppError; where it may not be asked now, the failure that closed it. */
  read(request: WireRequest, signal: AbortSignal, how: ReadTry): Promise<WireAnswer>;
  /** One try on a connection of its own; never throws for what happened on the wire. */
  write(request: WireRequest, signal: AbortSignal, limitMs: number): Promise<WriteAnswer>;
  /** A TLS handshake and nothing more: is it there, with the certificate that is trusted. Never rejects. */
  look(): Promise<void>;
  /** Lets idle connections go; what is under way ends by itself. */
  release(): void;
  close(): Promise<void>;
}

export interface ReadTry {
  /** Given up after this where the address has answered nothing at all meanwhile, ms. */
  readonly patienceMs: number;
  /** The same read once more, after its connection was dead. */
  readonly again: boolean;
}

export interface LineOptions {
  readonly address: string;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly random: () => number;
  readonly authorities: Authorities;
  readonly tunnel: Tunnel | null;
  /** Shared by all addresses of the server. */
  readonly slots: Slots;
  readonly readSockets: number;
  readonly connectTimeoutMs: number;
  readonly failuresToOpen: number;
  /** What is said of this address has changed. */
  readonly onChange: () => void;
}

export function createLine(options: LineOptions): Line {
  const { address, clock, slots, onChange } = options;
  const origin = `https://${address}`;
  const breaker = createBreaker(options);
  const check = createConnector({ ...options, timeoutMs: options.connectTimeoutMs });
  const clientOptions = {
    pipelining: 1,
    maxHeaderSize,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    allowH2: false,
  } as const;
  let pool: Pool | null = null;
  let frozen: Frozen | null = null;
  let closed = false;
  /** performance.now() of the last answer. */
  let answeredAt = Number.NEGATIVE_INFINITY;

  /** Never more sockets than the server's share; what was seen of the certificate is remembered. */
  const connect: Connector = (target, callback) => {
    const connectInTurn = async (): Promise<void> => {
      const giveBack = await slots.take();
      check(target, (...result) => {
        const [error, socket] = result;
        if (error === null) socket.once("close", giveBack);
        else giveBack();
        noteCertificate(error);
        callback(...result);
      });
    };
    void connectInTurn();
  };

  function noteCertificate(error: Error | null): void {
    if (isAppError(error, "server.certificateChanged")) {
      frozen = { error, seen: seenCertificate(error) };
      onChange();
    } else if (error === null && frozen !== null) {
      frozen = null;
      onChange();
    }
  }

  /** A changed certificate freezes the address; it is no failure that passes with time. */
  function judge(error: AppError, pass: Pass, saysNothing = false): void {
    if (movesOn(error) && !saysNothing && error.code !== "server.certificateChanged") pass.bad(error);
    else pass.neither();
    onChange();
  }

  function answered(answer: WireAnswer, pass: Pass): WireAnswer {
    answeredAt = performance.now();
    pass.good();
    if (answer.retryAfter !== null) {
      breaker.rest(answer.retryAfter, new AppError("server.unavailable", { status: answer.status }));
    }
    onChange();
    return answer;
  }

  function timeout(limitMs: number, cause: unknown): AppError {
    return new AppError("server.timeout", { params: { address, seconds: limitMs / 1000 }, cause });
  }

  function failure(error: unknown, isLate: boolean, limitMs: number): AppError {
    if (isLate) return timeout(limitMs, error);
    const mapped = fromNetworkError(error, { address });
    return mapped.code === "server.timeout" ? timeout(limitMs, error) : mapped;
  }

  /** Why nothing may be sent there now; null = something may. */
  function admit(): Pass | AppError {
    if (frozen !== null) return frozen.error;
    return breaker.admit() ?? breaker.error() ?? new AppError("server.unreachable", { params: { address } });
  }

  async function read(
    request: WireRequest,
    signal: AbortSignal,
    { patienceMs, again }: ReadTry,
  ): Promise<WireAnswer> {
    const pass = admit();
    if (pass instanceof AppError) throw pass;
    pool ??= new Pool(origin, { ...clientOptions, connect, connections: options.readSockets });
    const began = performance.now();
    // Where others are answered meanwhile, it is this one piece of work that takes long (another node, a slow storage).
    const isSilent = (): boolean => answeredAt < began;
    using deadline = withDeadline(signal, patienceMs, isSilent);
    const how = { clock, signal: deadline.signal, timeoutMs: deadlines[request.deadline] };
    try {
      return answered(await exchange(pool, address, request, how), pass);
    } catch (error) {
      const waited = performance.now() - began;
      const isLate = deadline.isLate() || (isDeadline(signal) && isSilent() && waited >= patienceMs / 2);
      const mapped = failure(error, isLate, patienceMs);
      // The server may close an idle connection in the moment in which it is used: only the next try says whether it is there.
      judge(mapped, pass, !again && mapped.code === "server.connectionLost");
      throw mapped;
    }
  }

  async function write(request: WireRequest, signal: AbortSignal, limitMs: number): Promise<WriteAnswer> {
    const pass = admit();
    if (pass instanceof AppError) return { sent: false, error: pass };
    using deadline = withDeadline(signal, limitMs);
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
    const how = { clock, signal: deadline.signal, timeoutMs: limitMs };
    try {
      return { sent: true, answer: answered(await exchange(client, address, request, how), pass) };
    } catch (error) {
      const mapped = failure(error, deadline.isLate(), limitMs);
      // What was sent may be a long piece of work, and its end unseen: no word about the address.
      judge(mapped, pass, sent);
      return { sent, error: mapped };
    } finally {
      // Not waited for: a connection that is still being made would hold up whoever has given up.
      client.destroy().catch(() => undefined);
    }
  }

  async function look(): Promise<void> {
    const pass = frozen === null ? breaker.admit() : null;
    if (closed || (frozen === null && pass === null)) return;
    const { host, port } = splitAddress(address);
    const target = { hostname: host, host: address, protocol: "https:", port: String(port) };
    const error = await new Promise<Error | null>((resolve) => {
      connect(target, (...[failed, socket]) => {
        socket?.destroy();
        resolve(failed);
      });
    });
    if (pass === null) return;
    if (error !== null) {
      judge(failure(error, false, options.connectTimeoutMs), pass);
      return;
    }
    pass.good();
    onChange();
  }

  function release(): void {
    const idle = pool;
    pool = null;
    // Rejects only where it was closed before.
    idle?.close().catch(() => undefined);
  }

  return {
    address,
    frozen: () => frozen,
    breaker,
    read,
    write,
    look,
    release,
    close: async () => {
      closed = true;
      await pool?.destroy();
    },
  };
}
