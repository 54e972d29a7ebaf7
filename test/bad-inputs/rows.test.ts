import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { rows } from "./rows.ts";

/** Every hostile input of the design has its test, here or elsewhere, or a reason why there is nothing to test yet. */

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Row → how many tests of this folder name it. */
function ownTests(): ReadonlyMap<number, number> {
  const count = new Map<number, number>();
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.ts"))) {
    for (const [, row = ""] of read(`test/bad-inputs/${file}`).matchAll(/(?:\bit|\))\(\s*["'`](\d{1,2}) /gu))
      count.set(Number(row), (count.get(Number(row)) ?? 0) + 1);
  }
  return count;
}

it("is every row, each proved or said to come later", () => {
  const own = ownTests();
  const lines = rows.map(({ row, input, also = [], later }) => {
    const here = own.get(row) ?? 0;
    const places = [...(here > 0 ? ["here"] : []), ...also.map(([file]) => file)];
    return `${String(row).padStart(3)} ${input}: ${places.length > 0 ? places.join(", ") : `later, ${later ?? "?"}`}`;
  });
  const later = rows.filter(({ later: reason }) => reason !== undefined).length;
  process.stdout.write(
    `hostile inputs: ${rows.length}, ${rows.length - later} proved, ${later} of things that are not there yet\n${lines.join("\n")}\n`,
  );
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: 96 }, (_, at) => at + 1));
  const bare = rows.filter(
    ({ row, also, later: reason }) => !own.has(row) && also === undefined && reason === undefined,
  );
  expect(bare).toEqual([]);
});

it.each(rows.flatMap(({ also = [] }) => also))("stands in %s as “%s”", (file, name) => {
  expect(name).not.toBe("");
  expect(read(file)).toContain(name);
});
