import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { profileOf, PVE_VERSIONS, type PveVersion } from "../../simulator/profiles/pve.ts";
import { routes } from "../../simulator/routes/all.ts";
import type { Route } from "../../simulator/routes/route.ts";
import { factsFolder } from "./recordings.ts";

type Schema = { readonly optional?: number | boolean; readonly type?: string };
type Method = { readonly parameters?: { readonly properties?: Readonly<Record<string, Schema>> } };
type TreeNode = {
  readonly path: string;
  readonly info?: Readonly<Record<string, Method>>;
  readonly children?: readonly TreeNode[];
};
type Tree = ReadonlyMap<string, Method>;

/** The requests of an official API tree, `METHOD path` → its description. */
function readTree(folder: string, version: string): Tree {
  const text = gunzipSync(readFileSync(join(folder, "facts/api", `pve-api-${version}.json.gz`))).toString();
  const found = new Map<string, Method>();
  const walk = (nodes: readonly TreeNode[]): void => {
    for (const node of nodes) {
      for (const [method, info] of Object.entries(node.info ?? {})) found.set(`${method} ${node.path}`, info);
      walk(node.children ?? []);
    }
  };
  walk(JSON.parse(text) as readonly TreeNode[]);
  return found;
}

const ALL = ["6.4", "7.4", "8.4", "9.0", "9.1", "9.2"];
/** 9.0 and 9.1 are simulated by no profile of their own: the next one is compared with them, its newer parameters left out. */
const PROFILE_FOR: Readonly<Record<string, PveVersion>> = { "9.0": "9.2", "9.1": "9.2" };

/** `net3` and `net[n]` are one parameter. */
const family = (name: string): string => name.replace(/\d+$/, "[n]");

function ownParameters(route: Route, version: PveVersion): ReadonlyMap<string, boolean> {
  const known = profileOf(version).parametersOf(`${route.method} ${route.path}`, route.parameters ?? {});
  return new Map(Object.entries(known).map(([name, rule]) => [name, rule.required === true]));
}

function theirParameters(route: Route, method: Method): ReadonlyMap<string, boolean> {
  const inPath = new Set([...route.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]));
  const properties = Object.entries(method.parameters?.properties ?? {}).filter(
    ([name]) => !inPath.has(name),
  );
  return new Map(
    properties.map(([name, schema]) => [name, schema.optional !== 1 && schema.optional !== true]),
  );
}

/** Where a version has a request of today, or null when it has none. */
function pathIn(route: Route, version: PveVersion): string | null {
  const profile = profileOf(version);
  if (profile.lacks(`${route.method} ${route.path}`)) return null;
  const former = Object.entries(profile.formerPaths).find(([, today]) => today === route.path);
  return former?.[0] ?? route.path;
}

type Row = {
  readonly requests: number;
  readonly parameters: number;
  readonly known: number;
  readonly wrong: readonly string[];
};

function compare(tree: Tree, name: string): Row {
  const version = PROFILE_FOR[name] ?? (name as PveVersion);
  const exact = PROFILE_FOR[name] === undefined;
  const wrong: string[] = [];
  let [requests, parameters, known] = [0, 0, 0];
  for (const route of routes) {
    const path = pathIn(route, version);
    const today = `${route.method} ${route.path}`;
    const method = path === null ? undefined : tree.get(`${route.method} ${path}`);
    if (exact && path === null && tree.has(today)) wrong.push(`${today} is missing`);
    if (exact && path !== null && !method) wrong.push(`${today} should not be there`);
    if (!method) continue;
    requests += 1;
    const [ours, theirs] = [ownParameters(route, version), theirParameters(route, method)];
    const families = new Set([...theirs.keys()].map(family));
    const has = (one: string): boolean => theirs.has(one) || families.has(one);
    if (exact) for (const one of ours.keys()) if (!has(one)) wrong.push(`${today} takes ${one}`);
    for (const [one, required] of theirs) {
      parameters += 1;
      if (ours.has(one) || ours.has(family(one))) known += 1;
      if (ours.has(one) && required !== ours.get(one))
        wrong.push(`${today}: ${one} is ${required ? "" : "not "}required`);
    }
  }
  return { requests, parameters, known, wrong };
}

const folder = factsFolder();
const hasTrees = folder !== null && existsSync(join(folder, "facts/api"));

describe("the profiles beside the official API trees", () => {
  it.skipIf(!hasTrees)("have the requests of their versions, and no parameter that those refuse", () => {
    const lines: string[] = [];
    const wrong = ALL.flatMap((name) => {
      const row = compare(readTree(folder ?? "", name), name);
      lines.push(
        `  PVE ${name}: ${row.requests} of ${routes.length} simulated requests, ${row.known} of their ${row.parameters} parameters known, ${row.wrong.length} wrong`,
      );
      return row.wrong.map((one) => `${name}: ${one}`);
    });
    process.stdout.write(`profiles beside the API trees:\n${lines.join("\n")}\n`);
    expect(wrong).toEqual([]);
  });

  it.runIf(!hasTrees)("are compared with nothing here", () => {
    process.stdout.write("profiles: skipped: no reference data\n");
    expect(PVE_VERSIONS).toHaveLength(4);
  });
});
