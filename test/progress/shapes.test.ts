import { describe, expect, it } from "vitest";

import { guessKind } from "../../electron/progress/guess-kind.ts";
import { exitOfLastLine, summarise } from "../../electron/progress/saved-log.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { print } from "./reference.ts";
import { backupServerShapes } from "./shapes/backup-server.ts";
import { guestShapes } from "./shapes/guests.ts";
import { vzdumpShapes } from "./shapes/vzdump.ts";

const shapes = [...vzdumpShapes, ...guestShapes, ...backupServerShapes];

function summaryOf(lines: readonly string[], kind: string): unknown {
  const reader = createTaskReader(kind);
  for (const line of lines) reader.push(line);
  const exit = exitOfLastLine(lines.findLast((line) => line.trim() !== "") ?? "");
  if (exit !== null) reader.end(exit);
  return JSON.parse(JSON.stringify(summarise(kind, reader.read())));
}

/** Errors have command lines around their reason: a guest's error, and a text after `~`, need only be part of what is read. */
function loosen(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((one) => loosen(one));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, loosen(one, name)]));
  if (typeof value !== "string" || (key !== "error" && !value.startsWith("~"))) return value;
  return expect.stringContaining(value.replace(/^~/, ""));
}

describe("a saved log", () => {
  print(`own shapes of saved logs: ${shapes.length}`);

  it.each(shapes)("$name", ({ kind, log, expected }) => {
    const lines = log.split("\n");
    expect(guessKind(lines)).toBe(kind);
    expect(summaryOf(lines, kind)).toMatchObject({ operation: kind, ...(loosen(expected) as object) });
  });

  it.each(shapes)("$name, saved on Windows", ({ kind, log, expected }) => {
    const lines = `\uFEFF${log.replaceAll("\n", "\r\n")}\r\n`.split("\n");
    expect(guessKind(lines)).toBe(kind);
    expect(summaryOf(lines, kind)).toMatchObject({ operation: kind, ...(loosen(expected) as object) });
  });
});
