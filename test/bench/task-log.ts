import { readFileSync } from "node:fs";
import { join } from "node:path";
import { exit } from "node:process";

import { z } from "zod";

import { guessKind } from "../../electron/progress/guess-kind.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import {
  hasReference,
  kindOfFixture,
  linesOf,
  print,
  readFixtures,
  referenceFolder,
} from "../progress/reference.ts";

/**
 * `npm run bench:task-log`: how many lines of real logs one core reads in a second. The logs are read again and again, each time by
 * a new reader, once with the kind of task given (as in the app, which knows it) and once told by the words alone.
 */
const AIM = 200_000;
const SECONDS = 4;
const ROUNDS_AT_ONCE = 20;

interface Log {
  readonly kind: string;
  readonly lines: readonly string[];
}

function readLogs(): readonly Log[] {
  if (!hasReference("facts", "task-logs"))
    return [...readFixtures()].map(([name, lines]) => ({ kind: kindOfFixture(name), lines }));
  const folder = join(referenceFolder, "facts", "task-logs");
  const index: unknown = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
  return z
    .array(z.object({ file: z.string(), operation: z.string() }))
    .parse(index)
    .map(({ file, operation }) => ({ kind: operation, lines: linesOf(join(folder, file)) }));
}

/** Lines a second of processor time. */
function measure(name: string, logs: readonly Log[], kindOf: (log: Log) => string): number {
  let lines = 0;
  const start = process.cpuUsage();
  const spent = (): number => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  while (spent() < SECONDS) {
    for (let round = 0; round < ROUNDS_AT_ONCE; round += 1) {
      for (const log of logs) {
        const reader = createTaskReader(kindOf(log));
        for (const line of log.lines) reader.push(line);
        reader.read();
        lines += log.lines.length;
      }
    }
  }
  const perSecond = Math.round(lines / spent());
  print(
    `${name}: ${logs.length} logs, ${lines.toLocaleString("en")} lines, ${perSecond.toLocaleString("en")} lines a second of one core`,
  );
  return perSecond;
}

const logs = readLogs();
const slower = Math.min(
  measure("kind given", logs, ({ kind }) => kind),
  measure("kind guessed", logs, ({ lines }) => guessKind(lines)),
);
print(`aim: at least ${AIM.toLocaleString("en")}`);
exit(slower >= AIM ? 0 : 1);
