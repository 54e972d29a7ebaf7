import type { IncomingHttpHeaders } from "node:http";
import type { Tickets } from "../access/tickets.ts";
import { ApiError, proxyError } from "../errors.ts";
import type { State } from "../state.ts";

export type Caller = { readonly authid: string; readonly isToken: boolean };

function ticketFromCookie(headers: IncomingHttpHeaders): string | null {
  const found = /(?:^|;\s*)PVEAuthCookie=([^;]*)/.exec(headers.cookie ?? "")?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}

function ticketFromHeader(headers: IncomingHttpHeaders): string | null {
  const found = /^PVEAuthCookie=(.*)$/.exec(headers.authorization ?? "")?.[1];
  return found === undefined ? null : decodeURIComponent(found);
}

function tokenCaller(state: State, credentials: string): Caller | null {
  const [id = "", secret = ""] = credentials.split(/=(.*)/);
  const token = state.world.tokens.find((one) => one.id === id);
  const user = state.world.users.find((one) => one.userid === id.split("!")[0]);
  const expired = token !== undefined && token.expire > 0 && token.expire <= state.clock.seconds();
  if (!token || token.secret !== secret || !user?.enabled || expired) return null;
  return { authid: id, isToken: true };
}

/**
 * Who is asking (pve-manager, PVE/HTTPServer.pm). A cookie wins over a token. Refusals come from the proxy: a reason and no body.
 * A ticket that writes also needs its CSRF token; an API token needs none.
 */
export function authenticate(
  state: State,
  tickets: Tickets,
  method: string,
  headers: IncomingHttpHeaders,
): Caller {
  const ticket = ticketFromCookie(headers) ?? ticketFromHeader(headers);
  if (ticket === null) {
    const credentials = /^PVEAPIToken=(.*)$/.exec(headers.authorization ?? "")?.[1];
    if (credentials === undefined) throw proxyError(401, "No ticket");
    const caller = tokenCaller(state, credentials);
    if (!caller) throw proxyError(401, "Authentication failed!");
    return caller;
  }
  const userid = tickets.user(ticket, state.clock.seconds());
  const user = state.world.users.find((one) => one.userid === userid);
  if (!user?.enabled) throw proxyError(401, "Authentication failed!");
  const csrf = headers["csrfpreventiontoken"];
  if (
    method !== "GET" &&
    !tickets.csrfFits(typeof csrf === "string" ? csrf : "", user.userid, state.clock.seconds())
  ) {
    throw proxyError(401, "Permission denied - invalid csrf token");
  }
  return { authid: user.userid, isToken: false };
}

/** The refusal of calls that only a logged-in user may make. */
export const needsTicket = (path: string): ApiError =>
  new ApiError(
    403,
    `Permission check failed (URI '${path}' not available with API token, need proper ticket.\n)\n`,
  );
