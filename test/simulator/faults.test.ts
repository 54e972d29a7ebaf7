import { describe, expect, it } from "vitest";
import { anonymous, rows, upidOf } from "./client.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

const BACKUP = { vmid: 100, storage: "nas" };
const START = { method: "POST", path: "^/nodes/pve1/vzdump$" };

describe("a fault", () => {
  it("loses the reply of a start whose task runs all the same", async () => {
    const { simulator, admin } = await house();
    simulator.faults.add({ match: START, action: { kind: "lose-reply" }, times: 1 });
    await expect(admin.post("/nodes/pve1/vzdump", BACKUP)).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(simulator.ledger.tasks()).toMatchObject([
      { type: "vzdump", vmid: "100", params: BACKUP.storage ? { storage: "nas" } : {} },
    ]);
    expect((await admin.post("/nodes/pve1/vzdump", { ...BACKUP, vmid: 102 })).status).toBe(200);
  });

  it("holds a reply until it is released", async () => {
    const { simulator, admin } = await house();
    const id = simulator.faults.add({ match: START, action: { kind: "hold-reply" }, times: 1 });
    let answered = false;
    const reply = admin.post("/nodes/pve1/vzdump", BACKUP).then((one) => {
      answered = true;
      return one;
    });
    await expect.poll(() => simulator.ledger.tasks().length).toBe(1);
    await admin.get("/version");
    expect(answered).toBe(false);
    simulator.faults.release(id);
    expect(upidOf(await reply)).toBe(simulator.ledger.tasks()[0]?.upid);
  });

  it("cuts a request before anything is done", async () => {
    const { simulator, admin } = await house();
    simulator.faults.add({ match: START, action: { kind: "cut-request" }, times: 1 });
    await expect(admin.post("/nodes/pve1/vzdump", BACKUP)).rejects.toThrow();
    expect(simulator.ledger.tasks()).toEqual([]);
  });

  it("answers 596 with or without doing the work", async () => {
    const { simulator, admin } = await house();
    simulator.faults.add({
      match: START,
      action: { kind: "answer", status: 596, reason: "Connection timed out", work: true },
      times: 1,
    });
    const worked = await admin.post("/nodes/pve1/vzdump", BACKUP);
    expect([worked.status, worked.reason, worked.raw.length, simulator.ledger.tasks().length]).toEqual([
      596,
      "Connection timed out",
      0,
      1,
    ]);
    simulator.faults.add({
      match: START,
      action: { kind: "answer", status: 595, reason: "Connection refused" },
      times: 1,
    });
    expect((await admin.post("/nodes/pve1/vzdump", BACKUP)).status).toBe(595);
    expect(simulator.ledger.tasks()).toHaveLength(1);
  });

  it("answers a page of HTML or a redirect", async () => {
    const { simulator, admin } = await house();
    simulator.faults.add({
      match: { path: "/version" },
      action: {
        kind: "answer",
        status: 200,
        reason: "OK",
        body: "<html></html>",
        headers: { "Content-Type": "text/html" },
      },
      times: 1,
    });
    expect((await admin.get("/version")).raw.toString()).toBe("<html></html>");
    simulator.faults.add({
      match: { path: "/version" },
      action: { kind: "answer", status: 302, reason: "Found", headers: { Location: "https://192.0.2.1/" } },
      times: 1,
    });
    expect((await admin.get("/version")).headers["location"]).toBe("https://192.0.2.1/");
  });

  it("takes a node away: calls for it fail in the proxy, its guests become unknown", async () => {
    const { simulator, admin } = await house();
    simulator.control.setNodeOnline("pve2", false);
    const reply = await admin.get("/nodes/pve2/status");
    expect([reply.status, reply.reason, reply.raw.length]).toEqual([595, "Connection refused", 0]);
    const guest = rows(await admin.get("/cluster/resources", { type: "vm" })).find(
      (row) => row["vmid"] === 103,
    );
    expect(guest).toEqual({ id: "lxc/103", type: "lxc", vmid: 103, node: "pve2", status: "unknown" });
  });

  it("refuses connections for a while and comes back on the same port", async () => {
    const { simulator, admin } = await house();
    const back = simulator.refuseConnections(50);
    await expect(admin.get("/version")).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket/);
    await back;
    expect((await admin.get("/version")).status).toBe(200);
  });

  it("swaps the certificate, and tells the new fingerprint as its own", async () => {
    const { simulator, admin } = await house();
    const before = simulator.fingerprint;
    const after = simulator.swapCertificate();
    expect(after).not.toBe(before);
    expect(simulator.fingerprint).toBe(after);
    expect(rows(await admin.get("/nodes/pve1/certificates/info"))[0]?.["fingerprint"]).toBe(after);
  });

  it("moves the clock, which the Date header follows", async () => {
    const { simulator } = await house();
    simulator.control.setClockOffset(3_600_000);
    const reply = await anonymous(simulator).get("/access/domains");
    expect(Date.parse(String(reply.headers["date"])) - Date.now()).toBeGreaterThan(3_590_000);
  });

  it("pauses a task and lets it go on where it was", async () => {
    const { simulator, admin, ended } = await house({ speed: 20 });
    const started = await admin.post("/nodes/pve1/vzdump", BACKUP);
    simulator.control.pauseTask(upidOf(started));
    const lines = simulator.tasks()[0]?.lines.length;
    simulator.setSpeed(100_000);
    expect(simulator.tasks()[0]?.lines.length).toBe(lines);
    simulator.control.resumeTask(upidOf(started));
    expect((await ended(started)).exit).toBe("OK");
  });
});

describe("the control port", () => {
  it("does the same for another process and shows ledger, tasks and world without secrets", async () => {
    const { simulator, admin } = await house({ control: true });
    const base = `http://127.0.0.1:${simulator.controlPort}`;
    const call = async (name: string, ...args: readonly unknown[]): Promise<unknown> =>
      (
        (await (
          await fetch(`${base}/${name}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(args),
          })
        ).json()) as { result: unknown }
      ).result;
    const fault = await call("addFault", {
      match: START,
      action: { kind: "answer", status: 500, reason: "no" },
    });
    expect((await admin.post("/nodes/pve1/vzdump", BACKUP)).reason).toBe("no");
    expect(await call("faultHits", fault)).toBe(1);
    await call("clearFaults");
    await admin.post("/nodes/pve1/vzdump", BACKUP);
    const view = async (name: string): Promise<string> => (await fetch(`${base}/${name}`)).text();
    expect(await view("ledger")).toContain(":vzdump:100:admin@pve:");
    expect(`${await view("ledger")}${await view("tasks")}${await view("world")}`).not.toContain(
      "simulator-admin",
    );
    expect((await fetch(`${base}/clearFaults`, { method: "POST", body: "[]" })).status).toBe(400);
  });
});
