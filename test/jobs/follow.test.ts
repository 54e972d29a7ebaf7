import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { AppError } from "../../shared/errors.ts";
import type { Events } from "../../shared/events.ts";
import type { Job, JobRequest } from "../../shared/job.ts";
import type { SmallHouse } from "./house.ts";
import { backupOf, cluster, openHouse, powerOf, restoreOf } from "./house.ts";

let house: SmallHouse;
beforeEach(async () => {
  house = await openHouse();
});
afterEach(async () => {
  expect(house.errors).toEqual([]);
  await house.close();
});

const never = new AbortController().signal;
let drafts = 0;
async function start(request: JobRequest): Promise<string> {
  drafts += 1;
  return (await house.jobs.start(request, cluster, { draft: `f${drafts}` })).jobId;
}
const inState = (jobId: string, state: Job["state"]): Promise<void> =>
  house.clock.until(() => house.job(jobId).state === state);
async function running(request: JobRequest): Promise<string> {
  const jobId = await start(request);
  await inState(jobId, "running");
  return jobId;
}
const shown = (jobId: string): readonly Job[] =>
  house.events
    .filter(({ event }) => event === "jobs.changed")
    .flatMap(({ payload }) => (payload as Events["jobs.changed"]).changed)
    .filter((job) => job.id === jobId);

describe("following a task", () => {
  it("shows states, percent and revisions that never go back, and running only with a written UPID", async () => {
    const jobId = await start(backupOf(100));
    await house.ended(jobId);
    const states = shown(jobId);
    const revisions = states.map((job) => job.revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
    const percents = states.map((job) => job.progress?.percent ?? 0);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(percents.some((percent) => percent > 20 && percent < 90)).toBe(true);
    const order = states.map((job) => job.state).filter((state, index, all) => state !== all[index - 1]);
    expect(order).toEqual(["accepted", "dispatching", "running", "succeeded"]);
    expect(states.every((job) => job.state !== "running" || job.tasks.length === 1)).toBe(true);
  });

  it("tells progress at most once a second", async () => {
    house.scripted.taskLength = 120_000;
    const times: number[] = [];
    const jobId = await running(backupOf(100));
    let seen = shown(jobId).length;
    const end = house.clock.now() + 90_000;
    while (house.clock.now() < end) {
      await house.clock.pass(100);
      if (shown(jobId).length > seen) times.push(house.clock.now());
      seen = shown(jobId).length;
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(15);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(900);
  });

  it("hands out every line of the log once and in order, over more pages than one and over a restart", async () => {
    house.scripted.taskLength = 60_000;
    const jobId = await running(backupOf(100));
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    task.lines = [
      ...task.lines,
      ...Array.from({ length: 1700 }, (_, n): [number, string] => [20_000, `INFO: line ${n}`]),
    ];
    await house.clock.pass(30_000);
    await house.restart();
    await house.ended(jobId);
    const lines = house.events
      .filter(({ event }) => event === "job.output")
      .flatMap(({ payload }) => (payload as Events["job.output"]).lines);
    expect(lines.map((line) => line.n)).toEqual(lines.map((_, index) => index + 1));
    const kept = await house.jobs.log({ jobId, start: 0, limit: 5000 });
    expect(kept.lines).toEqual(lines);
    expect(kept.complete).toBe(true);
    expect(kept.lines.at(-1)?.text).toBe("TASK OK");
    expect((await house.jobs.searchLog({ jobId, text: "LINE 169" })).total).toBe(11);
  });

  it.each([
    ["server.unreachable", "offline"],
    ["server.timeout", "offline"],
    ["cluster.needsLogin", "needsLogin"],
    ["server.sessionExpired", "needsLogin"],
    ["cluster.frozen", "certificateChanged"],
    ["server.forbidden", "taskNotVisible"],
    ["server.unavailable", "serverBusy"],
  ] as const)("pauses on %s as %s and goes on where it was", async (code, reason) => {
    house.scripted.taskLength = 40 * 60_000;
    const jobId = await running(backupOf(100));
    house.scripted.away = new AppError(code);
    await house.clock.pass(30 * 60_000);
    expect(house.job(jobId)).toMatchObject({ state: "running", pause: reason });
    house.scripted.away = null;
    house.jobs.onClusterReachable(cluster.id);
    await house.clock.until(() => house.job(jobId).pause === null, 60_000);
    expect(await house.ended(jobId)).toMatchObject({ state: "succeeded", durationSeconds: 40 * 60 });
  });

  it("asks a server that is away rarely, and one that answers in its pace", async () => {
    house.scripted.taskLength = 10 * 60 * 60_000;
    await running(backupOf(100));
    house.scripted.away = new AppError("server.unreachable");
    const before = house.scripted.requests.length;
    await house.clock.pass(10 * 60_000);
    expect(house.scripted.requests.length - before).toBeLessThanOrEqual(62);
  });

  it("bears a task that is not known for a moment after its start", async () => {
    const jobId = await running(backupOf(100));
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    task.gone = true;
    await house.clock.pass(20_000);
    task.gone = false;
    expect((await house.ended(jobId)).state).toBe("succeeded");
  });

  it("does not take a process for ours that has only its number: the UPID decides", async () => {
    const jobId = await running(backupOf(100));
    const upid = house.job(jobId).tasks[0]?.upid ?? "";
    const other = upid.replace(/:([0-9A-F]{8}):vzdump/u, ":00000001:vzdump");
    house.scripted.decoy(backupOf(100), { upid: other, exit: "some error", length: 1000 });
    expect(await house.ended(jobId)).toMatchObject({ state: "succeeded", tasks: [{ upid }] });
  });
});

describe("an end", () => {
  it.each([
    ["OK", "succeeded", null],
    ["WARNINGS: 2", "warnings", null],
    ["job errors", "failed", "job.failed"],
    ["no space left on device", "failed", "job.failed"],
    ["interrupted by signal", "cancelled", null],
    ["unexpected status", "indeterminate", "job.lostEnd"],
    ["ok", "failed", "job.failed"],
    ["", "indeterminate", "job.lostEnd"],
  ] as const)("with the server's word %s is %s", async (exit, state, code) => {
    house.scripted.exit = exit;
    const job = await house.run(backupOf(100));
    expect([job.state, job.error?.code ?? null]).toEqual([state, code]);
  });

  it("without the archive is no success, whatever the task says", async () => {
    const jobId = await running(backupOf(100));
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    Object.assign(task, { make: () => undefined });
    expect(await house.ended(jobId)).toMatchObject({
      state: "indeterminate",
      error: { code: "job.unproven" },
    });
    house.scripted.archives.push({
      volid: "local:backup/vzdump-qemu-100-late.vma.zst",
      notes: house.job(jobId).trace,
      createdAt: 1,
      size: 7,
      protected: false,
    });
    expect(await house.jobs.lookAgain(jobId)).toMatchObject({ state: "succeeded", size: 7, error: null });
    expect(await house.jobs.lookAgain(jobId)).toMatchObject({ state: "succeeded" });
  });

  it("that nobody saw is known by the archive's notes, after the log was rotated away", async () => {
    const jobId = await running(backupOf(100));
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    house.scripted.away = new AppError("server.unreachable");
    await house.clock.pass(60_000);
    house.scripted.away = null;
    task.make();
    task.gone = true;
    const job = await house.ended(jobId);
    expect(job).toMatchObject({ state: "succeeded", size: 1000 });
    expect(job.tasks[0]).toMatchObject({ logComplete: false, state: "unknown" });
  });

  it("is the node's restart only where the node says so", async () => {
    const jobId = await running(backupOf(100));
    house.scripted.exit = "unexpected status";
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    task.exit = "unexpected status";
    house.scripted.node.bootedAt = house.clock.now() + 1000;
    expect(await house.ended(jobId)).toMatchObject({
      state: "failed",
      error: { code: "job.nodeRestarted", params: { node: "pve1" } },
    });
  });

  it("of an HA guest is its state, long after its task", async () => {
    const request = powerOf(300, "start", true);
    house.scripted.taskLength = 1000;
    const jobId = await start(request);
    await house.clock.until(() => house.scripted.tasks.length === 1);
    const [task] = house.scripted.tasks;
    if (task === undefined) throw new Error("no task");
    const { make } = task;
    Object.assign(task, { make: () => undefined });
    await house.clock.pass(3 * 60_000);
    expect(house.job(jobId).state).not.toBe("succeeded");
    make();
    expect((await house.ended(jobId)).state).toBe("succeeded");
  });

  it("never has a negative duration, though the server's clock jumps back", async () => {
    const jobId = await running(backupOf(100));
    house.scripted.offset -= 3_600_000;
    const job = await house.clock.until(() => house.job(jobId).endedAt !== null).then(() => house.job(jobId));
    expect(job.durationSeconds).toBeGreaterThanOrEqual(0);
    expect(job.endedAt).toBeGreaterThanOrEqual(job.createdAt);
  });
});

describe("cancelling", () => {
  it("shows cancelling until the server has ended the task", async () => {
    house.scripted.taskLength = 60 * 60_000;
    const jobId = await running(backupOf(100));
    expect((await house.jobs.cancel(jobId, never)).state).toBe("cancelling");
    expect((await house.ended(jobId)).state).toBe("cancelled");
    expect(house.scripted.ledger.stopped).toEqual([house.job(jobId).tasks[0]?.upid]);
  });

  it("that comes too late leaves the server's word as it is", async () => {
    const jobId = await running(backupOf(100));
    await house.clock.pass(29_500);
    const wish = house.jobs.cancel(jobId, never);
    await house.clock.pass(1000);
    await wish.catch(() => undefined);
    const job = await house.ended(jobId);
    expect(job.state).toBe(job.tasks[0]?.exitStatus === "OK" ? "succeeded" : "cancelled");
  });

  it("is told again when the request was lost, also after a restart", async () => {
    house.scripted.taskLength = 60 * 60_000;
    const jobId = await running(backupOf(100));
    house.scripted.away = new AppError("server.connectionLost");
    expect((await house.jobs.cancel(jobId, never)).state).toBe("cancelling");
    await house.restart();
    expect(house.job(jobId).state).toBe("cancelling");
    house.scripted.away = null;
    expect((await house.ended(jobId)).state).toBe("cancelled");
  });

  it("that the server refuses is taken back, and the task runs on", async () => {
    const jobId = await running(backupOf(100));
    const { stopTask } = house.scripted.server;
    Object.assign(house.scripted.server, {
      stopTask: () => Promise.reject(new AppError("server.forbidden")),
    });
    await expect(house.jobs.cancel(jobId, never)).rejects.toMatchObject({ code: "server.forbidden" });
    expect(house.job(jobId)).toMatchObject({ state: "running", cancelRequestedAt: null });
    Object.assign(house.scripted.server, { stopTask });
    expect((await house.ended(jobId)).state).toBe("succeeded");
  });

  it("an ended job is refused", async () => {
    const { id } = await house.run(backupOf(100));
    await expect(house.jobs.cancel(id, never)).rejects.toMatchObject({ code: "job.ended" });
  });

  it("a lost launch stops its task once that is found", async () => {
    house.scripted.taskLength = 60 * 60_000;
    house.scripted.fault = "lostAfterStart";
    house.scripted.awayAfterLaunch = new AppError("server.unreachable");
    const jobId = await start(backupOf(100));
    await inState(jobId, "unconfirmed");
    await house.jobs.cancel(jobId, never);
    expect(house.job(jobId).state).toBe("unconfirmed");
    house.scripted.away = null;
    expect((await house.ended(jobId)).state).toBe("cancelled");
  });
});

describe("starting", () => {
  it("twice with one draft makes one job, at once and later", async () => {
    const options = { draft: "double" };
    const [first, second] = await Promise.all([
      house.jobs.start(backupOf(100), cluster, options),
      house.jobs.start(backupOf(100), cluster, options),
    ]);
    expect(second.jobId).toBe(first.jobId);
    await house.ended(first.jobId);
    expect((await house.jobs.start(backupOf(100), cluster, options)).jobId).toBe(first.jobId);
    expect(house.scripted.ledger.launched).toHaveLength(1);
  });

  it("a second job for a guest that has one running is refused, for another guest not", async () => {
    const jobId = await running(backupOf(100));
    await expect(start(restoreOf(100))).rejects.toMatchObject({ code: "job.busyGuest" });
    await Promise.all([house.ended(await start(backupOf(101))), house.ended(jobId)]);
    expect((await house.run(backupOf(100))).state).toBe("succeeded");
  });

  it("with a failing preflight sends nothing", async () => {
    const { preflight } = house.scripted.server;
    Object.assign(house.scripted.server, {
      preflight: () =>
        Promise.reject(new AppError("guest.locked", { params: { vmid: 100, lock: "backup" } })),
    });
    expect(await house.run(backupOf(100))).toMatchObject({
      state: "rejected",
      error: { code: "guest.locked" },
      sentAt: null,
    });
    Object.assign(house.scripted.server, {
      preflight: () => Promise.reject(new AppError("server.unreachable")),
    });
    expect(await house.run(backupOf(100))).toMatchObject({ state: "notStarted", sentAt: null });
    Object.assign(house.scripted.server, { preflight });
    expect(house.scripted.ledger.launched).toEqual([]);
  });

  it("into a full store is refused before anything is sent", async () => {
    const pages = await house.store.jobs.get("PRAGMA page_count");
    await house.store.jobs.get(`PRAGMA max_page_count = ${Number(pages?.["page_count"])}`);
    const big = { ...backupOf(100), note: "x".repeat(200_000) } as JobRequest;
    await expect(start(big)).rejects.toMatchObject({ code: "store.full" });
    await house.clock.pass(60_000);
    expect(house.jobs.list().items).toEqual([]);
    expect(house.scripted.requests).toEqual([]);
  });
});

describe("the time left", () => {
  it("is told within its range and comes true", async () => {
    house.scripted.taskLength = 100_000;
    const jobId = await running(backupOf(100));
    await house.clock.pass(60_000);
    const progress = house.job(jobId).progress;
    expect(progress?.secondsLeft).toBeGreaterThan(20);
    expect(progress?.secondsLeft).toBeLessThan(70);
    expect(progress?.secondsLeftLow).toBeLessThanOrEqual(progress?.secondsLeft ?? 0);
    expect(progress?.secondsLeftHigh).toBeGreaterThanOrEqual(progress?.secondsLeft ?? 0);
  });

  it("of a task without any figure comes from earlier runs of the same guest, and is marked as ours", async () => {
    for (let n = 0; n < 3; n += 1) await house.run(restoreOf(200, "lxc"));
    const jobId = await running(restoreOf(200, "lxc"));
    await house.clock.pass(15_000);
    expect(house.job(jobId).progress).toMatchObject({ estimated: true });
    const percents = shown(jobId).map((job) => job.progress?.percent ?? 0);
    expect(percents).toEqual(percents.toSorted((a, b) => a - b));
    expect(Math.max(...percents)).toBeGreaterThan(20);
    expect(Math.max(...percents)).toBeLessThan(100);
    const job = await house.ended(jobId);
    expect(job.progress).toMatchObject({ percent: 100, secondsLeft: null });
  });
});
