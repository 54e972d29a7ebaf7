import { expect } from "vitest";
import { ADMIN, APP_TOKEN, NO_ACL_TOKEN, OPERATOR, TOTP } from "../../simulator/credentials.ts";
import { parseUpid } from "../../simulator/tasks/upid.ts";
import { anonymous, logIn, rows, texts, upidOf, withToken, type Reply } from "./client.ts";
import { clientRow, row, type FaultRow } from "./fault-rows.ts";
import type { House } from "./house.ts";

const BACKUP = { vmid: 102, storage: "nas" };
const taskPath = (upid: string, part: string): string =>
  `/nodes/${parseUpid(upid)?.node ?? ""}/tasks/${encodeURIComponent(upid)}/${part}`;

async function start({ admin }: House, params: Record<string, string | number> = BACKUP): Promise<string> {
  return upidOf(await admin.post("/nodes/pve1/vzdump", params));
}

/** A backup that will not end while one looks at it. */
async function startSlowly(home: House, params?: Record<string, string | number>): Promise<string> {
  home.simulator.setSpeed(1);
  return start(home, params);
}

const status = async ({ admin }: House, upid: string): Promise<Reply> => admin.get(taskPath(upid, "status"));
const ended = async (home: House, upid: string): Promise<string> =>
  (await home.simulator.whenTaskEnds(upid, AbortSignal.timeout(10_000))).exit ?? "";

/** Groups C and E: the server, and its accounts. */
export const serverFaults: readonly FaultRow[] = [
  row(29, "the node reboots while a task runs", async (home) => {
    const upid = await startSlowly(home);
    home.simulator.control.rebootNode("pve1");
    expect((await status(home, upid)).body?.data).toMatchObject({
      status: "stopped",
      exitstatus: "unexpected status",
    });
    const node = (await home.admin.get("/nodes/pve1/status")).body?.data as { uptime: number };
    expect(node.uptime).toBeLessThan(60);
    const guest = (await home.admin.get("/nodes/pve1/lxc/102/status/current")).body?.data;
    expect(guest).toMatchObject({ lock: "backup" });
  }),
  row(30, "the proxy restarts", async (home) => {
    const back = home.simulator.refuseConnections(50);
    await expect(home.admin.get("/version")).rejects.toThrow();
    await back;
    expect((await home.admin.get("/version")).status).toBe(200);
  }),
  row(31, "a node fails, HA starts its guest on another", async (home) => {
    home.simulator.world.ha.push({ sid: "ct:103", vmid: 103, state: "started", group: null });
    home.simulator.control.failNode("pve2");
    expect((await home.admin.get("/nodes/pve1/lxc/103/status/current")).status).toBe(200);
    const nodes = rows(await home.admin.get("/nodes"));
    expect(nodes.find((one) => one["node"] === "pve2")).toMatchObject({ status: "offline" });
  }),
  row(32, "a node leaves the cluster", async (home) => {
    home.simulator.control.removeNode("pve2");
    const reply = await home.admin.get("/nodes/pve2/status");
    expect([reply.status, reply.reason]).toEqual([
      500,
      expect.stringContaining("hostname lookup 'pve2' failed"),
    ]);
  }),
  row(33, "the log is rotated away", async (home) => {
    const upid = await start(home);
    await ended(home, upid);
    home.simulator.control.forgetTask(upid);
    expect((await status(home, upid)).body?.errors).toEqual({ upid: "no such task" });
    expect(texts(await home.admin.get(taskPath(upid, "log")))[0]).toMatch(/^unable to open file/);
  }),
  row(34, "'no such task' in the first seconds", async (home) => {
    home.simulator.control.hideFreshTasks(3);
    const upid = await startSlowly(home);
    expect((await status(home, upid)).status).toBe(400);
    home.simulator.control.setClockOffset(4000);
    expect((await status(home, upid)).body?.data).toMatchObject({ status: "running" });
  }),
  row(35, "warnings, odd and endless exit texts", async (home) => {
    for (const exit of ["WARNINGS: 3", "job errors", "größer als 𝟙 \u202Etxt", "x".repeat(5000)]) {
      const upid = await startSlowly(home);
      home.simulator.control.endTask(upid, exit);
      expect((await status(home, upid)).body?.data).toMatchObject({ exitstatus: exit });
    }
  }),
  row(36, "the storage is full", async (home) => {
    home.simulator.control.fillStorage("nas");
    const upid = await start(home);
    expect(await ended(home, upid)).toBe("job errors");
    expect(texts(await home.admin.get(taskPath(upid, "log"))).join("\n")).toContain(
      "No space left on device",
    );
  }),
  row(37, "the guest is locked", async (home) => {
    home.simulator.control.setGuestLock(102, "snapshot");
    const upid = await start(home);
    expect(await ended(home, upid)).toBe("job errors");
    expect(texts(await home.admin.get(taskPath(upid, "log"))).join("\n")).toContain(
      "CT is locked (snapshot)",
    );
  }),
  row(38, "hours of waiting for the node's lock", async (home) => {
    home.simulator.control.holdVzdumpLock("pve1");
    const upid = await start(home);
    expect((await status(home, upid)).body?.data).toMatchObject({ status: "running" });
    home.simulator.setSpeed(10_000_000);
    expect(await ended(home, upid)).toMatch(/can't acquire lock/);
  }),
  row(39, "no quorum", async (home) => {
    home.simulator.control.setQuorum(false);
    const reply = await home.admin.post("/nodes/pve1/vzdump", BACKUP);
    expect([reply.status, reply.reason]).toEqual([500, "cluster not ready - no quorum?"]);
    const [cluster] = rows(await home.admin.get("/cluster/status"));
    expect(cluster).toMatchObject({ quorate: 0 });
  }),
  row(40, "the server is upgraded while a task runs", async (home) => {
    home.simulator.control.setVersion("8.4");
    const upid = await startSlowly(home);
    home.simulator.control.setVersion("9.2");
    expect((await status(home, upid)).body?.data).toMatchObject({ status: "running" });
    expect((await home.admin.get("/version")).body?.data).toMatchObject({ release: "9.2" });
  }),
  row(41, "a process id comes again", async (home) => {
    const first = await start(home);
    await ended(home, first);
    home.simulator.control.setNextPid(parseUpid(first)?.pid ?? 0);
    const second = await start(home, { ...BACKUP, vmid: 100 });
    expect(parseUpid(second)?.pid).toBe(parseUpid(first)?.pid);
    expect(second).not.toBe(first);
  }),
  row(42, "the server's clock is two hours off", async (home) => {
    home.simulator.control.setClockOffset(-2 * 3_600_000);
    const again = await logIn(home.simulator);
    const date = Date.parse(String((await again.get("/version")).headers["date"]));
    expect(Math.abs(date - Date.now() + 2 * 3_600_000)).toBeLessThan(5000);
  }),
  row(43, "the server's clock jumps back while a task runs", async (home) => {
    const upid = await start(home);
    home.simulator.control.setClockOffset(-60_000);
    await ended(home, upid);
    const [task] = home.simulator.tasks();
    expect(task?.endtime).toBeGreaterThanOrEqual(task?.starttime ?? 0);
  }),
  row(48, "token revoked or expired, user disabled", async (home) => {
    const token = withToken(home.simulator, APP_TOKEN);
    expect((await token.get("/version")).status).toBe(200);
    home.simulator.control.expireToken(APP_TOKEN.id);
    expect((await token.get("/version")).status).toBe(401);
    home.simulator.control.removeToken(APP_TOKEN.id);
    expect((await token.get("/version")).status).toBe(401);
    const operator = await logIn(home.simulator, OPERATOR);
    home.simulator.control.setUserEnabled(OPERATOR.username, false);
    expect((await operator.get("/version")).status).toBe(401);
  }),
  row(49, "the token was replaced: its old tasks cannot be seen", async (home) => {
    const upid = await start(home);
    const other = withToken(home.simulator, NO_ACL_TOKEN);
    expect((await other.get(taskPath(upid, "status"))).status).toBe(403);
  }),
  row(50, "a second factor is asked for from now on", async (home) => {
    home.simulator.control.requireTotp(ADMIN.username, TOTP.secret);
    const login = { username: ADMIN.username, password: ADMIN.password };
    const reply = await anonymous(home.simulator).post("/access/ticket", login);
    expect(reply.body?.data).toMatchObject({ NeedTFA: 1 });
  }),
  row(51, "401 to what would start something", async (home) => {
    const action = { kind: "answer", status: 401, reason: "Authentication failed!" } as const;
    home.simulator.faults.add({ match: { method: "POST", path: "/vzdump$" }, action, times: 1 });
    expect((await home.admin.post("/nodes/pve1/vzdump", BACKUP)).status).toBe(401);
    expect(home.simulator.ledger.tasks()).toEqual([]);
  }),
];

/** Groups D, F and G: the client's own machine. */
export const clientFaults: readonly FaultRow[] = [
  clientRow(44, "asleep for hours", "the client's clock; tasks of the simulator go on meanwhile"),
  clientRow(45, "the client's clock is years off", "the client's clock"),
  clientRow(52, "two instances of the app", "its data directory"),
  clientRow(54, "the window's process dies", "a process of the app"),
  clientRow(55, "a record that makes it crash at the start", "a file of the app"),
  clientRow(56, "logged out while something is started", "a signal to the app"),
  clientRow(
    57,
    "killed at any time",
    "a signal to the app; state and ledger file of the simulator survive for the count",
  ),
  clientRow(58, "disk full when the intent is written", "the client's disk"),
  clientRow(59, "disk full when the UPID is written", "the client's disk"),
  clientRow(60, "disk full when the end is written", "the client's disk"),
  clientRow(61, "the disk fails", "the client's disk"),
  clientRow(62, "the history is damaged", "a file of the app"),
  clientRow(63, "the settings are damaged", "a file of the app"),
  clientRow(64, "power lost while a file is replaced", "the client's disk"),
  clientRow(65, "a newer schema, an interrupted migration", "a file of the app"),
  clientRow(73, "a storm of everything", "a runner of the app with seeds; each fault of it is a row here"),
];
