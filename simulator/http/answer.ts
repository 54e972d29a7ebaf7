import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { ApiError } from "../errors.ts";

/** What a handler gives back: data, the `total` beside it, or a file. */
export type Answer = {
  readonly data: unknown;
  readonly total?: number | undefined;
  readonly file?: { readonly name: string; readonly text: string } | undefined;
};

export type Written = {
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
};

const GZIP_FROM = 1024;
const JSON_TYPE = "application/json;charset=UTF-8";

/** HTTP allows one line of Latin-1 there; Proxmox writes UTF-8 bytes into it. */
const reasonOf = (message: string): string =>
  Buffer.from(message.split("\n")[0] ?? "", "utf8").toString("latin1");

type Body = { readonly data: unknown; readonly message?: string; readonly [more: string]: unknown };

function wrapped(format: string, status: number, body: Body, withMessage = true): Written {
  const { message: _message, ...rest } = body;
  const whole =
    format === "extjs"
      ? { ...body, ...(status === 200 ? { success: 1 } : { success: 0, status }) }
      : withMessage
        ? body
        : rest;
  const ok = format === "extjs" || status === 200;
  const reason = ok ? "OK" : reasonOf(body.message ?? "");
  return {
    status: ok ? 200 : status,
    reason,
    headers: { "Content-Type": JSON_TYPE },
    body: Buffer.from(JSON.stringify(whole)),
  };
}

export function written(answer: Answer, format: string): Written {
  if (answer.file) {
    const headers = {
      "Content-Type": "text/plain",
      "Content-Disposition": `attachment; filename="${answer.file.name}"`,
      "Content-Encoding": "gzip",
    };
    return { status: 200, reason: "OK", headers, body: gzipSync(answer.file.text) };
  }
  const total = answer.total === undefined || answer.total === 0 ? {} : { total: answer.total };
  return wrapped(format, 200, { data: answer.data, ...total });
}

/** `withMessage`: whether this version repeats the text in the body. */
export function writtenError(error: unknown, format: string, withMessage = true): Written {
  const failure = error instanceof ApiError ? error : new ApiError(500, `${String(error)}\n`);
  if (failure.body === "none")
    return { status: failure.status, reason: reasonOf(failure.message), headers: {}, body: null };
  if (failure.body === "text") {
    return {
      status: failure.status,
      reason: reasonOf(failure.message),
      headers: {},
      body: Buffer.from(failure.message),
    };
  }
  const errors = failure.errors === null ? {} : { errors: failure.errors };
  return wrapped(format, failure.status, { data: null, message: failure.message, ...errors }, withMessage);
}

/** Sends it as pveproxy does: no length with an empty refusal, and the connection ends after any status from 400 on. */
export function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  result: Written,
  clock: number,
): void {
  const keep = result.status < 400;
  const date = new Date(clock).toUTCString();
  response.sendDate = false;
  response.shouldKeepAlive = keep;
  response.statusCode = result.status;
  response.statusMessage = result.reason;
  response.setHeader("Cache-Control", "max-age=0");
  response.setHeader("Connection", keep ? "Keep-Alive" : "close");
  response.setHeader("Date", date);
  response.setHeader("Pragma", "no-cache");
  response.setHeader("Server", "pve-api-daemon/3.0");
  response.setHeader("Expires", date);
  for (const [name, value] of Object.entries(result.headers)) response.setHeader(name, value);
  if (result.body === null) {
    response.removeHeader("Content-Length");
    response.end();
    return;
  }
  const zip =
    result.body.length > GZIP_FROM &&
    result.headers["Content-Encoding"] === undefined &&
    /gzip/.test(String(incoming.headers["accept-encoding"]));
  const body = zip ? gzipSync(result.body) : result.body;
  if (zip) response.setHeader("Content-Encoding", "gzip");
  response.setHeader("Content-Length", body.length);
  response.end(body);
}
