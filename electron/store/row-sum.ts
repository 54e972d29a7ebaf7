import { crc32 } from "node:zlib";

import type { SqlValue } from "./sql.ts";

/**
 * Tables whose rows carry a checksum in their column `sum`, and what it covers. SQLite has none for its pages, and its check looks at
 * their structure only: without this a flipped bit inside a text would be taken for what was written.
 */
export const summed: Readonly<Record<string, readonly string[]>> = {
  job_events: ["job_id", "seq", "at", "type", "data"],
  jobs: ["id", "seq", "body"],
};

export function rowSum(values: readonly SqlValue[]): string {
  const text = JSON.stringify(values.map((value) => (typeof value === "bigint" ? String(value) : value)));
  return crc32(text).toString(16).padStart(8, "0");
}
