import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

import { displayText } from "../../shared/display-text.ts";
import { AppError } from "../../shared/errors.ts";
import { openIdPath, redirectUrlOf } from "../../shared/openid.ts";
import { secretOf } from "../proxmox/secret.ts";

import type { Secret } from "../proxmox/secret.ts";

/** Who goes for a coffee in the middle of a login begins anew. */
const waitMs = 5 * 60_000;
/** Of a provider's own words no more is shown. */
const maxWords = 200;

export interface OpenIdListener {
  /** The code of the one answer with this state. Throws AppError `openid.refused` (the provider said no), `openid.timeout`, `cancelled`. */
  answer(state: string, signal: AbortSignal): Promise<Secret>;
  close(): Promise<void>;
}

/** The same words whatever came: a page of this computer that only guesses learns nothing. */
const pages = {
  done: "You are logged in. This page can be closed; the app goes on by itself.",
  refused: "The login was not given. This page can be closed; the app says more.",
  nothing: "There is nothing here.",
} as const;

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'",
    "x-content-type-options": "nosniff",
    connection: "close",
  });
  response.end(text);
}

/**
 * Listens on 127.0.0.1 for the browser that comes back from a provider, for one login. Any other request, and one with another
 * state, is turned away and changes nothing. Throws AppError `openid.portTaken`.
 */
export async function listenForOpenId(port: number): Promise<OpenIdListener> {
  let expected: string | null = null;
  const { promise: answered, resolve, reject } = Promise.withResolvers<Secret>();
  // Nobody may be waiting yet, or any more.
  answered.catch(() => undefined);
  let over = false;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? "", redirectUrlOf(port));
    const isOurs =
      request.method === "GET" &&
      request.headers.host === `127.0.0.1:${port}` &&
      url?.pathname === openIdPath &&
      url.host === `127.0.0.1:${port}`;
    const state = url?.searchParams.get("state") ?? null;
    if (!isOurs || over || expected === null || state !== expected) {
      send(response, 404, pages.nothing);
      return;
    }
    over = true;
    const code = url.searchParams.get("code");
    if (code === null || code === "") {
      send(response, 200, pages.refused);
      const words = url.searchParams.get("error_description") ?? url.searchParams.get("error") ?? "";
      reject(new AppError("openid.refused", { server: displayText(words, maxWords) }));
      return;
    }
    send(response, 200, pages.done);
    resolve(secretOf(code));
  }

  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 },
    handle,
  );
  server.maxConnections = 8;
  await new Promise<void>((listening, failed) => {
    server.once("error", (cause) => failed(new AppError("openid.portTaken", { params: { port }, cause })));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, listening);
  });

  return {
    async answer(state, signal) {
      expected = state;
      const timer = setTimeout(() => reject(new AppError("openid.timeout")), waitMs);
      const stop = (): void => reject(new AppError("cancelled", { cause: signal.reason }));
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
      try {
        return await answered;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        // What was answered goes out first; what hangs is cut.
        setImmediate(() => server.closeIdleConnections());
        setTimeout(() => server.closeAllConnections(), 500).unref();
      }),
  };
}
