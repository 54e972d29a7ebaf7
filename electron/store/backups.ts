import { z } from "zod";

import { backupSchema, coverageSchema } from "../../shared/backup.ts";
import { guestTypeSchema } from "../../shared/guest.ts";

import type { Backup, Coverage } from "../../shared/backup.ts";
import type { GuestType } from "../../shared/guest.ts";
import type { Parsed } from "../../shared/operations.ts";
import type { Database } from "./database.ts";
import type { SqlRow, SqlValue, Statement } from "./sql.ts";

/** A backup as cached: the guest's name of today is added by whoever shows it. */
export type CachedBackup = Omit<Backup, "guestName" | "place">;
export type BackupQuery = Omit<Parsed<"backups.list">, "refresh">;

export interface NewestBackup {
  readonly vmid: number;
  readonly type: GuestType;
  readonly at: number;
  readonly storage: string;
  readonly volid: string;
}

/** One storage on one node; of a shared storage the node that read it. */
export interface StorageReading {
  readonly clusterId: string;
  readonly storage: string;
  readonly node: string;
  readonly shared: boolean;
}

export interface Backups {
  /** Replaces all that was known of a storage. `searchWords` are what typing finds besides volid, notes and storage. */
  replace(
    reading: StorageReading,
    rows: readonly CachedBackup[],
    coverage: Coverage,
    searchWords: (row: CachedBackup) => string,
  ): Promise<void>;
  /** Keeps the rows of the last good reading and notes why there is no newer one. */
  noteCoverage(reading: StorageReading, coverage: Coverage): Promise<void>;
  /** Forgets storages that the cluster does not have any more. */
  keepOnly(clusterId: string, readings: readonly StorageReading[]): Promise<boolean>;
  window(
    query: BackupQuery,
    clusterIds: readonly string[],
  ): Promise<{ readonly rows: readonly CachedBackup[]; readonly total: number }>;
  coverage(clusterIds: readonly string[]): Promise<readonly Coverage[]>;
  newest(clusterId: string): Promise<readonly NewestBackup[]>;
  copiesOf(clusterId: string, vmid: number): Promise<readonly CachedBackup[]>;
  forget(clusterId: string): Promise<void>;
}

const columns = `server_id, storage, node, volid, storage_type, shared, vmid, guest_type, created_at, size, format, notes,
  protected, verification, encrypted, search, seen_at`;
/** One statement for any number of rows: a storage may hold tens of thousands. */
const insertRows = `INSERT OR REPLACE INTO backups (${columns})
SELECT ?1, ?2, ?3, value ->> 'volid', value ->> 'storageType', value ->> 'shared', value ->> 'vmid', value ->> 'guestType',
  value ->> 'createdAt', value ->> 'size', value ->> 'format', value ->> 'notes', value ->> 'protected', value ->> 'verification',
  value ->> 'encrypted', value ->> 'search', value ->> 'seenAt'
FROM json_each(?4)`;

const sortColumns = { createdAt: "created_at", size: "size", vmid: "vmid", storage: "storage" } as const;

export function createBackups(database: Database): Backups {
  return {
    async replace(reading, rows, coverage, searchWords) {
      const data = rows.map((row) => ({ ...row, search: searchText(row, searchWords(row)) }));
      await database.transaction([
        dropRows(reading, "backups"),
        dropRows(reading, "backup_coverage"),
        {
          sql: insertRows,
          params: [reading.clusterId, reading.storage, reading.node, JSON.stringify(data)],
        },
        insertCoverage(coverage),
      ]);
    },
    async noteCoverage(reading, coverage) {
      await database.transaction([dropRows(reading, "backup_coverage"), insertCoverage(coverage)]);
    },
    async keepOnly(clusterId, readings) {
      const known = JSON.stringify(
        readings.map(({ storage, node, shared }) => [storage, shared ? null : node]),
      );
      const gone = (table: string): Statement => ({
        sql: `DELETE FROM ${table} WHERE server_id = ? AND NOT EXISTS (
          SELECT 1 FROM json_each(?) AS k WHERE k.value ->> 0 = ${table}.storage
          AND (k.value ->> 1 IS NULL OR k.value ->> 1 = ${table}.node))`,
        params: [clusterId, known],
      });
      const results = await database.transaction([gone("backups"), gone("backup_coverage")]);
      return results.some((result) => result.changes > 0);
    },
    async window(query, clusterIds) {
      const { where, params } = filterOf(query, clusterIds);
      const direction = query.descending ? "DESC" : "ASC";
      const order = `${sortColumns[query.sort]} ${direction} NULLS LAST, server_id, volid, node`;
      const [rows, count] = await Promise.all([
        database.all(`SELECT * FROM backups WHERE ${where} ORDER BY ${order} LIMIT ? OFFSET ?`, [
          ...params,
          query.limit,
          query.offset,
        ]),
        database.get(`SELECT COUNT(*) AS total FROM backups WHERE ${where}`, params),
      ]);
      return { rows: rows.map(fromRow), total: Number(count?.["total"] ?? 0) };
    },
    async coverage(clusterIds) {
      const rows = await database.all(
        `SELECT * FROM backup_coverage WHERE server_id IN (SELECT value FROM json_each(?)) ORDER BY server_id, storage, node`,
        [JSON.stringify(clusterIds)],
      );
      return rows.map(coverageFromRow);
    },
    async newest(clusterId) {
      // SQLite takes the bare columns from the row that holds the maximum.
      const rows = await database.all(
        `SELECT vmid, guest_type AS type, MAX(created_at) AS at, storage, volid FROM backups
         WHERE server_id = ? AND vmid IS NOT NULL AND guest_type IS NOT NULL GROUP BY vmid, guest_type`,
        [clusterId],
      );
      return rows.map((row) => newestSchema.parse(row));
    },
    async copiesOf(clusterId, vmid) {
      const rows = await database.all(
        "SELECT * FROM backups WHERE server_id = ? AND vmid = ? ORDER BY created_at DESC",
        [clusterId, vmid],
      );
      return rows.map(fromRow);
    },
    async forget(clusterId) {
      await database.transaction([
        { sql: "DELETE FROM backups WHERE server_id = ?", params: [clusterId] },
        { sql: "DELETE FROM backup_coverage WHERE server_id = ?", params: [clusterId] },
        { sql: "DELETE FROM cache WHERE server_id = ?", params: [clusterId] },
      ]);
    },
  };
}

const newestSchema = z.object({
  vmid: z.number(),
  type: guestTypeSchema,
  at: z.number(),
  storage: z.string(),
  volid: z.string(),
});

/** A shared storage is one, whichever node read it last. */
function dropRows(reading: StorageReading, table: string): Statement {
  const sql = `DELETE FROM ${table} WHERE server_id = ? AND storage = ?`;
  if (reading.shared) return { sql, params: [reading.clusterId, reading.storage] };
  return { sql: `${sql} AND node = ?`, params: [reading.clusterId, reading.storage, reading.node] };
}

function insertCoverage(row: Coverage): Statement {
  return {
    sql: `INSERT OR REPLACE INTO backup_coverage (server_id, storage, node, state, privilege, seen_at) VALUES (?, ?, ?, ?, ?, ?)`,
    params: [row.clusterId, row.storage, row.node, row.state, row.privilege, row.seenAt],
  };
}

function searchText(row: CachedBackup, words: string): string {
  return `${row.volid} ${row.notes} ${String(row.vmid ?? "")} ${row.storage} ${words}`.toLowerCase();
}

function filterOf(
  query: BackupQuery,
  clusterIds: readonly string[],
): { readonly where: string; readonly params: readonly SqlValue[] } {
  const wheres = ["server_id IN (SELECT value FROM json_each(?))"];
  const ids = query.clusterId === undefined ? clusterIds : clusterIds.filter((id) => id === query.clusterId);
  const params: SqlValue[] = [JSON.stringify(ids)];
  if (query.vmid !== undefined) {
    wheres.push("vmid = ?");
    params.push(query.vmid);
  }
  if (query.storage !== undefined) {
    wheres.push("storage = ?");
    params.push(query.storage);
  }
  for (const word of query.text.toLowerCase().split(/\s+/u).filter(Boolean)) {
    // instr, not LIKE: what is typed is text, never a pattern.
    wheres.push("instr(search, ?) > 0");
    params.push(word);
  }
  return { where: wheres.join(" AND "), params };
}

const cachedSchema = backupSchema.omit({ guestName: true, place: true });

function fromRow(row: SqlRow): CachedBackup {
  return cachedSchema.parse({
    clusterId: row["server_id"],
    storage: row["storage"],
    storageType: row["storage_type"],
    node: row["node"],
    shared: row["shared"] === 1,
    volid: row["volid"],
    vmid: row["vmid"],
    guestType: row["guest_type"],
    createdAt: row["created_at"],
    size: row["size"],
    format: row["format"],
    notes: row["notes"],
    protected: row["protected"] === 1,
    verification: row["verification"],
    encrypted: row["encrypted"] === 1,
    seenAt: row["seen_at"],
  });
}

function coverageFromRow(row: SqlRow): Coverage {
  return coverageSchema.parse({
    clusterId: row["server_id"],
    storage: row["storage"],
    node: row["node"],
    state: row["state"],
    privilege: row["privilege"],
    seenAt: row["seen_at"],
  });
}
