import { z } from "zod";

import { AppError } from "../../shared/errors.ts";
import { parseJson } from "./body.ts";
import { numberField } from "./schema.ts";
import type { FailedAnswer } from "./errors.ts";
import type { WireAnswer } from "./transport.ts";

/** Of the body of an error no more is looked at: it may be a whole web page of a proxy. */
const maxErrorBody = 4096;

const envelopeSchema = z.object({
  data: z.unknown(),
  message: z.string().optional().catch(undefined),
  total: numberField,
});

const failureSchema = z.object({
  message: z.string().optional().catch(undefined),
  errors: z.record(z.string(), z.string()).optional().catch(undefined),
});

export interface Envelope {
  readonly data: unknown;
  /** Rows that there are in all, where the answer is one page of them. */
  readonly total: number | null;
}

/** What is known of an answer that says no; its body may be anything. */
export function failedAnswer(answer: WireAnswer, address: string): FailedAnswer {
  const plain = { status: answer.status, reason: answer.reason };
  if (answer.body.length === 0 || answer.body.length > maxErrorBody) return plain;
  try {
    const parsed = failureSchema.safeParse(parseJson(answer.body, "strict", address));
    return parsed.success ? { ...plain, ...parsed.data } : plain;
  } catch {
    // No JSON: the reason phrase is all there is, and pveproxy always sends one.
    return plain;
  }
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
  return { data: parsed.data.data, total: parsed.data.total };
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
