import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { SmallHouse } from "./house.ts";
import { backupOf, openHouse, powerOf, restoreOf } from "./house.ts";

let house: SmallHouse;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(async () => {
  await house.close();
});

describe("a job", () => {
  it("backs up, follows the log to its end and names the archive", async () => {
    const job = await house.run(backupOf(100));
    expect(job).toMatchObject({ state: "succeeded", error: null, durationSeconds: 30, size: 1000 });
    expect(job.archive).toMatch(/^local:backup\/vzdump-qemu-100-/u);
    expect(job.tasks[0]).toMatchObject({ state: "ok", exitStatus: "OK", logComplete: true });
    const log = await house.jobs.log({ jobId: job.id, start: 0, limit: 100 });
    expect(log.lines.at(-1)?.text).toBe("TASK OK");
    expect(log.total).toBe(log.lines.length);
    expect(house.errors).toEqual([]);
  });
  it("restores and starts guests", async () => {
    expect((await house.run(restoreOf(200))).state).toBe("succeeded");
    expect((await house.run(powerOf(300, "start"))).state).toBe("succeeded");
  });
  it("finds a launch whose answer was lost", async () => {
    house.scripted.fault = "lostAfterStart";
    const job = await house.run(backupOf(100));
    expect(job).toMatchObject({ state: "succeeded" });
    expect(house.scripted.ledger.launched).toEqual([job.trace]);
  });
  it("says not started when the server has no trace of a lost launch", async () => {
    house.scripted.fault = "lostBeforeStart";
    const job = await house.run(backupOf(100));
    expect(job).toMatchObject({ state: "notStarted", error: { code: "job.neverStarted" } });
  });
});
