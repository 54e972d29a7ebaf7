import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { catalogue } from "../../electron/proxmox/requests/catalogue.ts";
import { isKnownAt, isRequiredAt } from "../../electron/proxmox/requests/parameters.ts";
import type { ApiVersion, Parameter } from "../../electron/proxmox/requests/parameters.ts";
import type { Product, Purpose, RequestShape } from "../../electron/proxmox/requests/request.ts";
import { choicesOf, segments } from "../../electron/proxmox/requests/segments.ts";
import type { SegmentName } from "../../electron/proxmox/requests/segments.ts";

/** Every request that we can send, held against every API tree that Proxmox publishes. */

const facts = process.env["PROXMOXER_FACTS"] ?? join(import.meta.dirname, "../../../shared");
const folder = join(facts, "facts/api");

const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Schema {
  readonly type?: string;
  readonly optional?: number | boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
}
interface Method {
  readonly parameters?: {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly additionalProperties?: unknown;
  };
  readonly permissions?: unknown;
}
interface TreeNode {
  readonly path: string;
  readonly info?: Readonly<Record<string, Method>>;
  readonly children?: readonly TreeNode[];
}
interface Tree {
  readonly name: string;
  readonly product: Product;
  readonly version: ApiVersion;
  readonly methods: readonly {
    readonly method: string;
    readonly parts: readonly string[];
    readonly info: Method;
  }[];
}

function* flat(nodes: readonly TreeNode[]): Iterable<TreeNode> {
  for (const node of nodes) {
    yield node;
    if (node.children !== undefined) yield* flat(node.children);
  }
}

function readTree(file: string): Tree {
  const [, product, major, minor] = /^(pve|pbs)-api-(\d+)\.(\d+)\.json\.gz$/u.exec(file) ?? [];
  const root = JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as readonly TreeNode[];
  return {
    name: `${product ?? ""} ${major ?? ""}.${minor ?? ""}`,
    product: product as Product,
    version: [Number(major), Number(minor)],
    methods: [...flat(root)].flatMap(({ path, info = {} }) =>
      Object.entries(info).map(([method, one]) => ({ method, parts: path.split("/"), info: one })),
    ),
  };
}

const trees = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith(".json.gz"))
      .map(readTree)
      .toSorted(
        (a, b) =>
          a.product.localeCompare(b.product) * -1 ||
          a.version[0] - b.version[0] ||
          a.version[1] - b.version[1],
      )
  : [];

interface Named {
  readonly name: string;
  readonly shape: RequestShape;
}

const all: readonly Named[] = Object.entries(catalogue).flatMap(([product, areas]) =>
  Object.entries(areas as Readonly<Record<string, Readonly<Record<string, RequestShape>>>>).flatMap(
    ([area, shapes]) =>
      Object.entries(shapes).map(([key, shape]) => ({ name: `${product} ${area}.${key}`, shape })),
  ),
);

/** `/nodes/{node}/{guest}/…` stands for one path of the API for each choice. */
function expansions(path: string): readonly string[] {
  const match = [...path.matchAll(/\{(\w+)\}/gu)].find(([, name]) => choicesOf(name as SegmentName) !== null);
  if (match === undefined) return [path];
  const [whole, name] = match;
  return (choicesOf(name as SegmentName) ?? []).flatMap((choice) => expansions(path.replace(whole, choice)));
}

/** A part of the API's own that is written out (`localhost`) may stand in the place of one of its variables, not the reverse. */
function fits(ours: readonly string[], theirs: readonly string[]): boolean {
  return (
    ours.length === theirs.length &&
    theirs.every((part, at) => {
      const own = ours[at] ?? "";
      return part.startsWith("{") ? own !== "" : own === part;
    })
  );
}

/** An exact part goes before a variable: `/access/ticket` is not `/access/{something}`. */
function find(tree: Tree, method: string, path: string): Tree["methods"][number] | undefined {
  const parts = path.split("/");
  const variables = (one: Tree["methods"][number]): number =>
    one.parts.filter((part) => part.startsWith("{")).length;
  return tree.methods
    .filter((one) => one.method === method && fits(parts, one.parts))
    .toSorted((a, b) => variables(a) - variables(b))[0];
}

function pathsAt({ path, formerly }: RequestShape, version: ApiVersion): readonly string[] {
  const isFormer = formerly !== undefined && isKnownAt({ until: formerly.until }, version);
  return expansions(isFormer ? formerly.path : path);
}

const kindsOf: Readonly<Record<Parameter["kind"], readonly string[]>> = {
  text: ["string"],
  named: ["string", "integer"],
  integer: ["integer", "number"],
  flag: ["boolean"],
  choice: ["string", "boolean", "integer"],
  list: ["string", "array"],
};

/** What a value that we may send would be refused for. */
function misfits(name: string, ours: Parameter, theirs: Schema): readonly string[] {
  const found: string[] = [];
  const type = theirs.type ?? "string";
  if (!kindsOf[ours.kind].includes(type)) found.push(`${name}: ${ours.kind} is not ${type}`);
  if (ours.kind === "list" && type === "array" && ours.repeat !== true && !ours.since) {
    found.push(`${name}: an array wants the key repeated`);
  }
  if (ours.kind === "choice" && theirs.enum !== undefined) {
    const unknown = ours.values.filter((value) => theirs.enum?.includes(value) !== true);
    if (unknown.length > 0) found.push(`${name}: ${unknown.join(", ")} not in ${theirs.enum.join("|")}`);
  }
  if (ours.kind === "integer") {
    const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = theirs;
    if ((ours.min ?? Number.NEGATIVE_INFINITY) < minimum) found.push(`${name}: below ${String(minimum)}`);
    if ((ours.max ?? Number.POSITIVE_INFINITY) > maximum) found.push(`${name}: above ${String(maximum)}`);
  }
  if (
    ours.kind === "text" &&
    theirs.maxLength !== undefined &&
    (ours.maxLength ?? Number.POSITIVE_INFINITY) > theirs.maxLength
  ) {
    found.push(`${name}: longer than ${String(theirs.maxLength)}`);
  }
  return found;
}

function checkParameters(
  shape: RequestShape,
  path: string,
  parts: readonly string[],
  info: Method,
  version: ApiVersion,
): readonly string[] {
  const properties = info.parameters?.properties ?? {};
  const known = Object.entries(shape.parameters).filter(([, parameter]) => isKnownAt(parameter, version));
  const inPath = parts.filter((part) => part.startsWith("{")).map((part) => part.slice(1, -1));
  const problems: string[] = [];
  for (const [name, parameter] of Object.entries(shape.parameters)) {
    const theirs = properties[name];
    if (isKnownAt(parameter, version)) {
      if (theirs === undefined) problems.push(`${path}: it does not know ${name}`);
      else problems.push(...misfits(name, parameter, theirs).map((text) => `${path}: ${text}`));
    } else if (theirs !== undefined) problems.push(`${path}: it does know ${name}`);
  }
  for (const [name, theirs] of Object.entries(properties)) {
    const isOptional = theirs.optional === 1 || theirs.optional === true;
    if (isOptional || inPath.includes(name)) continue;
    const ours = known.find(([key]) => key === name)?.[1];
    if (ours === undefined || !isRequiredAt(ours, version)) problems.push(`${path}: it requires ${name}`);
  }
  return problems;
}

/** `DATASTORE_AUDIT` of the descriptions is `Datastore.Audit` of the checks. */
function privilegesIn(permissions: unknown): ReadonlySet<string> {
  const text = JSON.stringify(permissions ?? "");
  const dotted = [...text.matchAll(/\b[A-Z][A-Za-z]*\.[A-Z][A-Za-z.]*[a-z]/gu)].map(([name]) => name);
  const shouted = [...text.matchAll(/\b([A-Z]+)_([A-Z]+)\b/gu)].map(([, area = "", verb = ""]) =>
    [area, verb].map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join("."),
  );
  // The tree's words for pve-storage's check_volume_access.
  const volume = text.includes("read access for the volume")
    ? ["Datastore.Allocate", "Datastore.AllocateSpace", "VM.Backup"]
    : [];
  return new Set([...dotted, ...shouted, ...volume]);
}

/** What we say of the rights against what the tree says: who needs none, and which privileges there can be a word of. */
function checkRights({ rights }: RequestShape, { permissions }: Method): readonly string[] {
  const named = privilegesIn(permissions);
  const user = (permissions as { readonly user?: string } | undefined)?.user;
  if (rights === "public") return user === "world" ? [] : ["it is not public"];
  if (user === "world") return ["it is public"];
  if (rights === "login") {
    const isChecked =
      user === undefined && (permissions as { readonly check?: unknown } | undefined)?.check !== undefined;
    return isChecked &&
      !JSON.stringify(permissions).includes("userid-param") &&
      !JSON.stringify(permissions).includes("perm-modify")
      ? [`it needs ${[...named].join(", ")}`]
      : [];
  }
  const ours = rights.flat().map((right) => right.slice(right.indexOf(" ") + 1));
  return ours
    .filter((privilege) => !named.has(privilege))
    .map((privilege) => `it says nothing of ${privilege}`);
}

/** "" = that server has no such request, and we know it; else what is wrong. */
function check(
  shape: RequestShape,
  tree: Tree,
): { readonly mark: string; readonly problems: readonly string[] } {
  const isKnown = isKnownAt(shape, tree.version);
  const problems = pathsAt(shape, tree.version).flatMap((path) => {
    const found = find(tree, shape.method, path);
    if (!isKnown) return found === undefined ? [] : [`${path}: it is there`];
    if (found === undefined) return [`${path}: it is not there`];
    return [
      ...checkParameters(shape, path, found.parts, found.info, tree.version),
      ...checkRights(shape, found.info).map((text) => `${path}: ${text}`),
    ];
  });
  return { mark: problems.length > 0 ? "FAIL" : isKnown ? "yes" : "–", problems };
}

/** The rows of the rights page, for each product: what a screen needs must be among the requests. */
const screens: readonly {
  readonly row: string;
  readonly purpose: Purpose;
  readonly products: readonly Product[];
}[] = [
  { row: "Tree", purpose: "tree", products: ["pve", "pbs"] },
  { row: "Backup now", purpose: "backupNow", products: ["pve"] },
  { row: "Jobs list / edit", purpose: "jobs", products: ["pve", "pbs"] },
  { row: "Backups list", purpose: "backups", products: ["pve", "pbs"] },
  { row: "Restore", purpose: "restore", products: ["pve", "pbs"] },
  { row: "Delete, prune", purpose: "delete", products: ["pve", "pbs"] },
  { row: "Protect, notes", purpose: "protect", products: ["pve", "pbs"] },
  { row: "Verify / GC", purpose: "verify", products: ["pbs"] },
  { row: "All tasks", purpose: "tasks", products: ["pve", "pbs"] },
];

describe("the catalogue of requests", () => {
  it.skipIf(trees.length === 0)("fits every official API tree", () => {
    const products: readonly Product[] = ["pve", "pbs"];
    let cells = 0;
    const problems: string[] = [];
    for (const product of products) {
      const own = trees.filter((tree) => tree.product === product);
      const rows = all.filter(({ shape }) => shape.product === product);
      const lines = rows.map(({ name, shape }) => {
        const checks = own.map((tree) => check(shape, tree));
        cells += checks.length;
        checks.forEach((one, at) =>
          problems.push(...one.problems.map((text) => `${name}, ${own[at]?.name ?? ""}: ${text}`)),
        );
        const title = `${shape.method.padEnd(6)} ${shape.path}`;
        return `${name.slice(4).padEnd(28)} ${title.padEnd(74)} ${checks.map(({ mark }) => mark.padEnd(5)).join(" ")}`;
      });
      const head = own.map(({ name }) => name.slice(4).padEnd(5)).join(" ");
      print([`${product}${" ".repeat(101)} ${head}`, ...lines].join("\n"));
    }
    print(
      `requests: ${String(all.length)}, API trees: ${String(trees.length)}, checked: ${String(cells)}, wrong: ${String(problems.length)}`,
    );
    expect(problems).toEqual([]);
    expect(trees).toHaveLength(10);
  });

  it.runIf(trees.length === 0)("skipped: no reference data", () => {
    print("skipped: no reference data");
  });

  it.each(screens)("has what the screen $row needs", ({ purpose, products }) => {
    const missing = products.filter(
      (product) => !all.some(({ shape }) => shape.product === product && shape.purpose === purpose),
    );
    expect(missing).toEqual([]);
  });

  it("lists each request under its product, with a grammar for each part of its path", () => {
    for (const { name, shape } of all) {
      expect(name.startsWith(shape.product), name).toBe(true);
      for (const [, part = ""] of shape.path.matchAll(/\{(\w+)\}/gu)) {
        expect(Object.keys(segments), name).toContain(part);
      }
    }
    const sent = all.map(({ shape }) => `${shape.product} ${shape.method} ${shape.path}`);
    expect(new Set(sent).size).toBe(sent.length);
  });
});
