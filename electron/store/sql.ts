/** What SQLite keeps: integers come back as numbers (times in ms and bytes fit), blobs as Uint8Array. */
export type SqlValue = string | number | bigint | null | Uint8Array;
export type SqlRow = Readonly<Record<string, SqlValue>>;

export interface Statement {
  readonly sql: string;
  readonly params?: readonly SqlValue[];
  /** Rolls the whole transaction back (reason `conflict`) unless exactly so many rows were changed: optimistic locking. */
  readonly expectChanges?: number;
}

export interface RunResult {
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** One forward step of a schema. `version` counts from 1 without gaps and is kept in `PRAGMA user_version`. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** inUse: another process holds the data directory · newer: a later version of the app wrote the file. */
export type ReadOnlyReason = "inUse" | "newer";

/** What opening found, for the user and the log. */
export interface OpenReport {
  readonly readOnly: ReadOnlyReason | null;
  readonly version: number;
  /** Schema version before this start, where it was raised; its copy stands beside the file. */
  readonly migratedFrom: number | null;
  /** Set when the file was damaged: it was set aside under this name and its readable rows were taken over. */
  readonly recovered: {
    readonly setAside: string;
    readonly reason: string;
    /** Rows taken over, per table. */
    readonly rows: Readonly<Record<string, number>>;
    /** Rows that could be read but whose checksum does not fit; they stay in the file set aside. */
    readonly refused: number;
  } | null;
}

export interface WorkerSettings {
  readonly file: string;
  readonly lockFile: string | null;
  /** Only look: the writer is another process. */
  readonly readOnly: boolean;
  readonly migrations: readonly Migration[];
  readonly synchronous: "FULL" | "NORMAL";
  /** Full check at each start (small files), or only after trouble was noted. */
  readonly check: "always" | "afterTrouble";
  /** ms since the epoch, for the names of files set aside. */
  readonly now: number;
}

export type WorkerRequest =
  | { readonly id: number; readonly op: "all" | "get" | "run"; readonly statement: Statement }
  | { readonly id: number; readonly op: "transaction"; readonly statements: readonly Statement[] }
  | { readonly id: number; readonly op: "check" }
  | { readonly id: number; readonly op: "close" };

/** full: disk or page limit · io, corrupt: the store is poisoned · constraint, conflict: the statement was refused · readOnly · other */
export type SqlFailureReason =
  | "full"
  | "io"
  | "corrupt"
  | "constraint"
  | "conflict"
  | "readOnly"
  | "busy"
  | "other";

export interface SqlFailure {
  readonly reason: SqlFailureReason;
  readonly message: string;
}

export type WorkerAnswer =
  | { readonly id: 0; readonly ok: true; readonly report: OpenReport }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: SqlFailure };

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended ones carry them in the low byte. */
const reasons: Readonly<Record<number, SqlFailureReason>> = {
  5: "busy",
  6: "busy",
  8: "readOnly",
  10: "io",
  11: "corrupt",
  13: "full",
  14: "io",
  19: "constraint",
  26: "corrupt",
};

export class ConflictError extends Error {}

/** What a thrown error of node:sqlite means to us. */
export function failureOf(error: unknown): SqlFailure {
  if (error instanceof ConflictError) return { reason: "conflict", message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const code = typeof error === "object" && error !== null && "errcode" in error ? error.errcode : null;
  return { reason: (typeof code === "number" && reasons[code & 0xff]) || "other", message };
}
