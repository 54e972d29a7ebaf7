import { copyFileSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { mendHeader } from "./header.ts";
import type { Recovered } from "./recover.ts";
import { recoverRows, wrongSum } from "./recover.ts";
import type { Migration, OpenReport, WorkerSettings } from "./sql.ts";
import { failureOf } from "./sql.ts";

/** Copies made before a migration that are kept; older ones go. */
const keptCopies = 3;
/** A sound copy of a small file is renewed at a start when it is older than this. */
const copyAge = 24 * 60 * 60 * 1000;
const busyTimeout = 5000;

export interface OpenFile {
  readonly database: DatabaseSync;
  readonly report: OpenReport;
  /** Holds the data directory until closed; the system frees it when the process dies. */
  readonly lock: DatabaseSync | null;
}

class Damaged extends Error {}

const versionOf = (database: DatabaseSync): number =>
  Number(database.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);

/** The version stands in the header twice, so that one flipped bit does not make a file that a later app wrote. */
const applicationBase = 0x50_58_4d_00;

function checkVersion(database: DatabaseSync): void {
  const version = versionOf(database);
  const marked = Number(database.prepare("PRAGMA application_id").get()?.["application_id"] ?? 0);
  if (marked !== (version === 0 ? 0 : applicationBase + version)) throw new Damaged("the version is damaged");
}

const knownVersion = (settings: WorkerSettings): number => settings.migrations.at(-1)?.version ?? 0;

/** Where trouble is noted, so that the next start checks the whole file. */
export const suspectFile = (file: string): string => `${file}.suspect`;

export function noteSuspect(file: string): void {
  writeFileSync(suspectFile(file), "");
}

/** Throws where the lock cannot even be tried; null = another process has it. */
function takeLock(lockFile: string): DatabaseSync | null {
  const lock = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (failureOf(error).reason === "busy") return null;
    throw error;
  }
}

function configure(database: DatabaseSync, synchronous: WorkerSettings["synchronous"]): void {
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = ${busyTimeout}; PRAGMA trusted_schema = OFF;`);
}

/** Lines of SQLite's own check; empty = sound. */
export function problemsOf(database: DatabaseSync): readonly string[] {
  const rows = database.prepare("PRAGMA quick_check(20)").all();
  const lines = rows.map((row) => String(row["quick_check"]));
  return lines.length === 1 && lines[0] === "ok" ? [] : lines;
}

function openReadOnly(settings: WorkerSettings, reason: "inUse" | "newer"): OpenFile {
  const database = new DatabaseSync(settings.file, { readOnly: true, timeout: busyTimeout });
  const report = { readOnly: reason, version: versionOf(database), migratedFrom: null, recovered: null };
  return { database, lock: null, report };
}

function pruneCopies(file: string): void {
  const prefix = `${basename(file)}.v`;
  const versions = readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix) && /^\d+$/u.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => b - a);
  for (const version of versions.slice(keptCopies)) rmSync(join(dirname(file), `${prefix}${version}`));
}

/** A whole, consistent copy under a name that is only there when it is complete. */
function copyTo(database: DatabaseSync, target: string): void {
  const unfinished = `${target}.unfinished`;
  rmSync(unfinished, { force: true });
  database.prepare("VACUUM INTO ?").run(unfinished);
  renameSync(unfinished, target);
}

function applyMigration(database: DatabaseSync, migration: Migration): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    database.exec(
      `PRAGMA user_version = ${migration.version}; PRAGMA application_id = ${applicationBase + migration.version}`,
    );
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

/** Each step in a transaction with its version: interrupted anywhere, the file opens with what it had. */
function migrate(database: DatabaseSync, settings: WorkerSettings): number | null {
  const before = versionOf(database);
  const steps = settings.migrations.filter((migration) => migration.version > before);
  if (steps.length === 0) return null;
  if (before > 0) {
    copyTo(database, `${settings.file}.v${before}`);
    pruneCopies(settings.file);
  }
  for (const step of steps) applyMigration(database, step);
  return before > 0 ? before : null;
}

function checkWhole(database: DatabaseSync): void {
  const problems = problemsOf(database);
  if (problems.length > 0) throw new Damaged(problems.join("; "));
  const row = wrongSum(database);
  if (row !== null) throw new Damaged(`the checksum of ${row} does not fit`);
}

function openSound(settings: WorkerSettings): { readonly database: DatabaseSync; readonly newer: boolean } {
  const database = new DatabaseSync(settings.file, { timeout: busyTimeout });
  try {
    checkVersion(database);
    if (versionOf(database) > knownVersion(settings)) return { database, newer: true };
    configure(database, settings.synchronous);
    const suspect = existsSync(suspectFile(settings.file));
    if (settings.check === "always" || suspect) checkWhole(database);
    checkTables(database, settings);
    return { database, newer: false };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A zeroed first page reads as an empty database of version 0: with a schema in place the tables must be there. */
function checkTables(database: DatabaseSync, settings: WorkerSettings): void {
  const { count } = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() ?? {};
  const version = versionOf(database);
  if (version > 0 && count === 0) throw new Damaged("the schema is gone");
  if (version === 0 && (count !== 0 || existsSync(copyFile(settings.file))))
    throw new Damaged("the version is gone");
}

const copyFile = (file: string): string => `${file}.copy`;

function keepCopy(database: DatabaseSync, settings: WorkerSettings): void {
  if (settings.check !== "always") return;
  const copy = copyFile(settings.file);
  if (existsSync(copy) && settings.now - statSync(copy).mtimeMs < copyAge) return;
  copyTo(database, copy);
}

const companions = ["", "-wal", "-shm"] as const;

function setAside(settings: WorkerSettings): string {
  const stamp = new Date(settings.now).toISOString().replaceAll(/[-:.]/gu, "");
  let name = `${settings.file}.damaged-${stamp}`;
  for (let n = 2; existsSync(name); n += 1) name = `${settings.file}.damaged-${stamp}-${n}`;
  for (const companion of companions)
    if (existsSync(settings.file + companion)) renameSync(settings.file + companion, name + companion);
  return name;
}

/** Reads from copies only: opening a database changes it, and what was set aside stays as it was found. */
function recoverFrom(original: string, database: DatabaseSync, found: Recovered): void {
  const work = `${original}.reading`;
  try {
    for (const companion of companions.slice(0, 2))
      if (existsSync(original + companion)) copyFileSync(original + companion, work + companion);
    if (!existsSync(work)) return;
    mendHeader(work);
    recoverRows(work, database, found);
  } finally {
    for (const companion of companions) rmSync(work + companion, { force: true });
  }
}

/** Sets the damaged file aside and fills a new one with what can be read of it, then of the last sound copy. */
function replaceDamaged(
  settings: WorkerSettings,
  reason: string,
): OpenFile["report"] & { readonly database: DatabaseSync } {
  const name = setAside(settings);
  const database = new DatabaseSync(settings.file, { timeout: busyTimeout });
  configure(database, settings.synchronous);
  migrate(database, settings);
  const found: Recovered = { rows: {}, refused: 0 };
  recoverFrom(name, database, found);
  if (existsSync(copyFile(settings.file))) recoverFrom(copyFile(settings.file), database, found);
  rmSync(suspectFile(settings.file), { force: true });
  const recovered = { setAside: name, reason, rows: found.rows, refused: found.refused };
  return { database, readOnly: null, version: versionOf(database), migratedFrom: null, recovered };
}

function openForWriting(settings: WorkerSettings, lock: DatabaseSync | null): OpenFile {
  try {
    const { database, newer } = openSound(settings);
    if (newer) {
      database.close();
      return { ...openReadOnly(settings, "newer"), lock };
    }
    const migratedFrom = migrate(database, settings);
    rmSync(suspectFile(settings.file), { force: true });
    keepCopy(database, settings);
    const report = { readOnly: null, version: versionOf(database), migratedFrom, recovered: null };
    return { database, lock, report };
  } catch (error) {
    if (!(error instanceof Damaged) && failureOf(error).reason !== "corrupt") throw error;
    const { database, ...report } = replaceDamaged(
      settings,
      error instanceof Error ? error.message : String(error),
    );
    return { database, lock, report };
  }
}

/**
 * Opens the file for this process: takes the directory's lock, checks, migrates, and replaces what is damaged.
 * Nothing is ever deleted but our own working copies and the oldest copies of migrations.
 */
export function openFile(settings: WorkerSettings): OpenFile {
  if (settings.readOnly) return openReadOnly(settings, "inUse");
  if (settings.lockFile === null) return openForWriting(settings, null);
  const lock = takeLock(settings.lockFile);
  if (lock === null) return openReadOnly(settings, "inUse");
  try {
    return openForWriting(settings, lock);
  } catch (error) {
    lock.close();
    throw error;
  }
}
