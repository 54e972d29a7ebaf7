import { expect, it } from "vitest";

import { cleanLine, parseLine } from "../../electron/progress/line.ts";

it("strips the prefixes of every generation", () => {
  const text = "status = running";
  const prefixed = [
    "INFO: status = running",
    "2026-01-02 03:04:05 INFO: status = running",
    "101: 2026-01-02 03:04:05 INFO: status = running",
    "Jan 02 03:04:05 INFO: status = running",
    "101: Jan  2 03:04:05 INFO: status = running",
    "2026-01-02T03:04:05+01:00: status = running",
    "2026-01-02T03:04:05Z: status = running",
    "  status = running \r",
  ];
  expect(prefixed.map((line) => parseLine(line).text)).toEqual(prefixed.map(() => text));
});

it("reads level and stamp", () => {
  expect(parseLine("2026-01-02 03:04:05 ERROR: lost")).toEqual({
    text: "lost",
    level: "error",
    at: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
  });
  expect(parseLine("2026-01-02T03:04:05-01:30: x").at).toBe(Date.UTC(2026, 0, 2, 4, 34, 5) / 1000);
  expect(parseLine("WARN: careful")).toEqual({ text: "careful", level: "warn", at: null });
});

it("leaves numbers and words that only begin like a prefix", () => {
  expect(parseLine("100: a title").text).toBe("100: a title");
  expect(parseLine("INFORMATION: x").text).toBe("INFORMATION: x");
  expect(parseLine("Fox 12 jumps").text).toBe("Fox 12 jumps");
});

it("removes colours, cursor movements and control characters", () => {
  expect(cleanLine("\u001b[1;31mERROR:\u001b[0m\u0007 bad\u0000 thing\u001b]0;title\u0007")).toBe(
    "ERROR:  bad  thing",
  );
});

it("cuts an overlong line in its middle: the end of a failed command tells the exit code", () => {
  const line = cleanLine(`ERROR: command '${"x".repeat(100_000)}' failed: exit code 2`);
  expect(line.length).toBeLessThan(10_000);
  expect(line).toMatch(/^ERROR: command .* failed: exit code 2$/);
});
