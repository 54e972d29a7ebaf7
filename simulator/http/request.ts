import type { IncomingMessage } from "node:http";
import { ApiError } from "../errors.ts";
import type { Raw } from "../schema.ts";

/** pveproxy takes at most this many bytes of a body and this many header lines. */
const MAX_BODY = 512 * 1024;
const MAX_HEADER_LINES = 64;

export type ApiRequest = {
  readonly method: string;
  /** Below /api2/<format>, still encoded part by part. */
  readonly path: string;
  readonly format: string;
  readonly query: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
};

const textError = (status: number, message: string): ApiError =>
  new ApiError(status, message, { body: "text" });

/** The whole body. Throws the 501 of too much data, chunks, or a body where none belongs. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  if (incoming.rawHeaders.length / 2 > MAX_HEADER_LINES) throw textError(501, "too many http header lines");
  if (incoming.headers["transfer-encoding"] !== undefined)
    throw textError(501, "chunked transfer encoding not supported");
  const length = Number(incoming.headers["content-length"] ?? 0);
  const method = incoming.method ?? "";
  if (length > 0 && !["POST", "PUT"].includes(method))
    throw textError(501, `Unexpected content for method '${method}'`);
  if (length > MAX_BODY) throw textError(501, "for data too large");
  return readWhole(incoming);
}

/** The whole body, whatever its size. */
export async function readWhole(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Words of a query or form; a key that came more than once has a list. */
export function fromForm(text: string): Raw {
  const found = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(text)) {
    const known = found.get(key);
    if (known) known.push(value);
    else found.set(key, [value]);
  }
  return Object.fromEntries(
    [...found].map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  );
}

function fromJson(text: string): Raw {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const message = `malformed JSON string, neither tag, array, object, number, string or atom, at character offset ${text.length} (before "(end of string)") at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.\n`;
    throw Object.assign(textError(500, message), { cause });
  }
  const values = { ...(parsed as Raw) };
  for (const [key, value] of Object.entries(values)) {
    if (value === null) throw new ApiError(500, `got undefined value for option '${key}'\n`);
  }
  return values;
}

/** Parameters of a request, unchecked: the query, and the body in its content type. */
export function readParameters(request: ApiRequest): Raw {
  const values = fromForm(request.query);
  if (request.body.length === 0) return values;
  const type =
    (request.headers["content-type"] ?? "application/x-www-form-urlencoded").split(";")[0]?.trim() ?? "";
  const text = request.body.toString("utf8");
  if (type === "application/json") return { ...values, ...fromJson(text) };
  if (type === "application/x-www-form-urlencoded") return { ...values, ...fromForm(text) };
  throw textError(506, `upload 'Content-Type '${type}' not implemented`);
}
