import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { PbsVersion } from "../../simulator/profiles/pbs.ts";

/** A type as the official API description gives it. */
export type Schema = {
  readonly type?: string;
  readonly optional?: boolean | number;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};

export type Method = { readonly parameters?: Schema; readonly returns?: Schema | null };

type Node = {
  readonly path: string;
  readonly info?: Readonly<Record<string, Method>>;
  readonly children?: readonly Node[];
};

/** The API of one version, `METHOD path` → method; null when this machine has no reference data. */
export function readTree(folder: string, version: PbsVersion): ReadonlyMap<string, Method> | null {
  const file = join(folder, "facts", "api", `pbs-api-${version}.json.gz`);
  if (!existsSync(file)) return null;
  const found = new Map<string, Method>();
  const walk = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      for (const [method, info] of Object.entries(node.info ?? {})) found.set(`${method} ${node.path}`, info);
      walk(node.children ?? []);
    }
  };
  walk(JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as readonly Node[]);
  return found;
}

export const isOptional = (schema: Schema): boolean => schema.optional === true || schema.optional === 1;

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Where a value does not have the shape that was promised; `files` and `history` are described too narrowly there. */
export function misfits(value: unknown, schema: Schema, at: string): readonly string[] {
  const kind = kindOf(value);
  const wanted = schema.type ?? "object";
  if (/\.(files|history)\[\]$/.test(at)) return [];
  if (wanted !== kind && !(wanted === "number" && kind === "integer"))
    return [`${at} is ${kind}, not ${wanted}`];
  if (schema.enum && !schema.enum.includes(String(value))) return [`${at} is '${String(value)}'`];
  if (Array.isArray(value))
    return [...new Set(value.flatMap((item) => misfits(item, schema.items ?? {}, `${at}[]`)))];
  const properties = schema.properties ?? {};
  if (kind !== "object" || Object.keys(properties).length === 0) return [];
  const row = value as Readonly<Record<string, unknown>>;
  const missing = Object.entries(properties)
    .filter(([name, one]) => !isOptional(one) && row[name] === undefined)
    .map(([name]) => `${at}.${name} is missing`);
  const given = Object.entries(row).flatMap(([name, one]) => {
    const rule = properties[name];
    return rule ? misfits(one, rule, `${at}.${name}`) : [`${at}.${name} is not described`];
  });
  return [...missing, ...given];
}
