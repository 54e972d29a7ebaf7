import { Worker } from "node:worker_threads";

import type { ErrorCode } from "../../shared/errors.ts";
import { AppError } from "../../shared/errors.ts";
import type {
  Migration,
  OpenReport,
  RunResult,
  SqlFailure,
  SqlFailureReason,
  SqlRow,
  SqlValue,
  Statement,
  WorkerAnswer,
  WorkerRequest,
  WorkerSettings,
} from "./sql.ts";

/**
 * One SQLite file behind a worker thread. Requests are done one after the other in the order of the calls; a promise that resolved
 * means committed (with synchronous=FULL: synced). They take no AbortSignal: each is a matter of milliseconds and must not be half done.
 * Every function throws AppError: store.full · store.readOnly · store.failed with params.reason
 * (`constraint`, `conflict`, `io`, `corrupt`, `busy`, `other`). After io and corrupt the database stays refused until it is opened anew.
 */
export interface Database {
  readonly report: OpenReport;
  all(sql: string, params?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
  get(sql: string, params?: readonly SqlValue[]): Promise<SqlRow | null>;
  run(sql: string, params?: readonly SqlValue[]): Promise<RunResult>;
  /** All or nothing. */
  transaction(statements: readonly Statement[]): Promise<readonly RunResult[]>;
  /** Checks the whole file; lines of what is wrong, empty when sound. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly file: string;
  /** Where this process's copy of database-worker stands: the source under Node, the bundled file in the app. */
  readonly workerUrl: URL;
  readonly migrations: readonly Migration[];
  readonly synchronous: WorkerSettings["synchronous"];
  readonly check?: WorkerSettings["check"];
  /** Database whose exclusive lock makes this process the only writer; without it the caller answers for that. */
  readonly lockFile?: string;
  /** Only look: another process is known to be the writer. */
  readonly readOnly?: boolean;
  readonly now: () => number;
}

const codes: Readonly<Record<SqlFailureReason, ErrorCode>> = {
  full: "store.full",
  readOnly: "store.readOnly",
  io: "store.failed",
  corrupt: "store.failed",
  constraint: "store.failed",
  conflict: "store.failed",
  busy: "store.failed",
  other: "store.failed",
};

function toAppError(failure: SqlFailure): AppError {
  return new AppError(codes[failure.reason], {
    params: { reason: failure.reason },
    cause: new Error(failure.message),
  });
}

/** True where the statement itself was refused (a name taken, a row changed meanwhile) and the store is well. */
export function isRefusedBy(error: unknown, reason: "constraint" | "conflict"): boolean {
  return (
    error instanceof AppError && error.code === "store.failed" && error.details.params?.["reason"] === reason
  );
}

type Request = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, "id"> : never) : never;
interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

function startWorker(options: DatabaseOptions): Worker {
  const settings: WorkerSettings = {
    file: options.file,
    lockFile: options.lockFile ?? null,
    readOnly: options.readOnly ?? false,
    migrations: options.migrations,
    synchronous: options.synchronous,
    check: options.check ?? "always",
    now: options.now(),
  };
  // Neither flags nor environment of this process: the thread needs nothing of them.
  return new Worker(options.workerUrl, {
    workerData: settings,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    // It passes rows on and keeps none: without limits its heap grows with the machine's memory.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
    env: {},
  });
}

/** Opens (or makes) the file; see openFile for what happens to locked, newer and damaged ones. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const worker = startWorker(options);
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let lost: AppError | null = null;

  const loseAll = (cause: unknown): void => {
    lost ??= new AppError("store.failed", { params: { reason: "io" }, cause });
    for (const entry of waiting.values()) entry.reject(lost);
    waiting.clear();
  };

  const opened = new Promise<OpenReport>((resolve, reject) => {
    waiting.set(0, { resolve: (value) => resolve(value as OpenReport), reject });
  });
  worker.on("message", (answer: WorkerAnswer) => {
    const entry = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (!answer.ok) entry?.reject(toAppError(answer.failure));
    else entry?.resolve("report" in answer ? answer.report : answer.value);
  });
  worker.on("error", loseAll);
  worker.on("exit", () => loseAll(new Error("the database thread has ended")));

  const ask = async <T>(request: Request): Promise<T> => {
    if (lost !== null) throw lost;
    lastId += 1;
    const id = lastId;
    const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { resolve, reject }));
    worker.postMessage({ ...request, id }, []);
    // The worker answers each op with its own type; both sides are ours.
    return (await answer) as T;
  };

  const report = await opened;
  let closing: Promise<void> | null = null;
  const writable = (): void => {
    if (report.readOnly !== null)
      throw new AppError("store.readOnly", { params: { reason: report.readOnly } });
  };
  return {
    report,
    all: (sql, params = []) => ask({ op: "all", statement: { sql, params } }),
    get: (sql, params = []) => ask({ op: "get", statement: { sql, params } }),
    run: async (sql, params = []) => {
      writable();
      return ask({ op: "run", statement: { sql, params } });
    },
    transaction: async (statements) => {
      writable();
      return ask({ op: "transaction", statements });
    },
    check: () => ask({ op: "check" }),
    close: () => {
      closing ??= lost === null ? ask<void>({ op: "close" }) : Promise.resolve();
      return closing;
    },
  };
}
