import { createHash } from "node:crypto";

import type { ErrorParams } from "../../shared/errors.ts";
import type { Database } from "./database.ts";
import { isRefusedBy } from "./database.ts";

/** What was trusted, confirmed, launched and cancelled, each row bound to the one before by its hash: an edited row shows. */
export interface Audit {
  /** Resolves when the row is committed. `data` holds names and ids, never a secret. */
  append(type: string, data: ErrorParams): Promise<void>;
  /** The first row that does not fit its neighbours; null = the whole chain holds. */
  verify(): Promise<number | null>;
}

const beginning = "0".repeat(64);

function hashOf(previous: string, seq: number, at: number, type: string, data: string): string {
  return createHash("sha256")
    .update(JSON.stringify([previous, seq, at, type, data]))
    .digest("hex");
}

/** Rows read at a time while the chain is checked. */
const verifyPage = 1000;
/** A row that another writer of the same process put in between makes us hash anew. */
const attempts = 5;

export function createAudit(database: Database, now: () => number): Audit {
  const appendOnce = async (type: string, data: string): Promise<void> => {
    const last = await database.get("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    const previous = typeof last?.["hash"] === "string" ? last["hash"] : beginning;
    const seq = Number(last?.["seq"] ?? 0) + 1;
    const at = now();
    await database.run("INSERT INTO audit (seq, at, type, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?)", [
      seq,
      at,
      type,
      data,
      previous,
      hashOf(previous, seq, at, type, data),
    ]);
  };

  return {
    append: async (type, data) => {
      const text = JSON.stringify(data);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await appendOnce(type, text);
        } catch (error) {
          if (!isRefusedBy(error, "constraint") || attempt >= attempts) throw error;
        }
      }
    },
    verify: async () => {
      let previous = beginning;
      for (let seq = 0; ;) {
        const rows = await database.all(
          `SELECT seq, at, type, data, previous, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ${verifyPage}`,
          [seq],
        );
        if (rows.length === 0) return null;
        for (const row of rows) {
          const expected = hashOf(
            previous,
            seq + 1,
            Number(row["at"]),
            String(row["type"]),
            String(row["data"]),
          );
          seq += 1;
          if (Number(row["seq"]) !== seq || row["previous"] !== previous || row["hash"] !== expected)
            return seq;
          previous = expected;
        }
      }
    },
  };
}
