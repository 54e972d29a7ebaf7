import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../electron/store/jobs.ts";
import type { Store } from "../../electron/store/store.ts";
import { openStore } from "../../electron/store/store.ts";
import { testNow, withDirectory, workerUrl } from "./files.ts";
import { newJob } from "./sample-job.ts";

const page = 4096;
const openIn = (directory: string): Promise<Store> => openStore({ directory, workerUrl, now: () => testNow });

interface Written {
  /** All event rows as they were written, and every state a job ever had. */
  readonly events: ReadonlySet<string>;
  readonly states: ReadonlySet<string>;
}

const jobCount = 20;

/** A store as a busy app leaves it: jobs with stories, closed without care (the WAL stays). */
async function fill(directory: string): Promise<Written> {
  const store = await openIn(directory);
  const jobs = createJobStore(store.jobs);
  const states = new Set<string>();
  for (let n = 0; n < jobCount; n += 1) {
    let { record } = await jobs.create(newJob(n), `draft-${n}`, n);
    states.add(JSON.stringify(record.job));
    for (const state of ["dispatching", "running", "succeeded"] as const) {
      record = await jobs.append(record, { type: state, patch: { state, revision: n * 10 } }, n);
      states.add(JSON.stringify(record.job));
    }
  }
  const rows = await store.jobs.all("SELECT job_id, seq, at, type, data FROM job_events");
  await store.close();
  return { events: new Set(rows.map((row) => JSON.stringify(Object.values(row)))), states };
}

async function readBack(
  directory: string,
): Promise<{ readonly events: string[]; readonly jobs: Job[]; readonly set: boolean }> {
  const store = await openIn(directory);
  try {
    const jobStore = createJobStore(store.jobs);
    const rows = await store.jobs.all("SELECT job_id, seq, at, type, data FROM job_events");
    const jobs = (await jobStore.ended(1000)).concat(await jobStore.open()).map(({ job }) => job);
    // It must be a store one can work with, not only one that opens.
    await jobStore.create(newJob(9999), "draft-new", 1);
    return {
      events: rows.map((row) => JSON.stringify(Object.values(row))),
      jobs,
      set: store.jobs.report.recovered !== null,
    };
  } finally {
    await store.close();
  }
}

/** Damages a copy of the sound file, without the copy that the app keeps beside it, and looks what comes back. */
async function check(
  directory: string,
  sound: Buffer,
  damage: (bytes: Buffer) => Buffer,
  written: Written,
): Promise<number> {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
  writeFileSync(join(directory, "jobs.db"), damage(Buffer.from(sound)));
  const back = await readBack(directory);
  for (const event of back.events) expect(written.events.has(event), `invented event ${event}`).toBe(true);
  for (const job of back.jobs)
    expect(written.states.has(JSON.stringify(job)), `invented job ${job.id}`).toBe(true);
  if (back.set) expect(readdirSync(directory).some((name) => name.startsWith("jobs.db.damaged-"))).toBe(true);
  return back.events.length;
}

describe("a damaged jobs.db", () => {
  it(
    "opens at every truncation of a page, and gives back only what was written",
    { timeout: 120_000 },
    async () => {
      await withDirectory(async (directory) => {
        const written = await fill(directory);
        const sound = readFileSync(join(directory, "jobs.db"));
        const pages = sound.length / page;
        const most: number[] = [];
        for (let kept = 0; kept < pages; kept += 6)
          most.push(await check(directory, sound, (bytes) => bytes.subarray(0, kept * page), written));
        expect(Math.max(...most)).toBeGreaterThan(0);
        expect(await check(directory, sound, (bytes) => bytes, written)).toBe(written.events.size);
      });
    },
  );

  it(
    "opens with flipped bits and zeroed tails, and never takes a changed event for a written one",
    { timeout: 120_000 },
    async () => {
      await withDirectory(async (directory) => {
        const written = await fill(directory);
        const sound = readFileSync(join(directory, "jobs.db"));
        const flips = fc.array(fc.nat(sound.length * 8 - 1), { minLength: 1, maxLength: 8 });
        const zeros = fc.nat(sound.length - 1);
        await fc.assert(
          fc.asyncProperty(fc.oneof(flips, zeros), async (what) => {
            await check(
              directory,
              sound,
              (bytes) => {
                if (typeof what === "number") return bytes.fill(0, what);
                for (const bit of what) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
                return bytes;
              },
              written,
            );
          }),
          { numRuns: 20 },
        );
      });
    },
  );

  it("opens with its log of changes cut off at any byte", { timeout: 120_000 }, async () => {
    await withDirectory(async (directory) => {
      const store = await openIn(directory);
      const jobs = createJobStore(store.jobs);
      for (let n = 0; n < 10; n += 1) await jobs.create(newJob(n), `draft-${n}`, n);
      // As a crash leaves it: file and log as they are on the disk now.
      const crash = join(directory, "crash");
      const copies = ["jobs.db", "jobs.db-wal"].map(
        (name) => [name, readFileSync(join(directory, name))] as const,
      );
      const rows = await store.jobs.all("SELECT job_id, seq, at, type, data FROM job_events");
      const events = new Set(rows.map((row) => JSON.stringify(Object.values(row))));
      await store.close();
      await fc.assert(
        fc.asyncProperty(fc.nat(copies[1]?.[1].length ?? 0), async (kept) => {
          rmSync(crash, { recursive: true, force: true });
          mkdirSync(crash);
          for (const [name, bytes] of copies)
            writeFileSync(join(crash, name), name.endsWith("-wal") ? bytes.subarray(0, kept) : bytes);
          const back = await readBack(crash);
          for (const event of back.events) expect(events.has(event)).toBe(true);
          for (let n = 0; n < back.jobs.length; n += 1)
            expect(back.jobs.some((job) => job.id === newJob(n).id)).toBe(true);
        }),
        { numRuns: 12 },
      );
    });
  });

  it("comes back whole from the copy that is kept beside it when even the first page is gone", async () => {
    await withDirectory(async (directory) => {
      const written = await fill(directory);
      // The copy is made at a start; without this one it would be that of the empty first start.
      rmSync(join(directory, "jobs.db.copy"));
      await (await openIn(directory)).close();
      const file = join(directory, "jobs.db");
      writeFileSync(file, readFileSync(file).fill(0, 0, page));
      const back = await readBack(directory);
      expect(new Set(back.events)).toEqual(written.events);
      expect(back.set).toBe(true);
    });
  });

  it("is set aside as it was found, twice in a second too", async () => {
    await withDirectory(async (directory) => {
      await (await openIn(directory)).close();
      const file = join(directory, "jobs.db");
      const bad = Buffer.from("this is no database ".repeat(500));
      for (let n = 0; n < 2; n += 1) {
        writeFileSync(file, bad);
        await (await openIn(directory)).close();
      }
      const aside = readdirSync(directory).filter((name) => name.startsWith("jobs.db.damaged-"));
      expect(aside).toHaveLength(2);
      for (const name of aside) expect(readFileSync(join(directory, name)).equals(bad)).toBe(true);
    });
  });

  it("does not take archive.db with it, nor the other way round", async () => {
    await withDirectory(async (directory) => {
      const written = await fill(directory);
      copyFileSync(join(directory, "jobs.db"), join(directory, "before.db"));
      writeFileSync(join(directory, "archive.db"), "nonsense");
      const back = await readBack(directory);
      expect(new Set(back.events)).toEqual(written.events);
      expect(back.jobs).toHaveLength(jobCount);
      for (const job of back.jobs) expect(written.states.has(JSON.stringify(job))).toBe(true);
      expect(existsSync(join(directory, "archive.db"))).toBe(true);
    });
  });
});
