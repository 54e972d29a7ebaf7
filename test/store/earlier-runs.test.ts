import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { openDatabase } from "../../electron/store/database.ts";
import type { Database } from "../../electron/store/database.ts";
import { createJobStore } from "../../electron/store/jobs.ts";
import type { JobStore } from "../../electron/store/jobs.ts";
import { jobsMigrations } from "../../electron/store/migrations.ts";
import type { Job, JobRequest } from "../../shared/job.ts";
import { testNow, workerUrl } from "./files.ts";
import { newJob } from "./sample-job.ts";

let directory: string;
let database: Database;
let jobs: JobStore;
let count = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "pxm-earlier-"));
  database = await openDatabase({
    file: join(directory, "jobs.db"),
    workerUrl,
    migrations: jobsMigrations,
    synchronous: "FULL",
    now: () => testNow,
  });
  jobs = createJobStore(database);
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

const guest = (vmid: number): JobRequest["guest"] => ({ vmid, type: "qemu", name: "one", node: "pve1" });
const backup = (vmid: number, storage: string): JobRequest => ({
  kind: "backup",
  guest: guest(vmid),
  storage,
  mode: "snapshot",
  compress: "zstd",
  note: "",
  protect: false,
  keepAll: false,
});
const restore = (vmid: number, sourceVmid: number | null): JobRequest => ({
  kind: "restore",
  guest: guest(vmid),
  volid: `vault:backup/vm/${sourceVmid}/x`,
  sourceVmid,
  backupTime: 1,
  targetStorage: null,
  start: false,
  unique: true,
});

/** A job that ended, of so many seconds. */
async function ended(request: JobRequest, durationSeconds: number, more: Partial<Job> = {}): Promise<void> {
  count += 1;
  const job = newJob(count, { request, state: "succeeded", durationSeconds, endedAt: count, ...more });
  await jobs.create(job, `draft-${count}`, count);
}

const secondsOf = async (request: JobRequest): Promise<number[]> =>
  (await jobs.earlierRuns(newJob((count += 1), { request }))).map((run) => run.durationSeconds);

it("are those of the same guest to the same storage, the newest first, no more than five", async () => {
  for (const seconds of [1, 2, 3, 4, 5, 6]) await ended(backup(1, "vault"), seconds);
  await ended(backup(1, "attic"), 99);
  await ended(backup(2, "vault"), 77);
  await ended(backup(1, "vault"), 55, { state: "failed" });
  expect(await secondsOf(backup(1, "vault"))).toEqual([6, 5, 4, 3, 2]);
});

it("are those to another storage where there are none to this one", async () => {
  await ended(backup(5, "attic"), 12);
  expect(await secondsOf(backup(5, "vault"))).toEqual([12]);
});

it("of a restore are those of the guest in the backup, whatever numbers they got", async () => {
  await ended(restore(900, 7), 30);
  await ended(restore(901, 8), 31);
  await ended(restore(902, null), 32);
  expect(await secondsOf(restore(903, 7))).toEqual([30]);
  // Of a backup of nobody knows whom nothing can be learnt.
  expect(await secondsOf(restore(904, null))).toEqual([]);
});

it("carry what there was to copy and when each part was done", async () => {
  const curve = Array.from({ length: 20 }, (_, step) => step + 1);
  const progress = {
    step: "ended",
    stepParams: {},
    percent: 100,
    estimated: false,
    bytesDone: 10,
    bytesTotal: 20,
    rate: null,
    secondsLeft: null,
    secondsLeftLow: null,
    secondsLeftHigh: null,
    stalledSince: null,
    waitingForLock: false,
    warnings: [],
    seenAt: 1,
    curve,
  };
  await ended(backup(30, "vault"), 20, { progress });
  const job = newJob((count += 1), { request: backup(30, "vault") });
  expect(await jobs.earlierRuns(job)).toEqual([{ durationSeconds: 20, bytes: 20, curve }]);
});
