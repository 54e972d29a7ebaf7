import { expect } from "vitest";
import { ADMIN, OPERATOR } from "../../simulator/credentials.ts";
import { anonymous, logIn, rows, upidOf } from "./client.ts";
import { clientRow, row, type FaultRow } from "./fault-rows.ts";
import type { House } from "./house.ts";

const START = { method: "POST", path: "^/nodes/pve1/vzdump$" };
const BACKUP = { vmid: 102, storage: "nas" };

const start = async ({ admin }: House) => admin.post("/nodes/pve1/vzdump", BACKUP);
const started = ({ simulator }: House): number => simulator.ledger.tasks().length;

/** A reply that has not come yet when everything else has happened: told by whether it is there after another request. */
async function stillOpen({ admin }: House, reply: Promise<unknown>): Promise<boolean> {
  let open = true;
  const closed = (): void => {
    open = false;
  };
  reply.then(closed, closed);
  await admin.get("/access/permissions");
  return open;
}

/** Groups A and B: the window in which something is started, and the line. */
export const lineFaults: readonly FaultRow[] = [
  clientRow(1, "crash before the intent is durable", "a failpoint of the app: nothing has reached a server"),
  clientRow(2, "torn record of an intent", "a file of the app"),
  clientRow(
    3,
    "crash after the intent, before the request",
    "a failpoint of the app: nothing has reached a server",
  ),
  row(4, "request cut off half sent", async (home) => {
    home.simulator.faults.add({ match: START, action: { kind: "cut-request" }, times: 1 });
    await expect(start(home)).rejects.toThrow();
    expect(started(home)).toBe(0);
  }),
  row(5, "task started, reply held back", async (home) => {
    const id = home.simulator.faults.add({ match: START, action: { kind: "hold-reply" }, times: 1 });
    const reply = start(home);
    await expect.poll(() => started(home)).toBe(1);
    expect(await stillOpen(home, reply)).toBe(true);
    home.simulator.faults.release(id);
    expect(upidOf(await reply)).toBe(home.simulator.ledger.tasks()[0]?.upid);
  }),
  clientRow(
    6,
    "reply received, crash before the UPID is durable",
    "a failpoint of the app; the simulator's ledger has the task",
  ),
  clientRow(
    7,
    "crash after the UPID is durable",
    "a failpoint of the app; the simulator's ledger has the task",
  ),
  row(8, "reply lost after the whole request", async (home) => {
    home.simulator.faults.add({ match: START, action: { kind: "lose-reply" }, times: 1 });
    await expect(start(home)).rejects.toThrow();
    expect(started(home)).toBe(1);
  }),
  row(9, "reply later than any deadline", async (home) => {
    home.simulator.faults.add({ match: START, action: { kind: "hold-reply" } });
    const reply = start(home);
    await expect.poll(() => started(home)).toBe(1);
    expect(await stillOpen(home, reply)).toBe(true);
  }),
  row(10, "595, 596 or 599 although the task runs", async (home) => {
    for (const status of [595, 596, 599]) {
      home.simulator.faults.add({
        match: START,
        action: { kind: "answer", status, reason: "Connection timed out", work: true },
        times: 1,
      });
      expect((await start(home)).status).toBe(status);
    }
    expect(started(home)).toBe(3);
  }),
  row(11, "500 'got no worker upid' after the start", async (home) => {
    home.simulator.faults.add({
      match: START,
      action: { kind: "answer", status: 500, reason: "got no worker upid - start worker failed", work: true },
      times: 1,
    });
    expect((await start(home)).status).toBe(500);
    expect(started(home)).toBe(1);
  }),
  row(12, "200 'OK' because the guest has moved", async (home) => {
    home.simulator.control.moveGuest(102, "pve2");
    expect((await start(home)).body?.data).toBe("OK");
    expect(started(home)).toBe(0);
  }),
  row(13, "200 with null, 123 or somebody else's UPID", async (home) => {
    const foreign = "UPID:pve2:00001234:00ABCDEF:65000000:qmstart:100:root@pam:";
    for (const data of [null, 123, foreign]) {
      const action = {
        kind: "answer",
        status: 200,
        reason: "OK",
        body: JSON.stringify({ data }),
        work: true,
      } as const;
      home.simulator.faults.add({ match: START, action, times: 1 });
      expect((await start(home)).body?.data).toBe(data);
    }
    expect(started(home)).toBe(3);
  }),
  row(14, "connection refused: never sent", async (home) => {
    const back = home.simulator.refuseConnections(60);
    await expect(start(home)).rejects.toThrow(/ECONNREFUSED/);
    await back;
    expect(started(home)).toBe(0);
  }),
  clientRow(
    15,
    "double click, two calls, two tabs",
    "two calls inside one app: at most one request leaves it",
  ),
  clientRow(16, "tried again while unconfirmed", "a button of the app"),
  row(17, "decoy: the same user starts the same backup elsewhere", async (home) => {
    home.simulator.control.startForeignBackup({ node: "pve1", ...BACKUP, user: ADMIN.username });
    const [decoy] = home.simulator.ledger.tasks();
    expect(decoy).toMatchObject({ type: "vzdump", user: ADMIN.username });
    expect(decoy?.params["notes-template"]).toBeUndefined();
  }),
  row(18, "two decoys, and no trace to be seen while they wait", async (home) => {
    home.simulator.control.holdVzdumpLock("pve1");
    const wish = { node: "pve1", ...BACKUP, user: ADMIN.username };
    const upids = [1, 2].map(() => home.simulator.control.startForeignBackup(wish));
    for (const upid of upids) {
      const log = await home.admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/log`);
      expect(rows(log).map((line) => line["t"])).toEqual(["INFO: trying to get global lock - waiting..."]);
    }
  }),
  row(19, "the line is gone for a while", async (home) => {
    const upid = upidOf(await start(home));
    const back = home.simulator.refuseConnections(60);
    await expect(home.admin.get("/version")).rejects.toThrow(/ECONNREFUSED/);
    await back;
    expect((await home.admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`)).status).toBe(200);
  }),
  row(20, "half-open connection: taken, never answered", async (home) => {
    home.simulator.faults.add({ match: { path: "/version" }, action: { kind: "hold-reply" } });
    expect(await stillOpen(home, home.admin.get("/version"))).toBe(true);
  }),
  row(21, "an answer in drips", async (home) => {
    home.simulator.faults.add({
      match: { path: "/version" },
      action: { kind: "drip", bytes: 8, everyMs: 20 },
    });
    const begun = performance.now();
    expect((await home.admin.get("/version")).body?.data).toMatchObject({ release: "9.2" });
    expect(performance.now() - begun).toBeGreaterThan(80);
  }),
  row(22, "JSON cut off before its length", async (home) => {
    home.simulator.faults.add({ match: { path: "/cluster/resources" }, action: { kind: "cut-reply" } });
    await expect(home.admin.get("/cluster/resources")).rejects.toThrow();
  }),
  row(23, "a list cut off so that it is still whole JSON", async (home) => {
    const whole = rows(await home.admin.get("/cluster/resources")).length;
    home.simulator.faults.add({
      match: { path: "/cluster/resources" },
      action: { kind: "short-list", rows: 2 },
    });
    const reply = await home.admin.get("/cluster/resources");
    expect([rows(reply).length, whole > 2]).toEqual([2, true]);
    expect([reply.headers["content-length"], reply.headers["transfer-encoding"]]).toEqual([
      undefined,
      undefined,
    ]);
  }),
  row(24, "seconds of latency", async (home) => {
    home.simulator.faults.add({ match: {}, action: { kind: "delay", milliseconds: 80 } });
    const begun = performance.now();
    await home.admin.get("/version");
    expect(performance.now() - begun).toBeGreaterThan(70);
  }),
  row(25, "the address leads to another host", async (home) => {
    const before = home.simulator.fingerprint;
    expect(home.simulator.swapCertificate()).not.toBe(before);
    expect((await home.admin.get("/version")).status).toBe(200);
  }),
  row(26, "a captive portal: a page, or a redirect to one", async (home) => {
    const headers = { "content-type": "text/html", location: "http://portal.example/" };
    for (const status of [200, 302]) {
      const action = { kind: "answer", status, reason: "OK", body: "<html>log in</html>", headers } as const;
      home.simulator.faults.add({ match: { path: "/version" }, action, times: 1 });
      const reply = await anonymous(home.simulator).get("/version");
      expect([reply.status, reply.body]).toEqual([status, null]);
    }
  }),
  clientRow(
    27,
    "a certificate of a true authority in front of a pinned server",
    "the simulator takes any certificate (option `certificate`); the authority is the client's to trust",
  ),
  row(28, "certificate renewed while a task runs", async (home) => {
    home.simulator.setSpeed(1);
    const upid = upidOf(await start(home));
    const before = home.simulator.fingerprint;
    home.simulator.swapCertificate();
    expect(home.simulator.fingerprint).not.toBe(before);
    const status = await home.admin.get(`/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`);
    expect(status.body?.data).toMatchObject({ status: "running" });
  }),
  row(46, "asleep until the ticket has expired", async (home) => {
    home.simulator.control.setClockOffset(3 * 3_600_000);
    expect((await home.admin.get("/version")).status).toBe(401);
    expect((await (await logIn(home.simulator)).get("/version")).status).toBe(200);
  }),
  row(47, "ticket expired while a task is followed", async (home) => {
    home.simulator.setSpeed(1);
    const upid = upidOf(await start(home));
    home.simulator.control.setClockOffset(121 * 60_000);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upid)}/status`;
    expect((await home.admin.get(path)).reason).toBe("Authentication failed!");
    expect((await (await logIn(home.simulator)).get(path)).status).toBe(200);
  }),
  row(53, "two machines with one account", async (home) => {
    const other = await logIn(home.simulator, OPERATOR);
    const upids = [upidOf(await start(home)), upidOf(await other.post("/nodes/pve1/vzdump", BACKUP))];
    expect(home.simulator.ledger.tasks().map((task) => [task.upid, task.user])).toEqual([
      [upids[0], ADMIN.username],
      [upids[1], OPERATOR.username],
    ]);
  }),
];
