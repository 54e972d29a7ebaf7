import { createHash } from "node:crypto";

import type { SqlValue } from "./sql.ts";

const sumLength = 16;

/**
 * Checksum of a row's other columns in their order in the table, kept in its column `sum`. SQLite has none for its pages: without
 * it a flipped bit inside a text would come back from a recovery as if it had been written.
 */
export function rowSum(values: readonly SqlValue[]): string {
  const text = JSON.stringify(values.map((value) => (typeof value === "bigint" ? String(value) : value)));
  return createHash("sha256").update(text).digest("hex").slice(0, sumLength);
}
