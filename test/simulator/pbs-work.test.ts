import { describe, expect, it } from "vitest";
import { PBS_AUDITOR, PBS_NOBODY, PBS_OPERATOR } from "../../simulator/credentials.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { rows, texts, upidOf, type Session } from "./client.ts";
import { backupHouse, logInToPbs, refusal, stopBackupHousesAfterEach } from "./pbs-house.ts";

stopBackupHousesAfterEach();

const MAIN = "/admin/datastore/main";
const TASKS = "/nodes/localhost/tasks";
const WEB = { "backup-type": "ct", "backup-id": "102" };
const APP = { "backup-type": "vm", "backup-id": "100" };

/** A task's log without its time stamps. */
async function logOf(session: Session, upid: string): Promise<readonly string[]> {
  const reply = await session.get(`${TASKS}/${encodeURIComponent(upid)}/log`, { limit: 0 });
  return texts(reply).map((line) => line.replace(/^\S+: /, ""));
}

const snapshotsOf = async (session: Session, group: object): Promise<readonly Record<string, unknown>[]> =>
  rows(await session.get(`${MAIN}/snapshots`, { ...group }));

describe("verification", () => {
  it("finds the damaged chunk, names the snapshot and marks it failed", async () => {
    const { admin, ended } = await backupHouse();
    const task = await ended(await admin.post(`${MAIN}/verify`, { ...WEB, "ignore-verified": 0 }));
    expect(task.exit).toBe("verification failed - please check the log for details");
    const log = await logOf(admin, task.upid);
    expect(log[0]).toBe("verify group main:ct/102 (3 snapshots)");
    expect(log.filter((line) => line.includes("(1 errors)"))).toHaveLength(1);
    expect(log.filter((line) => line.startsWith("percentage done: ")).at(-1)).toBe(
      "percentage done: 100.00% (3/3 snapshots)",
    );
    expect(log.at(-1)).toBe("TASK ERROR: verification failed - please check the log for details");
    const states = (await snapshotsOf(admin, WEB)).map(
      (row) => row["verification"] as { state: string; upid: string },
    );
    expect(states.map((one) => one.state).toSorted()).toEqual(["failed", "ok", "ok"]);
    expect(states.every((one) => one.upid === task.upid)).toBe(true);
    const listed = rows(await admin.get(TASKS, { errors: 1 }))[0];
    expect(listed).toMatchObject({
      worker_type: "verify_group",
      worker_id: "main:/ct/102",
      status: task.exit,
    });
  });

  it("leaves out what was verified, until that is too long ago", async () => {
    const { admin, ended } = await backupHouse();
    const checked = async (fields: object): Promise<number> => {
      const task = await ended(await admin.post(`${MAIN}/verify`, { ...APP, ...fields }));
      return (await logOf(admin, task.upid)).filter((line) => line.startsWith("verify main:vm/100/")).length;
    };
    expect(await checked({ "outdated-after": 0 })).toBe(7);
    expect(await checked({})).toBe(0);
    expect(await checked({ "ignore-verified": "false" })).toBe(7);
  });

  it("goes through a whole datastore group by group with its percentage never going back", async () => {
    const { admin, ended } = await backupHouse();
    const task = await ended(await admin.post(`${MAIN}/verify`, { "ignore-verified": 0 }));
    const log = await logOf(admin, task.upid);
    expect(log.slice(0, 3)).toEqual([
      "verify datastore main",
      "using 1 read and 4 verify thread(s)",
      "found 5 groups",
    ]);
    const percents = log.flatMap((line) => /^percentage done: ([\d.]+)%/.exec(line)?.[1] ?? []).map(Number);
    expect(percents).toEqual(percents.toSorted((left, right) => left - right));
    expect(percents.at(-1)).toBe(100);
    expect(log).toContain(
      "\tct/102/" +
        new Date(Number((await snapshotsOf(admin, WEB))[0]?.["backup-time"]) * 1000)
          .toISOString()
          .replace(".000Z", "Z"),
    );
  });

  it("checks one snapshot, an owner's own only, and refuses half a name", async () => {
    const { server, admin, ended } = await backupHouse();
    const operator = await logInToPbs(server, PBS_OPERATOR);
    const laptop = { "backup-type": "host", "backup-id": "laptop" };
    const time = Number((await snapshotsOf(operator, laptop))[0]?.["backup-time"]);
    const task = await ended(await operator.post(`${MAIN}/verify`, { ...laptop, "backup-time": time }));
    expect([task.type, task.id, task.exit]).toEqual([
      "verify_snapshot",
      `main:/host/laptop/${time.toString(16).toUpperCase()}`,
      "OK",
    ]);
    expect(refusal(await operator.post(`${MAIN}/verify`, WEB))[1]).toContain("backup owner check failed");
    expect(refusal(await admin.post(`${MAIN}/verify`, { "backup-id": "102" }))).toEqual([
      400,
      "parameters do not specify a backup group or snapshot",
    ]);
  });

  it("can be stopped once, at its next chunk", async () => {
    const { server, admin, ended } = await backupHouse({ speed: 1 });
    const reply = await admin.post(`${MAIN}/verify`, { "ignore-verified": 0 });
    const upid = upidOf(reply);
    const path = `${TASKS}/${encodeURIComponent(upid)}`;
    expect((await admin.get(`${path}/status`)).body?.data).toMatchObject({
      status: "running",
      type: "verify",
    });
    const auditor = await logInToPbs(server, PBS_AUDITOR);
    expect(refusal(await auditor.del(path))).toEqual([
      400,
      "missing permissions 'Sys.Modify' on '/system/tasks'",
    ]);
    expect((await admin.del(path)).body?.data).toBe(null);
    expect((await admin.del(path)).body?.data).toBe(null);
    server.control.setSpeed(2000);
    expect((await ended(reply)).exit).toBe("abort requested - aborting task");
    const log = await logOf(admin, upid);
    expect(log.filter((line) => line === "received abort request ...")).toHaveLength(1);
    expect(log.at(-1)).toBe("TASK ERROR: abort requested - aborting task");
  });

  it("is lost without a last word when the daemon is restarted", async () => {
    const { server, admin } = await backupHouse({ speed: 1 });
    const upid = upidOf(await admin.post(`${MAIN}/verify`, { "ignore-verified": 0 }));
    server.control.restartDaemon();
    const path = `${TASKS}/${encodeURIComponent(upid)}`;
    const status = (await admin.get(`${path}/status`)).body?.data as Record<string, unknown>;
    expect(status).toMatchObject({ status: "stopped", exitstatus: "unknown", endtime: status["starttime"] });
    expect((await logOf(admin, upid)).at(-1)).not.toContain("TASK");
    const next = upidOf(await admin.post(`${MAIN}/verify`, WEB));
    expect(next.split(":")[2]).not.toBe(upid.split(":")[2]);
  });
});

describe("pruning", () => {
  it("shows in a dry run what would stay, oldest first, and changes nothing", async () => {
    const { admin } = await backupHouse();
    const before = await snapshotsOf(admin, APP);
    const reply = await admin.post(`${MAIN}/prune`, { ...APP, "keep-last": 2, "dry-run": 1 });
    const outcome = rows(reply);
    expect(outcome.map((row) => [row["keep"], row["protected"]])).toEqual([
      [true, true],
      [false, false],
      [false, false],
      [false, false],
      [false, false],
      [true, false],
      [true, false],
    ]);
    expect(await snapshotsOf(admin, APP)).toHaveLength(before.length);
  });

  it("keeps everything when told nothing", async () => {
    const { admin } = await backupHouse();
    expect(rows(await admin.post(`${MAIN}/prune`, APP)).every((row) => row["keep"])).toBe(true);
    expect(await snapshotsOf(admin, APP)).toHaveLength(7);
  });

  it("prunes at once or as a task, and leaves a task behind in both cases", async () => {
    const { admin, ended } = await backupHouse();
    expect(rows(await admin.post(`${MAIN}/prune`, { ...WEB, "keep-last": 2 }))).toHaveLength(3);
    expect(await snapshotsOf(admin, WEB)).toHaveLength(2);
    const task = await ended(await admin.post(`${MAIN}/prune`, { ...APP, "keep-last": 1, "use-task": 1 }));
    expect(await logOf(admin, task.upid)).toContain("retention options: --keep-last 1");
    expect(await snapshotsOf(admin, APP)).toHaveLength(2);
    const listed = rows(await admin.get(TASKS, { typefilter: "prune", limit: 2 }));
    expect(listed.map((row) => row["worker_id"])).toEqual(["main::vm/100", "main::ct/102"]);
  });

  it("keeps an unfinished snapshot only while it is the newest of all", async () => {
    const { admin } = await backupHouse();
    const group = { ...APP, ns: "second" };
    const outcome = rows(await admin.post(`${MAIN}/prune`, { ...group, "keep-last": 1, "dry-run": 1 }));
    expect(outcome.map((row) => row["keep"])).toEqual([false, true, true]);
    expect(outcome[0]).toMatchObject({ ns: "second" });
  });

  it("prunes a namespace and below, another's groups only with Datastore.Modify", async () => {
    const { server, admin, ended } = await backupHouse();
    const operator = await logInToPbs(server, PBS_OPERATOR);
    const task = await ended(
      await operator.post(`${MAIN}/prune-datastore`, { "keep-last": 1, "max-depth": 0 }),
    );
    const log = await logOf(admin, task.upid);
    expect(log[0]).toBe("Starting datastore prune on datastore 'main', root namespace, non-recursive");
    expect(log.filter((line) => line.startsWith("Pruning group"))).toEqual([
      'Pruning group :"host/laptop"',
      'Pruning group :"host/workstation"',
    ]);
    expect(await snapshotsOf(admin, APP)).toHaveLength(7);
    const dry = await ended(
      await admin.post(`${MAIN}/prune-datastore`, { "keep-last": 1, "dry-run": "true" }),
    );
    expect((await logOf(admin, dry.upid)).filter((line) => line.startsWith("would remove"))).not.toHaveLength(
      0,
    );
    expect(await snapshotsOf(admin, APP)).toHaveLength(7);
  });
});

describe("garbage collection", () => {
  it("frees what pruning left, in two series of percentages, one at a time", async () => {
    const { server, admin, ended } = await backupHouse();
    await admin.post(`${MAIN}/prune`, { ...APP, "keep-last": 1 });
    const used = async (): Promise<number> =>
      Number((await admin.get(`${MAIN}/status`)).body?.data === null ? 0 : server.world.datastores[0]?.used);
    const before = await used();
    server.control.setSpeed(1);
    const reply = await admin.post(`${MAIN}/gc`);
    expect(refusal(await admin.post(`${MAIN}/gc`))).toEqual([400, "garbage collection already running"]);
    const running = (await admin.get(`${MAIN}/gc`)).body?.data;
    expect(running).not.toHaveProperty("last-run-state");
    server.control.setSpeed(5000);
    const task = await ended(reply);
    expect(await used()).toBeLessThan(before);
    const log = await logOf(admin, task.upid);
    expect(log).toContain("Start GC phase1 (mark used chunks)");
    expect(log.filter((line) => line.startsWith("processed ")).at(-1)).toMatch(
      /^processed 99% \(\d+ chunks\)$/,
    );
    expect((await admin.get(`${MAIN}/gc`)).body?.data).toMatchObject({
      store: "main",
      schedule: "daily",
      upid: task.upid,
      "last-run-state": "OK",
      "last-run-endtime": task.endtime,
    });
    expect(rows(await admin.get("/admin/gc")).map((row) => row["store"])).toEqual(["main", "vault"]);
  });
});

describe("jobs of a Backup Server", () => {
  it("say when they last ran, with what result, and when they run next", async () => {
    const { admin } = await backupHouse();
    const now = Date.now() / 1000;
    const [sync, verify, prune] = await Promise.all(
      ["sync", "verify", "prune"].map(async (kind) => rows(await admin.get(`/admin/${kind}`))[0]),
    );
    expect(sync).toMatchObject({ id: "s-offsite", "last-run-state": "sync failed with some errors." });
    expect(verify).toMatchObject({ id: "v-main", "last-run-state": "OK" });
    expect(prune).toMatchObject({ id: "p-main", "keep-last": 3, "keep-daily": 7 });
    for (const job of [sync, verify, prune])
      expect(Number(job?.["next-run"])).toBeGreaterThan(now - 2 * 86_400);
  });

  it("are made, changed, switched off and removed", async () => {
    const { admin } = await backupHouse();
    const job = { id: "p-new", store: "main", schedule: "sat 03:30", "keep-weekly": 4, ns: "second" };
    expect((await admin.post("/config/prune", job)).body?.data).toBe(null);
    expect(refusal(await admin.post("/config/prune", job))).toEqual([
      400,
      "parameter verification failed - 'id': job 'p-new' already exists.",
    ]);
    expect((await admin.get("/config/prune/p-new")).body?.data).toEqual(job);
    const stale = "0".repeat(64);
    expect((await admin.put("/config/prune/p-new", { disable: 1, digest: stale })).status).toBe(400);
    expect((await admin.put("/config/prune/p-new", { disable: 1, delete: "ns" })).status).toBe(200);
    const listed = rows(await admin.get("/admin/prune")).find((row) => row["id"] === "p-new");
    expect(listed).toMatchObject({ disable: true, "keep-weekly": 4 });
    expect(listed).not.toHaveProperty("ns");
    expect(listed).not.toHaveProperty("next-run");
    expect(refusal(await admin.put("/config/prune/p-new", { delete: "schedule" }))[1]).toContain(
      "is not defined in the enumeration",
    );
    expect(refusal(await admin.put("/config/prune/p-new", { schedule: "someday" }))[1]).toContain(
      "'schedule'",
    );
    expect((await admin.del("/config/prune/p-new")).status).toBe(200);
    expect(refusal(await admin.del("/config/prune/p-new"))).toEqual([404, "job 'p-new' does not exist."]);
  });

  it("run on demand, one at a time, and remember it", async () => {
    const { server, admin, ended } = await backupHouse({ speed: 1 });
    const reply = await admin.post("/admin/verify/v-main/run");
    expect(refusal(await admin.post("/admin/verify/v-main/run"))[1]).toContain("Unable to acquire lock");
    const running = rows(await admin.get("/admin/verify"))[0];
    expect(running).toMatchObject({ "last-run-upid": upidOf(reply) });
    expect(running).not.toHaveProperty("last-run-state");
    server.control.setSpeed(5000);
    const task = await ended(reply);
    expect([task.type, task.id]).toEqual(["verificationjob", "main:v-main"]);
    expect(rows(await admin.get("/admin/verify"))[0]).toMatchObject({
      "last-run-state": task.exit,
      "last-run-endtime": task.endtime,
    });
  });

  it("pull what the other side has and this one lacks", async () => {
    const { admin, ended } = await backupHouse();
    const task = await ended(await admin.post("/admin/sync/s-offsite/run"));
    expect([task.id, task.exit]).toEqual(["offsite:mirror:main:second/archive:s-offsite", "OK"]);
    expect((await logOf(admin, task.upid)).at(-3)).toMatch(
      /^Summary: sync job pulled [\d.]+ GiB in \d+ chunks/,
    );
    const pulled = rows(await admin.get(`${MAIN}/groups`, { ns: "second/archive" }));
    expect(pulled).toMatchObject([{ "backup-id": "700", "backup-count": 2, owner: "admin@pbs" }]);
    const again = await ended(await admin.post("/admin/sync/s-offsite/run"));
    expect(await logOf(admin, again.upid)).toContain("Summary: sync job found no new data to pull");
  });

  it("are seen by the auditor and touched by nobody else", async () => {
    const { server, admin } = await backupHouse();
    const auditor = await logInToPbs(server, PBS_AUDITOR);
    for (const kind of ["sync", "verify", "prune"])
      expect(rows(await auditor.get(`/admin/${kind}`))).toHaveLength(1);
    expect(refusal(await auditor.post("/admin/verify/v-main/run"))).toEqual([
      400,
      "missing permissions 'Datastore.Verify' on '/datastore/main'",
    ]);
    const nobody = await logInToPbs(server, PBS_NOBODY);
    expect(rows(await nobody.get("/admin/prune"))).toEqual([]);
    expect(refusal(await nobody.get("/config/prune/p-main"))).toEqual([400, "permission check failed"]);
    expect(refusal(await admin.get("/config/prune/none"))).toEqual([400, "no such prune 'none'"]);
  });

  it("name the remotes they pull from, never their passwords", async () => {
    const { admin } = await backupHouse();
    const [remote] = rows(await admin.get("/config/remote"));
    expect(remote).toMatchObject({ name: "offsite", host: "192.0.2.40" });
    expect(JSON.stringify(remote)).not.toContain("simulator-sync");
    expect(rows(await admin.get("/config/remote/offsite/scan"))).toMatchObject([{ store: "mirror" }]);
    expect(refusal(await admin.del("/config/remote/offsite"))[1]).toContain(
      "is used by sync job 's-offsite'",
    );
  });
});

describe("schedules of a Backup Server", () => {
  it("start what is due once, as the server's own, and say so in the log", async () => {
    let time = Date.parse("2026-11-20T12:00:00Z");
    const { admin, server } = await backupHouse({
      now: () => time,
      schedules: true,
      world: () => smallBackupWorld({ now: time }),
    });
    const started = (): readonly string[] => server.tasks().map((task) => `${task.type} of ${task.user}`);
    await admin.get("/version");
    time += 3_600_000;
    expect(server.tasks().every((task) => task.exit !== null)).toBe(true);
    const before = started().length;
    time += 2 * 86_400_000;
    const again = await logInToPbs(server);
    await again.get("/version");
    expect(
      started()
        .slice(before)
        .toSorted((left, right) => left.localeCompare(right)),
    ).toEqual([
      "garbage_collection of root@pam",
      "prunejob of root@pam",
      "syncjob of root@pam",
      "verificationjob of root@pam",
    ]);
    const upid =
      server.tasks().find((task, index) => index >= before && task.type === "prunejob")?.upid ?? "";
    expect((await logOf(again, upid))[1]).toBe("task triggered by schedule '02:00'");
    await again.get("/version");
    expect(started()).toHaveLength(before + 4);
  });
});
