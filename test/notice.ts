/**
 * NOTICE, made from the lock file: every package that ships, its licence and its copyright lines, and each licence's text once.
 * `node test/notice.ts` writes it; test/notice.test.ts says when it is out of date.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const root = new URL("..", import.meta.url).pathname;

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

export interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly folder: string;
}

/** Type declarations never ship, and the Node binary of the tools does not either. */
function ships(name: string): boolean {
  return !name.startsWith("@types/") && !name.startsWith("node-linux-");
}

export function shippedPackages(): readonly Shipped[] {
  const lock = lockSchema.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  return Object.entries(lock.packages)
    .filter(
      ([path, entry]) =>
        path !== "" && entry.dev !== true && entry.devOptional !== true && entry.link !== true,
    )
    .map(([path, entry]) => ({
      name: path.replace(/^.*node_modules\//u, ""),
      version: entry.version ?? "",
      license: entry.license ?? "not stated",
      folder: join(root, path),
    }))
    .filter((entry) => ships(entry.name))
    .toSorted((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));
}

function licenceText(folder: string): string {
  if (!existsSync(folder)) return "";
  const file = readdirSync(folder).find((name) => /^licen[cs]e/iu.test(name));
  return file === undefined ? "" : readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
}

const copyrightLine = /^\s*(?:copyright\b|©).*/iu;

function copyrights(text: string): readonly string[] {
  return [
    ...new Set(text.split("\n").filter((line) => copyrightLine.test(line) && /\d{4}|©|\(c\)/iu.test(line))),
  ]
    .map((line) => line.trim())
    .slice(0, 4);
}

/** The licence's text once, without its copyright lines: those stand beside each package. */
function body(text: string): string {
  return text
    .split("\n")
    .filter((line) => !copyrightLine.test(line))
    .join("\n")
    .trim();
}

export function noticeText(): string {
  const packages = shippedPackages();
  const texts = new Map<string, string>();
  const rows = packages.map((entry) => {
    const text = licenceText(entry.folder);
    if (text !== "" && !texts.has(entry.license)) texts.set(entry.license, body(text));
    const lines = copyrights(text).map((line) => `    ${line}`);
    return [`- ${entry.name} ${entry.version}: ${entry.license}`, ...lines].join("\n");
  });
  const licences = [...texts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `## ${name}\n\n${text}`);
  return [
    "Proxmoxer",
    "Copyright 2026 The Proxmoxer authors",
    "Licensed under the Apache License, Version 2.0 (see LICENSE).",
    "",
    "Proxmoxer is not affiliated with Proxmox Server Solutions GmbH. Proxmox is a registered trademark of that company.",
    "",
    "The desktop packages contain Electron (MIT) with Chromium and Node.js; their own notices ship beside the program",
    "as LICENSE.electron.txt and LICENSES.chromium.html.",
    "",
    "# Packages that are part of the program",
    "",
    rows.join("\n"),
    "",
    "# Texts of these licences",
    "",
    licences.join("\n\n"),
    "",
  ].join("\n");
}

if (process.argv[1] === new URL(import.meta.url).pathname) writeFileSync(join(root, "NOTICE"), noticeText());
