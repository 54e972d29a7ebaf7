import { expect, it } from "vitest";

import {
  parseBytes,
  parseClock,
  parseCount,
  parseDuration,
  parseVmid,
} from "../../electron/progress/units.ts";

it("reads sizes in all spellings of the logs, by 1024", () => {
  expect(["0.0 B", "1 KiB", "1.5 GiB", "430MB", "18.64GB", "2.74G", "528K", "12"].map(parseBytes)).toEqual([
    0, 1024, 1_610_612_736, 450_887_680, 20_014_547_599, 2_942_052_598, 540_672, 12,
  ]);
});

it("refuses what is no size", () => {
  expect(["", "GiB", "-1 B", "1,5 GiB", "1 XiB", `${"9".repeat(30)} PiB`, undefined].map(parseBytes)).toEqual(
    Array(7).fill(null),
  );
});

it("reads durations in words, also padded, and clocks beyond a day", () => {
  expect(["3s", "1m  3s", "1h 2m 3s", "1w 1d", "x"].map(parseDuration)).toEqual([3, 63, 3723, 691_200, null]);
  expect(["00:02:28", "100:00:01", "1:2:3"].map(parseClock)).toEqual([148, 360_001, null]);
});

it("keeps counts within what can be counted on", () => {
  expect([parseCount("9".repeat(400)), parseCount("-1"), parseCount(""), parseCount("7")]).toEqual([
    null,
    null,
    null,
    7,
  ]);
  expect([parseVmid("0"), parseVmid("1.5"), parseVmid("9999999999"), parseVmid("100")]).toEqual([
    null,
    null,
    null,
    100,
  ]);
});
