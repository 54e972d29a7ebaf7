import { createHash } from "node:crypto";

import { z } from "zod";

import type { SecondFactorKind } from "../../shared/cluster.ts";
import { AppError } from "../../shared/errors.ts";
import { badShape, failedAnswer, readEnvelope } from "./envelope.ts";
import { fromAnswer } from "./errors.ts";
import { prepare } from "./requests/prepare.ts";
import type { ApiVersion } from "./requests/parameters.ts";
import { accessRequests } from "./requests/pve/access.ts";
import type { ValuesOf } from "./requests/request.ts";
import { knownVersions } from "./requests/versions.ts";
import { flagField } from "./schema.ts";
import { secretOf } from "./secret.ts";
import type { Secret } from "./secret.ts";
import type { Transport } from "./transport.ts";
import type { WireAnswer } from "./wire.ts";

/** pve-access-control: a ticket is good for two hours. */
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
  readonly kinds: readonly SecondFactorKind[];
  readonly obtainedAt: number;
}

export type LoginAnswer =
  | { readonly kind: "ticket"; readonly ticket: Ticket }
  | { readonly kind: "challenge"; readonly challenge: Challenge };

const loginSchema = z.object({
  username: z.string().min(1),
  ticket: z.string().min(1),
  CSRFPreventionToken: z.string().min(1),
  NeedTFA: flagField,
});

const { ticket: ticketRequest } = accessRequests;
type TicketForm = ValuesOf<typeof ticketRequest>;

/** Headers of one request. The CSRF token goes with writes only, and never with an API token. */
export function ticketHeaders(ticket: Ticket, forWrite: boolean): Readonly<Record<string, string>> {
  const cookie = `PVEAuthCookie=${encodeURIComponent(ticket.ticket.reveal())}`;
  return forWrite ? { cookie, csrfpreventiontoken: ticket.csrf.reveal() } : { cookie };
}

export function tokenHeaders(tokenId: string, secret: Secret): Readonly<Record<string, string>> {
  return { authorization: `PVEAPIToken=${tokenId}=${secret.reveal()}` };
}

/** Tells two secrets apart without keeping either: only to remember which one was refused. */
export function digestOf(secret: Secret): string {
  return createHash("sha256").update(secret.reveal()).digest("hex");
}

/**
 * `PVE:!tfa!{"totp"%3Atrue,"recovery"%3A[0,1]}:6B005D18::…` → the kinds that we can answer. WebAuthn and U2F are bound to the
 * web interface's own origin; older forms than this one (PVE before 7) give none.
 */
function offeredKinds(ticket: string): readonly SecondFactorKind[] {
  const text = /^PVE:!tfa!(.*?):[0-9A-F]{8}::/su.exec(ticket)?.[1];
  if (text === undefined) return [];
  let offer: unknown;
  try {
    offer = JSON.parse(decodeURIComponent(text)) as unknown;
  } catch {
    // An offer that cannot be read offers nothing; the caller says that the factor is unsupported.
    return [];
  }
  const parsed = z
    .object({
      totp: z.unknown().optional(),
      recovery: z.unknown().optional(),
      yubico: z.unknown().optional(),
    })
    .safeParse(offer);
  if (!parsed.success) return [];
  const { totp, recovery, yubico } = parsed.data;
  const hasRecovery = Array.isArray(recovery)
    ? recovery.length > 0
    : recovery !== undefined && recovery !== "unavailable";
  const kinds: SecondFactorKind[] = [];
  if (totp === true || totp === 1) kinds.push("totp");
  if (hasRecovery && recovery !== false && recovery !== null) kinds.push("recovery");
  if (yubico === true || yubico === 1) kinds.push("yubico");
  return kinds;
}

function readLogin(answer: WireAnswer, address: string): LoginAnswer {
  const parsed = loginSchema.safeParse(readEnvelope(answer, "strict", address).data);
  if (!parsed.success) throw badShape(address, ticketRequest.path, parsed.error);
  const { username: user, ticket, CSRFPreventionToken: csrf, NeedTFA } = parsed.data;
  if (!NeedTFA) {
    return {
      kind: "ticket",
      ticket: { user, ticket: secretOf(ticket), csrf: secretOf(csrf), obtainedAt: answer.receivedAt },
    };
  }
  const kinds = offeredKinds(ticket);
  if (kinds.length === 0) throw new AppError("server.secondFactorUnsupported");
  return {
    kind: "challenge",
    challenge: { user, ticket: secretOf(ticket), kinds, obtainedAt: answer.receivedAt },
  };
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
  transport: Pick<Transport, "write">,
  form: TicketForm,
  sent: "password" | "ticket" | "code",
  signal: AbortSignal,
): Promise<LoginAnswer> {
  const send = async (version: ApiVersion): Promise<WireAnswer> => {
    const result = await transport.write(
      {
        ...prepare(ticketRequest, { ...form, "new-format": true }, version),
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
  let answer = await send(knownVersions.pve.to);
  if (answer.status === 400 && "new-format" in (failedAnswer(answer, answer.address).errors ?? {})) {
    answer = await send(knownVersions.pve.from);
  }
  if (answer.status !== 200) throw refusal(answer, answer.address, sent);
  return readLogin(answer, answer.address);
}

/** Throws AppError `server.wrongCredentials`, `.secondFactorUnsupported` and those of the transport. */
export async function logInWithPassword(
  transport: Pick<Transport, "write">,
  user: string,
  password: Secret,
  signal: AbortSignal,
): Promise<LoginAnswer> {
  return await post(transport, { username: user, password: password.reveal() }, "password", signal);
}

/** The ticket itself is the password of a renewal; no second factor is asked. Throws AppError `server.sessionExpired`. */
export async function renewTicket(
  transport: Pick<Transport, "write">,
  ticket: Ticket,
  signal: AbortSignal,
): Promise<Ticket> {
  const form = { username: ticket.user, password: ticket.ticket.reveal() };
  const answer = await post(transport, form, "ticket", signal);
  if (answer.kind === "ticket") return answer.ticket;
  throw new AppError("server.secondFactorRequired", { params: { kinds: answer.challenge.kinds.join(",") } });
}

/** Throws AppError `server.secondFactorWrong` and those of the transport. */
export async function answerChallenge(
  transport: Pick<Transport, "write">,
  challenge: Challenge,
  kind: SecondFactorKind,
  code: Secret,
  signal: AbortSignal,
): Promise<Ticket> {
  const form = {
    username: challenge.user,
    password: `${kind}:${code.reveal().trim()}`,
    "tfa-challenge": challenge.ticket.reveal(),
  };
  const answer = await post(transport, form, "code", signal);
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
