import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env, stdout } from "node:process";
import { fileURLToPath } from "node:url";

/** Folder of reference data (real logs, recorded answers), which is no part of the project. */
export const referenceFolder =
  env["PROXMOXER_FACTS"] ?? fileURLToPath(new URL("../../../shared", import.meta.url));

/** Folder of this room's own logs, written by hand in the servers' grammar. */
export const fixtureFolder = fileURLToPath(new URL("fixtures", import.meta.url));

/** Lines of a file as a task log would come line by line: without the last, empty one. */
export function linesOf(file: string): string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The fixtures by name, without ending. */
export function readFixtures(): ReadonlyMap<string, readonly string[]> {
  const names = readdirSync(fixtureFolder).filter((name) => name.endsWith(".log"));
  return new Map(names.map((name) => [name.slice(0, -4), linesOf(join(fixtureFolder, name))]));
}

/** The kind of task a fixture's name starts with. */
export function kindOfFixture(name: string): string {
  const [first = "", second = ""] = name.split("-");
  if (first === "power") return "qmstart";
  if (first === "vzmove") return "move_volume";
  return first === "pbs" ? `pbs-${second}` : first;
}

/** Says on the terminal how much a test has read. */
export function print(text: string): void {
  stdout.write(`${text}\n`);
}

/** True when the folder is there; then a test must find something in it. */
export function hasReference(...path: readonly string[]): boolean {
  const there = existsSync(join(referenceFolder, ...path));
  if (!there) print(`skipped: no reference data (${path.join("/")})`);
  return there;
}
