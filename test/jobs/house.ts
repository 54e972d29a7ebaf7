import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { EventName } from "../../shared/events.ts";
import type { Job, JobRequest } from "../../shared/job.ts";
import type { Jobs, JobsOptions } from "../../electron/jobs/jobs.ts";
import { createJobs } from "../../electron/jobs/jobs.ts";
import type { Log } from "../../electron/log.ts";
import { silentLog } from "../../electron/log.ts";
import { createAudit } from "../../electron/store/audit.ts";
import type { Database } from "../../electron/store/database.ts";
import { createJobStore } from "../../electron/store/jobs.ts";
import type { LogStore } from "../../electron/store/logs.ts";
import { createLogStore } from "../../electron/store/logs.ts";
import type { Store } from "../../electron/store/store.ts";
import { openStore } from "../../electron/store/store.ts";
import type { ManualClock } from "./manual-clock.ts";
import { createManualClock } from "./manual-clock.ts";
import type { ScriptedServer } from "./scripted-server.ts";
import { createScriptedServer } from "./scripted-server.ts";

export const workerUrl = new URL("../../electron/store/database-worker.ts", import.meta.url);

export interface SmallHouse {
  readonly directory: string;
  readonly clock: ManualClock;
  readonly scripted: ScriptedServer;
  readonly events: { readonly event: EventName; readonly payload: unknown }[];
  /** Errors that reached the log. */
  readonly errors: unknown[];
  store: Store;
  jobs: Jobs;
  job(jobId: string): Job;
  /** Starts a job and lets time pass until it has ended. */
  run(request: JobRequest): Promise<Job>;
  ended(jobId: string): Promise<Job>;
  /** As a crash and a start: nothing is closed properly but the files. */
  restart(options?: Partial<JobsOptions>): Promise<void>;
  close(): Promise<void>;
}

let drafts = 0;

export function backupOf(vmid: number, type: "qemu" | "lxc" = "qemu"): JobRequest {
  return {
    kind: "backup",
    guest: { vmid, type, name: `guest-${vmid}`, node: "pve1" },
    storage: "local",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
  };
}

export function restoreOf(vmid: number, type: "qemu" | "lxc" = "qemu"): JobRequest {
  return {
    kind: "restore",
    guest: { vmid, type, name: `guest-${vmid}`, node: "pve1" },
    volid: `local:backup/vzdump-${type}-100-2026_01_01-00_00_00.vma.zst`,
    sourceVmid: 100,
    backupTime: 0,
    targetStorage: null,
    start: false,
    unique: true,
  };
}

export function powerOf(
  vmid: number,
  action: "start" | "stop" | "shutdown" | "reboot",
  ha = false,
): JobRequest {
  return { kind: "power", guest: { vmid, type: "qemu", name: `guest-${vmid}`, node: "pve1" }, action, ha };
}

/** The same database; while it works the test's time stands still. */
function tracked(database: Database, clock: ManualClock): Database {
  return {
    ...database,
    all: (sql, params) => clock.track(database.all(sql, params)),
    get: (sql, params) => clock.track(database.get(sql, params)),
    run: (sql, params) => clock.track(database.run(sql, params)),
    transaction: (statements) => clock.track(database.transaction(statements)),
  };
}

/** Packing a log takes threads of its own besides the database's. */
function trackedLogs(logs: LogStore, clock: ManualClock): LogStore {
  return {
    ...logs,
    state: (key) => clock.track(logs.state(key)),
    append: (...given) => clock.track(logs.append(...given)),
    complete: (key) => clock.track(logs.complete(key)),
    async *pieces(key) {
      const all: (readonly string[])[] = [];
      await clock.track(
        (async () => {
          for await (const piece of logs.pieces(key)) all.push(piece);
        })(),
      );
      yield* all;
    },
  };
}

export const cluster = { id: "c1", name: "Cluster one" };

export async function openHouse(
  options: Partial<JobsOptions> & { readonly carriesTrace?: boolean } = {},
): Promise<SmallHouse> {
  const { carriesTrace, ...overrides } = options;
  const directory = await mkdtemp(join(tmpdir(), "pxm-jobs-"));
  const clock = createManualClock();
  const scripted = createScriptedServer(clock, carriesTrace === undefined ? {} : { carriesTrace });
  const events: SmallHouse["events"] = [];
  const errors: unknown[] = [];
  let byte = 1;
  const log: Log = { ...silentLog, error: (fields) => errors.push(fields["error"] ?? fields) };

  const make = (store: Store, more: Partial<JobsOptions> = {}): Promise<Jobs> =>
    createJobs({
      store: createJobStore(tracked(store.jobs, clock)),
      logs: trackedLogs(createLogStore(store.archive), clock),
      audit: createAudit(tracked(store.jobs, clock), () => clock.now()),
      readOnly: store.readOnly !== null,
      server: () => scripted.server,
      clock,
      random: (count) => Uint8Array.from({ length: count }, () => (byte = (byte * 75 + 74) % 65537) & 255),
      emit: (event, payload) => events.push({ event, payload }),
      log,
      ...overrides,
      ...more,
    });

  const open = (): Promise<Store> => openStore({ directory, workerUrl, now: () => clock.now() });
  const store = await open();
  const house: SmallHouse = {
    directory,
    clock,
    scripted,
    events,
    errors,
    store,
    jobs: await make(store),
    job: (jobId) => {
      const job = house.jobs.list().items.find((item) => item.id === jobId);
      if (job === undefined) throw new Error(`job ${jobId} is lost`);
      return job;
    },
    ended: async (jobId) => {
      await clock.until(() => house.job(jobId).endedAt !== null);
      return house.job(jobId);
    },
    run: async (request) => {
      drafts += 1;
      const { jobId } = await house.jobs.start(request, cluster, { draft: `d${drafts}` });
      return house.ended(jobId);
    },
    restart: async (more) => {
      await house.jobs.close();
      await house.store.close();
      house.store = await open();
      house.jobs = await make(house.store, more);
    },
    close: async () => {
      await house.jobs.close();
      await house.store.close();
      await rm(directory, { recursive: true });
    },
  };
  return house;
}
