import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { catalogue } from "../../electron/proxmox/requests/catalogue.ts";
import type { RequestShape } from "../../electron/proxmox/requests/request.ts";
import { choicesOf, segments } from "../../electron/proxmox/requests/segments.ts";
import type { SegmentName } from "../../electron/proxmox/requests/segments.ts";

const facts = process.env["PROXMOXER_FACTS"] ?? join(import.meta.dirname, "../../../shared");
const folder = join(facts, "recordings");
export const hasRecordings = existsSync(folder);

const recordingSchema = z.object({
  method: z.string(),
  path: z.string(),
  params: z.record(z.string(), z.unknown()).nullable().catch(null),
  status: z.number(),
  statusText: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  bodyIsEmpty: z.boolean().optional(),
});
export type Recording = z.infer<typeof recordingSchema> & { readonly name: string };

export function readRecordings(): readonly Recording[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({
      name: name.replace(/\.json$/u, ""),
      ...recordingSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
    }));
}

/** The bytes that the server sent. */
export function bodyOf({ bodyIsEmpty, body }: Recording): string {
  if (bodyIsEmpty === true) return "";
  return typeof body === "string" ? body : JSON.stringify(body);
}

/** `data` of the answer, null where there is none. */
export function dataOf({ body }: Recording): unknown {
  return typeof body === "object" && body !== null && "data" in body ? body.data : null;
}

/** The server's own words: `message`, else a body of plain text, else the reason phrase. */
export function wordsOf({ body, statusText }: Recording): string {
  const message = typeof body === "object" && body !== null && "message" in body ? body.message : body;
  return typeof message === "string" && message.trim() !== "" ? message.trim() : statusText;
}

export interface Catalogued {
  /** `guests.status` */
  readonly name: string;
  readonly shape: RequestShape;
  readonly pattern: RegExp;
}

function patternOf(shape: RequestShape): RegExp {
  const path = shape.path.replaceAll(/\{(\w+)\}/gu, (_whole, name: string) => {
    const choices = Object.hasOwn(segments, name) ? choicesOf(name as SegmentName) : null;
    return `(?<${name}>${choices?.join("|") ?? "[^/]+"})`;
  });
  return new RegExp(`^${path}$`, "u");
}

/** Every request to Proxmox VE that we can send. */
export const catalogued: readonly Catalogued[] = Object.entries(catalogue.pve).flatMap(([area, requests]) =>
  Object.entries(requests as Readonly<Record<string, RequestShape>>).map(([name, shape]) => ({
    name: `${area}.${name}`,
    shape,
    pattern: patternOf(shape),
  })),
);

/** The request that this recording is one of, with the parts of its path, decoded; null where we never send such a one. */
export function requestOf({ method, path }: Recording): (Catalogued & { parts: Parts }) | null {
  const [bare = ""] = path.split("?");
  for (const one of catalogued) {
    const match = one.shape.method === method ? one.pattern.exec(bare) : null;
    if (match === null) continue;
    const parts = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return { ...one, parts: Object.fromEntries(parts) as Parts };
  }
  return null;
}

export type Parts = Readonly<Record<string, string>>;
