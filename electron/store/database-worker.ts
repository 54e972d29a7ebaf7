import type { StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

import type { OpenFile } from "./open-file.ts";
import { noteSuspect, openFile, problemsOf } from "./open-file.ts";
import type { RunResult, Statement, WorkerAnswer, WorkerRequest, WorkerSettings } from "./sql.ts";
import { ConflictError, failureOf } from "./sql.ts";

/** node:sqlite blocks its thread, so it has one of its own: this file. It does one request after the other, in order. */

/** Statements kept prepared; ours are a few dozen texts. */
const keptStatements = 200;

const port = parentPort;
// The only sender is openDatabase, whose type is WorkerSettings.
const settings = workerData as WorkerSettings;

function send(answer: WorkerAnswer): void {
  port?.postMessage(answer);
}

function serve({ database, lock }: OpenFile): void {
  const prepared = new Map<string, StatementSync>();
  let poisoned = false;

  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    if (prepared.size >= keptStatements) prepared.clear();
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };

  const run = ({ sql, params = [], expectChanges }: Statement): RunResult => {
    const { changes, lastInsertRowid } = prepare(sql).run(...params);
    if (expectChanges !== undefined && Number(changes) !== expectChanges)
      throw new ConflictError(`${Number(changes)} rows changed instead of ${expectChanges}`);
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  };

  const transaction = (statements: readonly Statement[]): readonly RunResult[] => {
    database.exec("BEGIN IMMEDIATE");
    try {
      const results = statements.map(run);
      database.exec("COMMIT");
      return results;
    } catch (error) {
      // SQLite may have rolled back by itself (full disk, I/O error).
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  };

  const close = (): void => {
    prepared.clear();
    database.close();
    lock?.close();
  };

  const answer = (request: WorkerRequest): unknown => {
    switch (request.op) {
      case "all":
        return prepare(request.statement.sql).all(...(request.statement.params ?? []));
      case "get":
        return prepare(request.statement.sql).get(...(request.statement.params ?? [])) ?? null;
      case "run":
        return run(request.statement);
      case "transaction":
        return transaction(request.statements);
      case "check":
        return problemsOf(database);
      case "close":
        return close();
      default:
        return request satisfies never;
    }
  };

  const handle = (request: WorkerRequest): void => {
    if (poisoned && request.op !== "close") {
      send({ id: request.id, ok: false, failure: { reason: "io", message: "poisoned" } });
      return;
    }
    try {
      send({ id: request.id, ok: true, value: answer(request) });
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason === "io" || failure.reason === "corrupt") {
        // After a failed write or sync nobody knows what the disk has: no more of this connection is believed.
        poisoned = true;
        noteSuspect(settings.file);
      }
      send({ id: request.id, ok: false, failure });
    }
    if (request.op === "close") port?.close();
  };

  port?.on("message", handle);
}

try {
  const open = openFile(settings);
  serve(open);
  send({ id: 0, ok: true, report: open.report });
} catch (error) {
  send({ id: 0, ok: false, failure: failureOf(error) });
  port?.close();
}
