import { DatabaseSync } from "node:sqlite";

import { rowSum, summed } from "./row-sum.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

export interface Recovered {
  readonly rows: Record<string, number>;
  refused: number;
}

/** Behind a row that cannot be read the search goes on at growing distance, but never skips more rows than a page may hold. */
const furthestLeap = 32;
/** Where even the table's last rowid cannot be read; none of ours grows beyond. */
const assumedLastRowid = 1_000_000;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function lastRowidOf(source: DatabaseSync, table: string): number {
  try {
    return Number(
      source.prepare(`SELECT max(rowid) AS last FROM ${quote(table)} NOT INDEXED`).get()?.["last"] ?? 0,
    );
  } catch {
    return assumedLastRowid;
  }
}

function* readable(source: DatabaseSync, table: string, columns: readonly string[]): Generator<SqlRow> {
  const list = columns.map(quote).join(", ");
  const sql = `SELECT rowid AS rowid_, ${list} FROM ${quote(table)} NOT INDEXED WHERE rowid >= ? ORDER BY rowid`;
  const last = lastRowidOf(source, table);
  let leap = 1;
  for (let from = 0; from <= last;) {
    try {
      for (const row of source.prepare(sql).iterate(from)) {
        from = Number(row["rowid_"]) + 1;
        leap = 1;
        yield row;
      }
      return;
    } catch {
      // What is unreadable is the very thing we search around; the report counts what was found.
      from += leap;
      leap = Math.min(leap * 2, furthestLeap);
    }
  }
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  return database
    .prepare(`SELECT name FROM pragma_table_info(?)`)
    .all(table)
    .map((row) => String(row["name"]));
}

function tablesOf(database: DatabaseSync): readonly string[] {
  return database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid`,
    )
    .all()
    .map((row) => String(row["name"]));
}

function sumFits(table: string, row: SqlRow): boolean {
  const columns = summed[table];
  return columns === undefined || rowSum(columns.map((name) => row[name] ?? null)) === row["sum"];
}

/** The first row whose content is not what was written, as `table rowid`; null = all fit. */
export function wrongSum(database: DatabaseSync): string | null {
  for (const [table, columns] of Object.entries(summed)) {
    if (columnsOf(database, table).length === 0) continue;
    const list = [...columns, "sum"].map(quote).join(", ");
    for (const row of database.prepare(`SELECT rowid AS rowid_, ${list} FROM ${quote(table)}`).iterate())
      if (!sumFits(table, row)) return `${table} ${Number(row["rowid_"])}`;
  }
  return null;
}

function copyTable(source: DatabaseSync, target: DatabaseSync, table: string, found: Recovered): void {
  const known = new Set(sourceColumns(source, table));
  const columns = columnsOf(target, table).filter((name) => known.has(name));
  if (columns.length === 0) return;
  const insert = target.prepare(
    `INSERT OR IGNORE INTO ${quote(table)} (${columns.map(quote).join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  );
  for (const row of readable(source, table, columns)) {
    const value = (name: string): SqlValue => row[name] ?? null;
    if (!sumFits(table, row)) {
      found.refused += 1;
      continue;
    }
    try {
      const { changes } = insert.run(...columns.map(value));
      found.rows[table] = (found.rows[table] ?? 0) + Number(changes);
    } catch {
      // Nonsense that breaks the table's own rules (a NOT NULL, a CHECK) is damage too.
      found.refused += 1;
    }
  }
}

function sourceColumns(source: DatabaseSync, table: string): readonly string[] {
  try {
    return columnsOf(source, table);
  } catch {
    // Without a readable schema page nothing of this table can be named.
    return [];
  }
}

/**
 * Copies every readable row of the file `from` into the fresh database, in one transaction. Rows that are there already stay.
 * Triggers rest meanwhile: append-only tables may have lost rows in between. Never throws for damage in `from`.
 */
export function recoverRows(from: string, target: DatabaseSync, found: Recovered): void {
  const triggers = target.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all();
  const tables = tablesOf(target);
  let source: DatabaseSync;
  try {
    source = new DatabaseSync(from);
  } catch {
    return; // Not a database at all: nothing to be had from it.
  }
  target.exec("BEGIN IMMEDIATE");
  try {
    for (const trigger of triggers) target.exec(`DROP TRIGGER ${quote(String(trigger["name"]))}`);
    for (const table of tables) copyTable(source, target, table, found);
    for (const trigger of triggers) target.exec(String(trigger["sql"]));
    target.exec("COMMIT");
  } catch (error) {
    target.exec("ROLLBACK");
    throw error;
  } finally {
    source.close();
  }
}
