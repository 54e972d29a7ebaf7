import { createHash } from "node:crypto";

import { z } from "zod";

import type { SecondFactorKind } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { badShape, failedAnswer, readEnvelope } from "./envelope.ts";
import { fromAnswer } from "./errors.ts";
import type { Product } from "./product.ts";
import type { ApiVersion } from "./requests/parameters.ts";
import { prepare } from "./requests/prepare.ts";
import type { Values } from "./requests/prepare.ts";
import { knownVersions } from "./requests/versions.ts";
import { flagField, plainTextField } from "./schema.ts";
import { offerOf } from "./second-factor.ts";
import type { SecondFactorOffer } from "./second-factor.ts";
import { secretOf } from "./secret.ts";
import type { Secret } from "./secret.ts";
import type { Transport } from "./transport.ts";
import type { WireAnswer } from "./wire.ts";

/** pve-access-control and proxmox-auth-api: a ticket is good for two hours. */
export const ticketLifeMs = 2 * 60 * 60 * 1000;
/** And a challenge for two minutes. */
export const challengeLifeMs = 2 * 60 * 1000;

/** A login as the server gave it: the ticket and the token that writes need beside it. */
export interface Ticket {
  readonly user: string;
  readonly ticket: Secret;
  readonly csrf: Secret;
  /** Our clock when we got it. */
  readonly obtainedAt: number;
}

/** The server wants a second factor before it gives a ticket. */
export interface Challenge {
  readonly user: string;
  readonly ticket: Secret;
  readonly offer: SecondFactorOffer;
  readonly obtainedAt: number;
}

/** Where a login is made: the wire, and what the product behind it is. */
export interface LoginServer {
  readonly transport: Pick<Transport, "write">;
  readonly product: Product;
}

export type LoginAnswer =
  | { readonly kind: "ticket"; readonly ticket: Ticket }
  | { readonly kind: "challenge"; readonly challenge: Challenge };

const loginSchema = z
  .object({
    username: z.string().min(1),
    ticket: z.string().min(1),
    CSRFPreventionToken: plainTextField,
    NeedTFA: flagField,
  })
  // The Backup Server says it by the ticket alone (proxmox-auth-api, access.rs): `PBS:!tfa!…`.
  .transform(({ NeedTFA, ...login }) => ({
    ...login,
    isHalf: NeedTFA || /^P(?:BS|VE):!tfa!/u.test(login.ticket),
  }))
  // It may give none with a challenge, and that of PVE is of no use there.
  .refine((login) => login.isHalf || login.CSRFPreventionToken !== "", "no CSRF token");

/** Headers of one request. The CSRF token goes with writes only, and never with an API token. */
export function ticketHeaders(
  product: Product,
  ticket: Ticket,
  forWrite: boolean,
): Readonly<Record<string, string>> {
  const cookie = `${product.cookie}=${encodeURIComponent(ticket.ticket.reveal())}`;
  return forWrite ? { cookie, csrfpreventiontoken: ticket.csrf.reveal() } : { cookie };
}

export function tokenHeaders(
  product: Product,
  tokenId: string,
  secret: Secret,
): Readonly<Record<string, string>> {
  return { authorization: product.tokenHeader(tokenId, secret.reveal()) };
}

/** Tells two secrets apart without keeping either: only to remember which one was refused. */
export function digestOf(secret: Secret): string {
  return createHash("sha256").update(secret.reveal()).digest("hex");
}

function readLogin(answer: WireAnswer, product: Product): LoginAnswer {
  const { address } = answer;
  const parsed = loginSchema.safeParse(readEnvelope(answer, "strict", address).data);
  if (!parsed.success) throw badShape(address, product.access.ticket.path, parsed.error);
  const { username: user, ticket, CSRFPreventionToken: csrf, isHalf } = parsed.data;
  const obtainedAt = answer.receivedAt;
  if (!isHalf) {
    return { kind: "ticket", ticket: { user, ticket: secretOf(ticket), csrf: secretOf(csrf), obtainedAt } };
  }
  const offer = offerOf(ticket, product);
  if (offer.kinds.length === 0) {
    throw new AppError("server.secondFactorUnsupported", {
      params: { keys: offer.bound.length > 0 ? "yes" : "no" },
    });
  }
  return { kind: "challenge", challenge: { user, ticket: secretOf(ticket), offer, obtainedAt } };
}

/** What a provider sent back through the browser. */
export interface OpenIdAnswer {
  readonly code: Secret;
  readonly state: string;
  readonly redirectUrl: string;
}

export function openIdValues({ code, state, redirectUrl }: OpenIdAnswer): Values {
  return { code: code.reveal(), state, "redirect-url": redirectUrl };
}

/** A login that no second factor stands behind (OpenID: the provider has asked for it). Throws AppError `server.badAnswer`. */
export function readTicket(answer: WireAnswer, product: Product): Ticket {
  const login = readLogin(answer, product);
  if (login.kind === "ticket") return login.ticket;
  throw new AppError("server.badAnswer", { params: { address: answer.address, reason: "ticket" } });
}

/** Every refused login has the same text (seen on PVE 9.2): what was refused is known from what was sent. */
function refusal(answer: WireAnswer, address: string, sent: "password" | "ticket" | "code"): AppError {
  const failed = failedAnswer(answer, address);
  const error = fromAnswer(failed, { address });
  if (answer.status !== 401) return error;
  const { server, status } = error.details;
  switch (sent) {
    case "password":
      return new AppError("server.wrongCredentials", { server, status });
    case "ticket":
      return new AppError("server.sessionExpired", { server, status, params: { reason: "refused" } });
    case "code":
      return new AppError("server.secondFactorWrong", { server, status });
    default:
      return sent satisfies never;
  }
}

async function post(
  server: LoginServer,
  form: Values,
  sent: "password" | "ticket" | "code",
  signal: AbortSignal,
): Promise<LoginAnswer> {
  const { transport, product } = server;
  const versions = knownVersions[product.kind];
  const send = async (version: ApiVersion): Promise<WireAnswer> => {
    const result = await transport.write(
      {
        ...prepare(product.access.ticket, { ...form, "new-format": true }, version),
        headers: { "content-type": "application/x-www-form-urlencoded" },
        size: "status",
        deadline: "write",
        // A launch may take half a minute to be answered: reads must not wait that long for a new ticket.
        lane: "login",
      },
      signal,
    );
    if ("error" in result) throw result.error;
    return result.answer;
  };
  // 7.x answers in today's form only when asked to; 6.4 does not know the parameter and says so before it looks at the login.
  let answer = await send(versions.to);
  if (answer.status === 400 && "new-format" in (failedAnswer(answer, answer.address).errors ?? {})) {
    answer = await send(versions.from);
  }
  if (answer.status !== 200) throw refusal(answer, answer.address, sent);
  return readLogin(answer, product);
}

/** Throws AppError `server.wrongCredentials`, `.secondFactorUnsupported` and those of the transport. */
export async function logInWithPassword(
  server: LoginServer,
  user: string,
  password: Secret,
  signal: AbortSignal,
): Promise<LoginAnswer> {
  return await post(server, { username: user, password: password.reveal() }, "password", signal);
}

/** The ticket itself is the password of a renewal; no second factor is asked. Throws AppError `server.sessionExpired`. */
export async function renewTicket(server: LoginServer, ticket: Ticket, signal: AbortSignal): Promise<Ticket> {
  const form = { username: ticket.user, password: ticket.ticket.reveal() };
  const answer = await post(server, form, "ticket", signal);
  if (answer.kind === "ticket") return answer.ticket;
  throw new AppError("server.secondFactorRequired", {
    params: { kinds: answer.challenge.offer.kinds.join(",") },
  });
}

/**
 * `password`: the one that the challenge was got with; 6.4 wants it again beside the code.
 * Throws AppError `server.secondFactorWrong` and those of the transport.
 */
export async function answerChallenge(
  server: LoginServer,
  challenge: Challenge,
  answered: { readonly kind: SecondFactorKind; readonly code: Secret; readonly password: Secret | null },
  signal: AbortSignal,
): Promise<Ticket> {
  const code = answered.code.reveal().trim();
  const username = challenge.user;
  const form =
    challenge.offer.form === "otp"
      ? { username, password: answered.password?.reveal() ?? "", otp: code }
      : {
          username,
          password: `${answered.kind}:${code}`,
          "tfa-challenge": challenge.ticket.reveal(),
        };
  const answer = await post(server, form, "code", signal);
  if (answer.kind === "ticket") return answer.ticket;
  throw new AppError("server.secondFactorWrong");
}

const keptSchema = z.object({
  v: z.literal(1),
  user: z.string(),
  ticket: z.string(),
  csrf: z.string(),
  obtainedAt: z.number(),
});

/** A ticket as one opaque secret for the vault. */
export function packTicket(ticket: Ticket): Secret {
  const { user, obtainedAt } = ticket;
  return secretOf(
    JSON.stringify({ v: 1, user, ticket: ticket.ticket.reveal(), csrf: ticket.csrf.reveal(), obtainedAt }),
  );
}

/** null for anything that is not a kept ticket of this user with some life left. */
export function unpackTicket(kept: Secret, user: string, now: number): Ticket | null {
  let value: unknown;
  try {
    value = JSON.parse(kept.reveal()) as unknown;
  } catch {
    // A damaged entry of the vault is no ticket; the password is still there.
    return null;
  }
  const parsed = keptSchema.safeParse(value);
  if (!parsed.success || parsed.data.user !== user) return null;
  if (now - parsed.data.obtainedAt >= ticketLifeMs) return null;
  const { ticket, csrf, obtainedAt } = parsed.data;
  return { user, ticket: secretOf(ticket), csrf: secretOf(csrf), obtainedAt };
}
