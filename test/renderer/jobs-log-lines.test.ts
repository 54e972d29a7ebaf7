import { expect, test } from "vitest";

import { createLogLines, logChunk, logLinesHeld, logTone } from "../../renderer/features/jobs/log-lines.ts";

const chunk = (start: number) =>
  Array.from({ length: logChunk }, (_, index) => ({
    n: start + index + 1,
    text: `line ${start + index + 1}`,
  }));

test("holes are asked for by chunk, and only where somebody looks", () => {
  const lines = createLogLines();
  lines.add([], 2000);
  expect(lines.missing(990, 1010)).toEqual([500, 1000]);
  lines.add(chunk(1000), 2000);
  expect(lines.missing(990, 1010)).toEqual([500]);
  expect(lines.missing(1001, 1500)).toEqual([]);
  expect(lines.missing(1990, 2600)).toEqual([1500]);
});

test("live lines lengthen the log at once and leave a hole for what was missed", () => {
  const lines = createLogLines();
  lines.add(chunk(0), 500);
  lines.add([{ n: 700, text: "late" }], 0);
  expect(lines.total()).toBe(700);
  expect(lines.text(700)).toBe("late");
  expect(lines.text(600)).toBe(undefined);
  expect(lines.missing(499, 700)).toEqual([500]);
});

test("a log never becomes shorter by an answer that was under way", () => {
  const lines = createLogLines();
  lines.add([{ n: 12, text: "live" }], 0);
  lines.add([{ n: 1, text: "first" }], 10);
  expect(lines.total()).toBe(12);
});

test("a very long log is held in part: what is far from the reader is dropped and can be read again", () => {
  const lines = createLogLines();
  const total = logLinesHeld * 2;
  lines.add([], total);
  for (let start = 0; start < total; start += logChunk) {
    lines.missing(start + 1, start + 50);
    lines.add(chunk(start), total);
  }
  expect(lines.text(total)).toBe(`line ${total}`);
  expect(lines.text(1)).toBe(undefined);
  expect(lines.missing(1, 50)).toEqual([0]);
});

test("whoever listens hears of each change, until the undo", () => {
  const lines = createLogLines();
  const seen: number[] = [];
  const stop = lines.subscribe(() => seen.push(lines.total()));
  lines.add([{ n: 1, text: "a" }], 1);
  stop();
  lines.add([{ n: 2, text: "b" }], 2);
  expect(seen).toEqual([1]);
});

test("only the level word at a line's beginning gives it a colour", () => {
  expect(
    [
      "INFO: ERROR: quoted",
      "ERROR: x",
      "WARN: x",
      "TASK ERROR: job errors",
      "TASK WARNINGS: 1",
      "TASK OK",
      "TASK OK?",
    ].map(logTone),
  ).toEqual(["plain", "bad", "attention", "bad", "attention", "good", "plain"]);
});
