import { expect, test } from "vitest";

import type { StreamHandlers } from "../../electron/operations/handlers.ts";
import { type FrameIn, type FrameOut, streamWindow } from "../../shared/bridge.ts";
import { createBridge } from "../../shared/bridge-client.ts";
import { decodeFrame, encodeFrame } from "../../shared/bridge-codec.ts";
import type { Result } from "../../shared/errors.ts";
import { createSmallHouse, echoStreams } from "../fakes/small-house.ts";

/** Window and house with every frame through the WebSocket's encoding. */
function openWindow(streams: Partial<StreamHandlers> = {}) {
  const house = createSmallHouse({}, { streams: { ...echoStreams, ...streams } });
  const traffic: (FrameIn | FrameOut)[] = [];
  const through = (frame: FrameIn | FrameOut) => {
    traffic.push(frame);
    return decodeFrame(encodeFrame(frame));
  };
  const connection = house.dispatch.connect((frame) => client.receive(through(frame) as FrameOut));
  const client = createBridge((frame) => connection.receive(through(frame)));
  return { ...client, connection, traffic };
}

interface Collected {
  readonly bytes: number[];
  readonly ended: Promise<Result>;
}

function collect(): {
  reader: Parameters<ReturnType<typeof createBridge>["bridge"]["stream"]>[3];
} & Collected {
  const bytes: number[] = [];
  const { promise, resolve } = Promise.withResolvers<Result>();
  return {
    bytes,
    ended: promise,
    reader: {
      chunk: (data) => {
        for (const byte of data) bytes.push(byte);
        return Promise.resolve();
      },
      end: resolve,
    },
  };
}

test("bytes of any value and length come back whole and in order, and both ends close", async () => {
  const { bridge } = openWindow();
  const sent = Uint8Array.from({ length: 3 * streamWindow + 17 }, (_, at) => (at * 31) % 256);
  const { reader, bytes, ended } = collect();
  const writer = bridge.stream("bridge.echo", {}, "s1", reader);
  await writer.write(sent.subarray(0, 1));
  await writer.write(sent.subarray(1));
  writer.end();
  expect(await ended).toEqual({ ok: true });
  expect(bytes.length).toBe(sent.length);
  expect(bytes.every((byte, at) => byte === sent[at])).toBe(true);
  await expect(writer.write(sent)).rejects.toThrow("ended");
});

test("the end does not overtake bytes that wait for room", async () => {
  const { bridge } = openWindow();
  const { reader, bytes, ended } = collect();
  const writer = bridge.stream("bridge.echo", {}, "s1", reader);
  void writer.write(new Uint8Array(2 * streamWindow).fill(7));
  writer.end();
  expect((await ended).ok).toBe(true);
  expect(bytes.length).toBe(2 * streamWindow);
});

test("a reader that does not finish its chunk stops the sender after one window", async () => {
  const produced = { bytes: 0 };
  const { bridge, traffic } = openWindow({
    "host.file": async (_input, duplex) => {
      for (let at = 0; at < 100; at += 1) {
        await duplex.write(new Uint8Array(32 * 1024));
        produced.bytes += 32 * 1024;
      }
    },
  });
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<Result>();
  bridge.stream("host.file", { stream: "x" }, "s1", { chunk: () => gate, end });
  await expect.poll(() => produced.bytes).toBe(streamWindow);
  const before = traffic.length;
  await new Promise((resolve) => setImmediate(resolve));
  expect(traffic.length).toBe(before);
  release();
  expect((await ended).ok).toBe(true);
  expect(produced.bytes).toBe(100 * 32 * 1024);
});

test("a window that sends more than it has credit for is cut off", async () => {
  let failure: unknown;
  const { connection, traffic } = openWindow({
    "bridge.echo": async (_input, _duplex, call) => {
      await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      failure = call.signal.reason;
    },
  });
  connection.receive({ t: "open", id: "s1", stream: "bridge.echo", input: {} });
  for (let at = 0; at < 5; at += 1)
    connection.receive({ t: "chunk", id: "s1", data: new Uint8Array(64 * 1024) });
  await expect.poll(() => traffic.some((frame) => frame.t === "end")).toBe(true);
  expect(failure).toMatchObject({ code: "input.tooLarge" });
});

test("cancel ends a stream on both sides with cancelled", async () => {
  let aborted = false;
  const { bridge } = openWindow({
    "host.file": async (_input, duplex, call) => {
      call.signal.addEventListener("abort", () => {
        aborted = true;
      });
      for (;;) await duplex.write(new Uint8Array(1024));
    },
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<Result>();
  bridge.stream("host.file", { stream: "x" }, "s1", { chunk: () => new Promise(() => undefined), end });
  bridge.cancel("s1");
  // The reader still holds its first chunk; the end comes when it lets go, so only the house's side is looked at here.
  await expect.poll(() => aborted).toBe(true);
  void ended;
});

test("a stream that breaks tells its reader why, and an unknown one is refused", async () => {
  const { bridge } = openWindow();
  const one = collect();
  bridge.stream("host.file", { stream: "x" }, "s1", one.reader);
  expect(await one.ended).toMatchObject({ ok: false, error: { code: "host.unsupported" } });
  const two = collect();
  bridge.stream("nothing.here", {}, "s2", two.reader);
  expect(await two.ended).toMatchObject({ ok: false, error: { code: "operation.unknown" } });
});

test("a lost pipe ends calls and streams with bridge.lost, and subscriptions are asked for again", async () => {
  const sent: FrameIn[] = [];
  const client = createBridge((frame) => sent.push(frame));
  client.bridge.subscribe("jobs.changed", null, () => undefined);
  const { reader, ended } = collect();
  const call = client.bridge.call("app.info", undefined, "a");
  const writer = client.bridge.stream("bridge.echo", {}, "s1", reader);
  client.lost();
  expect(await call).toMatchObject({ ok: false, error: { code: "bridge.lost" } });
  expect(await ended).toMatchObject({ ok: false, error: { code: "bridge.lost" } });
  await expect(writer.write(new Uint8Array(1))).rejects.toThrow("bridge.lost");
  expect(await client.bridge.call("app.info", undefined, "b")).toMatchObject({ ok: false });
  sent.length = 0;
  client.restored();
  expect(sent).toEqual([{ t: "subscribe", event: "jobs.changed", key: null }]);
});
