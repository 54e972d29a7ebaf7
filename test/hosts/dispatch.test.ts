import { expect, test } from "vitest";

import type { Call } from "../../electron/operations/handlers.ts";
import type { FrameOut } from "../../shared/bridge.ts";
import { createBridge } from "../../shared/bridge-client.ts";
import { AppError, type Result } from "../../shared/errors.ts";
import { createSmallHouse, type SmallHouse } from "../fakes/small-house.ts";

/** A window joined to the house without any transport between. */
function openWindow(house: SmallHouse) {
  const frames: FrameOut[] = [];
  const connection = house.dispatch.connect((frame) => {
    frames.push(frame);
    client.receive(frame);
  });
  const client = createBridge((frame) => connection.receive(frame));
  return { ...client, connection, frames };
}

function errorOf(result: Result) {
  return result.ok ? null : result.error;
}

/** A handler that waits until it is aborted or let go. */
function waitingHandler() {
  const calls: Call[] = [];
  const letGo: (() => void)[] = [];
  return {
    calls,
    letGo: () => letGo.splice(0).forEach((go) => go()),
    handler: (_input: unknown, call: Call) => {
      calls.push(call);
      return new Promise<{ revision: number; items: [] }>((resolve, reject) => {
        letGo.push(() => resolve({ revision: 1, items: [] }));
        call.signal.addEventListener("abort", () => reject(call.signal.reason as Error));
      });
    },
  };
}

test("a known operation gets its parsed input and answers with a Result", async () => {
  const { bridge } = openWindow(createSmallHouse());
  const result = await bridge.call("settings.set", { theme: "dark", unknown: 1 }, "a");
  expect(result).toMatchObject({ ok: true, value: { theme: "dark" } });
});

test("an operation that is not in the table is refused, also one that every object has", async () => {
  const { bridge } = openWindow(createSmallHouse());
  for (const name of ["nothing.here", "constructor", "__proto__", "toString"]) {
    expect(errorOf(await bridge.call(name, undefined, name))).toMatchObject({ code: "operation.unknown" });
  }
});

test("input of the wrong shape is refused with the field and the rule, without the value", async () => {
  const { bridge } = openWindow(createSmallHouse());
  const secret = "short77";
  const error = errorOf(await bridge.call("vault.choose", { kind: "passphrase", secret: "short77" }, "a"));
  expect(error).toMatchObject({ code: "input.invalid", fields: { secret: "too_small" } });
  expect(JSON.stringify(error)).not.toContain(secret);
});

test("input that is too large, too deep, cyclic or no plain data is refused and the house lives on", async () => {
  const { bridge } = openWindow(createSmallHouse());
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  let deep: unknown = 1;
  for (let level = 0; level < 40; level += 1) deep = [deep];
  const bad = [
    "x".repeat(300_000),
    deep,
    cyclic,
    new Map(),
    new Date(),
    new Uint8Array(3),
    Number.NaN,
    () => 1,
  ];
  for (const [at, views] of bad.entries()) {
    const error = errorOf(await bridge.call("settings.set", { views }, `bad-${at}`));
    expect(error?.code).toBe("input.tooLarge");
  }
  expect((await bridge.call("settings.get", undefined, "after")).ok).toBe(true);
});

test("what a handler answers beyond its schema is stripped, and a wrong shape becomes internal", async () => {
  const extra = createSmallHouse({
    "restore.checkId": () => Promise.resolve({ free: true, secret: "CANARY" }),
  });
  const input = { clusterId: "c1", vmid: 100 };
  expect(await openWindow(extra).bridge.call("restore.checkId", input, "a")).toEqual({
    ok: true,
    value: { free: true },
  });
  const wrong = createSmallHouse({ "restore.checkId": () => Promise.resolve({ free: "CANARY" } as never) });
  expect(errorOf(await openWindow(wrong).bridge.call("restore.checkId", input, "a"))).toEqual({
    code: "internal",
    params: {},
    trace: "pxm:test-1",
  });
});

test("an expected failure crosses as its code, a surprise only as internal while the log gets it whole", async () => {
  const lines: unknown[] = [];
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const house = createSmallHouse(
    {
      "clusters.check": () => Promise.reject(new AppError("cluster.needsLogin", { params: { name: "lab" } })),
      "clusters.list": () => Promise.reject(new Error("CANARY /home/me/secret")),
    },
    { log: { ...log, error: (fields) => lines.push(fields) } },
  );
  const { bridge } = openWindow(house);
  expect(errorOf(await bridge.call("clusters.check", { clusterId: "c1" }, "a"))).toEqual({
    code: "cluster.needsLogin",
    params: { name: "lab" },
    trace: "pxm:test-1",
  });
  expect(errorOf(await bridge.call("clusters.list", undefined, "b"))).toEqual({
    code: "internal",
    params: {},
    trace: "pxm:test-2",
  });
  expect(lines).toMatchObject([{ trace: "pxm:test-2", error: { message: "CANARY /home/me/secret" } }]);
});

test("cancel aborts exactly the call that it names", async () => {
  const waiting = waitingHandler();
  const { bridge } = openWindow(createSmallHouse({ "clusters.list": waiting.handler }));
  const first = bridge.call("clusters.list", undefined, "first");
  const second = bridge.call("clusters.list", undefined, "second");
  bridge.cancel("first");
  expect(errorOf(await first)?.code).toBe("cancelled");
  waiting.letGo();
  expect(await second).toEqual({ ok: true, value: { revision: 1, items: [] } });
});

test("the end of a window aborts what it waits for, and nothing is sent to it any more", async () => {
  const waiting = waitingHandler();
  const house = createSmallHouse({ "clusters.list": waiting.handler });
  const { bridge, connection, frames } = openWindow(house);
  bridge.subscribe("vault.changed", null, () => undefined);
  void bridge.call("clusters.list", undefined, "a");
  connection.close();
  expect(waiting.calls[0]?.signal.aborted).toBe(true);
  house.hub.emit("vault.changed", { state: "locked" });
  await house.dispatch.close();
  expect(frames).toEqual([]);
});

test("an id that is in use is refused without ending the call that owns it", async () => {
  const waiting = waitingHandler();
  const { connection, frames } = openWindow(createSmallHouse({ "clusters.list": waiting.handler }));
  connection.receive({ t: "call", id: "same", operation: "clusters.list" });
  connection.receive({ t: "call", id: "same", operation: "app.info" });
  connection.receive({ t: "open", id: "same", stream: "bridge.echo", input: {} });
  waiting.letGo();
  await expect.poll(() => frames.length).toBe(1);
  expect(frames[0]).toMatchObject({ t: "reply", id: "same", result: { ok: true, value: { revision: 1 } } });
});

test("what is no frame is refused and harms nothing", async () => {
  const { connection, bridge } = openWindow(createSmallHouse());
  const bad: unknown[] = [
    undefined,
    null,
    1,
    "call",
    [],
    {},
    { t: "call" },
    { t: "call", id: "", operation: "app.info" },
    { t: "call", id: "x".repeat(101), operation: "app.info" },
    { t: "call", id: "a b", operation: "app.info" },
    { t: "reply", id: "a", result: { ok: true } },
    { t: "chunk", id: "a", data: "text" },
    { t: "chunk", id: "a", data: new Uint8Array() },
    { t: "credit", id: "a", bytes: -1 },
    { t: "end", id: "a", result: null },
    { t: "subscribe", event: "jobs.changed", key: 1 },
  ];
  for (const frame of bad) connection.receive(frame);
  expect((await bridge.call("app.info", undefined, "ok")).ok).toBe(true);
});

test("a flood of ten thousand calls in a second is cut down and the next second works again", async () => {
  let time = 0;
  const house = createSmallHouse({}, { now: () => time });
  const { bridge } = openWindow(house);
  const codes: string[] = [];
  for (let at = 0; at < 10_000; at += 1) {
    time = at / 10;
    const result = await bridge.call("app.info", undefined, `flood-${at}`);
    codes.push(errorOf(result)?.code ?? "ok");
  }
  const passed = codes.filter((code) => code === "ok").length;
  expect(passed).toBeGreaterThanOrEqual(300);
  expect(passed).toBeLessThanOrEqual(401);
  expect(codes.filter((code) => code === "operation.tooMany").length).toBe(10_000 - passed);
  time += 1000;
  expect((await bridge.call("app.info", undefined, "later")).ok).toBe(true);
});

test("one operation cannot take all places: the rest stays usable", async () => {
  const waiting = waitingHandler();
  const { bridge } = openWindow(createSmallHouse({ "clusters.list": waiting.handler }));
  const calls = Array.from({ length: 30 }, (_, at) => bridge.call("clusters.list", undefined, `c${at}`));
  expect((await bridge.call("app.info", undefined, "other")).ok).toBe(true);
  waiting.letGo();
  const refused = (await Promise.all(calls)).filter((result) => !result.ok);
  expect(refused.length).toBe(6);
});

test("an event reaches who subscribed to it: to its key, or to all keys, and nobody after the undo", () => {
  const house = createSmallHouse();
  const { bridge } = openWindow(house);
  const seen: string[] = [];
  const note = (name: string) => (payload: unknown) => seen.push(`${name} ${JSON.stringify(payload)}`);
  const line = (jobId: string) => ({ jobId, upid: "U", lines: [] });
  const undo = bridge.subscribe("job.output", "one", note("one"));
  const undoAll = bridge.subscribe("job.output", null, note("all"));
  house.hub.emit("job.output", line("one"), "one");
  house.hub.emit("job.output", line("two"), "two");
  undo();
  undo();
  house.hub.emit("job.output", line("one"), "one");
  undoAll();
  house.hub.emit("job.output", line("one"), "one");
  const shown = (jobId: string) => JSON.stringify(line(jobId));
  expect(seen).toEqual([
    `one ${shown("one")}`,
    `all ${shown("one")}`,
    `all ${shown("two")}`,
    `all ${shown("one")}`,
  ]);
});

test("an event's payload is stripped to its schema, and one of the wrong shape is dropped", () => {
  const house = createSmallHouse();
  const { bridge } = openWindow(house);
  const seen: unknown[] = [];
  bridge.subscribe("vault.changed", null, (payload) => seen.push(payload));
  house.hub.emit("vault.changed", { state: "locked", secret: "CANARY" } as never);
  house.hub.emit("vault.changed", { state: 1 } as never);
  expect(seen).toEqual([{ state: "locked" }]);
});

test("every call leaves one line of log with method, time and code, and no input", async () => {
  const lines: object[] = [];
  const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };
  const house = createSmallHouse(
    {},
    { log: { ...quiet, info: (fields) => lines.push(fields) }, now: () => 5 },
  );
  const { bridge } = openWindow(house);
  await bridge.call("settings.set", { locale: "CANARY" }, "a");
  await bridge.call("nothing.here", undefined, "b");
  expect(lines).toEqual([
    { trace: "pxm:test-1", operation: "settings.set", ms: 0, code: "ok" },
    { trace: "pxm:test-2", operation: "nothing.here", ms: 0, code: "operation.unknown" },
  ]);
});
