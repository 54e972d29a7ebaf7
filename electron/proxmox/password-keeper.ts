import type { SecondFactorKind } from "../../shared/cluster.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import {
  answerChallenge,
  challengeLifeMs,
  digestOf,
  logInWithPassword,
  packTicket,
  renewTicket,
  ticketHeaders,
  ticketLifeMs,
  unpackTicket,
} from "./auth.ts";
import type { Challenge, LoginServer, Ticket } from "./auth.ts";
import { noCredential } from "./login-keeper.ts";
import type { Authorisation, KeeperOptions, LogInOutcome, LoginKeeper, LoginState } from "./login-keeper.ts";
import type { Secret } from "./secret.ts";

/** Renewed in good time: a second try still fits before the ticket's two hours are over. */
const renewAfterMs = 60 * 60 * 1000;
/** Spread, so that twenty clusters do not renew in the same second. */
const renewSpreadMs = 15 * 60 * 1000;
/** No account is locked by us: at most one password a minute that nobody typed just now. */
const automaticLoginEveryMs = 60 * 1000;
/** A ticket younger than this that is refused was not too old. */
const freshTicketMs = 60 * 1000;

function secondFactorRequired(kinds: readonly SecondFactorKind[]): AppError {
  return new AppError("server.secondFactorRequired", { params: { kinds: kinds.join(",") } });
}

/** A caller may stop waiting for a login that others wait for too; the login itself goes on. */
async function waitFor<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) throw new AppError("cancelled", { cause: signal.reason });
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = (): void => gaveUp.reject(new AppError("cancelled", { cause: signal.reason }));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([shared, gaveUp.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Failures in which the server cannot have looked at a password: they bring no account nearer to its lock. */
function wasNotJudged(error: unknown): boolean {
  return isAppError(
    error,
    "server.unreachable",
    "server.nameNotFound",
    "server.unavailable",
    "server.certificateChanged",
    "server.certificateUntrusted",
    "server.certificateInvalid",
    "proxy.unreachable",
    "proxy.loginRefused",
    "proxy.forbidden",
    "proxy.targetUnreachable",
    "proxy.badAnswer",
  );
}

/** A login by user and password: one ticket, kept and renewed. */
export function createPasswordKeeper(options: KeeperOptions, server: LoginServer, user: string): LoginKeeper {
  const { clock } = options;
  let state: LoginState = { kind: "new" };
  let ticket: Ticket | null = null;
  let renewAt = 0;
  let challenge: Challenge | null = null;
  let refused: { readonly digest: string; readonly error: AppError } | null = null;
  let lastAutomaticLogin = Number.NEGATIVE_INFINITY;
  /** A ticket that was refused though it had only just been given. */
  let oddTicket: Ticket | null = null;
  let flight: Promise<Ticket> | null = null;
  const ended = new AbortController();

  function change(next: LoginState): void {
    state = next;
    options.onState(next);
  }

  function keep(next: Ticket): Ticket {
    ticket = next;
    challenge = null;
    refused = null;
    renewAt = next.obtainedAt + renewAfterMs + options.random() * renewSpreadMs;
    if (state.kind !== "loggedIn") change({ kind: "loggedIn", since: clock.now() });
    return next;
  }

  async function byPassword(secret: Secret): Promise<Ticket> {
    try {
      const answer = await logInWithPassword(server, user, secret, ended.signal);
      if (answer.kind === "ticket") return keep(answer.ticket);
      challenge = answer.challenge;
      const { kinds } = answer.challenge.offer;
      change({ kind: "secondFactor", kinds, expiresAt: answer.challenge.obtainedAt + challengeLifeMs });
      throw secondFactorRequired(kinds);
    } catch (error) {
      if (isAppError(error, "server.wrongCredentials", "server.secondFactorUnsupported")) {
        refused = { digest: digestOf(secret), error };
        change({ kind: "refused", error });
      }
      throw error;
    }
  }

  async function automatically(): Promise<Ticket> {
    if (state.kind === "secondFactor") throw secondFactorRequired(state.kinds);
    const secret = await options.secret();
    if (secret === null) {
      change({ kind: "noCredential" });
      throw noCredential();
    }
    if (refused !== null && refused.digest === digestOf(secret)) throw refused.error;
    const wait = lastAutomaticLogin + automaticLoginEveryMs - clock.now();
    if (wait > 0 && wait <= automaticLoginEveryMs) {
      throw new AppError("server.tooManyLogins", { params: { seconds: Math.ceil(wait / 1000) } });
    }
    const before = lastAutomaticLogin;
    lastAutomaticLogin = clock.now();
    try {
      return await byPassword(secret);
    } catch (error) {
      if (wasNotJudged(error)) lastAutomaticLogin = before;
      throw error;
    }
  }

  /** The old ticket as password, else the password. A server that cannot answer now leaves a living ticket in use. */
  async function renewed(old: Ticket, mustBeNew: boolean): Promise<Ticket> {
    const isAlive = clock.now() - old.obtainedAt < ticketLifeMs;
    // Too old by its age (after a sleep): to send it would only count as a failed login there.
    if (!isAlive && (await options.secret()) !== null) {
      ticket = null;
      return await automatically();
    }
    try {
      return keep(await renewTicket(server, old, ended.signal));
    } catch (error) {
      if (isAppError(error, "server.sessionExpired", "server.secondFactorRequired")) {
        ticket = null;
        return await automatically();
      }
      if (mustBeNew || !isAlive || !isAppError(error)) throw error;
      return old;
    }
  }

  /** One login at a time, whoever needs it. */
  async function share(make: () => Promise<Ticket>, signal: AbortSignal): Promise<Ticket> {
    if (flight === null) {
      flight = make().finally(() => {
        flight = null;
      });
    }
    return await waitFor(flight, signal);
  }

  function authorisation(current: Ticket): Authorisation {
    return { headers: (forWrite) => ticketHeaders(server.product, current, forWrite), ticket: current };
  }

  function needsRenewal(current: Ticket): boolean {
    const now = clock.now();
    return now >= renewAt || now < current.obtainedAt - freshTicketMs;
  }

  async function authorise(signal: AbortSignal): Promise<Authorisation> {
    const current = ticket;
    if (current === null) return authorisation(await share(automatically, signal));
    if (!needsRenewal(current)) return authorisation(current);
    return authorisation(await share(async () => await renewed(current, false), signal));
  }

  function clockDifference(cause?: unknown): AppError {
    return new AppError("server.clockDifference", { status: 401, cause });
  }

  function isFresh(it: Ticket): boolean {
    return Math.abs(clock.now() - it.obtainedAt) < freshTicketMs;
  }

  async function afterRefusal(it: Authorisation, signal: AbortSignal): Promise<Authorisation> {
    if (it.ticket !== null && it.ticket === oddTicket && isFresh(it.ticket)) throw clockDifference();
    if (ticket !== null && ticket !== it.ticket) return authorisation(ticket);
    const old = ticket;
    const make = async (): Promise<Ticket> =>
      old === null ? await automatically() : await renewed(old, true);
    return authorisation(await share(make, signal));
  }

  function refusalOf(it: Authorisation, isRetry: boolean, error: AppError): AppError {
    if (isRetry && it.ticket !== null && isFresh(it.ticket)) {
      oddTicket = it.ticket;
      return clockDifference(error);
    }
    renewAt = 0;
    return error;
  }

  async function logIn(signal: AbortSignal): Promise<LogInOutcome> {
    const secret = await options.secret();
    if (secret === null) {
      change({ kind: "noCredential" });
      throw noCredential();
    }
    refused = null;
    challenge = null;
    try {
      await share(async () => await byPassword(secret), signal);
      return { kind: "loggedIn" };
    } catch (error) {
      if (!isAppError(error, "server.secondFactorRequired") || state.kind !== "secondFactor") throw error;
      return { kind: "secondFactor", kinds: state.kinds, expiresAt: state.expiresAt };
    }
  }

  async function answerSecondFactor(
    kind: SecondFactorKind,
    code: Secret,
    signal: AbortSignal,
  ): Promise<void> {
    const asked = challenge;
    if (asked === null) throw new AppError("server.challengeExpired");
    if (!asked.offer.kinds.includes(kind)) throw new AppError("server.secondFactorUnsupported");
    const isLate = (): boolean => clock.now() - asked.obtainedAt >= challengeLifeMs;
    if (isLate()) throw new AppError("server.challengeExpired");
    try {
      const password = asked.offer.form === "otp" ? await options.secret() : null;
      keep(await answerChallenge(server, asked, { kind, code, password }, signal));
    } catch (error) {
      // The server has one text for a wrong code and a late one.
      if (isAppError(error, "server.secondFactorWrong") && isLate())
        throw new AppError("server.challengeExpired", { cause: error });
      throw error;
    }
  }

  return {
    state: () => state,
    authorise,
    afterRefusal,
    refusalOf,
    accepted: () => undefined,
    logIn,
    answerSecondFactor,
    exportTicket: () => (ticket === null ? null : packTicket(ticket)),
    importTicket: (kept) => {
      const found = unpackTicket(kept, user, clock.now());
      if (found === null) return false;
      keep(found);
      return true;
    },
    forget: () => {
      ended.abort();
      ticket = null;
      challenge = null;
    },
  };
}
