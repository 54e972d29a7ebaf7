import { AppError } from "../../shared/errors.ts";
import type { Job, JobEvent, JobRequest, LogLine } from "../../shared/job.ts";
import type { Log } from "../log.ts";
import type { Audit } from "../store/audit.ts";
import type { JobStore } from "../store/jobs.ts";
import type { LogStore } from "../store/logs.ts";
import { createBook } from "./book.ts";
import type { Clock } from "./clock.ts";
import { cancelJob, lookAgain, resolveJob } from "./decide.ts";
import { dispatch } from "./dispatch.ts";
import type { Emit, Engine } from "./engine.ts";
import type { HitFailpoint } from "./failpoint.ts";
import { noFailpoint } from "./failpoint.ts";
import { follow } from "./follow.ts";
import type { JobLimits } from "./limits.ts";
import { jobLimits } from "./limits.ts";
import { createKeptLogs, createLogs } from "./read-log.ts";
import type { CleanLooks } from "./reconcile.ts";
import { lookUp } from "./reconcile.ts";
import type { JobServer } from "./server.ts";
import { endWithout, mustWrite } from "./steps.ts";
import type { RandomBytes } from "./ulid.ts";
import { ulid } from "./ulid.ts";

export interface JobsOptions {
  readonly store: JobStore;
  readonly logs: LogStore;
  readonly audit: Audit;
  /** The store is held by another process or is newer: everything can be read, nothing is followed or started. */
  readonly readOnly: boolean;
  readonly server: (clusterId: string) => JobServer | null;
  /** The page of a task is open: it is asked more often. */
  readonly isWatched?: (upid: string) => boolean;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly emit: Emit;
  readonly log: Log;
  /** Tests only. */
  readonly failpoint?: HitFailpoint;
  readonly limits?: Partial<JobLimits>;
  /** Tests only: false leaves lost launches lost, to show that the tests would notice. */
  readonly looksUp?: boolean;
}

export interface StartOptions {
  /** Minted once per opened dialog: the same draft always names the same job. */
  readonly draft: string;
  /** What the user confirmed, as a digest, for the audit. */
  readonly confirmation?: string;
}

export interface Jobs {
  /**
   * Writes the intent and returns; the launch goes on by itself. Throws job.busyGuest, store.* – then nothing was or will be sent.
   */
  start(
    request: JobRequest,
    cluster: { readonly id: string; readonly name: string },
    options: StartOptions,
  ): Promise<{ readonly jobId: string }>;
  /** The live set: open jobs and those that ended lately. */
  list(): { readonly revision: number; readonly items: Job[] };
  /** Throws job.notFound. */
  get(jobId: string): Promise<{ readonly job: Job; readonly events: JobEvent[] }>;
  /** Shows `cancelling` until the server has ended the task. Throws job.notFound, job.ended, and what stands against the stop. */
  cancel(jobId: string, signal: AbortSignal): Promise<Job>;
  /** The user's word on a lost launch: one of its candidates, or null for "none of them". Throws job.notAdoptable, job.ended. */
  resolve(jobId: string, upid: string | null): Promise<Job>;
  /** Looks at once for a lost launch, or once more for the proof of an end that could not be judged. */
  lookAgain(jobId: string): Promise<Job>;
  /** Lines from `start` (0-based). Throws job.notFound. */
  log(
    query: LogQuery & { readonly start: number; readonly limit: number },
  ): Promise<{ lines: LogLine[]; total: number; complete: boolean }>;
  searchLog(query: LogQuery & { readonly text: string }): Promise<{ lines: number[]; total: number }>;
  /** The whole log as text, in pieces. */
  saveLog(query: LogQuery): AsyncIterable<Uint8Array>;
  /** One pass over all jobs (of one cluster): follows what runs, looks up what is lost. Resolves when each was looked at. */
  reconcile(clusterId?: string): Promise<void>;
  /** A server that was away answers again: everything that waits for it goes on at once. */
  onClusterReachable(clusterId: string): void;
  /** Other pages are open than before: whose page is open now is asked at once. */
  onAttention(): void;
  /** The cluster was deregistered: its open jobs end as not known, for nobody can look any more. */
  onClusterRemoved(clusterId: string): Promise<void>;
  /** Jobs whose end the user was not told of, for the notifier: open ones, and those that ended just before a crash. */
  unannounced(): readonly string[];
  /** Stops following; nothing is stopped on any server. */
  close(): Promise<void>;
}

export interface LogQuery {
  readonly jobId: string;
  /** Default: the job's last task. */
  readonly upid?: string | undefined;
}

/** Ends older than this are not announced after a restart any more. */
const announceFor = 7 * 24 * 60 * 60 * 1000;

/** Takes up what the last run of the app left, then offers the rest. */
export async function createJobs(options: JobsOptions): Promise<Jobs> {
  const { store, logs, audit, clock, random, emit, log, readOnly } = options;
  const { failpoint = noFailpoint, looksUp = true } = options;
  const limits: JobLimits = { ...jobLimits, ...options.limits };
  const closing = new AbortController();
  const work = new Set<Promise<void>>();
  const launching = new Map<string, Promise<void>>();
  const following = new Map<string, AbortController>();
  const claimed = new Set<string>();
  const cleanLooks: CleanLooks = new Map();
  let looker: AbortController | null = null;

  const firstRevision = readOnly ? 0 : await store.nextRevision();
  const book = createBook({
    store,
    now: () => clock.now(),
    emit,
    firstRevision,
    endedShown: limits.endedShown,
  });

  /** Runs beside everything else. What it throws while the engine closes is the closing itself. */
  const background = (name: string, jobId: string, task: () => Promise<void>): Promise<void> => {
    const running = task()
      .catch((error: unknown) => {
        if (!closing.signal.aborted) log.error({ error, jobId }, `${name} failed`);
      })
      .finally(() => work.delete(running));
    work.add(running);
    return running;
  };

  const startFollowing = (jobId: string): void => {
    if (readOnly || following.has(jobId) || closing.signal.aborted) return;
    following.set(jobId, new AbortController());
    const nextNudge = (): AbortSignal => {
      const nudge = new AbortController();
      following.set(jobId, nudge);
      return nudge.signal;
    };
    void background("follow", jobId, () =>
      follow(engine, jobId, nextNudge).finally(() => following.delete(jobId)),
    );
  };

  const isLost = (job: Job): boolean => job.state === "unconfirmed";

  const settleOne = async (job: Job): Promise<void> => {
    if (job.state === "running" || job.state === "cancelling") return startFollowing(job.id);
    if (isLost(job) && looksUp) await lookUp(engine, job, cleanLooks);
  };

  /** One pass at a time per job, whoever asks. */
  const passes = new Map<string, Promise<void>>();
  const settleOnce = (job: Job): Promise<void> => {
    const running = passes.get(job.id) ?? settleOne(job).finally(() => passes.delete(job.id));
    passes.set(job.id, running);
    return running;
  };

  const reconcile = async (clusterId?: string): Promise<void> => {
    if (readOnly || closing.signal.aborted) return;
    const due = book.open().filter((job) => clusterId === undefined || job.clusterId === clusterId);
    await Promise.all(
      due.map(async (job) => {
        try {
          await settleOnce(job);
        } catch (error) {
          closing.signal.throwIfAborted();
          log.error({ error, jobId: job.id }, "a job could not be looked at");
        }
      }),
    );
  };

  const lookWhileLost = async (stop: AbortSignal): Promise<void> => {
    while (book.open().some(isLost)) {
      await reconcile();
      await clock.sleep(limits.lookEvery, AbortSignal.any([closing.signal, stop]));
    }
  };

  /** Begins at once, even where a turn is waiting already. */
  const lookSoon = (): void => {
    looker?.abort();
    const own = new AbortController();
    looker = own;
    void background("look", "", async () => {
      try {
        await lookWhileLost(own.signal);
      } catch (error) {
        if (!own.signal.aborted) throw error;
      }
    });
  };

  const engine: Engine = {
    store,
    logs,
    audit,
    book,
    server: options.server,
    isWatched: options.isWatched ?? (() => false),
    clock,
    random,
    emit,
    failpoint,
    limits,
    log,
    closing: closing.signal,
    startFollowing,
    lookSoon,
  };

  const launchInBackground = (jobId: string): void => {
    const running = background("launch", jobId, () => dispatch(engine, jobId)).finally(() =>
      launching.delete(jobId),
    );
    launching.set(jobId, running);
  };

  /** Never sent, or sent with nobody left to hear the answer: the words of the last run are put right before anything is followed. */
  const takeUp = async (job: Job): Promise<void> => {
    if (job.state === "accepted") {
      await endWithout(engine, job.id, "notStarted", { code: "job.interrupted", params: {} });
    } else if (job.state === "dispatching") {
      await mustWrite(engine, job.id, () => ({
        type: "unconfirmed",
        params: { code: "job.interrupted" },
        patch: {
          state: "unconfirmed",
          error: { code: "server.unconfirmed", params: { was: "job.interrupted" } },
        },
      }));
    }
  };

  const late = readOnly ? [] : await store.unannounced(clock.now() - announceFor);
  const announceLate = async (): Promise<void> => {
    for (const { job } of late) {
      book.tell(job.id);
      await mustWrite(engine, job.id, () => ({ type: "announced" }));
    }
  };

  book.adopt(await store.ended(limits.endedShown));
  book.adopt(late);
  const left = await store.open();
  book.adopt(left);
  const toAnnounce = [...left, ...late].map(({ job }) => job.id);
  if (!readOnly)
    void background("start", "", async () => {
      // After the caller has had its turn to listen.
      await Promise.resolve();
      await announceLate();
      for (const { job } of left) await takeUp(job);
      await reconcile();
      lookSoon();
    });

  const guestKey = (clusterId: string, vmid: number): string => `${clusterId}/${vmid}`;

  const isBusy = (clusterId: string, vmid: number): boolean =>
    claimed.has(guestKey(clusterId, vmid)) ||
    book.open().some((job) => job.clusterId === clusterId && job.request.guest.vmid === vmid);

  const newJob = (
    request: JobRequest,
    cluster: { readonly id: string; readonly name: string },
  ): Omit<Job, "revision"> => {
    const id = ulid(clock.now(), random);
    const { vmid, type, name } = request.guest;
    return {
      // Ids come out of our own mint and out of checked input: the brands are earned there.
      id: id as Job["id"],
      trace: `pxm:${id}`,
      clusterId: cluster.id as Job["clusterId"],
      clusterName: cluster.name,
      request,
      state: "accepted",
      pause: null,
      createdAt: clock.now(),
      sentAt: null,
      endedAt: null,
      durationSeconds: null,
      tasks: [],
      guests: [{ vmid, type, name, state: "pending", seconds: null, size: null, archive: null, error: null }],
      progress: null,
      archive: null,
      size: null,
      warnings: [],
      error: null,
      candidates: [],
      cancelRequestedAt: null,
    };
  };

  const drafts = new Map<string, Promise<{ readonly jobId: string }>>();

  const startNew = async (
    request: JobRequest,
    cluster: { readonly id: string; readonly name: string },
    { draft, confirmation }: StartOptions,
  ): Promise<{ readonly jobId: string }> => {
    const earlier = await store.byDraft(draft);
    if (earlier !== null) return { jobId: earlier.job.id };
    const key = guestKey(cluster.id, request.guest.vmid);
    if (isBusy(cluster.id, request.guest.vmid))
      throw new AppError("job.busyGuest", { params: { vmid: request.guest.vmid } });
    claimed.add(key);
    try {
      failpoint("intent.before_write");
      const writing = book.create(newJob(request, cluster), draft);
      failpoint("intent.before_fsync");
      const { job, isNew } = await writing;
      failpoint("intent.after_fsync");
      if (!isNew) return { jobId: job.id };
      if (confirmation !== undefined) await audit.append("job.confirmed", { job: job.id, confirmation });
      launchInBackground(job.id);
      return { jobId: job.id };
    } finally {
      claimed.delete(key);
    }
  };

  const known = async (jobId: string): Promise<Job> => {
    const job = book.get(jobId) ?? (await store.get(jobId))?.job;
    if (job === undefined) throw new AppError("job.notFound", { params: { id: jobId } });
    return job;
  };

  /** A request under way gets a moment for its answer; without it the next start looks it up. */
  const letLaunchesEnd = async (): Promise<void> => {
    const patience = new AbortController();
    const waiting = clock.sleep(limits.closePatience, patience.signal).catch(() => undefined);
    await Promise.race([Promise.all(launching.values()), waiting]);
    patience.abort();
  };

  const nudge = (jobId: string): void => following.get(jobId)?.abort();

  return {
    start: (request, cluster, startOptions) => {
      if (readOnly) return Promise.reject(new AppError("store.readOnly"));
      const { draft } = startOptions;
      const running =
        drafts.get(draft) ?? startNew(request, cluster, startOptions).finally(() => drafts.delete(draft));
      drafts.set(draft, running);
      return running;
    },
    list: () => book.snapshot(),
    get: async (jobId) => {
      const job = await known(jobId);
      const events = await store.events(jobId);
      return { job, events: events.map(({ seq, at, type, params }) => ({ seq, at, type, params })) };
    },
    cancel: async (jobId, signal) => {
      await known(jobId);
      const job = await cancelJob(engine, jobId, signal);
      nudge(jobId);
      return job;
    },
    resolve: async (jobId, upid) => {
      await known(jobId);
      return resolveJob(engine, jobId, upid);
    },
    lookAgain: async (jobId) => {
      const job = await known(jobId);
      if (job.state === "indeterminate") return lookAgain(engine, job);
      nudge(jobId);
      await settleOnce(job);
      return book.get(jobId) ?? job;
    },
    ...createLogs({ kept: createKeptLogs(logs), known }),
    reconcile,
    onAttention: () => {
      for (const job of book.open()) if (engine.isWatched(job.tasks.at(-1)?.upid ?? "")) nudge(job.id);
    },
    onClusterReachable: (clusterId) => {
      for (const job of book.open()) if (job.clusterId === clusterId) nudge(job.id);
      if (!readOnly && book.open().some((job) => job.clusterId === clusterId && isLost(job))) lookSoon();
    },
    onClusterRemoved: async (clusterId) => {
      const error = { code: "cluster.notFound", params: { id: clusterId } } as const;
      for (const job of book.open())
        if (job.clusterId === clusterId) await endWithout(engine, job.id, "indeterminate", error);
    },
    unannounced: () => toAnnounce,
    close: async () => {
      await letLaunchesEnd();
      closing.abort(new AppError("cancelled"));
      await Promise.all(work);
    },
  };
}
