import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { findTasks } from "../../electron/proxmox/pve/tasks.ts";
import { readVersion } from "../../electron/proxmox/pve/version.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import type { Simulator } from "../../simulator/simulator.ts";
import { failureOf } from "./lab.ts";
import { never, onHost, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

type FaultAction = Parameters<Simulator["faults"]["add"]>[0]["action"];

// Nobody cuts the lines of a real host for a test.
describe.skipIf(onHost)("when the line is bad", () => {
  let target: Target;
  let simulator: Simulator;
  let session: Session;

  beforeEach(async () => {
    target = await openTarget();
    if (target.simulator === null) throw new Error("no simulator");
    simulator = target.simulator;
    session = target.session();
    await session.logIn(never);
  });

  afterEach(async () => {
    await target.close();
  });

  const launching = async () =>
    await vzdump(
      session,
      { node: target.node, vmid: target.vm, storage: target.storage, mode: "snapshot", compress: "0" },
      never,
    );
  const fault = (action: FaultAction, path = "/vzdump$"): number =>
    simulator.faults.add({ match: { path }, action, times: 1 });
  const started = (): number => simulator.ledger.tasks().length;
  const sent = (): number => simulator.ledger.requests().filter(({ method }) => method === "POST").length;

  it("a launch whose answer is lost is sent once, may have started, and is found again by looking", async () => {
    fault({ kind: "lose-reply" });
    const before = sent();
    expect(await launching()).toMatchObject({
      outcome: "ambiguous",
      error: { code: "server.connectionLost" },
    });
    expect(started()).toBe(1);
    expect(sent() - before).toBe(1);
    const found = await findTasks(session, { node: target.node, type: "vzdump", vmid: target.vm }, never);
    expect(found.map(({ upid }) => upid)).toContain(simulator.ledger.tasks()[0]?.upid);
  });

  it("a launch whose answer breaks off in the middle may have started", async () => {
    fault({ kind: "cut-reply" });
    expect(await launching()).toMatchObject({
      outcome: "ambiguous",
      error: { code: "server.connectionLost" },
    });
    expect(started()).toBe(1);
  });

  it("a launch that was cut off before the server worked on it is not known to be", async () => {
    fault({ kind: "cut-request" });
    expect(await launching()).toMatchObject({ outcome: "ambiguous" });
    expect(started()).toBe(0);
  });

  it.each([596, 599, 502])("a launch answered with %i may have started", async (status) => {
    fault({ kind: "answer", status, reason: "Connection timed out", work: true });
    expect(await launching()).toMatchObject({ outcome: "ambiguous", error: { status } });
    expect(started()).toBe(1);
  });

  it("a launch to a server that refuses connections was never sent", async () => {
    const back = simulator.refuseConnections(500);
    expect(await launching()).toMatchObject({ outcome: "neverSent", error: { code: "server.unreachable" } });
    await back;
    expect(started()).toBe(0);
    expect(await launching()).toMatchObject({ outcome: "started" });
  });

  it("a read is tried again and succeeds", async () => {
    fault({ kind: "lose-reply" }, "/version$");
    expect((await readVersion(session, never)).version.major).toBeGreaterThan(5);
    fault({ kind: "answer", status: 596, reason: "Connection timed out" }, "/version$");
    expect((await readVersion(session, never)).version.major).toBeGreaterThan(5);
  });

  it("a portal's page is no answer", async () => {
    fault(
      {
        kind: "answer",
        status: 200,
        reason: "OK",
        body: "<html>log in to the hotel</html>",
        headers: { "content-type": "text/html" },
      },
      "/version$",
    );
    expect((await failureOf(readVersion(session, never))).code).toBe("server.badAnswer");
  });

  it("a changed certificate stops everything before a byte is sent", async () => {
    const requests = simulator.ledger.requests().length;
    simulator.swapCertificate();
    expect((await failureOf(readVersion(session, never))).code).toBe("server.certificateChanged");
    expect(await launching()).toMatchObject({
      outcome: "neverSent",
      error: { code: "server.certificateChanged" },
    });
    expect(simulator.ledger.requests()).toHaveLength(requests);
    expect(session.state()).toMatchObject({ kind: "certificateChanged" });
  });
});
