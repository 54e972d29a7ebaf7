import type { IncomingMessage, ServerResponse } from "node:http";
import { deflateSync } from "node:zlib";
import { ApiError } from "../../errors.ts";
import type { Written } from "../../http/answer.ts";

/** What a handler gives back: data, what else stands beside it, headers, or a file. */
export type Answer = {
  readonly data: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly file?: { readonly name: string; readonly text: string };
};

const JSON_TYPE = "application/json;charset=UTF-8";
const PHRASES: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  414: "URI Too Long",
};

const json = (body: unknown, headers: Readonly<Record<string, string>> = {}): Written => ({
  status: 200,
  reason: "OK",
  headers: { "Content-Type": JSON_TYPE, ...headers },
  body: Buffer.from(JSON.stringify(body)),
});

export function written(answer: Answer, format: string): Written {
  if (answer.file) {
    const headers = {
      "Content-Type": "text/plain",
      "Content-Disposition": `attachment; filename=${answer.file.name}`,
    };
    return { status: 200, reason: "OK", headers, body: Buffer.from(answer.file.text) };
  }
  const extjs = format === "extjs" ? { success: true, status: 200 } : {};
  return json({ data: answer.data, ...extjs, ...answer.more }, answer.headers);
}

/**
 * The message alone is the body, under a Content-Type that claims JSON; the reason phrase says nothing
 * (prs, proxmox-rest-server/src/formatter.rs, error_to_response). A refused login has no Content-Type at all (rest.rs).
 */
export function writtenError(error: unknown, format: string): Written {
  const failure = error instanceof ApiError ? error : new ApiError(400, String(error));
  if (format === "extjs" && failure.status !== 401) {
    const message = failure.errors === null ? failure.message : "parameter verification errors";
    return json({ message, errors: failure.errors ?? {}, success: false, status: failure.status });
  }
  return {
    status: failure.status,
    reason: PHRASES[failure.status] ?? "",
    headers: failure.status === 401 ? {} : { "Content-Type": JSON_TYPE },
    body: Buffer.from(failure.message),
  };
}

/** Sends it as hyper does: it knows no gzip, only deflate, and the connection stays open after a refusal too. */
export function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  result: Written,
  clock: number,
): void {
  response.sendDate = false;
  response.statusCode = result.status;
  response.statusMessage = result.reason;
  for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
  response.setHeader("Date", new Date(clock).toUTCString());
  const deflates = /deflate/.test(String(incoming.headers["accept-encoding"]));
  const plain = result.body ?? Buffer.alloc(0);
  const body = deflates && plain.length > 0 ? deflateSync(plain) : plain;
  if (deflates && plain.length > 0) response.setHeader("Content-Encoding", "deflate");
  response.setHeader("Content-Length", body.length);
  response.end(body);
}
