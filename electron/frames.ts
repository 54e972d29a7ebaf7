import { z } from "zod";

import type { FrameIn } from "../shared/bridge.ts";
import { streamWindow } from "../shared/bridge.ts";
import { resultSchema } from "../shared/errors.ts";
import { maxChunk } from "../shared/stream-flow.ts";

/** Ids are minted by the renderer; these characters survive every log and the one-byte length of a binary frame. */
const idSchema = z.string().regex(/^[\w.:-]{1,100}$/u);
const nameSchema = z.string().min(1).max(64);
const keySchema = z.string().min(1).max(128).nullable();
// Over JSON an input that is undefined is left out.
const inputSchema = z.unknown().optional();

const frameSchema = z.discriminatedUnion("t", [
  z.object({ t: z.literal("call"), id: idSchema, operation: nameSchema, input: inputSchema }),
  z.object({ t: z.literal("cancel"), id: idSchema }),
  z.object({ t: z.literal("subscribe"), event: nameSchema, key: keySchema }),
  z.object({ t: z.literal("unsubscribe"), event: nameSchema, key: keySchema }),
  z.object({ t: z.literal("open"), id: idSchema, stream: nameSchema, input: inputSchema }),
  z.object({
    t: z.literal("chunk"),
    id: idSchema,
    data: z.instanceof(Uint8Array).refine((data) => data.byteLength > 0 && data.byteLength <= maxChunk),
  }),
  z.object({ t: z.literal("credit"), id: idSchema, bytes: z.number().int().min(1).max(streamWindow) }),
  z.object({ t: z.literal("end"), id: idSchema, result: resultSchema }),
]);

/** A frame from a window, or undefined where it is none. */
export function parseFrame(value: unknown): FrameIn | undefined {
  const parsed = frameSchema.safeParse(value);
  return parsed.success ? (parsed.data as FrameIn) : undefined;
}

export interface DataLimits {
  /** Rough size in bytes of the value as JSON. */
  readonly bytes: number;
  readonly depth: number;
}

/**
 * Is this plain data (what JSON can carry) within the limits? Electron's structured clone also carries cycles, maps, dates and
 * typed arrays: none of them is data here. Stops at the first limit, so a hostile value costs no more than a legal one.
 */
export function isPlainData(value: unknown, limits: DataLimits): boolean {
  let left = limits.bytes;

  function spend(bytes: number): boolean {
    left -= bytes;
    return left >= 0;
  }

  function fits(item: unknown, depth: number): boolean {
    if (item === undefined || item === null || typeof item === "boolean") return spend(5);
    if (typeof item === "string") return spend(item.length + 2);
    if (typeof item === "number") return Number.isFinite(item) && spend(8);
    if (typeof item !== "object" || depth === 0) return false;
    if (Array.isArray(item)) return spend(2) && item.every((entry) => fits(entry, depth - 1) && spend(1));
    const prototype: unknown = Object.getPrototypeOf(item);
    if (prototype !== Object.prototype && prototype !== null) return false;
    return Object.entries(item).every(([key, entry]) => spend(key.length + 4) && fits(entry, depth - 1));
  }

  return fits(value, limits.depth);
}
