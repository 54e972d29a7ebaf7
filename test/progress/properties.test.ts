import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { operationOf } from "../../electron/progress/operation.ts";
import { guessKind } from "../../electron/progress/guess-kind.ts";
import type { TaskReader } from "../../electron/progress/task-reader.ts";
import { createTaskReader } from "../../electron/progress/task-reader.ts";
import type { GuestStatus, Progress } from "../../shared/progress.ts";
import { OPERATIONS, progressSchema } from "../../shared/progress.ts";
import { kindOfFixture, readFixtures } from "./reference.ts";

const fixtures = [...readFixtures()].filter(([, lines]) => lines.length > 0);
const allLines = [...new Set(fixtures.flatMap(([, lines]) => lines))];

/** Lines that look right but lie: overlong figures, more than all, foreign signs, ends in the middle. */
const lies = [
  "INFO: 300% (9.0 GiB of 1.0 GiB) in 3s, read: 1.0 GiB/s, write: 0 B/s",
  `progress ${"9".repeat(400)}% (read ${"9".repeat(400)} bytes, duration 1 sec)`,
  "progress -5% (read -1 bytes, duration -1 sec)",
  "percentage done: NaN% (1/0 groups)",
  "percentage done: 99999999999999999999.9% (1/1 groups)",
  "drive-scsi0: transferred 8.0 GiB of 0.0 B (1e9%) in 0s",
  "INFO: Finished Backup of VM 0 (99:99:99)",
  "INFO: Finished Backup of VM 99999999999999999999 (00:00:01)",
  "INFO: Starting Backup of VM 000100 (qemu)",
  "INFO: archive file size: 99999999999999999999999999TB",
  "TASK OK",
  "TASK ERROR: job errors",
  "\u202eOK KSAT",
];

const line = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...allLines) },
  { weight: 2, arbitrary: fc.constantFrom(...lies) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...allLines), fc.nat(), fc.nat())
      .map(([text, from, to]) =>
        text.slice(from % (text.length + 1), Math.max(from % (text.length + 1), to % (text.length + 1))),
      ),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 300 }) },
);

const rank: Readonly<Record<GuestStatus, number>> = {
  running: 0,
  unknown: 1,
  skipped: 2,
  ok: 3,
  aborted: 4,
  failed: 5,
};
const atLeast = (after: number | null, before: number | null): boolean =>
  before === null || (after !== null && after >= before);

function expectNoStepBack(before: Progress, after: Progress): void {
  expect(atLeast(after.percent, before.percent)).toBe(true);
  expect(atLeast(after.highestPercent, before.highestPercent)).toBe(true);
  expect(atLeast(after.bytesDone, before.bytesDone)).toBe(true);
  expect(after.warningCount).toBeGreaterThanOrEqual(before.warningCount);
  for (const guest of before.guests) {
    const now = after.guests.find((one) => one.vmid === guest.vmid);
    expect(now).toBeDefined();
    if (!now) continue;
    expect(rank[now.status]).toBeGreaterThanOrEqual(rank[guest.status]);
    expect(atLeast(now.percent, guest.percent)).toBe(true);
    expect(atLeast(now.bytesDone, guest.bytesDone)).toBe(true);
  }
}

/** Reads all and looks after every line: well-formed, never a step back, no end before the end. */
function readAndCheck(reader: TaskReader, lines: readonly string[], exit: string | null): void {
  let before = reader.read();
  for (const text of lines) {
    reader.push(text);
    const after = progressSchema.parse(reader.read());
    expectNoStepBack(before, after);
    expect(after.final).toBeNull();
    before = after;
  }
  reader.end(exit);
  const ended = progressSchema.parse(reader.read());
  expectNoStepBack(before, ended);
  expect(ended.guests.every((guest) => guest.status !== "running")).toBe(true);
  for (const text of lines) reader.push(text);
  expect(reader.read()).toEqual(ended);
}

const exitStatus = fc.constantFrom(
  "OK",
  "WARNINGS: 2",
  "job errors",
  "interrupted by signal",
  "unexpected status",
  null,
);

describe("any reader", () => {
  it("survives whatever the lines are and never goes back", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATIONS),
        fc.array(line, { maxLength: 40 }),
        exitStatus,
        (operation, lines, exit) => {
          readAndCheck(createTaskReader(operation), lines, exit);
        },
      ),
      { numRuns: 600 },
    );
  });

  it("survives a log cut anywhere, shuffled, or with lines missing and doubled", () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...fixtures)
          .chain(([name, lines]) =>
            fc.tuple(fc.constant(name), fc.array(fc.constantFrom(...lines), { maxLength: lines.length * 2 })),
          ),
        exitStatus,
        ([name, lines], exit) => readAndCheck(createTaskReader(kindOfFixture(name)), lines, exit),
      ),
      { numRuns: 400 },
    );
  });

  it("tells the same whether looked at after each line or once at the end", () => {
    for (const [name, lines] of fixtures) {
      const watched = createTaskReader(kindOfFixture(name));
      const unwatched = createTaskReader(kindOfFixture(name));
      for (const text of lines) {
        watched.push(text);
        watched.read();
        unwatched.push(text);
      }
      const { percent: _, ...seen } = watched.read();
      const { percent: __, ...unseen } = unwatched.read();
      expect(seen).toEqual(unseen);
    }
  });

  it("needs no more room for a million guests, warnings and disks than its bounds", () => {
    const reader = createTaskReader("vzdump");
    for (let n = 1; n <= 60_000; n += 1) {
      reader.push(`INFO: Starting Backup of VM ${n} (qemu)`);
      reader.push(`WARN: trouble ${n} ${"x".repeat(50)}`);
    }
    const { guests, warnings, warningCount } = reader.read();
    expect(guests.length).toBeLessThanOrEqual(20_000);
    expect(warnings).toHaveLength(100);
    expect(warningCount).toBe(60_000);
  });
});

describe("small functions", () => {
  it("guess and name without throwing", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.string(), (lines, word) => {
        expect(guessKind(lines)).toEqual(expect.any(String));
        expect(OPERATIONS).toContain(operationOf(word));
      }),
      { numRuns: 500 },
    );
  });
});
