import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { describe, expect, it } from "vitest";

import { isRefusedBy } from "../../electron/store/database.ts";
import type { Migration } from "../../electron/store/sql.ts";
import { openStore } from "../../electron/store/store.ts";
import { notes, open, testNow, withDatabase, withDirectory, workerUrl } from "./files.ts";

const insert = "INSERT INTO notes (text) VALUES (?)";
const texts = "SELECT text FROM notes ORDER BY id";

describe("a database", () => {
  it("does requests in the order of the calls", async () => {
    await withDatabase(async (database) => {
      const [, , rows] = await Promise.all([
        database.run(insert, ["a"]),
        database.run(insert, ["b"]),
        database.all(texts),
      ]);
      expect(rows).toEqual([{ text: "a" }, { text: "b" }]);
    });
  });

  it("does all of a transaction or nothing of it", async () => {
    await withDatabase(async (database) => {
      const broken = database.transaction([
        { sql: insert, params: ["a"] },
        { sql: insert, params: [null] },
      ]);
      const error: unknown = await broken.catch((thrown: unknown) => thrown);
      expect(isRefusedBy(error, "constraint")).toBe(true);
      expect(await database.all(texts)).toEqual([]);
    });
  });

  it("rolls a transaction back whose row was changed meanwhile", async () => {
    await withDatabase(async (database) => {
      const lost = database.transaction([
        { sql: insert, params: ["a"] },
        { sql: "UPDATE notes SET text = 'b' WHERE id = 99", expectChanges: 1 },
      ]);
      expect(isRefusedBy(await lost.catch((thrown: unknown) => thrown), "conflict")).toBe(true);
      expect(await database.all(texts)).toEqual([]);
    });
  });

  it("keeps what was committed when its process gets no chance to close it", async () => {
    await withDirectory(async (directory) => {
      const first = await open(join(directory, "a.db"));
      await first.run(insert, ["kept"]);
      const second = await open(join(directory, "a.db"));
      expect(await second.all(texts)).toEqual([{ text: "kept" }]);
      await second.close();
      await first.close();
    });
  });

  it("says that the disk is full, and goes on when there is room again", async () => {
    await withDatabase(async (database) => {
      await database.get("PRAGMA max_page_count = 4");
      await expect(database.run(insert, ["x".repeat(100_000)])).rejects.toMatchObject({ code: "store.full" });
      await database.get("PRAGMA max_page_count = 1000000");
      await database.run(insert, ["y"]);
      expect(await database.all(texts)).toEqual([{ text: "y" }]);
    });
  });

  it("is refused after an I/O error until it is opened and checked anew", async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, "a.db");
      const filled = await open(file);
      for (let n = 0; n < 50; n += 1) await filled.run(insert, ["x".repeat(1000)]);
      await filled.close();
      const database = await open(file);
      await database.get("PRAGMA cache_size = 1");
      truncateSync(file, 8192);
      await expect(database.all(texts)).rejects.toMatchObject({ code: "store.failed" });
      await expect(database.run(insert, ["later"])).rejects.toMatchObject({ code: "store.failed" });
      await database.close().catch(() => undefined);
      const again = await open(file, { check: "afterTrouble" });
      expect(again.report.recovered?.setAside).toMatch(/a\.db\.damaged-/u);
      await again.run(insert, ["later"]);
      await again.close();
    });
  });
});

describe("migrations", () => {
  const second: Migration = { version: 2, name: "more", sql: "ALTER TABLE notes ADD COLUMN more TEXT" };
  const broken: Migration = {
    version: 3,
    name: "broken",
    sql: "CREATE TABLE a (x); INSERT INTO nowhere VALUES (1)",
  };

  it("raise the schema with a copy of the file before", async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, "a.db");
      const old = await open(file);
      await old.run(insert, ["old"]);
      await old.close();
      const raised = await open(file, { migrations: [notes, second] });
      expect(raised.report).toMatchObject({ version: 2, migratedFrom: 1 });
      expect(await raised.all("SELECT text, more FROM notes")).toEqual([{ text: "old", more: null }]);
      await raised.close();
      const copy = await open(`${file}.v1`);
      expect(await copy.all(texts)).toEqual([{ text: "old" }]);
      await copy.close();
    });
  });

  it("leave the older version whole when one of them breaks", async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, "a.db");
      const old = await open(file);
      await old.run(insert, ["old"]);
      await old.close();
      await expect(open(file, { migrations: [notes, second, broken] })).rejects.toMatchObject({
        code: "store.failed",
      });
      const after = await open(file, { migrations: [notes, second] });
      expect(after.report.version).toBe(2);
      expect(await after.all("SELECT name FROM sqlite_schema WHERE name = 'a'")).toEqual([]);
      expect(await after.all(texts)).toEqual([{ text: "old" }]);
      await after.close();
    });
  });

  it("keep copies of the last three versions only", async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, "a.db");
      const steps: Migration[] = [notes];
      for (let version = 2; version <= 6; version += 1) {
        await (await open(file, { migrations: [...steps] })).close();
        steps.push({ version, name: "step", sql: `CREATE TABLE step_${version} (x)` });
      }
      await (await open(file, { migrations: steps })).close();
      const copies = readdirSync(directory).filter((name) => name.startsWith("a.db.v"));
      expect(copies.sort()).toEqual(["a.db.v3", "a.db.v4", "a.db.v5"]);
    });
  });

  it("leave a newer file alone and open it for reading", async () => {
    await withDirectory(async (directory) => {
      const file = join(directory, "a.db");
      const newer = await open(file, { migrations: [notes, second] });
      await newer.run(insert, ["from the future"]);
      await newer.close();
      const before = readFileSync(file);
      const database = await open(file);
      expect(database.report.readOnly).toBe("newer");
      expect(await database.all(texts)).toEqual([{ text: "from the future" }]);
      await expect(database.run(insert, ["x"])).rejects.toMatchObject({ code: "store.readOnly" });
      await database.close();
      expect(readFileSync(file).equals(before)).toBe(true);
    });
  });
});

/** Another process that opens the store, says so, and waits. */
const other = `
import { openStore } from ${JSON.stringify(new URL("../../electron/store/store.ts", import.meta.url).href)};
const store = await openStore({ directory: process.argv[1], workerUrl: new URL(${JSON.stringify(workerUrl.href)}), now: Date.now });
await store.jobs.run("INSERT INTO meta (key, value) VALUES ('mine', 'yes')");
console.log(store.readOnly);
setInterval(() => undefined, 1000);
`;

describe("a data directory", () => {
  it("has one writer: a second process only reads, until the first has died", async () => {
    await withDirectory(async (directory) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", other, directory], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      expect(line).toBe("null");
      const reader = await openStore({ directory, workerUrl, now: () => testNow });
      expect(reader.readOnly).toBe("inUse");
      expect(await reader.jobs.get("SELECT value FROM meta WHERE key = 'mine'")).toEqual({ value: "yes" });
      await expect(reader.jobs.run("DELETE FROM meta")).rejects.toMatchObject({ code: "store.readOnly" });
      await expect(reader.archive.run("DELETE FROM cache")).rejects.toMatchObject({ code: "store.readOnly" });
      await reader.close();
      child.kill("SIGKILL");
      await once(child, "exit");
      const writer = await openStore({ directory, workerUrl, now: () => testNow });
      expect(writer.readOnly).toBe(null);
      await writer.jobs.run("DELETE FROM meta");
      await writer.close();
      expect(existsSync(join(directory, "lock.db"))).toBe(true);
    });
  });
});
