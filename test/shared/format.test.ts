import { describe, expect, test } from "vitest";

import {
  durationParts,
  fingerprintGroups,
  formatBytes,
  formatPercent,
  formatRate,
  formatShare,
  formatTime,
  isPlausibleTime,
} from "../../shared/format.ts";

const kib = 1024;

describe("sizes", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "0.977 KiB"],
    [1023, "0.999 KiB"],
    [kib, "1.00 KiB"],
    [9.994 * kib, "9.99 KiB"],
    [9.996 * kib, "10.0 KiB"],
    [99.94 * kib, "99.9 KiB"],
    [99.96 * kib, "100 KiB"],
    [123.4 * kib ** 2, "123 MiB"],
    [1.5 * kib ** 4, "1.50 TiB"],
    [5000 * kib ** 6, "5,000 EiB"],
  ])("%d bytes read as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test("have three significant digits from one KiB on, whatever the size", () => {
    for (let bytes = kib; bytes < kib ** 6; bytes *= 1.37) {
      const digits =
        formatBytes(bytes)
          ?.replaceAll(/[^0-9]/gu, "")
          .replace(/^0+/u, "") ?? "";
      expect(digits.length, `${bytes}: ${digits}`).toBe(3);
    }
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("%d is no size", (bytes) => {
    expect(formatBytes(bytes)).toBeNull();
    expect(formatRate(bytes)).toBeNull();
  });

  test("are written with the language's own decimal mark", () => {
    expect(formatBytes(1.5 * kib, "de")).toBe("1,50 KiB");
  });

  test("per second are a rate", () => {
    expect(formatRate(118 * kib ** 2)).toBe("118 MiB/s");
  });
});

describe("percentages", () => {
  test("never round up to done", () => {
    expect(formatPercent(99.99)).toBe("99 %");
    expect(formatPercent(100)).toBe("100 %");
  });

  test("stay between nothing and done", () => {
    expect([formatPercent(-3), formatPercent(300), formatPercent(Number.NaN)]).toEqual([
      "0 %",
      "100 %",
      null,
    ]);
  });

  test("of a share show one decimal while they are small", () => {
    expect([0.004, 0.0994, 0.0996, 1].map((share) => formatShare(share))).toEqual([
      "0.4 %",
      "9.9 %",
      "10 %",
      "100 %",
    ]);
  });
});

describe("durations", () => {
  test.each([
    [0, "0 second"],
    [59.9, "59 second"],
    [60, "1 minute"],
    [61, "1 minute 1 second"],
    [3 * 3600 + 12 * 60 + 59, "3 hour 12 minute"],
    [24 * 3600, "1 day"],
    [49 * 3600 + 59 * 60, "2 day 1 hour"],
  ])("%d seconds are %s", (seconds, text) => {
    const parts = durationParts(seconds);
    const small = parts?.rest ?? null;
    const rest = small === null ? "" : ` ${small.value} ${small.unit}`;
    expect(`${parts?.value} ${parts?.unit}${rest}`).toBe(text);
  });

  test("that cannot be are none", () => {
    expect([durationParts(-1), durationParts(Number.NaN)]).toEqual([null, null]);
  });
});

describe("times", () => {
  const now = Date.UTC(2026, 10, 21, 6, 24, 33);

  test("are written whole, with two digits each, in the zone asked for", () => {
    expect(formatTime(now, "UTC")).toBe("2026-11-21 06:24:33");
    expect(formatTime(now, "Asia/Seoul")).toBe("2026-11-21 15:24:33");
    expect(formatTime(Date.UTC(2026, 0, 1), "UTC")).toBe("2026-01-01 00:00:00");
  });

  test("of a broken clock are told from real ones", () => {
    const times = [0, now / 1000, now, now + 60_000, Date.UTC(9999, 0, 1), Number.NaN];
    expect(times.map((time) => isPlausibleTime(time, now))).toEqual([false, false, true, true, false, false]);
  });
});

test("a fingerprint is read in eight groups of eight digits", () => {
  const groups = fingerprintGroups("ab".repeat(32));
  expect(groups).toEqual(Array.from({ length: 8 }, () => "ABABABAB"));
});
