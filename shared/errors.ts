import { z } from "zod";

/**
 * Every way in which something expected can fail. The list is closed: a code without a sentence in
 * `messages/en.ts` does not compile, and a code that is not here cannot cross the bridge.
 */
export const errorCodes = [
  // the app itself
  "internal",
  "cancelled",
  "input.invalid",
  "input.tooLarge",
  "operation.unknown",
  "operation.tooMany",
  "confirmation.missing",
  "confirmation.expired",
  "confirmation.changed",
  "bridge.lost",
  "host.unsupported",
  "link.refused",
  "file.failed",
  // the local store and the secrets
  "store.failed",
  "store.full",
  "store.readOnly",
  "vault.locked",
  "vault.missing",
  "vault.wrongPassphrase",
  "vault.unavailable",
  "vault.damaged",
  // registered clusters
  "cluster.notFound",
  "cluster.nameTaken",
  "cluster.alreadyRegistered",
  "cluster.busy",
  "cluster.needsLogin",
  "cluster.frozen",
  "cluster.otherCluster",
  "demo.unavailable",
  // an address as typed
  "address.empty",
  "address.tooLong",
  "address.http",
  "address.scheme",
  "address.userinfo",
  "address.path",
  "address.port",
  "address.host",
  "address.zone",
  "address.ambiguous",
  // a proxy on the way to a server
  "proxy.unreachable",
  "proxy.loginRefused",
  "proxy.forbidden",
  "proxy.targetUnreachable",
  "proxy.badAnswer",
  // what a server answered, or did not
  "server.notProxmox",
  "server.otherProduct",
  "server.unreachable",
  "server.nameNotFound",
  "server.timeout",
  "server.connectionLost",
  "server.certificateUntrusted",
  "server.certificateChanged",
  "server.certificateInvalid",
  "server.wrongCredentials",
  "server.tokenRefused",
  "server.secondFactorRequired",
  "server.secondFactorWrong",
  "server.secondFactorUnsupported",
  "server.challengeExpired",
  "server.sessionExpired",
  "server.tooManyLogins",
  "server.forbidden",
  "server.tooFewRights",
  "openid.portTaken",
  "openid.timeout",
  "openid.refused",
  "openid.badUrl",
  "openid.otherUser",
  "token.fromToken",
  "token.failed",
  "server.clockDifference",
  "server.badRequest",
  "server.notFound",
  "server.alreadyExists",
  "server.changed",
  "server.locked",
  "server.nodeDown",
  "server.noQuorum",
  "server.unavailable",
  "server.unsupported",
  "server.redirected",
  "server.badAnswer",
  "server.tooLarge",
  "server.error",
  "server.unconfirmed",
  // guests, backups, restores, jobs
  "guest.notFound",
  "guest.locked",
  "guest.ambiguous",
  "guest.elsewhere",
  "backup.limitReached",
  "backup.protectedLimitReached",
  "backup.storageUnfit",
  "backup.noteInvalid",
  "backup.notFound",
  "prune.tooMany",
  "restore.idTaken",
  "restore.storageUnfit",
  "job.notFound",
  "job.ended",
  "job.busyGuest",
  "job.notAdoptable",
  "job.failed",
  "job.unproven",
  "job.lostEnd",
  "job.nodeRestarted",
  "job.interrupted",
  "job.neverStarted",
  "job.several",
] as const;

export const errorCodeSchema = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

const paramSchema = z.union([z.string(), z.number(), z.boolean()]);

/** What an error is once it has become data: only this crosses the bridge and is kept in the store. */
export const errorDataSchema = z.object({
  code: errorCodeSchema,
  /** Values for the sentence: names, numbers, ids. Never a secret. */
  params: z.record(z.string(), paramSchema),
  /** The server's own words, trimmed and made safe to show; shown in mono below the sentence. */
  server: z.string().optional(),
  /** HTTP status, where a server answered. */
  status: z.number().optional(),
  /** Field name → what the server or the schema said about it, so that a form can show it in place. */
  fields: z.record(z.string(), z.string()).optional(),
  /** Trace id of the call, the same as in the log. */
  trace: z.string().optional(),
});
export type ErrorData = z.infer<typeof errorDataSchema>;
export type ErrorParams = ErrorData["params"];

export interface ErrorDetails {
  readonly params?: ErrorParams | undefined;
  readonly server?: string | undefined;
  readonly status?: number | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
  readonly trace?: string | undefined;
  readonly cause?: unknown;
}

/** An expected failure. Anything else that is thrown is a surprise: logged whole, shown as `internal`. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.server === undefined ? code : `${code}: ${details.server}`, { cause: details.cause });
    this.name = "AppError";
    this.code = code;
    this.details = details;
  }
}

/** Turns anything thrown into data. A surprise keeps nothing but its code: its text may hold anything. */
export function toErrorData(error: unknown, trace?: string): ErrorData {
  if (!(error instanceof AppError)) {
    return trace === undefined ? { code: "internal", params: {} } : { code: "internal", params: {}, trace };
  }
  const { params, server, status, fields } = error.details;
  const ownTrace = error.details.trace ?? trace;
  return {
    code: error.code,
    params: params ?? {},
    ...(server === undefined ? {} : { server }),
    ...(status === undefined ? {} : { status }),
    ...(fields === undefined ? {} : { fields: { ...fields } }),
    ...(ownTrace === undefined ? {} : { trace: ownTrace }),
  };
}

/** The way back, on the other side of the bridge. */
export function fromErrorData(data: ErrorData): AppError {
  const { code, ...details } = data;
  return new AppError(code, details);
}

export function isAppError(error: unknown, ...codes: readonly ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}

export const resultSchema = z.discriminatedUnion("ok", [
  // Over JSON a value that is undefined is left out.
  z.object({ ok: z.literal(true), value: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: errorDataSchema }),
]);
export type Result<T = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorData };
