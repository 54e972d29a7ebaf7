import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Job } from "../../shared/job.ts";
import { jobStates } from "../../shared/job.ts";
import type { HistoryQuery } from "../../electron/store/history.ts";
import { historyPage } from "../../electron/store/history.ts";
import type { JobRecord, NewJobEvent } from "../../electron/store/job-fold.ts";
import { fold } from "../../electron/store/job-fold.ts";
import type { JobStore } from "../../electron/store/jobs.ts";
import { createJobStore } from "../../electron/store/jobs.ts";
import type { Database } from "../../electron/store/database.ts";
import { openDatabase } from "../../electron/store/database.ts";
import { jobsMigrations } from "../../electron/store/migrations.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newJob } from "./sample-job.ts";
import { testNow, workerUrl } from "./files.ts";

let directory: string;
let database: Database;
let jobs: JobStore;
let count = 0;
/** Each test and each run of a property makes jobs of its own. */
const fresh = (more: Partial<Job> = {}): Job => newJob((count += 1), more);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "pxm-jobstore-"));
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

const upid = (n: number): string =>
  `UPID:pve1:0000${(0x1000 + n).toString(16).toUpperCase()}:00070FF0:6B00627C:vzdump:100:a@pve:`;
const patchOf: fc.Arbitrary<Partial<Job>> = fc.record(
  {
    state: fc.constantFrom(...jobStates),
    sentAt: fc.nat(),
    size: fc.option(fc.nat()),
    warnings: fc.array(fc.string()),
    archive: fc.option(fc.string({ unit: "grapheme" })),
    durationSeconds: fc.option(fc.nat()),
    tasks: fc.uniqueArray(fc.nat(9), { maxLength: 3 }).map((numbers) =>
      numbers.map((n) => ({
        upid: upid(n + count * 10),
        node: "pve1",
        type: "vzdump",
        state: "running" as const,
        exitStatus: null,
        startedAt: n,
        endedAt: null,
        logLines: 0,
        logComplete: false,
      })),
    ),
  },
  { requiredKeys: [] },
);

describe("the store of jobs", () => {
  it("keeps each row as the fold of its events", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(patchOf, { maxLength: 8 }), async (patches) => {
        let { record } = await jobs.create(fresh(), `fold-${count}`, 1);
        for (const patch of patches) record = await jobs.append(record, { type: "change", patch }, 2);
        const story = await jobs.events(record.job.id);
        const folded = story.reduce<JobRecord | null>((before, event) => fold(before, event), null);
        expect(story.map((event) => event.seq)).toEqual(story.map((_, index) => index + 1));
        expect(await jobs.get(record.job.id)).toEqual(folded);
        expect(folded).toEqual(record);
      }),
      { numRuns: 60 },
    );
  });

  it("gives the first job back to a second click with the same draft", async () => {
    const first = await jobs.create(fresh(), "click", 1);
    const [second, third] = await Promise.all([
      jobs.create(fresh(), "click", 1),
      jobs.create(fresh(), "click", 1),
    ]);
    expect([first.isNew, second.isNew, third.isNew]).toEqual([true, false, false]);
    expect(second.record.job.id).toBe(first.record.job.id);
    expect(await jobs.events(newJob(count).id)).toEqual([]);
  });

  it("refuses an event that is out of sequence, and writes nothing of it", async () => {
    const { record } = await jobs.create(fresh(), `seq-${count}`, 1);
    const event: NewJobEvent = { type: "change", patch: { state: "running" } };
    await jobs.append(record, event, 2);
    await expect(jobs.append(record, { type: "late", patch: { state: "failed" } }, 3)).rejects.toMatchObject({
      code: "store.failed",
    });
    expect((await jobs.get(record.job.id))?.job.state).toBe("running");
  });

  it("lets nobody change or take away what was appended", async () => {
    const { record } = await jobs.create(fresh(), `own-${count}`, 1);
    await expect(
      database.run("UPDATE job_events SET type = 'x' WHERE job_id = ?", [record.job.id]),
    ).rejects.toThrow();
    await expect(database.run("DELETE FROM job_events WHERE job_id = ?", [record.job.id])).rejects.toThrow();
    expect((await jobs.events(record.job.id)).map(({ type }) => type)).toEqual(["created"]);
  });

  it("knows whose a task is", async () => {
    const { record } = await jobs.create(fresh(), `task-${count}`, 1);
    const task = {
      upid: upid(900),
      node: "pve1",
      type: "vzdump",
      state: "running",
      exitStatus: null,
      startedAt: 1,
      endedAt: null,
      logLines: 0,
      logComplete: false,
    } as const;
    await jobs.append(record, { type: "started", patch: { tasks: [task] } }, 2);
    expect(await jobs.ownerOf("c1", upid(900))).toBe(record.job.id);
    expect(await jobs.ownerOf("c2", upid(900))).toBe(null);
  });

  it("writes the end of running work into a full database", async () => {
    const { record } = await jobs.create(fresh(), `full-${count}`, 1);
    const pages = await database.get("PRAGMA page_count");
    await database.get(`PRAGMA max_page_count = ${Number(pages?.["page_count"])}`);
    const big: NewJobEvent = { type: "ended", patch: { state: "failed", warnings: ["x".repeat(30_000)] } };
    await expect(jobs.append(record, big, 2)).rejects.toMatchObject({ code: "store.full" });
    await jobs.releaseReserve();
    expect((await jobs.append(record, big, 2)).job.state).toBe("failed");
    await database.get("PRAGMA max_page_count = 1000000");
  });

  it("makes lost rows anew from the events", async () => {
    const { record } = await jobs.create(fresh(), "refold", 1);
    const after = await jobs.append(record, { type: "change", patch: { state: "running" } }, 2);
    await database.run("DELETE FROM jobs WHERE id = ?", [record.job.id]);
    expect(await jobs.refold()).toBe(1);
    expect(await jobs.get(record.job.id)).toEqual(after);
    expect(await jobs.byDraft("refold")).toEqual(after);
  });

  it("counts revisions up over starts", async () => {
    const first = await jobs.nextRevision();
    expect(await jobs.nextRevision()).toBeGreaterThan(first + 1_000_000);
  });
});

describe("a window of the history", () => {
  const all: HistoryQuery = {
    offset: 0,
    limit: 200,
    text: "",
    kinds: [],
    states: [],
    sort: "createdAt",
    descending: true,
  };
  const ids = async (query: Partial<HistoryQuery>): Promise<readonly string[]> =>
    (await historyPage(database, { ...all, clusterId: "history", ...query })).rows.map((job) => job.id);
  const made: string[] = [];

  beforeAll(async () => {
    for (let n = 0; n < 6; n += 1) {
      const job = fresh({ clusterId: "history" as Job["clusterId"], createdAt: 1000 + n });
      const { record } = await jobs.create(job, `history-${n}`, n);
      made.push(job.id);
      const size = n < 4 ? 100 - n : null;
      await jobs.append(
        record,
        { type: "ended", patch: { state: n % 2 === 0 ? "succeeded" : "failed", size } },
        n,
      );
    }
  });

  it("sorts both ways, with what has no value last", async () => {
    expect(await ids({})).toEqual([...made].toReversed());
    expect((await ids({ sort: "size", descending: false })).slice(0, 4)).toEqual(
      made.slice(0, 4).toReversed(),
    );
    expect((await ids({ sort: "size", descending: true })).slice(0, 4)).toEqual(made.slice(0, 4));
  });

  it("filters by state, time, guest and words, and counts what fits", async () => {
    expect(await ids({ states: ["failed"] })).toEqual([made[5], made[3], made[1]]);
    expect(await ids({ from: 1002, to: 1003 })).toEqual([made[3], made[2]]);
    expect(await ids({ text: "PVE1 cluster" })).toHaveLength(6);
    expect(await ids({ text: "100% _" })).toEqual([]);
    const page = await historyPage(database, { ...all, clusterId: "history", offset: 4, limit: 10 });
    expect([page.rows.length, page.total]).toEqual([2, 6]);
    const vmid = (await jobs.get(made[2] ?? ""))?.job.request.guest.vmid;
    expect(await ids({ vmid })).toEqual([made[2]]);
  });

  it("takes a quote in the text for a letter", async () => {
    expect(await ids({ text: "' OR 1=1 --" })).toEqual([]);
  });
});
