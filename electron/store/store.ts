import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { createJobStore } from "./jobs.ts";
import { archiveMigrations, jobsMigrations } from "./migrations.ts";
import type { ReadOnlyReason } from "./sql.ts";

/** The two files of a data directory. */
export interface Store {
  /** The truth: small, synced at every commit. */
  readonly jobs: Database;
  /** Logs and caches: can be set aside alone. */
  readonly archive: Database;
  /** Why nothing can be written; null = this process is the one writer. */
  readonly readOnly: ReadOnlyReason | null;
  close(): Promise<void>;
}

export interface StoreOptions {
  readonly directory: string;
  readonly workerUrl: URL;
  readonly now: () => number;
}

/** Opens both files. The lock on the directory goes with jobs.db; where another process has it, both open for reading only. */
export async function openStore({ directory, workerUrl, now }: StoreOptions): Promise<Store> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const jobs = await openDatabase({
    file: join(directory, "jobs.db"),
    lockFile: join(directory, "lock.db"),
    workerUrl,
    migrations: jobsMigrations,
    synchronous: "FULL",
    check: "always",
    now,
  });
  try {
    const archive = await openDatabase({
      file: join(directory, "archive.db"),
      workerUrl,
      migrations: archiveMigrations,
      synchronous: "NORMAL",
      check: "afterTrouble",
      now,
      readOnly: jobs.report.readOnly === "inUse",
    });
    // What was read out of a damaged file may be older than its events, or without its row.
    if (jobs.report.recovered !== null) await createJobStore(jobs).refold();
    const close = async (): Promise<void> => {
      await archive.close();
      await jobs.close();
    };
    return { jobs, archive, readOnly: jobs.report.readOnly, close };
  } catch (error) {
    await jobs.close();
    throw error;
  }
}
