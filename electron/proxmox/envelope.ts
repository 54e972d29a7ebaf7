import { z } from "zod";

import { AppError } from "../../shared/errors.ts";
import { parseJson } from "./body.ts";
import { numberField, textField } from "./schema.ts";
import { serverText } from "./server-text.ts";
import type { FailedAnswer } from "./errors.ts";
import type { WireAnswer } from "./wire.ts";

/** A JSON body of an error is never larger (every parameter refused, each with a list of allowed values, has 20 kB). */
const maxErrorJson = 64 * 1024;
/** Of a body that is plain text no more is looked at. */
const maxErrorText = 4096;

const envelopeSchema = z.object({
  data: z.unknown(),
  message: z.string().optional().catch(undefined),
  total: numberField,
});

const failureSchema = z.object({
  message: z.string().optional().catch(undefined),
  // One text that is none must not hide the others.
  errors: z
    .record(z.string(), textField)
    .transform((texts) =>
      Object.fromEntries(
        Object.entries(texts).filter((entry): entry is [string, string] => entry[1] !== null),
      ),
    )
    .optional()
    .catch(undefined),
});

export interface Envelope {
  readonly data: unknown;
  /** Rows that there are in all, where the answer is one page of them. */
  readonly total: number | null;
}

/** null for what is a web page, cut JSON or binary. */
function plainText(body: Buffer): string | null {
  const text = body.subarray(0, maxErrorText).toString("utf8");
  return text.includes("\0") || /^\s*[<{[]/u.test(text) ? null : text;
}

function errorBody(body: Buffer, address: string): unknown {
  if (body.length > maxErrorJson) return plainText(body);
  try {
    return parseJson(body, "strict", address);
  } catch {
    return plainText(body);
  }
}

/**
 * What is known of an answer that says no; its body may be anything. Proxmox VE says why in `message` (8.4 and later) and in the
 * reason phrase, Proxmox Backup Server in a body of plain text, under the content type of JSON (proxmox-rest-server, formatter.rs).
 */
export function failedAnswer(answer: WireAnswer, address: string): FailedAnswer {
  const plain = { status: answer.status, reason: answer.reason };
  if (answer.body.length === 0) return plain;
  const value = errorBody(answer.body, address);
  if (typeof value === "string") return { ...plain, message: value };
  const parsed = failureSchema.safeParse(value);
  return parsed.success ? { ...plain, ...parsed.data } : plain;
}

/**
 * `{data, total?}` of a 200. Throws AppError `server.badAnswer` for everything else, and `server.error` for the 200 that
 * carries a message in place of data.
 */
export function readEnvelope(answer: WireAnswer, encoding: "strict" | "tolerant", address: string): Envelope {
  const value = parseJson(answer.body, encoding, address);
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, "data");
  const parsed = isObject ? envelopeSchema.safeParse(value) : null;
  if (parsed === null || !parsed.success) {
    throw new AppError("server.badAnswer", { params: { address, reason: "shape" } });
  }
  const { data, message, total } = parsed.data;
  if (data === null && message !== undefined && message.trim() !== "") {
    throw new AppError("server.error", { server: serverText(message), status: answer.status });
  }
  return { data, total };
}

/** Says in the log, not to the user, where an answer did not fit: paths of fields, never their values. */
export function badShape(address: string, path: string, error: z.ZodError): AppError {
  const where = error.issues
    .slice(0, 3)
    .map((issue) => issue.path.join(".") || "data")
    .join(", ");
  return new AppError("server.badAnswer", {
    params: { address, reason: "shape", path, where },
    cause: error,
  });
}
