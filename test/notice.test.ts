import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { noticeText, shippedPackages } from "./notice.ts";

test("NOTICE lists every package that ships, as the lock file has it now", () => {
  expect(shippedPackages().length).toBeGreaterThan(50);
  expect(readFileSync(new URL("../NOTICE", import.meta.url), "utf8")).toBe(noticeText());
});

test("nothing ships under a licence that would bind the program", () => {
  const allowed =
    /^(?:MIT|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|OFL-1\.1|Unlicense|\(MIT OR CC0-1\.0\))$/u;
  expect(shippedPackages().filter((entry) => !allowed.test(entry.license))).toEqual([]);
});
