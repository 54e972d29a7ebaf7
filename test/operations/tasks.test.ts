import { afterEach, describe, expect, test } from "vitest";

import { ADMIN, OPERATOR, OPERATOR_TOKEN, PBS_ADMIN } from "../../simulator/credentials.ts";
import { startBackupServer } from "../../simulator/pbs/backup-server.ts";
import { smallBackupWorld } from "../../simulator/pbs/worlds/small.ts";
import { openSmallHouse, registerCluster, registerInput, startSmallServer } from "../house/small-house.ts";
import { logInToPbs } from "../simulator/pbs-house.ts";
import { logIn, upidOf } from "../simulator/client.ts";

import type { FollowedTask, ListedTask, TaskCoverage } from "../../shared/followed-task.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import type { SmallHouse } from "../house/small-house.ts";

const opened: { readonly end: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.end();
});

interface Lab {
  readonly house: SmallHouse;
  readonly simulator: Simulator;
}

async function lab(speed = 60): Promise<Lab> {
  const simulator = await startSmallServer({ speed });
  opened.push({ end: () => simulator.stop() });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  return { house, simulator };
}

/** Somebody else starts a backup of VM 100, past the app. */
async function foreignBackup(
  simulator: Simulator,
  user: { readonly username: string; readonly password: string } = OPERATOR,
): Promise<string> {
  const other = await logIn(simulator, user);
  return upidOf(await other.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas", remove: 0 }));
}

/** As a window that shows the list; it holds until the test ends. */
function look(house: SmallHouse): void {
  const watching = new AbortController();
  opened.push({
    end: () => {
      watching.abort();
      return Promise.resolve();
    },
  });
  void house.call(
    "app.attend",
    { clusters: "all", taskLists: "all", tasks: [], active: true },
    watching.signal,
  );
}

const listed = async (house: SmallHouse): Promise<readonly ListedTask[]> =>
  (await house.call("tasks.list", undefined)).items;

const coverage = async (house: SmallHouse, id: string): Promise<TaskCoverage | undefined> =>
  (await house.call("tasks.coverage", undefined)).items.find(({ clusterId }) => clusterId === id);

/** Follows until there is nothing more to come, and what was told on the way. */
async function follow(
  house: SmallHouse,
  task: { readonly clusterId: string; readonly upid: string },
): Promise<{
  readonly end: FollowedTask;
  readonly lines: readonly string[];
  readonly told: readonly FollowedTask[];
}> {
  const end = await house.call("tasks.follow", task);
  const own = <T extends { readonly upid: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ upid }) => upid === task.upid);
  const lines = own(house.seen("task.output")).flatMap((one) => one.lines);
  expect(lines.map(({ n }) => n)).toEqual(lines.map((_line, index) => index + 1));
  return { end, lines: lines.map(({ text }) => text), told: own(house.seen("task.changed")) };
}

test("a task that somebody else started is listed while it runs and after it, and can be followed to its end", async () => {
  const { house, simulator } = await lab(20);
  const { id } = await registerCluster(house, simulator);
  const upid = await foreignBackup(simulator);
  look(house);
  const running = await house.until(async () =>
    (await listed(house)).find((task) => task.upid === upid && task.state === "running"),
  );
  expect(running).toMatchObject({
    clusterId: id,
    node: "pve1",
    type: "vzdump",
    id: "100",
    user: OPERATOR.username,
  });
  const { end, lines, told } = await follow(house, { clusterId: id, upid });
  expect(end).toMatchObject({
    state: "ok",
    exitStatus: "OK",
    logComplete: true,
    logGone: false,
    missing: null,
  });
  expect(lines[0]).toContain("starting new backup job: vzdump 100");
  expect(lines.at(-1)).toBe("TASK OK");
  const percents = told.map(({ progress }) => progress?.percent ?? 0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  expect(percents.some((percent) => percent > 0 && percent < 100)).toBe(true);
  const ended = await house.until(async () =>
    (await listed(house)).find((task) => task.upid === upid && task.state === "ok"),
  );
  expect(ended.endedAt).toBeGreaterThan(ended.startedAt);
  // Nothing of it is a job of ours, and its log can be read, searched and saved like one.
  expect((await house.call("jobs.list", undefined)).items).toEqual([]);
  const kept = await house.call("tasks.log", { clusterId: id, upid, start: 0, limit: 5000 });
  expect(kept.lines.map(({ text }) => text)).toEqual(lines);
  expect((await house.call("tasks.searchLog", { clusterId: id, upid, text: "task ok" })).lines).toEqual([
    lines.length,
  ]);
  await house.call("tasks.saveLog", { clusterId: id, upid });
  expect(house.saved[0]?.text).toBe(`${lines.join("\n")}\n`);
});

test("two windows share one follower, and the last one that leaves ends it", async () => {
  const { house, simulator } = await lab(10);
  const { id: clusterId } = await registerCluster(house, simulator);
  const upid = await foreignBackup(simulator);
  const windows = [new AbortController(), new AbortController()] as const;
  const calls = windows.map(({ signal }) =>
    house.call("tasks.follow", { clusterId, upid }, signal).catch((error: unknown) => error),
  );
  await house.until(() => house.seen("task.changed").some((task) => task.progress !== null));
  windows[0].abort();
  expect(await calls[0]).toMatchObject({ code: "cancelled" });
  const before = house.seen("task.changed").length;
  await house.until(() => house.seen("task.changed").length > before);
  windows[1].abort();
  expect(await calls[1]).toMatchObject({ code: "cancelled" });
});

test("it is stopped only with a confirmation of exactly this task, and the server has the last word", async () => {
  const { house, simulator } = await lab(10);
  const { id: clusterId } = await registerCluster(house, simulator);
  const upid = await foreignBackup(simulator);
  const stop = (confirmation: string) => house.call("tasks.stop", { clusterId, upid, confirmation });
  await expect(stop("none")).rejects.toMatchObject({ code: "confirmation.missing" });
  const target = { action: "task.stop", clusterId, upid } as const;
  const { token, facts } = await house.call("confirmations.request", target);
  expect(facts).toMatchObject({
    cluster: "small",
    node: "pve1",
    type: "vzdump",
    id: "100",
    user: OPERATOR.username,
  });
  // The same token for another task: that one is read first, and there is none.
  const other = upid.replace(":100:", ":101:");
  const wrong = house.call("tasks.stop", { clusterId, upid: other, confirmation: token });
  await expect(wrong).rejects.toMatchObject({ code: "job.ended" });
  await expect(stop(token)).rejects.toMatchObject({ code: "confirmation.missing" });
  await stop((await house.call("confirmations.request", target)).token);
  const { end } = await follow(house, { clusterId, upid });
  expect(end).toMatchObject({ state: "aborted" });
  await expect(house.call("confirmations.request", target)).rejects.toMatchObject({ code: "job.ended" });
});

describe("an account that may not see all", () => {
  /** Without the right to look at what others do. */
  function withoutAudit({ world }: Simulator): void {
    for (const role of Object.values(world.roles)) {
      const at = role.indexOf("Sys.Audit");
      if (at >= 0 && role.length < 40) role.splice(at, 1);
    }
  }

  test("is told which right it lacks, and a token also that it sees not even its user's tasks", async () => {
    const { house, simulator } = await lab(5);
    withoutAudit(simulator);
    const foreign = await foreignBackup(simulator, ADMIN);
    const input = registerInput(simulator);
    const registered = await house.call("clusters.register", {
      ...input,
      credential: { kind: "token", tokenId: OPERATOR_TOKEN.id, secret: OPERATOR_TOKEN.secret },
    });
    if (registered.outcome !== "registered") throw new Error("not registered");
    const { id: clusterId } = registered.cluster;
    look(house);
    const covered = await house.until(async () => {
      const now = await coverage(house, clusterId);
      return now?.missing === null ? null : now;
    });
    expect(covered).toMatchObject({
      missing: { privilege: "Sys.Audit", path: "/" },
      asToken: true,
      error: null,
    });
    expect((await listed(house)).map(({ upid }) => upid)).not.toContain(foreign);
    const page = await house.call("tasks.page", { clusterId, node: "pve1" });
    expect(page).toMatchObject({
      rows: [],
      missing: { privilege: "Sys.Audit", path: "/nodes/pve1" },
      asToken: true,
    });
    const end = await house.call("tasks.follow", { clusterId, upid: foreign });
    expect(end).toMatchObject({ state: "hidden", missing: { privilege: "Sys.Audit", path: "/nodes/pve1" } });
    await expect(
      house.call("confirmations.request", { action: "task.stop", clusterId, upid: foreign }),
    ).rejects.toMatchObject({ code: "server.tooFewRights" });
  });

  test("finds a token's own tasks by asking each node, where the cluster's list shows it none", async () => {
    const { house, simulator } = await lab(5);
    withoutAudit(simulator);
    const registered = await house.call("clusters.register", {
      ...registerInput(simulator),
      credential: { kind: "token", tokenId: OPERATOR_TOKEN.id, secret: OPERATOR_TOKEN.secret },
    });
    if (registered.outcome !== "registered") throw new Error("not registered");
    look(house);
    await house.until(async () => (await coverage(house, registered.cluster.id))?.missing);
    const jobId = await house.backUp(registered.cluster.id);
    const upid = await house.until(async () => (await house.call("jobs.get", { jobId })).job.tasks[0]?.upid);
    const own = await house.until(async () => (await listed(house)).find((task) => task.upid === upid));
    expect(own.user).toBe(OPERATOR_TOKEN.id);
  });
});

test("a task that the server has forgotten is neither a success nor a failure", async () => {
  const { house, simulator } = await lab();
  const { id: clusterId } = await registerCluster(house, simulator);
  const upid = await foreignBackup(simulator);
  await follow(house, { clusterId, upid });
  const second = await foreignBackup(simulator);
  await simulator.whenTaskEnds(second, new AbortController().signal);
  simulator.control.forgetTask(second);
  const gone = await house.call("tasks.follow", {
    clusterId,
    upid: second.replace(/:[0-9A-F]{8}:vzdump/u, ":5F000000:vzdump"),
  });
  expect(gone).toMatchObject({ state: "gone", logGone: true, logLines: 0 });
});

test("a backup server's tasks are listed and followed by the same words, its log without a line twice", async () => {
  const server = await startBackupServer({
    world: () => smallBackupWorld({ version: "4.2" }),
    speed: 60,
    loginFailureDelayMs: 0,
  });
  opened.push({ end: () => server.stop() });
  const house = await openSmallHouse();
  opened.push({ end: () => house.close() });
  const registered = await house.call("clusters.register", {
    attempt: "attempt",
    name: "backups",
    address: `127.0.0.1:${String(server.port)}`,
    trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
    credential: { kind: "password", user: PBS_ADMIN.username, secret: PBS_ADMIN.password },
    remember: false,
  });
  if (registered.outcome !== "registered") throw new Error("not registered");
  const { id: clusterId } = registered.cluster;
  const upid = upidOf(await (await logInToPbs(server)).post("/admin/datastore/main/gc"));
  look(house);
  const running = await house.until(async () => (await listed(house)).find((task) => task.upid === upid));
  expect(running).toMatchObject({ clusterId, type: "garbage_collection", user: PBS_ADMIN.username });
  const { end, lines } = await follow(house, { clusterId, upid });
  expect(end).toMatchObject({ state: "ok", exitStatus: "OK", logComplete: true });
  expect(lines.at(-1)).toContain("TASK OK");
  const forgotten = upid.replace(/:[0-9A-F]{8}:garbage/u, ":5F000000:garbage");
  expect(await house.call("tasks.follow", { clusterId, upid: forgotten })).toMatchObject({
    state: "unknown",
    exitStatus: "unknown",
    logGone: true,
  });
});

test("what is no task is refused before anything is asked", async () => {
  const { house, simulator } = await lab();
  const { id: clusterId } = await registerCluster(house, simulator);
  await expect(house.call("tasks.follow", { clusterId, upid: "UPID:pve1:nonsense:" })).rejects.toMatchObject({
    code: "input.invalid",
  });
  await expect(house.call("tasks.follow", { clusterId: "01nobody", upid: "x" })).rejects.toMatchObject({
    code: "cluster.notFound",
  });
});
