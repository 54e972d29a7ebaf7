import type { IncomingHttpHeaders } from "node:http";
import type { Tickets } from "../../access/tickets.ts";
import { ApiError } from "../../errors.ts";
import type { BackupState } from "../state.ts";

const HOST_COOKIE = "__Host-PBSAuthCookie";
const COOKIE = "PBSAuthCookie";

/** A cookie's value, percent-decoded; a pair without `=` spoils all that follow it. */
function cookie(headers: IncomingHttpHeaders, name: string): string | null {
  for (const pair of (headers.cookie ?? "").split(";")) {
    const [key, value] = pair.split(/=(.*)/);
    if (value === undefined) return null;
    if (key?.trim() === name) return decodeURIComponent(value.trim());
  }
  return null;
}

export const hostCookie = (headers: IncomingHttpHeaders): string | null => cookie(headers, HOST_COOKIE);
export const setCookie = (ticket: string): string =>
  `${HOST_COOKIE}=${ticket}; Secure; SameSite=Lax; HttpOnly; Path=/;`;
export const clearCookie = `${HOST_COOKIE}=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; SameSite=Lax; HttpOnly; Path=/;`;

/** Every refusal to know somebody reads the same. */
const unknown = (): ApiError => new ApiError(401, "authentication failed");

export function userIsActive(state: BackupState, userid: string): boolean {
  return state.world.users.some((one) => one.userid === userid && one.enabled);
}

function fromToken(state: BackupState, credentials: string): string {
  const [id = "", secret = ""] = credentials.split(/:(.*)/);
  const token = state.world.tokens.find((one) => one.tokenid === id);
  const expired = token !== undefined && token.expire > 0 && token.expire <= state.clock.seconds();
  const active = token?.enable === true && !expired && userIsActive(state, id.split("!")[0] ?? "");
  if (!active || token.secret !== decodeURIComponent(secret)) throw unknown();
  return id;
}

/**
 * Who is asking (prs, proxmox-auth-api/src/api/mod.rs): a cookie wins over a token; a ticket in the Authorization header is
 * not looked at. A ticket that writes also needs its CSRF token.
 */
export function authenticate(
  state: BackupState,
  tickets: Tickets,
  method: string,
  headers: IncomingHttpHeaders,
): string {
  const ticket = hostCookie(headers) ?? cookie(headers, COOKIE);
  if (ticket === null) {
    const credentials = /^PBSAPIToken[ =](.*)$/.exec(headers.authorization ?? "")?.[1];
    if (credentials === undefined) throw unknown();
    return fromToken(state, credentials);
  }
  const seconds = state.clock.seconds();
  const userid = tickets.user(ticket, seconds);
  if (userid === null || !userIsActive(state, userid)) throw unknown();
  const csrf = headers["csrfpreventiontoken"];
  if (method !== "GET" && !tickets.csrfFits(typeof csrf === "string" ? csrf : "", userid, seconds))
    throw unknown();
  return userid;
}
