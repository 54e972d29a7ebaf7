import type { Certificate, Trust } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { fromNetworkError } from "./errors.ts";
import { createLine, movesOn } from "./line.ts";
import type { Frozen, Line } from "./line.ts";
import { createPace } from "./pace.ts";
import { createSlots } from "./slots.ts";
import { connectTimeoutMs, systemAuthorities } from "./tls.ts";
import type { Authorities } from "./tls.ts";
import type { Tunnel } from "./tunnel.ts";
import { deadlines } from "./wire.ts";
import type { Deadline, WireAnswer, WireRequest, WriteAnswer } from "./wire.ts";

/** pveproxy has three workers. One of the four sockets is left for a write or a login. */
const maxSockets = 4;
const readSockets = 3;
/**
 * How patient one is with an address. Alone: one refused connection is a restart of pveproxy, three in a row are a server that is
 * not there. Beside others: they serve at once, and a handshake in the background brings it back.
 */
const alone = { connectTimeoutMs, failuresToOpen: 3 } as const;
const besideOthers = { connectTimeoutMs: 4000, failuresToOpen: 1 } as const;
/** A connection that died while idle is only noticed when it is used: one more try on a new one. */
const deadSocketTries = 1;
/** 595–599 come from a hop inside the cluster, which often is back a moment later. */
const gatewayBackoffMs = [400, 1200] as const;

/** One way to the server: an address and what is trusted there. */
export interface Route {
  readonly address: string;
  readonly trust: Trust;
}

/** answering: asked now · standby: not needed · down: it failed when last tried · certificateChanged: frozen. */
export type RouteState = "answering" | "standby" | "down" | "certificateChanged";

export interface RouteView {
  readonly address: string;
  readonly state: RouteState;
  /** Why it is not used. */
  readonly error: AppError | null;
  /** The certificate that was seen where another is pinned. */
  readonly seen: Certificate | null;
}

/**
 * One server by the addresses that were ticked for it, in their order; they share one pace and one number of sockets. A read that an
 * address does not take goes to the next one. A write goes to the next one only while not a byte of it can have left. The first
 * address is gone back to when a handshake has shown that it is there again.
 */
export interface Transport {
  /** The address that answers now, else the first one. */
  readonly address: string;
  routes(): readonly RouteView[];
  /** Set where every address shows another certificate than its pinned one: nothing is sent any more. */
  frozen(): Frozen | null;
  /**
   * A GET. Repeated once when the socket was dead, twice with a pause on 595–599. Gives every status on as an answer.
   * Throws AppError `server.unreachable`, `.nameNotFound`, `.timeout`, `.connectionLost`, `.certificate*`, `.tooLarge`,
   * `.badAnswer`, `.unavailable` (asked to be left alone), `proxy.*`, `cancelled`.
   */
  read(request: WireRequest, signal: AbortSignal): Promise<WireAnswer>;
  /** Sends once, on a connection of its own, one at a time; never throws for what happened on the wire. */
  write(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer>;
  /** Somebody asks for it: pauses end, and every address is looked at once. Never rejects. */
  lookAgain(): Promise<void>;
  close(): Promise<void>;
}

export interface TransportOptions {
  /** At least one. */
  readonly routes: readonly Route[];
  readonly tunnel?: Tunnel | null;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly authorities?: Authorities;
  /** Shorter ones for tests. */
  readonly deadlines?: Readonly<Record<Deadline, number>>;
  /** Another address answers, or one has failed, come back or been frozen. */
  readonly onRoutes?: () => void;
}

function isGatewayStatus(status: number): boolean {
  return status >= 595 && status <= 599;
}

/** A frozen address is only one of the reasons where another one merely does not answer: that one may come back. */
function worst(errors: readonly AppError[]): AppError {
  const other = errors.find((error) => error.code !== "server.certificateChanged");
  return other ?? errors[0] ?? new AppError("address.empty");
}

export function createTransport(options: TransportOptions): Transport {
  const clock = options.clock ?? systemClock;
  const limits = options.deadlines ?? deadlines;
  const slots = createSlots(maxSockets);
  const pace = createPace(clock);
  let answering: Line | null = null;

  const lines = options.routes.map(({ address, trust }) =>
    createLine({
      address,
      trust,
      clock,
      slots,
      readSockets,
      random: options.random ?? Math.random,
      authorities: options.authorities ?? systemAuthorities,
      tunnel: options.tunnel ?? null,
      onChange: tell,
      ...(options.routes.length > 1 ? besideOthers : alone),
    }),
  );
  const first = lines[0];
  if (first === undefined) throw new AppError("address.empty");

  function view(line: Line): RouteView {
    const { address } = line;
    const frozen = line.frozen();
    if (frozen !== null) return { address, state: "certificateChanged", ...frozen };
    const error = line.breaker.error();
    const well = line === answering ? "answering" : "standby";
    return { address, state: error === null ? well : "down", error, seen: null };
  }

  function routes(): readonly RouteView[] {
    return lines.map(view);
  }

  function summary(): string {
    return routes()
      .map(({ state, error }) => `${state} ${error?.code ?? ""}`)
      .join("\n");
  }
  let said = summary();

  function tell(): void {
    const now = summary();
    if (now === said) return;
    said = now;
    options.onRoutes?.();
  }

  function frozen(): Frozen | null {
    const all = lines.map((line) => line.frozen());
    return all.every((one) => one !== null) ? (all[0] ?? null) : null;
  }

  /** The first one that is well, else the first one that may be tried again; null where none is left. */
  function choose(tried: ReadonlySet<Line>): Line | null {
    const left = lines.filter((line) => !tried.has(line) && line.frozen() === null);
    return left.find((line) => line.breaker.isClosed()) ?? left.find((line) => line.breaker.mayTry()) ?? null;
  }

  function noneLeft(): AppError {
    return worst(lines.flatMap((line) => line.frozen()?.error ?? line.breaker.error() ?? []));
  }

  /** A dead address before the one in use is tried by a handshake beside the reads, so that no read has to wait for it. */
  function lookAtBetterOnes(): void {
    const at = choose(new Set());
    for (const line of lines) {
      if (line === at) return;
      if (line.frozen() === null && line.breaker.mayTry()) void line.look();
    }
  }

  function nowAnswers(line: Line): void {
    if (line === answering || line !== choose(new Set())) return;
    for (const other of lines) if (other !== line) other.release();
    answering = line;
    tell();
  }

  /** An address that says nothing at all has half of the time while there is another one to go to. */
  function patience(deadline: Deadline, tried: ReadonlySet<Line>): number {
    return choose(tried) === null ? limits[deadline] : limits[deadline] / 2;
  }

  /** Goes from address to address until one is there; `work` throws where it is not. */
  async function onSomeLine<T>(
    signal: AbortSignal,
    work: (line: Line, tried: ReadonlySet<Line>) => Promise<T>,
  ): Promise<T> {
    lookAtBetterOnes();
    const tried = new Set<Line>();
    const failed: AppError[] = [];
    for (;;) {
      const line = choose(tried);
      if (line === null) throw failed.length === 0 ? noneLeft() : worst(failed);
      tried.add(line);
      try {
        return await work(line, tried);
      } catch (error) {
        if (signal.aborted || !(error instanceof AppError) || !movesOn(error)) throw error;
        failed.push(error);
      }
    }
  }

  async function readOn(
    line: Line,
    tried: ReadonlySet<Line>,
    request: WireRequest,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    let triesOnDeadSocket = deadSocketTries;
    let pauses: readonly number[] = gatewayBackoffMs;
    for (;;) {
      try {
        await pace.read(signal);
        const answer = await line.read(request, signal, {
          patienceMs: patience(request.deadline, tried),
          again: triesOnDeadSocket < deadSocketTries,
        });
        nowAnswers(line);
        const [pause, ...rest] = pauses;
        if (!isGatewayStatus(answer.status) || pause === undefined) return answer;
        pauses = rest;
        await clock.sleep(pause, signal);
      } catch (error) {
        const wasDead = error instanceof AppError && error.code === "server.connectionLost";
        if (signal.aborted || triesOnDeadSocket === 0 || !wasDead) throw error;
        triesOnDeadSocket -= 1;
      }
    }
  }

  function failure(error: unknown, deadline: Deadline, isLate: boolean, signal: AbortSignal): AppError {
    if (signal.aborted) return new AppError("cancelled", { cause: error });
    const { address } = answering ?? lines[0] ?? { address: "" };
    if (!isLate) return fromNetworkError(error, { address });
    const params = { address, seconds: limits[deadline] / 1000 };
    return new AppError("server.timeout", { params, cause: error });
  }

  async function read(request: WireRequest, signal: AbortSignal): Promise<WireAnswer> {
    using deadline = withDeadline(signal, limits[request.deadline]);
    const run = async (): Promise<WireAnswer> =>
      await onSomeLine(
        deadline.signal,
        async (line, tried) => await readOn(line, tried, request, deadline.signal),
      );
    try {
      if (request.lane === undefined) return await run();
      return await pace.inLane(`read ${request.lane}`, deadline.signal, run);
    } catch (error) {
      throw failure(error, request.deadline, deadline.isLate(), signal);
    }
  }

  async function writeNow(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer> {
    return await onSomeLine<WriteAnswer>(signal, async (line) => {
      const result = await line.write(request, signal, limits[request.deadline]);
      // Not a byte has left: the next address may take it. Whatever was sent is never sent again.
      if (!result.sent && movesOn(result.error)) throw result.error;
      if ("answer" in result) nowAnswers(line);
      return result;
    });
  }

  async function write(request: WireRequest, signal: AbortSignal): Promise<WriteAnswer> {
    try {
      const result = await pace.inLane(
        request.lane ?? "write",
        signal,
        async () => await writeNow(request, signal),
      );
      if ("answer" in result || !signal.aborted) return result;
      return { ...result, error: failure(result.error, request.deadline, false, signal) };
    } catch (error) {
      return { sent: false, error: failure(error, request.deadline, false, signal) };
    }
  }

  return {
    get address() {
      return (answering ?? first).address;
    },
    routes,
    frozen,
    read,
    write,
    lookAgain: async () => {
      for (const line of lines) line.breaker.retryNow();
      await Promise.all(
        lines.filter((line) => line.frozen() !== null || line.breaker.mayTry()).map((line) => line.look()),
      );
    },
    close: async () => {
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}
