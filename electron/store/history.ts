import type { Job, JobKind, JobState } from "../../shared/job.ts";
import type { Database } from "./database.ts";
import { readJob } from "./job-fold.ts";
import type { SqlValue } from "./sql.ts";

export interface HistoryQuery {
  readonly offset: number;
  readonly limit: number;
  readonly clusterId?: string | undefined;
  readonly vmid?: number | undefined;
  /** Words that all must occur, upper and lower case alike. */
  readonly text: string;
  readonly kinds: readonly JobKind[];
  readonly states: readonly JobState[];
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly sort: "createdAt" | "durationSeconds" | "size";
  readonly descending: boolean;
}

interface Condition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

const sortColumns = { createdAt: "created_at", durationSeconds: "duration_seconds", size: "size" } as const;

function oneOf(column: string, values: readonly string[]): readonly Condition[] {
  if (values.length === 0) return [];
  return [{ sql: `${column} IN (${values.map(() => "?").join(", ")})`, params: values }];
}

function given(sql: string, value: SqlValue | undefined): readonly Condition[] {
  return value === undefined ? [] : [{ sql, params: [value] }];
}

function conditions(query: HistoryQuery): readonly Condition[] {
  const words = query.text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  return [
    ...given("server_id = ?", query.clusterId),
    ...given("vmid = ?", query.vmid),
    ...given("created_at >= ?", query.from),
    ...given("created_at <= ?", query.to),
    ...oneOf("kind", query.kinds),
    ...oneOf("state", query.states),
    ...words.map((word) => ({ sql: "instr(search, ?) > 0", params: [word] })),
  ];
}

/** One window of the history, filtered and sorted by the database; `total` counts all that fit. Rows without a value come last. */
export async function historyPage(
  database: Database,
  query: HistoryQuery,
): Promise<{ readonly rows: Job[]; readonly total: number }> {
  const parts = conditions(query);
  const where = parts.length === 0 ? "" : `WHERE ${parts.map((part) => part.sql).join(" AND ")}`;
  const params = parts.flatMap((part) => part.params);
  const direction = query.descending ? "DESC" : "ASC";
  const order = `${sortColumns[query.sort]} ${direction} NULLS LAST, id ${direction}`;
  const counted = await database.get(`SELECT count(*) AS total FROM jobs ${where}`, params);
  const rows = await database.all(`SELECT body FROM jobs ${where} ORDER BY ${order} LIMIT ? OFFSET ?`, [
    ...params,
    query.limit,
    query.offset,
  ]);
  const jobs = rows.map((row) => readJob(String(row["body"]))).filter((job) => job !== null);
  return { rows: jobs, total: Number(counted?.["total"] ?? 0) };
}
