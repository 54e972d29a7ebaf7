import type { z } from "zod";

import { accountOf } from "../../shared/cluster.ts";
import type { Certificate, LoginName, SecondFactorKind, ServerKind } from "../../shared/cluster.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";
import { badShape, failedAnswer, readEnvelope } from "./envelope.ts";
import { fromAnswer, provesNothingStarted } from "./errors.ts";
import type { Authorisation, KeeperOptions, LogInOutcome, LoginState } from "./login-keeper.ts";
import { createPasswordKeeper } from "./password-keeper.ts";
import { products } from "./product.ts";
import { dependsOnVersion, prepare } from "./requests/prepare.ts";
import type { Prepared, Values } from "./requests/prepare.ts";
import type { RequestShape, ValuesOf } from "./requests/request.ts";
import { knownVersions } from "./requests/versions.ts";
import type { Secret } from "./secret.ts";
import type { Authorities } from "./tls.ts";
import { createTokenKeeper } from "./token-keeper.ts";
import { createTransport } from "./transport.ts";
import type { Route, RouteView, Transport } from "./transport.ts";
import type { Tunnel } from "./tunnel.ts";
import { versionSchema } from "./version.ts";
import type { ServerVersion } from "./version.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

/** Servers are upgraded while we run; asked again this often. */
const versionAgeMs = 10 * 60 * 1000;
/** HTTP dates have whole seconds: half of one is the best guess. */
const dateRoundingMs = 500;

export type SessionState =
  | LoginState
  /** Frozen: every address shows another certificate than its pinned one. Nothing is sent any more before `lookAgain`. */
  | { readonly kind: "certificateChanged"; readonly seen: Certificate | null }
  | { readonly kind: "closed" };

/** A request of the catalogue with its values; a 595 means the node that they name. */
export interface ReadRequest<S extends RequestShape, T> {
  readonly request: S;
  readonly values: ValuesOf<S>;
  readonly schema: z.ZodType<T>;
  /** Reads with the same lane run one after the other. */
  readonly lane?: string;
  /** Task logs alone: broken UTF-8 is shown, not refused. */
  readonly encoding?: "strict" | "tolerant";
}

export interface Answer<T> {
  readonly value: T;
  /** Rows in all, where the server sends one page of them. */
  readonly total: number | null;
  /** HTTP `Date`, ms since the epoch. */
  readonly serverTime: number | null;
}

export interface WriteRequest<S extends RequestShape> {
  readonly request: S;
  readonly values: ValuesOf<S>;
}

/** What became of something that was sent once. */
export type WriteOutcome =
  /** 200: `data` of the answer. */
  | { readonly outcome: "answered"; readonly data: unknown; readonly serverTime: number | null }
  /** The server said no, and nothing was started. */
  | { readonly outcome: "rejected"; readonly error: AppError }
  /** Not one byte of it left. */
  | { readonly outcome: "neverSent"; readonly error: AppError }
  /** It may have been done: look, never send it again. */
  | { readonly outcome: "ambiguous"; readonly error: AppError };

/** One login to one server. */
export interface Session {
  readonly kind: ServerKind;
  /** The address that answers now, else the first one. */
  readonly address: string;
  routes(): readonly RouteView[];
  /** Somebody asks for it: pauses after failures end, and what is down or frozen is looked at once. Never rejects. */
  lookAgain(): Promise<void>;
  readonly login: LoginName;
  /** `user@realm` or `user@realm!token`, as it stands in a UPID. */
  readonly owner: string;
  state(): SessionState;
  /** Server clock minus ours in ms as of the last answer; null before the first one. */
  clockOffset(): number | null;
  /** Our clock when the server last answered anything. */
  lastAnswerAt(): number | null;
  /**
   * One read. A 401 leads to one new login and one more try. Throws AppError `server.*`, `cancelled`, `input.invalid` for a
   * value that fits no grammar.
   */
  read<S extends RequestShape, T>(request: ReadRequest<S, T>, signal: AbortSignal): Promise<Answer<T>>;
  /** One write, sent at most once. Never throws for what the server said or did; AppError `input.invalid` as above. */
  write<S extends RequestShape>(request: WriteRequest<S>, signal: AbortSignal): Promise<WriteOutcome>;
  /** The server's version, remembered for ten minutes. */
  version(signal: AbortSignal): Promise<ServerVersion>;
  /** Logs in because somebody asked for it, and proves the login by a read. Throws AppError `server.*`. */
  logIn(signal: AbortSignal): Promise<LogInOutcome>;
  /** Throws AppError `server.secondFactorWrong` (ask again), `.challengeExpired` (call logIn again). */
  answerSecondFactor(kind: SecondFactorKind, code: Secret, signal: AbortSignal): Promise<void>;
  /** The living ticket as one opaque secret for the vault; null for tokens and where there is none. */
  exportTicket(): Secret | null;
  /** false where it is damaged, too old or another user's. */
  importTicket(kept: Secret): boolean;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly kind: ServerKind;
  /** In the order in which they are used; at least one. */
  readonly routes: readonly Route[];
  /** null or absent = the plain way. */
  readonly tunnel?: Tunnel | null;
  readonly login: LoginName;
  /** Asked for only when a login or a token header is made. null = there is none now. */
  readonly secret: () => Promise<Secret | null>;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly onState?: (state: SessionState) => void;
  /** Another address answers, or one has failed, come back or been frozen. */
  readonly onRoutes?: () => void;
  /** Trusted authorities in PEM; for tests. */
  readonly authorities?: Authorities;
}

function nodeIn(values: Values): string | undefined {
  const { node } = values;
  return typeof node === "string" ? node : undefined;
}

export function createSession(options: SessionOptions): Session {
  const { login, kind } = options;
  const product = products[kind];
  const clock = options.clock ?? systemClock;
  const transport: Transport = createTransport({
    routes: options.routes,
    tunnel: options.tunnel ?? null,
    clock,
    onRoutes: noteRoutes,
    ...(options.random === undefined ? {} : { random: options.random }),
    ...(options.authorities === undefined ? {} : { authorities: options.authorities }),
  });
  let wasFrozen = false;
  let closed = false;
  let offset: number | null = null;
  let answeredAt: number | null = null;
  let known: { readonly version: ServerVersion; readonly at: number } | null = null;

  const watched: Pick<Transport, "read" | "write"> = {
    read: async (request, signal) => {
      guard();
      return noted(await transport.read(request, signal));
    },
    write: async (request, signal) => {
      guard();
      const result = await transport.write(request, signal);
      if ("answer" in result) noted(result.answer);
      return result;
    },
  };

  const keeping: KeeperOptions = {
    secret: options.secret,
    clock,
    random: options.random ?? Math.random,
    onState: (state) => options.onState?.(state),
  };
  const keeper =
    login.kind === "token"
      ? createTokenKeeper(keeping, product, login.tokenId)
      : createPasswordKeeper(keeping, { transport: watched, product }, login.user);

  function guard(): void {
    if (closed) throw new AppError("cancelled");
    const frozen = transport.frozen();
    if (frozen !== null) throw frozen.error;
  }

  function noteRoutes(): void {
    options.onRoutes?.();
    const frozen = transport.frozen();
    if (frozen !== null && !wasFrozen) options.onState?.({ kind: "certificateChanged", seen: frozen.seen });
    wasFrozen = frozen !== null;
  }

  function noted(answer: WireAnswer): WireAnswer {
    answeredAt = answer.receivedAt;
    if (answer.serverTime !== null) offset = answer.serverTime + dateRoundingMs - answer.receivedAt;
    return answer;
  }

  function failureOf(answer: WireAnswer, node: string | undefined): AppError {
    const { address } = answer;
    return fromAnswer(failedAnswer(answer, address), { address, node });
  }

  /** Asks for the version only where it decides about the shape; its own request does not. */
  async function prepared(shape: RequestShape, values: Values, signal: AbortSignal): Promise<Prepared> {
    if (!dependsOnVersion(shape, values)) return prepare(shape, values, knownVersions[shape.product].to);
    const { major, minor } = await version(signal);
    return prepare(shape, values, [major, minor]);
  }

  async function sendRead(
    wire: Omit<WireRequest, "headers">,
    node: string | undefined,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const first = await keeper.authorise(signal);
    const answer = await watched.read({ ...wire, headers: first.headers(false) }, signal);
    if (answer.status !== 401) return answer;
    const second = await keeper.afterRefusal(first, signal);
    const again = await watched.read({ ...wire, headers: second.headers(false) }, signal);
    if (again.status === 401) throw keeper.refusalOf(second, true, failureOf(again, node));
    return again;
  }

  async function read<S extends RequestShape, T>(
    { request, values, schema, lane, encoding = "strict" }: ReadRequest<S, T>,
    signal: AbortSignal,
  ): Promise<Answer<T>> {
    guard();
    const { method, path } = await prepared(request, values, signal);
    const { size = "status", deadline = "read" } = request;
    const answer = await sendRead({ method, path, size, deadline, lane }, nodeIn(values), signal);
    if (answer.status !== 200) throw failureOf(answer, nodeIn(values));
    keeper.accepted();
    const { data, total } = readEnvelope(answer, encoding, answer.address);
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw badShape(answer.address, request.path, parsed.error);
    return { value: parsed.data, total, serverTime: answer.serverTime };
  }

  async function authoriseWrite(signal: AbortSignal): Promise<Authorisation | AppError> {
    try {
      guard();
      return await keeper.authorise(signal);
    } catch (error) {
      // Nothing was sent, whatever it was; only an unexpected error may not become an outcome.
      if (error instanceof AppError) return error;
      throw error;
    }
  }

  function outcomeOf(
    answer: WireAnswer,
    authorisation: Authorisation,
    node: string | undefined,
  ): WriteOutcome {
    if (answer.status !== 200) {
      const error = failureOf(answer, node);
      if (answer.status === 401)
        return { outcome: "rejected", error: keeper.refusalOf(authorisation, false, error) };
      return {
        outcome: provesNothingStarted(failedAnswer(answer, answer.address)) ? "rejected" : "ambiguous",
        error,
      };
    }
    keeper.accepted();
    try {
      const { data } = readEnvelope(answer, "strict", answer.address);
      return { outcome: "answered", data, serverTime: answer.serverTime };
    } catch (error) {
      if (error instanceof AppError) return { outcome: "ambiguous", error };
      throw error;
    }
  }

  /** Nothing is sent where the version cannot be learnt or does not know the request. */
  async function preparedWrite(
    shape: RequestShape,
    values: Values,
    signal: AbortSignal,
  ): Promise<Prepared | WriteOutcome> {
    try {
      guard();
      return await prepared(shape, values, signal);
    } catch (error) {
      if (!isAppError(error) || isAppError(error, "input.invalid")) throw error;
      return { outcome: isAppError(error, "server.unsupported") ? "rejected" : "neverSent", error };
    }
  }

  async function write<S extends RequestShape>(
    { request, values }: WriteRequest<S>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const ready = await preparedWrite(request, values, signal);
    if ("outcome" in ready) return ready;
    const authorisation = await authoriseWrite(signal);
    if (authorisation instanceof AppError) return { outcome: "neverSent", error: authorisation };
    const result = await watched.write(
      {
        ...ready,
        headers: {
          ...authorisation.headers(true),
          ...(ready.body === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        },
        size: "status",
        deadline: "write",
      },
      signal,
    );
    if ("answer" in result) return outcomeOf(result.answer, authorisation, nodeIn(values));
    return { outcome: result.sent ? "ambiguous" : "neverSent", error: result.error };
  }

  async function version(signal: AbortSignal): Promise<ServerVersion> {
    const now = clock.now();
    if (known !== null && Math.abs(now - known.at) < versionAgeMs) return known.version;
    const answer = await read({ request: product.access.version, values: {}, schema: versionSchema }, signal);
    known = { version: answer.value, at: now };
    return answer.value;
  }

  return {
    kind,
    get address() {
      return transport.address;
    },
    routes: transport.routes,
    lookAgain: transport.lookAgain,
    login,
    owner: accountOf(login),
    state: () => {
      if (closed) return { kind: "closed" };
      const frozen = transport.frozen();
      return frozen === null ? keeper.state() : { kind: "certificateChanged", seen: frozen.seen };
    },
    clockOffset: () => offset,
    lastAnswerAt: () => answeredAt,
    read,
    write,
    version,
    logIn: async (signal) => {
      guard();
      const outcome = await keeper.logIn(signal);
      if (outcome.kind === "secondFactor") return outcome;
      known = null;
      await version(signal);
      return outcome;
    },
    answerSecondFactor: async (kind, code, signal) => {
      guard();
      await keeper.answerSecondFactor(kind, code, signal);
    },
    exportTicket: () => keeper.exportTicket(),
    importTicket: (kept) => keeper.importTicket(kept),
    close: async () => {
      if (closed) return;
      closed = true;
      keeper.forget();
      await transport.close();
      options.onState?.({ kind: "closed" });
    },
  };
}
