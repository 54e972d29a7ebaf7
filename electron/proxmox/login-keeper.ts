import type { SecondFactorKind } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import type { Ticket } from "./auth.ts";
import type { Clock } from "./clock.ts";
import type { Secret } from "./secret.ts";

export type LoginState =
  /** Not tried yet. */
  | { readonly kind: "new" }
  | { readonly kind: "loggedIn"; readonly since: number }
  /** A code is needed; nothing is asked of the server before `answerSecondFactor` or `logIn`. */
  | { readonly kind: "secondFactor"; readonly kinds: readonly SecondFactorKind[]; readonly expiresAt: number }
  /** The server took neither ticket nor secret; it is not tried again until another secret is there or `logIn` is called. */
  | { readonly kind: "refused"; readonly error: AppError }
  | { readonly kind: "noCredential" };

export type LogInOutcome =
  | { readonly kind: "loggedIn" }
  | {
      readonly kind: "secondFactor";
      readonly kinds: readonly SecondFactorKind[];
      readonly expiresAt: number;
    };

/** What a request was authorised with; given back when the server refuses it. */
export interface Authorisation {
  readonly headers: (forWrite: boolean) => Readonly<Record<string, string>>;
  readonly ticket: Ticket | null;
}

/** Holds one login to one server: makes it, renews it, and knows when not to try. */
export interface LoginKeeper {
  state(): LoginState;
  /** Throws AppError `server.sessionExpired`, `.wrongCredentials`, `.tokenRefused`, `.secondFactorRequired`, `.tooManyLogins` or the transport's. */
  authorise(signal: AbortSignal): Promise<Authorisation>;
  /** After a 401: another authorisation for the one retry of a read. Throws where there is none. */
  afterRefusal(refused: Authorisation, signal: AbortSignal): Promise<Authorisation>;
  /** What a 401 means where nothing is retried: for a write, and for the retry itself. The next request renews first. */
  refusalOf(refused: Authorisation, isRetry: boolean, error: AppError): AppError;
  /** The server took it. */
  accepted(): void;
  /** Somebody asked for it: not bound to the minute, and a refused secret is tried once more. */
  logIn(signal: AbortSignal): Promise<LogInOutcome>;
  answerSecondFactor(kind: SecondFactorKind, code: Secret, signal: AbortSignal): Promise<void>;
  exportTicket(): Secret | null;
  importTicket(kept: Secret): boolean;
  /** The session is over: a running login is given up, nothing is kept. */
  forget(): void;
}

export interface KeeperOptions {
  readonly secret: () => Promise<Secret | null>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onState: (state: LoginState) => void;
}

/** There is neither a secret nor a living ticket. */
export function noCredential(): AppError {
  return new AppError("server.sessionExpired", { params: { reason: "noCredential" } });
}
