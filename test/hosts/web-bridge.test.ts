import { expect, test } from "vitest";
import { WebSocket } from "ws";

import { openWebBridge, type WebBridgeState, type WebPlatform } from "../../shared/web-bridge.ts";
import { ask, openWeb, type OpenWeb, tokenOf } from "./open-web.ts";

/** A browser as the bridge sees it: its cookie jar, its sockets, and the fragment of its address. */
function createBrowser(open: OpenWeb, token: string | null) {
  let fragment = token;
  let cookie = "";
  const sockets: WebSocket[] = [];
  const platform: WebPlatform = {
    async request(method, path, headers, body) {
      const answer = await ask(open, path, {
        method,
        headers: { ...headers, cookie, ...(method === "POST" ? { origin: open.origin } : {}) },
        ...(body === undefined ? {} : { body }),
      });
      const set = answer.headers["set-cookie"]?.[0];
      if (set !== undefined) cookie = set.split(";", 1)[0] ?? "";
      return { status: answer.status, text: answer.body };
    },
    openSocket(path, protocols, on) {
      const socket = new WebSocket(`ws://127.0.0.1:${open.port}${path}`, [...protocols], {
        headers: { origin: open.origin, cookie },
      });
      sockets.push(socket);
      socket.on("open", () => on.open());
      socket.on("message", (data: Buffer, isBinary) => on.message(isBinary ? data : data.toString("utf8")));
      socket.on("close", () => on.close());
      socket.on("error", () => undefined);
      return socket;
    },
    later: (run) => void setTimeout(run, 10),
    takeToken() {
      const taken = fragment;
      fragment = null;
      return taken;
    },
  };
  return { platform, sockets, reopen: (next: string | null) => (fragment = next) };
}

async function connected(open: OpenWeb) {
  const browser = createBrowser(open, tokenOf(open.web));
  const states: WebBridgeState[] = [];
  const bridge = openWebBridge(browser.platform, (state) => states.push(state));
  return { browser, states, bridge };
}

test("the token becomes a session, and calls made before the first connection wait for it", async () => {
  const open = await openWeb();
  const { bridge, states } = await connected(open);
  const result = await bridge.call("app.info", undefined, "a");
  expect(result).toMatchObject({ ok: true, value: { host: "loopback" } });
  expect(states).toEqual(["connecting", "open"]);
  await open.web.close();
});

test("events and binary streams pass the socket", async () => {
  const open = await openWeb();
  const { bridge } = await connected(open);
  const seen: unknown[] = [];
  bridge.subscribe("settings.changed", null, (payload) => seen.push(payload));
  await bridge.call("settings.set", { theme: "dark" }, "a");
  expect(seen).toMatchObject([{ theme: "dark" }]);

  const bytes: number[] = [];
  const sent = Uint8Array.from({ length: 600_000 }, (_, at) => at % 251);
  const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
  const chunk = (data: Uint8Array) => {
    bytes.push(...data);
    return Promise.resolve();
  };
  const writer = bridge.stream("bridge.echo", {}, "s", { chunk, end });
  await writer.write(sent);
  writer.end();
  expect(await ended).toMatchObject({ ok: true });
  expect(bytes.length).toBe(sent.length);
  expect(bytes.every((byte, at) => byte === at % 251)).toBe(true);
  await open.web.close();
});

test("a broken socket is opened again by itself, with its subscriptions, on the same cookie", async () => {
  const open = await openWeb();
  const { bridge, states, browser } = await connected(open);
  const seen: unknown[] = [];
  bridge.subscribe("vault.changed", null, (payload) => seen.push(payload));
  await bridge.call("app.info", undefined, "a");
  browser.sockets[0]?.terminate();
  await expect.poll(() => states).toEqual(["connecting", "open", "lost", "open"]);
  await bridge.call("app.info", undefined, "b");
  open.house.hub.emit("vault.changed", { state: "locked" });
  await expect.poll(() => seen).toEqual([{ state: "locked" }]);
  await open.web.close();
});

test("a reloaded page whose token is used already goes on with its cookie; another browser is signed out", async () => {
  const open = await openWeb();
  const token = tokenOf(open.web);
  const browser = createBrowser(open, token);
  await openWebBridge(browser.platform, () => undefined).call("app.info", undefined, "a");
  browser.reopen(token);
  const reloaded = openWebBridge(browser.platform, () => undefined);
  expect((await reloaded.call("app.info", undefined, "a")).ok).toBe(true);

  const states: WebBridgeState[] = [];
  const other = openWebBridge(createBrowser(open, token).platform, (state) => states.push(state));
  expect(await other.call("app.info", undefined, "a")).toMatchObject({
    ok: false,
    error: { code: "bridge.lost" },
  });
  expect(states).toEqual(["connecting", "signedOut"]);
  await open.web.close();
});

test("two tabs of one browser see the same house", async () => {
  const open = await openWeb();
  const { bridge: first, browser } = await connected(open);
  await first.call("app.info", undefined, "a");
  const second = openWebBridge(browser.platform, () => undefined);
  const seen: unknown[] = [];
  second.subscribe("settings.changed", null, (payload) => seen.push(payload));
  await second.call("app.info", undefined, "a");
  await first.call("settings.set", { theme: "light" }, "b");
  await expect.poll(() => seen).toMatchObject([{ theme: "light" }]);
  await open.web.close();
});
