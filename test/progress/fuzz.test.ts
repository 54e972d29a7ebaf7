import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect, it } from "vitest";

import { guessKind } from "../../electron/progress/guess-kind.ts";
import { exitOfLastLine, summarise } from "../../electron/progress/saved-log.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import { OPERATIONS, progressSchema } from "../../shared/progress.ts";
import { createMangler } from "./mangle.ts";
import { print, readFixtures } from "./reference.ts";
import { backupServerShapes } from "./shapes/backup-server.ts";
import { guestShapes } from "./shapes/guests.ts";
import { vzdumpShapes } from "./shapes/vzdump.ts";

const SEED = 20_260_301;
const LINES = 1_000_000;
/** One reader takes this many, then the next operation's turn comes: long enough to show a reader that grows. */
const TURN = 20_000;
const LOOK_EVERY = 1000;
/** A few seconds of processor time; on a machine that many share they may take long to come by. */
const PATIENCE = 120_000;

const real = [
  ...[...readFixtures().values()].flat(),
  ...[...vzdumpShapes, ...guestShapes, ...backupServerShapes].flatMap(({ log }) => log.split("\n")),
];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const heap = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};
const cpuSeconds = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};

it(
  "a million lines of nonsense neither throw nor slow down nor fill the memory",
  { timeout: PATIENCE },
  () => {
    const next = createMangler(SEED, real);
    const turns: number[] = [];
    let spent = 0;
    const began = process.cpuUsage();
    const before = heap();
    let grown = 0;
    for (let done = 0; done < LINES; done += TURN) {
      const operation = OPERATIONS[turns.length % OPERATIONS.length] ?? "other";
      const lines = Array.from({ length: TURN }, next);
      const reader = createTaskReader(operation);
      const start = process.cpuUsage();
      for (let n = 0; n < TURN; n += 1) {
        reader.push(lines[n] ?? "");
        if (n % LOOK_EVERY === 0) reader.read();
      }
      const took = cpuSeconds(start);
      spent += took;
      turns.push(took);
      guessKind(lines.slice(0, 500));
      exitOfLastLine(lines.at(-1) ?? "");
      progressSchema.parse(reader.read());
      expect(JSON.stringify(summarise(operation, reader.read()))).not.toContain("undefined");
      lines.length = 0;
      // What one reader holds after its twenty thousand lines, the largest of all.
      if (turns.length % 10 === 0) grown = Math.max(grown, heap() - before);
    }
    const slowest = Math.max(...turns);
    const usual = turns.toSorted((a, b) => a - b)[Math.floor(turns.length / 2)] ?? 0;
    print(
      `fuzz: ${LINES.toLocaleString("en")} lines (seed ${SEED}), ${Math.round(LINES / spent).toLocaleString("en")} lines/s ` +
        `(${cpuSeconds(began).toFixed(1)} s of processor time in all), ` +
        `slowest turn ${(slowest / usual).toFixed(1)} × the usual, heap +${(grown / 2 ** 20).toFixed(1)} MiB`,
    );
    expect(LINES / spent).toBeGreaterThan(50_000);
    expect(slowest).toBeLessThan(Math.max(usual * 10, 1));
    expect(grown).toBeLessThan(64 * 2 ** 20);
  },
);

it("no line takes long, however it is built", { timeout: PATIENCE }, () => {
  const slow: string[] = [];
  for (const operation of OPERATIONS) {
    const reader = createTaskReader(operation);
    for (const beginning of new Set(real.map((line) => line.slice(0, 20)))) {
      for (const spice of ["/", "9", " ", "a/", "1d ", "a: "]) {
        const long = beginning + spice.repeat(8000 / spice.length);
        const start = process.cpuUsage();
        reader.push(long);
        if (cpuSeconds(start) > 0.1) slow.push(`${operation}: ${beginning}…${spice}`);
      }
    }
  }
  expect(slow).toEqual([]);
});
