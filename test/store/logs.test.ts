import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { openDatabase } from "../../electron/store/database.ts";
import type { LogStore } from "../../electron/store/logs.ts";
import { createLogStore } from "../../electron/store/logs.ts";
import { archiveMigrations } from "../../electron/store/migrations.ts";
import { testNow, withDirectory, workerUrl } from "./files.ts";

async function withLogs(
  work: (logs: LogStore, bytes: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const file = join(directory, "archive.db");
    const database = await openDatabase({
      file,
      workerUrl,
      migrations: archiveMigrations,
      synchronous: "NORMAL",
      now: () => testNow,
    });
    const bytes = async (): Promise<number> =>
      Number((await database.get("SELECT sum(length(packed)) AS bytes FROM log_chunks"))?.["bytes"]);
    await work(createLogStore(database), bytes);
    await database.close();
  });
}

let keys = 0;
const newKey = () => ({ serverId: "c1", upid: `UPID:${(keys += 1)}` });

describe("kept logs", () => {
  it("give back every line once and in order, however they came in", async () => {
    await withLogs(async (logs) => {
      const pieces = fc.array(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 700 }), {
        maxLength: 6,
      });
      await fc.assert(
        fc.asyncProperty(
          pieces,
          fc.nat(2000),
          fc.integer({ min: 1, max: 600 }),
          async (given, start, limit) => {
            const key = newKey();
            const all = given.flat();
            let first = 0;
            for (const piece of given) {
              await logs.append(key, "job", first, piece, 1);
              first += piece.length;
            }
            expect(await logs.state(key)).toEqual({ lines: all.length, complete: false });
            const wanted = all
              .slice(start, start + limit)
              .map((text, index) => ({ n: start + index + 1, text }));
            expect(await logs.read(key, start, limit)).toEqual(wanted);
          },
        ),
        { numRuns: 40 },
      );
    });
  });

  it("refuse a gap and a repetition", async () => {
    await withLogs(async (logs) => {
      const key = newKey();
      await logs.append(key, "job", 0, ["a", "b"], 1);
      await expect(logs.append(key, "job", 1, ["b"], 1)).rejects.toMatchObject({ code: "store.failed" });
      await expect(logs.append(key, "job", 3, ["d"], 1)).rejects.toMatchObject({ code: "store.failed" });
      await logs.append(key, "job", 2, ["c"], 1);
      expect((await logs.read(key, 0, 9)).map(({ text }) => text)).toEqual(["a", "b", "c"]);
    });
  });

  it("take nothing more once they are complete", async () => {
    await withLogs(async (logs) => {
      const key = newKey();
      await logs.append(key, "job", 0, ["TASK OK"], 1);
      await logs.complete(key);
      await expect(logs.append(key, "job", 1, ["more"], 1)).rejects.toMatchObject({ code: "store.failed" });
      expect(await logs.state(key)).toEqual({ lines: 1, complete: true });
    });
  });

  it("are searched in any case, with all hits counted", async () => {
    await withLogs(async (logs) => {
      const key = newKey();
      const lines = Array.from({ length: 1200 }, (_, n) =>
        n % 100 === 7 ? `INFO: Warning ${n}` : `INFO: ${n}`,
      );
      await logs.append(key, "job", 0, lines, 1);
      expect(await logs.search(key, "wARNing", 3)).toEqual({ lines: [8, 108, 208], total: 12 });
    });
  });

  it("are kept small", async () => {
    await withLogs(async (logs, bytes) => {
      const lines = Array.from(
        { length: 5000 },
        (_, n) => `INFO:  ${n % 100}% (1.0 GiB of 32.0 GiB) in 3s, read: 1.0 GiB/s, write: 1.0 GiB/s`,
      );
      await logs.append(newKey(), "job", 0, lines, 1);
      expect(await bytes()).toBeLessThan(lines.join("\n").length / 10);
    });
  });
});
