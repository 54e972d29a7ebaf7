import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createAudit } from "../../electron/store/audit.ts";
import type { Database } from "../../electron/store/database.ts";
import { openDatabase } from "../../electron/store/database.ts";
import { jobsMigrations } from "../../electron/store/migrations.ts";
import { testNow, withDirectory, workerUrl } from "./files.ts";

async function withAudit(
  rows: number,
  work: (audit: ReturnType<typeof createAudit>, database: Database) => Promise<void>,
) {
  await withDirectory(async (directory) => {
    const database = await openDatabase({
      file: join(directory, "jobs.db"),
      workerUrl,
      migrations: jobsMigrations,
      synchronous: "FULL",
      now: () => testNow,
    });
    const audit = createAudit(database, () => testNow);
    await Promise.all(Array.from({ length: rows }, (_, n) => audit.append("job.launch", { n })));
    await work(audit, database);
    await database.close();
  });
}

describe("the audit", () => {
  it("holds together, also when two things are written at once", async () => {
    await withAudit(5, async (audit, database) => {
      expect(await audit.verify()).toBe(null);
      expect(await database.all("SELECT seq FROM audit")).toHaveLength(5);
    });
  });

  it("refuses changes, and names the row that somebody changed all the same", async () => {
    await withAudit(5, async (audit, database) => {
      await expect(database.run("UPDATE audit SET data = '{}' WHERE seq = 3")).rejects.toThrow();
      await database.run("DROP TRIGGER audit_no_update");
      await database.run("UPDATE audit SET data = '{\"n\":7}' WHERE seq = 3");
      expect(await audit.verify()).toBe(3);
    });
  });

  it("names the place where a row was taken out", async () => {
    await withAudit(5, async (audit, database) => {
      await database.run("DROP TRIGGER audit_no_delete");
      await database.run("DELETE FROM audit WHERE seq = 4");
      expect(await audit.verify()).toBe(4);
    });
  });
});
