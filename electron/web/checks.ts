import type { IncomingMessage } from "node:http";

import { csrfHeader } from "../../shared/web-bridge.ts";

/**
 * Checks of a request to the loopback host. Raw header strings are compared with a small set and never parsed: `new URL` would turn
 * `127.1` into 127.0.0.1, and a second Host header would go unseen.
 */
export interface Checks {
  /** The status to refuse with, or null: right host, plain path, allowed method, not from another site. */
  refuseRequest(request: IncomingMessage): number | null;
  /** For what changes something or opens the bridge: additionally exactly our own origin. */
  isOwnOrigin(request: IncomingMessage): boolean;
}

const allowedMethods = new Set(["GET", "POST"]);

export function createChecks(port: number): Checks {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  const origins = new Map([...hosts].map((host) => [host, `http://${host}`]));

  function hostOf(request: IncomingMessage): string | null {
    const all = request.headersDistinct["host"];
    const host = all?.length === 1 ? all[0] : undefined;
    return host !== undefined && hosts.has(host) ? host : null;
  }

  return {
    refuseRequest(request) {
      if (hostOf(request) === null) return 403;
      // `http://evil/x` and `//evil/x` are targets for a proxy; we are none.
      if (!/^\/(?!\/)/u.test(request.url ?? "")) return 400;
      if (request.method === "OPTIONS") return 403;
      if (!allowedMethods.has(request.method ?? "")) return 405;
      return comesFromElsewhere(request) ? 403 : null;
    },
    isOwnOrigin(request) {
      const host = hostOf(request);
      const origin = request.headersDistinct["origin"];
      return host !== null && origin?.length === 1 && origin[0] === origins.get(host);
    },
  };
}

/**
 * Browsers say where a request comes from. From elsewhere only a page as a whole may be opened, by typing its address (`none`) or from
 * the local page that our own start leads through (browser.ts); the page does nothing by itself and may not be framed.
 */
function comesFromElsewhere(request: IncomingMessage): boolean {
  const site = request.headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin") return false;
  const isPage =
    request.headers["sec-fetch-mode"] === "navigate" && request.headers["sec-fetch-dest"] === "document";
  return !(isPage && request.method === "GET" && (site === "none" || request.url === "/"));
}

/** No form and no cross-site script can set this header without a preflight, and every preflight is refused. */
export function carriesCsrfHeader(request: IncomingMessage): boolean {
  return request.headers[csrfHeader] === "1";
}

export function isJson(request: IncomingMessage): boolean {
  return request.headers["content-type"] === "application/json";
}
