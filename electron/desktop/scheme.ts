import type { CustomScheme, Protocol } from "electron";

import type { Assets } from "../assets.ts";
import { securityHeaders } from "../headers.ts";

/** The page's own scheme: no file:// with its powers, and an origin that nothing else has. */
const origin = "app://bundle";
export const startPage = `${origin}/`;

/** To be registered before the app is ready. */
export const appScheme: CustomScheme = {
  scheme: "app",
  privileges: {
    standard: true,
    secure: true,
    supportFetchAPI: true,
    corsEnabled: true,
    bypassCSP: false,
    allowServiceWorkers: false,
    stream: false,
    codeCache: false,
  },
};

/** Exactly ours, parsed: no prefix of something longer, no user part, no port. */
export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host, username, password } = new URL(url);
  return protocol === "app:" && host === "bundle" && username === "" && password === "";
}

/** Answers app://bundle/… from the built renderer's table; everything else does not exist. */
export function serveScheme(protocol: Pick<Protocol, "handle">, assets: Assets): void {
  const headers = securityHeaders("'none'");
  protocol.handle("app", async (request) => {
    const from = request.headers.get("origin");
    const isAllowed = request.method === "GET" && isOwnUrl(request.url) && (from === null || from === origin);
    const asset = isAllowed ? await assets(new URL(request.url).pathname) : undefined;
    if (asset === undefined) return new Response(null, { status: 404, headers });
    return new Response(asset.body, { status: 200, headers: { ...headers, "content-type": asset.type } });
  });
}
