import { createGunzip } from "node:zlib";

import { AppError } from "../../shared/errors.ts";

/** How much of an answer is read, after decompression. A list of 10,000 guests has 5 MB; a status never has one. */
export const sizeLimits = { list: 16 * 1024 * 1024, status: 4 * 1024 * 1024 } as const;
export type AnswerSize = keyof typeof sizeLimits;
/** Deeper nesting is no answer of an API and would overflow the stack where it is cloned. */
const maxDepth = 64;

async function collect(
  source: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => AppError,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

async function* counted(
  source: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => AppError,
): AsyncIterable<Buffer> {
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    yield chunk;
  }
}

/** The stream's own error must reach the reader, and a reader that stops must end the stream. */
async function gunzip(
  source: AsyncIterable<Buffer>,
  limit: number,
  tooLarge: () => AppError,
): Promise<Buffer> {
  const unzip = createGunzip();
  const feed = async (): Promise<void> => {
    for await (const chunk of source) {
      if (unzip.destroyed) return;
      if (!unzip.write(chunk))
        await new Promise<void>((resolve) => void unzip.once("drain", resolve).once("close", resolve));
    }
    unzip.end();
  };
  const feeding = feed().catch((error: unknown) => {
    unzip.destroy(error instanceof Error ? error : new Error("broken stream", { cause: error }));
  });
  try {
    return await collect(unzip, limit, tooLarge);
  } finally {
    unzip.destroy();
    await feeding;
  }
}

/**
 * Reads a whole body under a cap, unzipped as a stream. pveproxy sends gzip when accepted, and for a downloaded task log
 * whatever was accepted (seen on PVE 9.2); no other encoding is known to it.
 * Throws AppError `server.tooLarge`, `server.badAnswer`; network errors pass.
 */
export async function readBody(
  source: AsyncIterable<Buffer>,
  encoding: string | undefined,
  limit: number,
  address: string,
): Promise<Buffer> {
  const tooLarge = (): AppError => new AppError("server.tooLarge", { params: { address, bytes: limit } });
  const name = (encoding ?? "").trim().toLowerCase();
  if (name === "" || name === "identity") return await collect(source, limit, tooLarge);
  if (name !== "gzip" && name !== "x-gzip") {
    throw new AppError("server.badAnswer", { params: { address, reason: "encoding" } });
  }
  try {
    return await gunzip(counted(source, limit, tooLarge), limit, tooLarge);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (typeof code !== "string" || !code.startsWith("Z_")) throw error;
    throw new AppError("server.badAnswer", { params: { address, reason: "encoding" }, cause: error });
  }
}

/** Walks without recursion: an attacker's nesting must not overflow our own stack. */
function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      for (const child of Object.values(value))
        if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return false;
}

/**
 * Bytes → JSON value. Strict UTF-8 (a byte order mark is let go), at most 64 levels deep.
 * `tolerant` is for task logs alone: they hold whatever a program printed, so broken bytes become U+FFFD there.
 * Throws AppError `server.badAnswer`.
 */
export function parseJson(bytes: Buffer, encoding: "strict" | "tolerant", address: string): unknown {
  const bad = (reason: string, cause?: unknown): AppError =>
    new AppError("server.badAnswer", { params: { address, reason }, cause });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: encoding === "strict" }).decode(bytes);
  } catch (error) {
    throw bad("utf8", error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw bad(/^\s*</u.test(text) ? "html" : "json", error);
  }
  if (isTooDeep(value)) throw bad("depth");
  return value;
}
