import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Mutation } from "./mutation-list.ts";

const simulator = fileURLToPath(new URL("../../simulator", import.meta.url));

export const fileOf = (mutation: Mutation): string => join(simulator, mutation.file);

/** The place of a mutation in its file, whatever the formatter made of its white space. */
function placeOf(mutation: Mutation): RegExp {
  const words = mutation.from
    .trim()
    .split(/\s+/u)
    .map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`));
  return new RegExp(words.join(String.raw`\s*`), "gu");
}

export function mutated(mutation: Mutation, source: string): string {
  return source.replace(placeOf(mutation), () => mutation.to);
}

/** A mutation that fits nowhere any more, or in several places, proves nothing. */
export function fitsOnce(mutation: Mutation): boolean {
  const source = readFileSync(fileOf(mutation), "utf8");
  return [...source.matchAll(placeOf(mutation))].length === 1;
}
