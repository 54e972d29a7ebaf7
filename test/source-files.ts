import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { parseAst } from "vite";

/** The repository's own sources, read and parsed: what the checks of house.test.ts look at. */

export const root = fileURLToPath(new URL("..", import.meta.url));
export const rooms = ["electron", "renderer", "shared", "simulator", "test"] as const;

export interface SourceFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

export function sourceFiles(): readonly SourceFile[] {
  return rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/u.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        path: relative(root, file).replaceAll("\\", "/"),
        text: readFileSync(file, "utf8"),
      })),
  );
}

/** A node of the syntax tree, as far as these checks need it. */
export interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function parse(path: string, text: string): Node {
  return parseAst(text, { lang: path.endsWith("x") ? "tsx" : "ts" }) as unknown as Node;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

/** Visits every node below, parents first; `visit` gets the way from the root too. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => void,
  parents: readonly Node[] = [],
): void {
  visit(node, parents);
  const inner = [...parents, node];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(child)) walk(child, visit, inner);
    }
  }
}

export interface Import {
  readonly from: string;
  /** Gone at run time. */
  readonly isType: boolean;
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === "Literal" && typeof node["value"] === "string"
    ? node["value"]
    : undefined;
}

/** All imports of a file: static, re-exporting, dynamic, `require` and in types. */
export function importsOf(path: string, text: string): readonly Import[] {
  const found: Import[] = [];
  walk(parse(path, text), (node) => {
    const isType =
      node["importKind"] === "type" || node["exportKind"] === "type" || node.type === "TSImportType";
    const isRequire =
      node.type === "CallExpression" && isNode(node["callee"]) && node["callee"]["name"] === "require";
    const source = isRequire ? (node["arguments"] as readonly unknown[])[0] : node["source"];
    const isImport =
      /^(?:Import(?:Declaration|Expression)|Export(?:Named|All)Declaration|TSImportType)$/u.test(node.type);
    const from = isImport || isRequire ? textOf(source) : undefined;
    if (from !== undefined) found.push({ from, isType });
  });
  return found;
}
