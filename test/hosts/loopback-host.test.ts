import { expect, test } from "vitest";

import { createHub } from "../../electron/hub.ts";
import type { Call } from "../../electron/operations/handlers.ts";
import { createLoopbackHost } from "../../electron/web/host.ts";

const call: Call = { id: "1", trace: "t", signal: new AbortController().signal };
const never = new AbortController().signal;

function open() {
  const hub = createHub();
  const events: { event: string; payload: unknown }[] = [];
  hub.listen((event, _key, payload) => events.push({ event, payload }));
  const loopback = createLoopbackHost({ hub, openWindow: () => undefined, pickUpMs: 50 });
  const fetchFile = async (stream: string) => {
    const parts: Uint8Array[] = [];
    const write = (data: Uint8Array) => {
      parts.push(data);
      return Promise.resolve();
    };
    await loopback.file({ stream }, { incoming: (async function* () {})(), write }, call);
    return Buffer.concat(parts).toString("utf8");
  };
  const lastPayload = () => (events.at(-1) as { payload: { stream: string } }).payload;
  return { ...loopback, events, lastPayload, fetchFile };
}

async function* content(...parts: string[]) {
  await Promise.resolve();
  for (const part of parts) yield Buffer.from(part);
}

test("a file is offered to the tabs by name and size, and the first that asks gets it, once", async () => {
  const { host, lastPayload, fetchFile } = open();
  const saved = host.saveFile({ fileName: "task.log", size: 8, content: content("one\n", "two\n") }, never);
  const { stream, ...offer } = lastPayload();
  expect(offer).toEqual({ fileName: "task.log", size: 8 });
  expect(await fetchFile(stream)).toBe("one\ntwo\n");
  await expect(fetchFile(stream)).rejects.toMatchObject({ code: "file.failed" });
  expect(await saved).toBe(true);
});

test("a file that no tab fetches is given up, and one that breaks is a failure", async () => {
  const { host, lastPayload, fetchFile } = open();
  expect(await host.saveFile({ fileName: "a", size: null, content: content("x") }, never)).toBe(false);
  async function* broken() {
    yield* content("half");
    throw new Error("gone");
  }
  const saved = host.saveFile({ fileName: "b", size: null, content: broken() }, never);
  const { stream } = lastPayload();
  const settled = Promise.allSettled([saved, fetchFile(stream)]);
  expect(await settled).toMatchObject([
    { status: "rejected", reason: { code: "file.failed" } },
    { status: "rejected", reason: { message: "gone" } },
  ]);
});

test("an abort while a file waits ends the wait", async () => {
  const { host } = open();
  const abort = new AbortController();
  const saved = host.saveFile({ fileName: "a", size: null, content: content("x") }, abort.signal);
  abort.abort();
  await expect(saved).rejects.toMatchObject({ code: "cancelled" });
});

test("links and notices go to the tabs, a link that is no https one goes nowhere, and files cannot be picked", async () => {
  const { host, events } = open();
  await host.openLink("https://pve1.example.com:8006/");
  await expect(host.openLink("file:///etc/passwd")).rejects.toMatchObject({ code: "link.refused" });
  host.notify({ title: "t", body: "b", severity: "good" });
  await expect(host.pickFile({ extensions: [], maxBytes: 1 }, never)).rejects.toMatchObject({
    code: "host.unsupported",
  });
  expect(events).toEqual([
    { event: "host.openLink", payload: { url: "https://pve1.example.com:8006/" } },
    { event: "host.notify", payload: { title: "t", body: "b", severity: "good" } },
  ]);
});
