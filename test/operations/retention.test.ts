import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { factsFolder } from "../simulator/recordings.ts";
import { keepRules, keepSchema, keepText, markSnapshots, type Prunable } from "../../shared/retention.ts";

const folder = factsFolder();

interface Case {
  readonly id: string;
  readonly timeZone: string;
  readonly keep: Readonly<Record<string, number>>;
  readonly backups: readonly {
    readonly ctime: number;
    readonly protected?: boolean;
    readonly mark: string;
  }[];
}

const hour = 60 * 60 * 1000;
const at = (time: number, change: Partial<Prunable> = {}): Prunable => ({
  time: Date.UTC(2026, 10, 27) + time,
  protected: false,
  unfinished: false,
  ...change,
});

test("the marks are those that a server's own code gave", ({ skip }) => {
  if (folder === null) {
    process.stdout.write("retention: skipped: no reference data\n");
    skip("no reference data");
    return;
  }
  const text = readFileSync(join(folder, "facts", "retention-cases.json"), "utf8");
  const cases = JSON.parse(text) as readonly Case[];
  let compared = 0;
  for (const { id, timeZone, keep, backups } of cases) {
    const wanted = keepSchema.safeParse(
      Object.fromEntries(
        keepRules.flatMap((rule) => {
          const count = keep[`keep-${rule}`] ?? 0;
          return count > 0 ? [[rule, count]] : [];
        }),
      ),
    );
    // A rule that keeps everything is never sent.
    if (!wanted.success) continue;
    const rows = backups.map((one) => ({
      time: one.ctime * 1000,
      protected: one.protected === true,
      unfinished: false,
      mark: one.mark,
    }));
    const marks = markSnapshots(rows, wanted.data, timeZone);
    for (const row of rows) {
      const mark = marks.get(row);
      const said = mark === "remove" || mark === "protected" ? mark : "keep";
      expect(`${id} ${String(row.time)} ${said}`).toBe(`${id} ${String(row.time)} ${row.mark}`);
      compared += 1;
    }
  }
  process.stdout.write(`retention: ${String(compared)} marks of ${String(cases.length)} sets compared\n`);
  expect(compared).toBeGreaterThan(1000);
});

test("each snapshot is kept by the first rule that has room for it", () => {
  const rows = [0, -1, -2, -26, -50].map((hours) => at(hours * hour));
  const marks = markSnapshots(rows, { last: 1, daily: 2 }, "UTC");
  expect(rows.map((row) => marks.get(row))).toEqual(["last", "daily", "remove", "daily", "remove"]);
});

test("what is protected is left alone and uses up no room; what was cut short goes, but for the newest", () => {
  const rows = [
    at(0, { unfinished: true }),
    at(-hour),
    at(-2 * hour, { protected: true }),
    at(-3 * hour, { unfinished: true }),
    at(-4 * hour),
  ];
  const marks = markSnapshots(rows, { last: 1 }, "UTC");
  expect(rows.map((row) => marks.get(row))).toEqual(["partial", "last", "protected", "remove", "remove"]);
});

test("a rule without any number is none, and the text is Proxmox's own", () => {
  expect(keepSchema.safeParse({}).success).toBe(false);
  expect(keepText({ weekly: 4, last: 3 })).toBe("keep-last=3, keep-weekly=4");
});
