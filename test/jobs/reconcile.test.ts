import { afterEach, describe, expect, it } from "vitest";

import { AppError } from "../../shared/errors.ts";
import type { Job, JobRequest } from "../../shared/job.ts";
import type { SmallHouse } from "./house.ts";
import { backupOf, cluster, openHouse, powerOf, restoreOf } from "./house.ts";

let house: SmallHouse;
afterEach(async () => {
  expect(house.errors).toEqual([]);
  await house.close();
});

let drafts = 0;
async function start(request: JobRequest): Promise<string> {
  drafts += 1;
  return (await house.jobs.start(request, cluster, { draft: `r${drafts}` })).jobId;
}
/** The job was shown as unconfirmed at some time; it may have been found since. */
const wasLost = (jobId: string): Promise<void> =>
  house.clock.until(async () =>
    (await house.jobs.get(jobId)).events.some((event) => event.type === "unconfirmed"),
  );
const inState = (jobId: string, state: Job["state"]): Promise<void> =>
  house.clock.until(() => house.job(jobId).state === state, 60 * 60_000);

describe.each([
  ["backup of a VM", backupOf(100, "qemu")],
  ["backup of a container", backupOf(101, "lxc")],
  ["restore of a VM", restoreOf(200, "qemu")],
  ["restore of a container", restoreOf(201, "lxc")],
  ["start", powerOf(300, "start")],
])("a launch whose answer is lost: %s", (_, request) => {
  it("is found on the server and taken, and nothing is sent again", async () => {
    house = await openHouse();
    house.scripted.fault = "lostAfterStart";
    const jobId = await start(request);
    await wasLost(jobId);
    const job = await house.ended(jobId);
    expect(job).toMatchObject({ state: "succeeded", error: null });
    expect(job.tasks).toHaveLength(1);
    expect(house.scripted.ledger.launched).toHaveLength(1);
  });

  it("ends as not started when the server never got it, but not before the window has passed", async () => {
    house = await openHouse();
    house.scripted.fault = "lostBeforeStart";
    const jobId = await start(request);
    await wasLost(jobId);
    const sentAt = house.job(jobId).sentAt ?? 0;
    const job = await house.ended(jobId);
    expect(job).toMatchObject({ state: "notStarted", error: { code: "job.neverStarted" }, tasks: [] });
    expect(house.clock.now() - sentAt).toBeGreaterThan(105_000 + 2 * 60_000);
    expect(house.scripted.ledger.launched).toEqual([]);
  });

  it("never counts a look that failed", async () => {
    house = await openHouse();
    house.scripted.fault = "lostAfterStart";
    house.scripted.awayAfterLaunch = new AppError("server.unreachable");
    const jobId = await start(request);
    await wasLost(jobId);
    await house.clock.pass(6 * 60 * 60_000);
    expect(house.job(jobId).state).toBe("unconfirmed");
    house.scripted.away = null;
    house.jobs.onClusterReachable(cluster.id);
    expect((await house.ended(jobId)).state).toBe("succeeded");
  });

  it("is looked up after a restart, and followed to the end that the server gave it meanwhile", async () => {
    house = await openHouse();
    house.scripted.fault = "lostAfterStart";
    house.scripted.awayAfterLaunch = new AppError("server.timeout");
    const jobId = await start(request);
    await wasLost(jobId);
    house.scripted.away = null;
    await house.restart();
    const job = await house.ended(jobId);
    expect(job.state).toBe("succeeded");
    expect(house.scripted.ledger.launched).toHaveLength(1);
  });

  it("is not confused by other people's tasks of the same kind", async () => {
    house = await openHouse();
    house.scripted.decoy(request, {
      user: "other@pve",
      upid: `UPID:pve1:00000001:00000001:${hexNow()}:${type(request)}:${request.guest.vmid}:other@pve:`,
    });
    house.scripted.fault = "lostAfterStart";
    const jobId = await start(request);
    const job = await house.ended(jobId);
    expect(job.state).toBe("succeeded");
    expect(job.tasks[0]?.upid).toContain(":admin@pve:");
  });
});

const hexNow = (): string =>
  Math.floor(house.clock.now() / 1000)
    .toString(16)
    .toUpperCase();
function type(request: JobRequest): string {
  if (request.kind === "backup") return "vzdump";
  if (request.kind === "restore") return request.guest.type === "qemu" ? "qmrestore" : "vzrestore";
  return "qmstart";
}

describe("a lost backup", () => {
  it("is not mistaken for one of the same guest that the same user started in the web interface", async () => {
    house = await openHouse();
    const decoy = house.scripted.decoy(backupOf(100));
    house.scripted.fault = "lostBeforeStart";
    const job = await house.ended(await start(backupOf(100)));
    expect(job).toMatchObject({ state: "notStarted", tasks: [] });
    expect(house.scripted.ledger.stopped).not.toContain(decoy.upid);
  });

  it("is waited for while tasks that may be it still wait for the node's lock and tell nothing", async () => {
    house = await openHouse();
    house.scripted.lockWait = 3 * 60 * 60_000;
    house.scripted.decoy(backupOf(100));
    house.scripted.decoy(backupOf(100));
    house.scripted.fault = "lostAfterStart";
    const jobId = await start(backupOf(100));
    await house.clock.pass(2 * 60 * 60_000);
    expect(house.job(jobId)).toMatchObject({ state: "unconfirmed", tasks: [] });
    const job = await house.ended(jobId);
    expect(job.state).toBe("succeeded");
    expect(job.tasks[0]?.upid).toBe(house.scripted.tasks[2]?.upid);
  });

  it("is proved by its archive's notes when its node has forgotten the task", async () => {
    house = await openHouse();
    house.scripted.fault = "lostAfterStart";
    house.scripted.taskLength = 10_000;
    house.scripted.awayAfterLaunch = new AppError("server.timeout");
    const jobId = await start(backupOf(100));
    await wasLost(jobId);
    await house.clock.pass(60_000);
    house.scripted.away = null;
    await house.scripted.server.listArchives(
      { node: "pve1", storage: "local", vmid: 100 },
      AbortSignal.timeout(1000),
    );
    for (const task of house.scripted.tasks) task.gone = true;
    const job = await house.ended(jobId);
    expect(job).toMatchObject({ state: "succeeded", size: 1000 });
    expect(job.archive).toMatch(/vzdump-qemu-100-/u);
  });

  it("is searched by the server's clock, however wrong ours is", async () => {
    for (const offset of [7_200_000, -7_200_000]) {
      house = await openHouse();
      house.scripted.offset = offset;
      house.scripted.fault = "lostAfterStart";
      house.scripted.awayAfterLaunch = new AppError("server.timeout");
      const jobId = await start(backupOf(100));
      await wasLost(jobId);
      house.scripted.away = null;
      house.clock.jump(-10 * 365 * 24 * 3_600_000);
      house.scripted.offset += 10 * 365 * 24 * 3_600_000;
      const job = await house.ended(jobId);
      expect(job.state).toBe("succeeded");
      expect(job.durationSeconds).toBe(30);
      if (offset > 0) await house.close();
    }
  });

  it("of a server that carries no trace is adopted only by the user's word", async () => {
    house = await openHouse({ carriesTrace: false });
    house.scripted.fault = "lostAfterStart";
    const jobId = await start(backupOf(100));
    await house.clock.until(() => house.job(jobId).candidates.length > 0);
    await house.clock.pass(30 * 60_000);
    expect(house.job(jobId)).toMatchObject({ state: "unconfirmed", tasks: [] });
    const [candidate] = house.job(jobId).candidates;
    await expect(
      house.jobs.resolve(jobId, "UPID:pve1:00000009:00000009:00000009:vzdump:100:admin@pve:"),
    ).rejects.toMatchObject({
      code: "job.notAdoptable",
    });
    await house.jobs.resolve(jobId, candidate?.upid ?? "");
    expect(await house.ended(jobId)).toMatchObject({ state: "succeeded" });
  });

  it("with several that could be it waits for the user, and takes a no for an answer", async () => {
    house = await openHouse({ carriesTrace: false });
    house.scripted.decoy(backupOf(100));
    house.scripted.fault = "lostAfterStart";
    const jobId = await start(backupOf(100));
    await inState(jobId, "indeterminate");
    expect(house.job(jobId).candidates).toHaveLength(2);
    expect(await house.jobs.resolve(jobId, null)).toMatchObject({ state: "notStarted" });
    await expect(house.jobs.resolve(jobId, null)).rejects.toMatchObject({ code: "job.ended" });
  });
});

describe("an answer that fits nothing", () => {
  it("is no start: another's UPID leads to a look-up, which finds the right one", async () => {
    house = await openHouse();
    house.scripted.fault = "foreignUpid";
    const job = await house.ended(await start(backupOf(100)));
    expect(job.state).toBe("succeeded");
    expect(job.tasks[0]?.upid).toBe(house.scripted.tasks[0]?.upid);
  });

  it("is no start when the client breaks in the middle of it", async () => {
    house = await openHouse();
    house.scripted.fault = "throws";
    const job = await house.ended(await start(backupOf(100)));
    expect(job.state).toBe("succeeded");
    expect(house.errors).toHaveLength(1);
    house.errors.length = 0;
  });

  it.each([
    ["neverSent", "notStarted", "server.unreachable"],
    ["rejected", "rejected", "server.locked"],
    ["elsewhere", "rejected", "guest.elsewhere"],
  ] as const)("ends the job at once where it is certain: %s", async (fault, state, code) => {
    house = await openHouse();
    house.scripted.fault = fault;
    expect(await house.ended(await start(backupOf(100)))).toMatchObject({
      state,
      error: { code },
      tasks: [],
    });
    expect(house.scripted.ledger.launched).toEqual([]);
  });
});

describe("a crash", () => {
  it("before the request was sent leaves nothing to look up", async () => {
    house = await openHouse();
    const { preflight } = house.scripted.server;
    Object.assign(house.scripted.server, { preflight: () => new Promise(() => undefined) });
    void preflight;
    const jobId = await start(backupOf(100));
    expect(house.job(jobId).state).toBe("accepted");
    // As if the process had died: the old engine is left behind, a new one reads the store.
    Object.assign(house.scripted.server, { preflight });
    const old = house.jobs;
    house.jobs = { ...old, close: () => Promise.resolve() };
    await house.restart();
    expect(await house.ended(jobId)).toMatchObject({
      state: "notStarted",
      error: { code: "job.interrupted" },
    });
    expect(house.scripted.ledger.launched).toEqual([]);
  });

  it("does not bring jobs back that were announced, and tells those that were not", async () => {
    house = await openHouse();
    const job = await house.run(backupOf(100));
    await house.restart();
    expect(house.jobs.unannounced()).toEqual([]);
    expect(house.job(job.id)).toMatchObject({ state: "succeeded" });
  });
});
