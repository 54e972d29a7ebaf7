import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Database, DatabaseOptions } from "../../electron/store/database.ts";
import { openDatabase } from "../../electron/store/database.ts";
import type { Migration } from "../../electron/store/sql.ts";

export const workerUrl = new URL("../../electron/store/database-worker.ts", import.meta.url);
export const testNow = Date.UTC(2026, 0, 5);

export async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "pxm-store-"));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

export const notes: Migration = {
  version: 1,
  name: "notes",
  sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, sum TEXT NOT NULL DEFAULT '')",
};

export function open(file: string, options: Partial<DatabaseOptions> = {}): Promise<Database> {
  return openDatabase({
    file,
    workerUrl,
    migrations: [notes],
    synchronous: "FULL",
    now: () => testNow,
    ...options,
  });
}

export async function withDatabase(work: (database: Database, file: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const file = join(directory, "test.db");
    const database = await open(file);
    try {
      await work(database, file);
    } finally {
      await database.close();
    }
  });
}
