import { AppError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import { parseUpid } from "../../shared/task.ts";
import type { Database } from "./database.ts";
import { isRefusedBy } from "./database.ts";
import type { JobRecord, NewJobEvent, StoredJobEvent } from "./job-fold.ts";
import { fold, readEventData, readJob, writeEventData } from "./job-fold.ts";
import { rowSum } from "./row-sum.ts";
import type { SqlRow, SqlValue, Statement } from "./sql.ts";

/** Null where the log did not say. */
export interface FinishedRun {
  readonly durationSeconds: number;
  readonly bytes: number | null;
  readonly curve: readonly number[] | null;
}

/** Jobs and their stories. Every change is an appended event; the rows of `jobs`, `tasks` and `task_guests` follow in its transaction. */
export interface JobStore {
  /** Writes a job's first event. Where its draft made a job before, that one comes back and nothing is written. */
  create(
    job: Job,
    draft: string,
    at: number,
  ): Promise<{ readonly record: JobRecord; readonly isNew: boolean }>;
  /** Throws store.failed (`constraint`) when another writer was faster. */
  append(record: JobRecord, event: NewJobEvent, at: number): Promise<JobRecord>;
  get(jobId: string): Promise<JobRecord | null>;
  byDraft(draft: string): Promise<JobRecord | null>;
  events(jobId: string): Promise<readonly StoredJobEvent[]>;
  /** All that have not ended, oldest first. */
  open(): Promise<readonly JobRecord[]>;
  /** The latest that have ended, newest first. */
  ended(limit: number): Promise<readonly JobRecord[]>;
  /** Ended ones whose end was never announced, not older than `since`. */
  unannounced(since: number): Promise<readonly JobRecord[]>;
  /**
   * How long the same kind of work on the same guest took lately (successful runs only), newest first. For a restore that is the guest the
   * backup is of, for a backup those to the same storage, if there are any: another one has another pace.
   */
  earlierRuns(job: Job): Promise<readonly FinishedRun[]>;
  /** The job that a task belongs to, null for other people's. */
  ownerOf(serverId: string, upid: string): Promise<string | null>;
  /** Makes room in a full database, so that the end of running work can be written. */
  releaseReserve(): Promise<void>;
  /** Folds all events anew, after a recovery: rows of jobs that were lost or older than their events. */
  refold(): Promise<number>;
  /** A start value for revisions that is higher than any given out before by this data directory. */
  nextRevision(): Promise<number>;
}

/** Older runs tell little of how large a guest is now. */
const earlierRunsKept = 5;
/** Among the latest so many, since restores are found by what they restored, which has no column. */
const earlierRunsSearched = 50;

/** A restored guest is new each time: what counts is the guest in the backup. */
function isSameWork(one: Job["request"], other: Job["request"]): boolean {
  if (one.kind !== "restore" || other.kind !== "restore")
    return one.kind === other.kind && one.guest.vmid === other.guest.vmid;
  return one.sourceVmid !== null && one.sourceVmid === other.sourceVmid;
}

/** Where the data goes, as far as it was asked for. */
function placeOf(request: Job["request"]): string | null {
  if (request.kind === "backup") return request.storage;
  return request.kind === "restore" ? request.targetStorage : null;
}
/** One start of the app may give out so many revisions: years of one a second, and 2^53 lasts for 2 million starts. */
const revisionsPerStart = 2 ** 32;

function rowRecord(row: SqlRow | null): JobRecord | null {
  const job = row === null ? null : readJob(String(row["body"]));
  return job === null || row === null ? null : { job, seq: Number(row["seq"]) };
}

function present<T>(values: readonly (T | null)[]): readonly T[] {
  return values.filter((value) => value !== null);
}

/** All that a person may type to find a job, in one lower-case line. */
function searchText(job: Job): string {
  const { guest } = job.request;
  const storage = job.request.kind === "backup" ? job.request.storage : null;
  const volid = job.request.kind === "restore" ? job.request.volid : null;
  return [
    guest.vmid,
    guest.name,
    guest.node,
    job.clusterName,
    job.request.kind,
    storage,
    volid,
    job.archive,
    job.error?.server,
  ]
    .filter((part) => part !== null && part !== undefined)
    .join("\n")
    .toLowerCase();
}

function upsertGuest(job: Job, at: number): Statement {
  const { vmid, type, name, node } = job.request.guest;
  return {
    sql: `INSERT INTO guests (server_id, vmid, type, name, node, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (server_id, vmid, mark) DO UPDATE SET type = excluded.type, name = excluded.name, node = excluded.node,
      last_seen_at = excluded.last_seen_at`,
    params: [job.clusterId, vmid, type, name, node, at, at],
  };
}

const guestOfJob = `(SELECT id FROM guests WHERE server_id = ? AND vmid = ? AND mark = '')`;

function insertEvent(jobId: string, seq: number, at: number, event: NewJobEvent): Statement {
  const data = writeEventData(event);
  return {
    sql: "INSERT INTO job_events (job_id, seq, at, type, data, sum) VALUES (?, ?, ?, ?, ?, ?)",
    params: [jobId, seq, at, event.type, data, rowSum([jobId, seq, at, event.type, data])],
  };
}

function upsertJob({ job, seq }: JobRecord, draft: string | null): Statement {
  const body = JSON.stringify(job);
  return {
    sql: `INSERT INTO jobs (id, server_id, guest_id, kind, state, open, draft, trace, vmid, search, created_at, ended_at,
      duration_seconds, size, seq, revision, body, sum) VALUES (?, ?, ${guestOfJob}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, open = excluded.open, search = excluded.search,
      ended_at = excluded.ended_at, duration_seconds = excluded.duration_seconds, size = excluded.size, seq = excluded.seq,
      revision = excluded.revision, body = excluded.body, sum = excluded.sum`,
    params: [
      job.id,
      job.clusterId,
      job.clusterId,
      job.request.guest.vmid,
      job.request.kind,
      job.state,
      isOpen(job.state) ? 1 : 0,
      draft,
      job.trace,
      job.request.guest.vmid,
      searchText(job),
      job.createdAt,
      job.endedAt,
      job.durationSeconds,
      job.size,
      seq,
      job.revision,
      body,
      rowSum([job.id, seq, body]),
    ],
  };
}

function upsertTasks(job: Job): readonly Statement[] {
  return job.tasks.map((task) => {
    const upid = parseUpid(task.upid);
    return {
      sql: `INSERT INTO tasks (server_id, upid, job_id, origin, node, type, guest, user, state, exit_status, started_at, ended_at)
        VALUES (?, ?, ?, 'ours', ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (server_id, upid) DO UPDATE SET job_id = excluded.job_id, origin = 'ours', state = excluded.state,
        exit_status = excluded.exit_status, ended_at = excluded.ended_at`,
      params: [
        job.clusterId,
        task.upid,
        job.id,
        task.node,
        task.type,
        upid?.id ?? "",
        upid?.user ?? "",
        task.state,
        task.exitStatus,
        task.startedAt,
        task.endedAt,
      ],
    };
  });
}

function upsertResults(job: Job): readonly Statement[] {
  const task = job.tasks.at(-1);
  if (task === undefined) return [];
  return job.guests.map((guest) => ({
    sql: `INSERT INTO task_guests (server_id, upid, vmid, guest_id, type, name, state, seconds, size, archive, error)
      VALUES (?, ?, ?, ${guestOfJob}, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (server_id, upid, vmid) DO UPDATE SET type = excluded.type, name = excluded.name, state = excluded.state,
      seconds = excluded.seconds, size = excluded.size, archive = excluded.archive, error = excluded.error`,
    params: [
      job.clusterId,
      task.upid,
      guest.vmid,
      job.clusterId,
      guest.vmid,
      guest.type,
      guest.name,
      guest.state,
      guest.seconds,
      guest.size,
      guest.archive,
      guest.error,
    ],
  }));
}

const rowsOf = (record: JobRecord, draft: string | null): readonly Statement[] => [
  upsertJob(record, draft),
  ...upsertTasks(record.job),
  ...upsertResults(record.job),
];

function folded(before: JobRecord | null, event: NewJobEvent): JobRecord {
  const after = fold(before, { seq: (before?.seq ?? 0) + 1, patch: event.patch ?? {} });
  if (after === null)
    throw new AppError("internal", { cause: new Error(`event ${event.type} makes no job`) });
  return after;
}

function readStoredEvent(row: SqlRow): StoredJobEvent | null {
  const data = readEventData(String(row["data"]));
  return data === null
    ? null
    : { seq: Number(row["seq"]), at: Number(row["at"]), type: String(row["type"]), ...data };
}

export function createJobStore(database: Database): JobStore {
  const one = async (where: string, value: string): Promise<JobRecord | null> =>
    rowRecord(await database.get(`SELECT body, seq FROM jobs WHERE ${where}`, [value]));
  const many = async (tail: string, params: readonly SqlValue[] = []): Promise<readonly JobRecord[]> =>
    present((await database.all(`SELECT body, seq FROM jobs ${tail}`, params)).map(rowRecord));
  const byDraft = (draft: string): Promise<JobRecord | null> => one("draft = ?", draft);

  const create: JobStore["create"] = async (job, draft, at) => {
    const event: NewJobEvent = { type: "created", params: { draft }, patch: job };
    const record = folded(null, event);
    try {
      await database.transaction([
        upsertGuest(job, at),
        insertEvent(job.id, 1, at, event),
        ...rowsOf(record, draft),
      ]);
      return { record, isNew: true };
    } catch (error) {
      const earlier = isRefusedBy(error, "constraint") ? await byDraft(draft) : null;
      if (earlier === null) throw error;
      return { record: earlier, isNew: false };
    }
  };

  const events: JobStore["events"] = async (jobId) => {
    const rows = await database.all(
      "SELECT seq, at, type, data FROM job_events WHERE job_id = ? ORDER BY seq",
      [jobId],
    );
    return present(rows.map(readStoredEvent));
  };

  const refoldOne = async (jobId: string): Promise<number> => {
    const story = await events(jobId);
    const record = story.reduce<JobRecord | null>((before, event) => fold(before, event), null);
    if (record === null) return 0;
    const row = await one("id = ?", jobId);
    if (row !== null && row.seq >= record.seq) return 0;
    const draft = story[0]?.params["draft"];
    const rows = rowsOf(record, typeof draft === "string" ? draft : null);
    await database.transaction([upsertGuest(record.job, record.job.createdAt), ...rows]);
    return 1;
  };

  return {
    create,
    byDraft,
    events,
    append: async (record, event, at) => {
      const next = folded(record, event);
      await database.transaction([insertEvent(record.job.id, next.seq, at, event), ...rowsOf(next, null)]);
      return next;
    },
    get: (jobId) => one("id = ?", jobId),
    open: () => many("WHERE open = 1 ORDER BY created_at, id"),
    ended: (limit) => many("WHERE open = 0 ORDER BY created_at DESC, id DESC LIMIT ?", [limit]),
    unannounced: (since) =>
      many(
        `WHERE open = 0 AND created_at >= ? AND NOT EXISTS
         (SELECT 1 FROM job_events WHERE job_id = jobs.id AND type = 'announced') ORDER BY created_at, id`,
        [since],
      ),
    earlierRuns: async ({ clusterId, request }) => {
      const runs = await many(
        `WHERE server_id = ? AND kind = ? AND (kind = 'restore' OR vmid = ?) AND state IN ('succeeded', 'warnings')
         AND duration_seconds IS NOT NULL ORDER BY created_at DESC LIMIT ${earlierRunsSearched}`,
        [clusterId, request.kind, request.guest.vmid],
      );
      const alike = runs.filter(({ job }) => isSameWork(job.request, request));
      const same = alike.filter(({ job }) => placeOf(job.request) === placeOf(request));
      return (same.length > 0 ? same : alike).slice(0, earlierRunsKept).map(({ job }) => ({
        durationSeconds: job.durationSeconds ?? 0,
        bytes: job.progress?.bytesTotal ?? job.progress?.bytesDone ?? null,
        curve: job.progress?.curve ?? null,
      }));
    },
    ownerOf: async (serverId, upid) => {
      const row = await database.get("SELECT job_id FROM tasks WHERE server_id = ? AND upid = ?", [
        serverId,
        upid,
      ]);
      return typeof row?.["job_id"] === "string" ? row["job_id"] : null;
    },
    releaseReserve: async () => {
      await database.run("DELETE FROM reserve");
    },
    refold: async () => {
      const rows = await database.all("SELECT DISTINCT job_id FROM job_events");
      let count = 0;
      for (const row of rows) count += await refoldOne(String(row["job_id"]));
      return count;
    },
    nextRevision: async () => {
      await database.run(
        `INSERT INTO meta (key, value) VALUES ('starts', '1')
         ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
      );
      const row = await database.get("SELECT value FROM meta WHERE key = 'starts'");
      return Number(row?.["value"] ?? 1) * revisionsPerStart;
    },
  };
}
