import type { Job, JobTask } from "../../shared/job.ts";
import { isOpen } from "../../shared/job.ts";
import { isAppError } from "../../shared/errors.ts";
import type { JobRecord, NewJobEvent } from "../store/job-fold.ts";
import type { JobStore } from "../store/jobs.ts";
import type { Emit } from "./engine.ts";

/** What is known of a running job beyond its written events: read again from the server after a restart. */
export interface Live {
  readonly progress?: Job["progress"];
  readonly pause?: Job["pause"];
  readonly guests?: Job["guests"];
  readonly warnings?: Job["warnings"];
  /** Of the last task. */
  readonly logLines?: number;
}

/** The event to append, decided on the job as it is at that moment; null = nothing to do. */
export type Decide = (job: Job) => NewJobEvent | null;

/** The live set of jobs: open ones and those that ended lately. Written first, then shown. */
export interface Book {
  snapshot(): { readonly revision: number; readonly items: Job[] };
  get(jobId: string): Job | null;
  open(): readonly Job[];
  /** Writes a new job. A draft that made one before gives that one back. */
  create(job: Omit<Job, "revision">, draft: string): Promise<{ readonly job: Job; readonly isNew: boolean }>;
  /** Appends an event and shows the job after it. One change after the other per job. `written` runs before anybody is told. */
  change(jobId: string, decide: Decide, written?: () => void): Promise<Job>;
  /** Shows what was read of a running job; nothing is written. */
  live(jobId: string, live: Live): void;
  /** Takes jobs in as they were found in the store. */
  adopt(records: readonly JobRecord[]): void;
  /** Shows a job once more, unchanged. */
  tell(jobId: string): void;
}

interface Entry {
  record: JobRecord;
  live: Live;
  revision: number;
  queue: Promise<unknown>;
}

function withLogLines(tasks: readonly JobTask[], logLines: number | undefined): JobTask[] {
  if (logLines === undefined) return [...tasks];
  return tasks.map((task, index) => (index === tasks.length - 1 ? { ...task, logLines } : task));
}

function shown({ record, live, revision }: Entry): Job {
  const { job } = record;
  if (!isOpen(job.state)) return { ...job, revision };
  const { logLines, ...rest } = live;
  return { ...job, ...rest, tasks: withLogLines(job.tasks, logLines), revision };
}

export interface BookOptions {
  readonly store: JobStore;
  readonly now: () => number;
  readonly emit: Emit;
  readonly firstRevision: number;
  readonly endedShown: number;
}

export function createBook({ store, now, emit, firstRevision, endedShown }: BookOptions): Book {
  const entries = new Map<string, Entry>();
  let revision = firstRevision;

  const nextRevision = (): number => {
    revision += 1;
    return revision;
  };

  /** The oldest ended ones leave the live set; they stay in the history. */
  const dropOldest = (): string[] => {
    const ended = [...entries.values()].filter(({ record }) => !isOpen(record.job.state));
    if (ended.length <= endedShown) return [];
    ended.sort((a, b) => a.record.job.createdAt - b.record.job.createdAt);
    const dropped = ended.slice(0, ended.length - endedShown).map(({ record }) => record.job.id);
    for (const id of dropped) entries.delete(id);
    return dropped;
  };

  const publish = (entry: Entry): void => {
    entry.revision = nextRevision();
    const changed = [shown(entry)];
    emit("jobs.changed", { revision: entry.revision, changed, removed: dropOldest() });
  };

  /** An ended job that has left the live set is taken in again: its end may be judged anew. */
  const entryOf = async (jobId: string): Promise<Entry | null> => {
    const known = entries.get(jobId);
    if (known !== undefined) return known;
    const record = await store.get(jobId);
    if (record === null) return null;
    const entry = entries.get(jobId) ?? {
      record,
      live: {},
      revision: record.job.revision,
      queue: Promise.resolve(),
    };
    entries.set(jobId, entry);
    return entry;
  };

  /** Running work must be written: in a full database the reserve makes room for it. */
  const append = async (record: JobRecord, event: NewJobEvent): Promise<JobRecord> => {
    try {
      return await store.append(record, event, now());
    } catch (error) {
      if (!isAppError(error, "store.full") || record.job.sentAt === null) throw error;
      await store.releaseReserve();
      return store.append(record, event, now());
    }
  };

  const changeEntry = async (entry: Entry, decide: Decide, written?: () => void): Promise<Job> => {
    const event = decide(shown(entry));
    if (event === null) return shown(entry);
    const patch = event.patch === undefined ? {} : { patch: { ...event.patch, revision: nextRevision() } };
    entry.record = await append(entry.record, { ...event, ...patch });
    if (!isOpen(entry.record.job.state)) entry.live = {};
    written?.();
    if (event.patch !== undefined) publish(entry);
    return shown(entry);
  };

  return {
    snapshot: () => ({ revision, items: [...entries.values()].map(shown) }),
    get: (jobId) => {
      const entry = entries.get(jobId);
      return entry === undefined ? null : shown(entry);
    },
    open: () => [...entries.values()].map(shown).filter((job) => isOpen(job.state)),
    create: async (job, draft) => {
      const { record, isNew } = await store.create({ ...job, revision: nextRevision() }, draft, now());
      const known = entries.get(record.job.id);
      if (known !== undefined) return { job: shown(known), isNew: false };
      const entry: Entry = { record, live: {}, revision: record.job.revision, queue: Promise.resolve() };
      if (!isNew) return { job: shown(entry), isNew };
      entries.set(record.job.id, entry);
      publish(entry);
      return { job: shown(entry), isNew };
    },
    change: async (jobId, decide, written) => {
      const entry = await entryOf(jobId);
      if (entry === null) throw new Error(`no job ${jobId}`);
      const done = entry.queue.then(() => changeEntry(entry, decide, written));
      // The next change waits for this one, whatever becomes of it; its caller hears of its failure.
      entry.queue = done.catch(() => undefined);
      return done;
    },
    live: (jobId, live) => {
      const entry = entries.get(jobId);
      if (entry === undefined || !isOpen(entry.record.job.state)) return;
      entry.live = { ...entry.live, ...live };
      publish(entry);
    },
    adopt: (records) => {
      for (const record of records)
        entries.set(record.job.id, { record, live: {}, revision: nextRevision(), queue: Promise.resolve() });
    },
    tell: (jobId) => {
      const entry = entries.get(jobId);
      if (entry !== undefined) publish(entry);
    },
  };
}
