import type { Dispatcher } from "undici";

import { readBody, sizeLimits } from "./body.ts";
import type { Clock } from "./clock.ts";
import { orAborted } from "./deadline.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function header(headers: Headers, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

function timeOf(text: string): number | null {
  const at = Date.parse(text);
  return Number.isFinite(at) ? at : null;
}

/** Retry-After is a number of seconds or a date; a reverse proxy sends it, pveproxy never does. */
function retryAfter(status: number, headers: Headers, now: number): number | null {
  const text = header(headers, "retry-after").trim();
  if ((status !== 429 && status !== 503) || text === "") return null;
  if (/^[0-9]{1,9}$/u.test(text)) return Number(text) * 1000;
  const at = timeOf(text);
  return at === null ? null : at - now;
}

/**
 * Sends one request and reads the whole answer under its cap. Throws AppError `server.tooLarge`, `server.badAnswer`, and undici's own
 * errors. `timeoutMs` only keeps undici's own time limits from cutting a slow answer short: the signal carries the deadline.
 */
export async function exchange(
  dispatcher: Dispatcher,
  address: string,
  request: WireRequest,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<WireAnswer> {
  const { clock, signal, timeoutMs } = options;
  // undici lets a request wait for its connection, aborted or not, until that is there; it is not sent then.
  const asking = dispatcher.request({
    method: request.method,
    path: request.path,
    headers: { accept: "application/json", "accept-encoding": "gzip", ...request.headers },
    body: request.body ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal,
  });
  const answer = await orAborted(asking, signal);
  // A body that is let go in the middle says so by an error event, which nobody else listens for.
  answer.body.on("error", () => undefined);
  const receivedAt = clock.now();
  try {
    const body = await readBody(
      answer.body as AsyncIterable<Buffer>,
      header(answer.headers, "content-encoding"),
      sizeLimits[request.size],
      address,
    );
    return {
      address,
      status: answer.statusCode,
      reason: answer.statusText,
      contentType: header(answer.headers, "content-type"),
      server: header(answer.headers, "server"),
      body,
      serverTime: timeOf(header(answer.headers, "date")),
      retryAfter: retryAfter(answer.statusCode, answer.headers, receivedAt),
      receivedAt,
    };
  } finally {
    if (!answer.body.destroyed) answer.body.destroy();
  }
}
