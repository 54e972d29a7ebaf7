import { AppError } from "../../shared/errors.ts";
import type { ErrorCode, ErrorDetails, ErrorParams } from "../../shared/errors.ts";
import { serverText } from "./server-text.ts";

/** Where a failure happened, for the sentence that tells of it. */
export interface FailureContext {
  /** `host:port` that was asked. */
  readonly address: string;
  /** The node that the path names, where it names one: a 595 means that node, not the one that was asked. */
  readonly node?: string | undefined;
}

export interface FailedAnswer {
  readonly status: number;
  /** HTTP reason phrase: pveproxy puts its error text there. */
  readonly reason: string;
  /** `message` of the JSON body: PVE 8.4 and later repeat the text there. */
  readonly message?: string | undefined;
  /** `errors` of the JSON body, parameter → text; only with 400. */
  readonly errors?: Readonly<Record<string, string>> | undefined;
}

/** What a text of the server means. `refusal`: it is said before a worker is forked, so nothing was started (seen on PVE 9.2). */
interface Meaning {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly refusal: boolean;
  readonly params?: (match: RegExpExecArray, context: FailureContext) => ErrorParams;
}

const meanings: readonly Meaning[] = [
  {
    pattern: /cluster not ready - no quorum/u,
    code: "server.noQuorum",
    refusal: true,
  },
  {
    pattern: /\b(?:VM|CT) is locked \(([a-z-]+)\)/u,
    code: "server.locked",
    refusal: true,
    params: ([, lock = ""]) => ({ lock }),
  },
  {
    pattern: /\b(?:VM|CT) (\d+) already exists(?: on node '([^']+)')?/u,
    code: "server.alreadyExists",
    refusal: true,
    params: ([, vmid = "", node = ""]) => ({ vmid, node }),
  },
  { pattern: /already (?:exists|defined)/u, code: "server.alreadyExists", refusal: true },
  {
    pattern: /^hostname lookup '([^']*)' failed|^address lookup for '([^']*)' did not find/u,
    code: "server.nodeDown",
    refusal: true,
    params: ([, lookup, address]) => ({ node: lookup ?? address ?? "" }),
  },
  {
    pattern: /does not exist|^no such |^volume_size_info on '[^']*' failed - no format/u,
    code: "server.notFound",
    refusal: true,
  },
  {
    // "checksum mismatch (file change by other user?)", "detected modified configuration - file changed by other user? Try again."
    pattern: /\bfile changed? by other user\b/u,
    code: "server.changed",
    refusal: true,
  },
  {
    // The cluster file system is down: empty body, everything but /version (seen on PVE 9.2).
    pattern: /^RPCEnvironment init request failed/u,
    code: "server.unavailable",
    refusal: true,
  },
  {
    pattern:
      /\balready running$|\bnot running$|is running|^can't overwrite running|is disabled$|^unable to activate storage|cannot remove protected volume|^(?:VM|CT) is a template|protection mode enabled|not available on (?:storage|node)|does not support (?:content|backup)|^400 Parameter verification failed|^got undefined value for option|^unable to parse/u,
    code: "server.error",
    refusal: true,
  },
];

/** Names of parameters as they stand in texts: `vmid`, `exclude-path[]`, `net0`. */
const parameterLine = /^(?:- )?'?([\w[\]/.-]+)'?: (.+)$/u;

/**
 * Parameters that are refused in a text alone: a handler of Proxmox VE that checks them itself (500, seen on PVE 9.2: "400
 * Parameter verification failed." and a line for each), and the backup server (400, "parameter verification failed - 'x': …" for
 * one, a list with dashes for more; proxmox-schema, ParameterError).
 */
function fieldsInText(text: string): Readonly<Record<string, string>> | undefined {
  const list = /^(?:400 )?parameter verification failed(?:\.|:| -)\s+(.*)$/isu.exec(text)?.[1];
  if (list === undefined) return undefined;
  const fields = new Map<string, string>();
  let last = "";
  for (const line of list.split("\n")) {
    const [, name, said] = parameterLine.exec(line) ?? [];
    if (name !== undefined && said !== undefined) fields.set((last = name), said);
    else if (last !== "") fields.set(last, `${fields.get(last) ?? ""}\n${line}`);
  }
  return fields.size === 0 ? undefined : Object.fromEntries(fields);
}

function textOf(answer: FailedAnswer): string {
  const message = serverText(answer.message ?? "");
  return message === "" ? serverText(answer.reason) : message;
}

function meaningOf(text: string): readonly [Meaning, RegExpExecArray] | null {
  for (const meaning of meanings) {
    const match = meaning.pattern.exec(text);
    if (match !== null) return [meaning, match];
  }
  return null;
}

/** `Permission check failed (/storage/local, Datastore.Audit|Datastore.AllocateSpace)` → its two halves; not all say them. */
function forbiddenParams(text: string): ErrorParams {
  const [, path = "", privilege] = /\((\/[^,()]*)?, *([\w.|]+)\)/u.exec(text) ?? [];
  if (privilege === undefined) return { named: "no", path: "/", privilege: "" };
  return { path: path === "" ? "/" : path.trim(), privilege };
}

function fieldsOf(
  errors: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  if (errors === undefined) return undefined;
  const entries = Object.entries(errors).slice(0, 32);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(entries.map(([field, text]) => [serverText(field), serverText(text)]));
}

/** 400 says which parameter is wrong; some texts have a meaning of their own, where all say the same (seen on PVE 9.2). */
function badRequestCode(errors: Readonly<Record<string, string>>): ErrorCode {
  const texts = Object.values(errors);
  const all = (pattern: RegExp): boolean => texts.length > 0 && texts.every((text) => pattern.test(text));
  if (all(/already exists/u)) return "server.alreadyExists";
  if (all(/^no such/iu)) return "server.notFound";
  // At the start: a property string with a part that is none says the same behind "invalid format".
  return all(/^property is not defined in schema/u) ? "server.unsupported" : "server.badRequest";
}

/** 595: the node behind the one we asked cannot be reached. Without a node in the path it is the local API daemon. */
function gatewayError(text: string, context: FailureContext, details: ErrorDetails): AppError {
  if (context.node === undefined) return new AppError("server.unavailable", { ...details, server: text });
  return new AppError("server.nodeDown", { ...details, server: text, params: { node: context.node } });
}

/** What the words of the server mean, whatever the status: a backup server says nearly everything with 400. */
function fromText(text: string, details: ErrorDetails, context: FailureContext): AppError {
  if (details.fields !== undefined) return new AppError(badRequestCode(details.fields), details);
  const known = meaningOf(text);
  if (known === null) return new AppError("server.error", details);
  const [meaning, match] = known;
  return new AppError(meaning.code, { ...details, params: meaning.params?.(match, context) });
}

function forbidden(text: string, details: ErrorDetails): AppError {
  // "Permission check failed (pool 'x' does not exist)": what is not there cannot be checked.
  if (/does not exist\)?$/u.test(text)) return new AppError("server.notFound", details);
  return new AppError("server.forbidden", { ...details, params: forbiddenParams(text) });
}

/**
 * The one way in from an HTTP status that is not 200 to an AppError. The text is `message` of the body, else
 * the reason phrase. Logins have their own 401 (auth.ts): here 401 means that the ticket, token or CSRF token is not taken.
 */
export function fromAnswer(answer: FailedAnswer, context: FailureContext): AppError {
  const text = textOf(answer);
  const fields = fieldsOf(answer.errors ?? fieldsInText(text));
  const details = { status: answer.status, server: text, fields };
  switch (answer.status) {
    case 401:
      return new AppError("server.sessionExpired", {
        ...details,
        params: { reason: unauthorizedReason(text) },
      });
    case 403:
      return forbidden(text, details);
    case 404:
      return new AppError("server.notFound", details);
    case 501:
    case 506:
      return new AppError("server.unsupported", details);
    case 502:
    case 503:
    case 504:
      return new AppError("server.unavailable", details);
    case 595:
    case 596:
    case 597:
    case 598:
    case 599:
      return gatewayError(text, context, details);
    default:
      break;
  }
  if (answer.status < 300) {
    return new AppError("server.badAnswer", {
      ...details,
      params: { address: context.address, reason: "status" },
    });
  }
  if (answer.status < 400) {
    return new AppError("server.redirected", { ...details, params: { address: context.address } });
  }
  return fromText(text, details, context);
}

export type UnauthorizedReason = "csrf" | "noTicket" | "refused";

/** pve-http-server's three texts for 401 outside a login. */
function unauthorizedReason(text: string): UnauthorizedReason {
  if (/csrf/iu.test(text)) return "csrf";
  return text.startsWith("No ticket") ? "noTicket" : "refused";
}

/**
 * True where an answer to a write proves that nothing was started: refused parameters, rights and logins, unknown methods,
 * redirects, and the texts that Proxmox's handlers die with before they fork a worker. Any other 5xx may hide a running task.
 */
export function provesNothingStarted(answer: FailedAnswer): boolean {
  // A 2xx that is no 200 is no answer of Proxmox: it says neither yes nor no.
  if (answer.status < 300) return false;
  if (answer.status < 500) return true;
  if (answer.status === 501 || answer.status === 506) return true;
  if (answer.status !== 500) return false;
  return meaningOf(textOf(answer))?.[0].refusal ?? false;
}

const codesByCause: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: "server.nameNotFound",
  EAI_AGAIN: "server.nameNotFound",
  EAI_NODATA: "server.nameNotFound",
  EAI_NONAME: "server.nameNotFound",
  ECONNREFUSED: "server.unreachable",
  EHOSTUNREACH: "server.unreachable",
  EHOSTDOWN: "server.unreachable",
  ENETUNREACH: "server.unreachable",
  ENETDOWN: "server.unreachable",
  EADDRNOTAVAIL: "server.unreachable",
  EACCES: "server.unreachable",
  EPERM: "server.unreachable",
  ETIMEDOUT: "server.unreachable",
  UND_ERR_CONNECT_TIMEOUT: "server.unreachable",
  UND_ERR_HEADERS_TIMEOUT: "server.timeout",
  UND_ERR_BODY_TIMEOUT: "server.timeout",
  UND_ERR_HEADERS_OVERFLOW: "server.badAnswer",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "server.tooLarge",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "server.connectionLost",
  UND_ERR_SOCKET: "server.connectionLost",
  ECONNRESET: "server.connectionLost",
  ECONNABORTED: "server.connectionLost",
  EPIPE: "server.connectionLost",
  // The TLS layer: no TLS there at all, then what Node's and the server's checks can object to.
  ERR_SSL_WRONG_VERSION_NUMBER: "server.notProxmox",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "server.notProxmox",
  ERR_SSL_HTTP_REQUEST: "server.notProxmox",
  DEPTH_ZERO_SELF_SIGNED_CERT: "server.certificateUntrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "server.certificateUntrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "server.certificateUntrusted",
  UNABLE_TO_GET_ISSUER_CERT: "server.certificateUntrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "server.certificateUntrusted",
  CERT_SIGNATURE_FAILURE: "server.certificateUntrusted",
  CERT_HAS_EXPIRED: "server.certificateUntrusted",
  CERT_NOT_YET_VALID: "server.certificateUntrusted",
  CERT_REVOKED: "server.certificateUntrusted",
  CERT_UNTRUSTED: "server.certificateUntrusted",
  CERT_REJECTED: "server.certificateUntrusted",
  INVALID_PURPOSE: "server.certificateUntrusted",
  ERR_TLS_CERT_ALTNAME_INVALID: "server.certificateUntrusted",
};

/** We stopped it ourselves: a signal, or a transport that was closed. */
const givenUp: readonly string[] = [
  "ABORTED",
  "ABORT_ERR",
  "UND_ERR_ABORTED",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
];

/** Why a certificate is not trusted, for the sentence that says so. */
const reasonsByCause: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "expired",
  CERT_NOT_YET_VALID: "notYetValid",
  CERT_REVOKED: "revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "otherName",
};

function causeCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    // Several addresses of one name were tried: the first one's reason stands for all.
    if (at instanceof AggregateError && at.errors.length > 0) return causeCode(at.errors[0]);
    if ("code" in at && typeof at.code === "string") return at.code;
    if (at.name === "AbortError") return "ABORTED";
    // undici's parser: its own code is the place in the text, where there is one.
    if (at.name === "HTTPParserError") return "HPE_";
  }
  return "";
}

function fromCauseCode(code: string): ErrorCode {
  const known = codesByCause[code];
  if (known !== undefined) return known;
  if (code.startsWith("HPE_")) return "server.badAnswer";
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code === "EPROTO")
    return "server.certificateInvalid";
  return "server.connectionLost";
}

/** The parser's error carries the bytes that it could not read, which may hold anything: they are not kept. */
function withoutData(error: unknown): unknown {
  return error instanceof Error && "data" in error ? new Error(`${error.name}: ${error.message}`) : error;
}

/** A failure below HTTP (name, TCP, TLS, broken stream) as an AppError; an AppError passes as it is. */
export function fromNetworkError(error: unknown, context: FailureContext): AppError {
  if (error instanceof AppError) return error;
  const cause = causeCode(error);
  if (givenUp.includes(cause)) {
    return new AppError("cancelled", { cause: error });
  }
  const code = fromCauseCode(cause);
  const reason =
    code === "server.certificateUntrusted" ? (reasonsByCause[cause] ?? "unknownAuthority") : cause;
  return new AppError(code, {
    params: { address: context.address, seconds: 0, reason },
    cause: withoutData(error),
  });
}
