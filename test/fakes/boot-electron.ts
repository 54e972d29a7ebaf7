import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";

import type { Bridge } from "../../shared/bridge.ts";
import * as electron from "./electron.ts";

/**
 * Run by test/hosts/boot.test.ts as `node --import ./hook.ts boot-electron.ts <folder of the built bundle> <data directory>`: boots the
 * built main bundle on the stand-in, joins the built preload script to it, and prints what happened as one JSON object.
 */
const [folder = "", dataDirectory = ""] = process.argv.slice(2);
process.env["PROXMOXER_DATA_DIR"] = dataDirectory;
electron.app.lock = process.env["SECOND_INSTANCE"] !== "1";

async function until<T>(what: string, check: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 500; tries += 1) {
    const found = check();
    if (found !== undefined) return found;
    await wait(10);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Runs preload.cjs as the sandbox does: `electron` is all that it can require. */
function runPreload(contents: electron.FakeContents): { readonly bridge: Bridge; readonly keys: unknown } {
  const exposed: Record<string, unknown> = {};
  const listeners = new Map<string, (event: unknown, frame: unknown) => void>();
  const ipcRenderer = {
    send: (channel: string, frame: unknown) =>
      electron.ipcMain.emit(
        channel,
        { sender: contents, senderFrame: contents.mainFrame },
        structuredClone(frame),
      ),
    on: (channel: string, listener: (event: unknown, frame: unknown) => void) =>
      listeners.set(channel, listener),
  };
  contents.on("sent", () => {
    const last = contents.sent.at(-1);
    if (last !== undefined) listeners.get(last[0])?.({ sender: "must not reach the page" }, last[1]);
  });
  const contextBridge = { exposeInMainWorld: (name: string, value: unknown) => (exposed[name] = value) };
  const code = readFileSync(`${folder}/preload.cjs`, "utf8");
  const require = (name: string): unknown => {
    if (name !== "electron") throw new Error(`a sandboxed preload cannot require ${name}`);
    return { contextBridge, ipcRenderer };
  };
  runInNewContext(code, {
    require,
    exports: {},
    module: { exports: {} },
    Promise,
    Map,
    Set,
    Uint8Array,
    Error,
  });
  const keys = Object.fromEntries(
    Object.entries(exposed).map(([name, value]) => [name, Object.keys(value as object).sort()]),
  );
  return { bridge: exposed["bridge"] as Bridge, keys };
}

async function driveWindow(): Promise<object> {
  const window = await until("a window", () => electron.BrowserWindow.all[0]);
  const { webContents } = window;
  const { bridge, keys } = runPreload(webContents);
  const info = await bridge.call("app.info", undefined, "1");
  const events: unknown[] = [];
  bridge.subscribe("settings.changed", null, (payload) => events.push(payload));
  await bridge.call("settings.set", { theme: "dark" }, "2");
  await until("the event", () => events[0]);

  const frame = { t: "call", id: "foreign", operation: "app.info" };
  const foreign = { url: "https://evil.example/", parent: null };
  electron.ipcMain.emit("bridge", { sender: webContents, senderFrame: foreign }, frame);
  electron.ipcMain.emit("bridge", { sender: webContents, senderFrame: null }, frame);
  await wait(50);

  let navigationPrevented = false;
  webContents.emit("will-navigate", { preventDefault: () => (navigationPrevented = true) });
  const session = await until("a session", () => electron.fakeSessions[0]);
  const handle = session.handlers["protocol app"] as (request: object) => Promise<Response>;
  const get = (url: string): Promise<Response> => handle({ url, method: "GET", headers: new Headers() });
  const page = await get("app://bundle/");
  let permission: unknown;
  (session.handlers["permissionRequest"] as (c: null, p: string, done: (ok: boolean) => void) => void)(
    null,
    "geolocation",
    (ok) => (permission = ok),
  );
  // Moving the window: its place goes through the operations and back in at the next start.
  window.emit("move");
  const kept = await until("the window's place", () =>
    (events.at(-1) as { window: { x?: number } }).window.x === 10 ? events.at(-1) : undefined,
  );
  return {
    keys,
    info,
    windowOptions: window.options,
    answersToForeignFrames: webContents.sent.filter(([, sent]) => (sent as { id?: string }).id === "foreign")
      .length,
    navigationPrevented,
    windowOpen: webContents.windowOpenHandler?.({ url: "https://example.com" }),
    permission,
    page: {
      status: page.status,
      policy: page.headers.get("content-security-policy"),
      text: await page.text(),
    },
    outside: (await get("app://bundle/../main.js")).status,
    session: { name: session.name, options: session.options },
    theme: electron.nativeTheme.themeSource,
    kept: (kept as { window: unknown }).window,
  };
}

await import(pathToFileURL(`${folder}/main.js`).href);
let report: object = {};
if (electron.app.lock) {
  report = await driveWindow();
  let prevented = false;
  electron.app.emit("before-quit", { preventDefault: () => (prevented = true) });
  await until("the end", () => electron.calls.find(([name]) => name === "app.quit"));
  report = { ...report, waitedForClose: prevented };
}
process.stdout.write(
  JSON.stringify({ ...report, calls: electron.calls, windows: electron.BrowserWindow.all.length }),
);
process.exit(0);
