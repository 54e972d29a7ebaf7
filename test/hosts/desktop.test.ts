import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { App, IpcMain, SafeStorage, Session, WebContents } from "electron";
import { afterEach, beforeEach, expect, test } from "vitest";

import { createDesktopHost } from "../../electron/desktop/host.ts";
import { openIpcGate } from "../../electron/desktop/ipc.ts";
import { setMenu } from "../../electron/desktop/menu.ts";
import { refuseInPages, refuseInSession } from "../../electron/desktop/refusals.ts";
import { appScheme, isOwnUrl, serveScheme } from "../../electron/desktop/scheme.ts";
import { openSystemSecrets } from "../../electron/desktop/secrets.ts";
import type { FileToSave } from "../../electron/host.ts";
import { silentLog } from "../../electron/log.ts";
import * as fake from "../fakes/electron.ts";
import { createSmallHouse } from "../fakes/small-house.ts";

beforeEach(() => {
  fake.calls.length = 0;
});
afterEach(() => {
  fake.app.removeAllListeners();
  fake.ipcMain.removeAllListeners();
});

const foreignUrls = [
  "",
  "about:blank",
  "https://example.com/",
  "http://127.0.0.1/",
  "file:///etc/hostname",
  "data:text/html,x",
  "blob:app://bundle/1",
  "javascript:alert(1)",
  "vbscript:x",
  "app://evil/",
  "app://bundle.evil/",
  "app://bundle@evil/",
  "app://user@bundle/",
  "app://user:pw@bundle/",
  "app://bundle:1/",
  "app://BUNDLE/",
  "app:///bundle/",
  "app:bundle",
  "apps://bundle/",
  "app://bundle%2eevil/",
  "https://app.evil/",
  "https://bundle/",
  "ws://127.0.0.1/",
  "chrome://settings",
  "devtools://devtools/bundled/x.html",
  "view-source:app://bundle/",
  "filesystem:app://bundle/x",
  "ms-msdt:/id",
  "smb://host/share",
  String.raw`\\host\share`,
  "mailto:x@example.com",
  "intent://x",
  "tel:1",
  "app://bundle\u3002evil/",
];

test("an address is ours only when scheme and host are exactly so", () => {
  expect(
    ["app://bundle/", "app://bundle/index.html", "app://bundle/#/guests"].filter((url) => !isOwnUrl(url)),
  ).toEqual([]);
  expect(foreignUrls.filter((url) => isOwnUrl(url))).toEqual([]);
});

test("the scheme is registered with exactly these privileges", () => {
  expect(appScheme).toEqual({
    scheme: "app",
    privileges: {
      standard: true,
      secure: true,
      supportFetchAPI: true,
      corsEnabled: true,
      bypassCSP: false,
      allowServiceWorkers: false,
      stream: false,
      codeCache: false,
    },
  });
});

test("every permission is refused, asked or looked up, known or not", () => {
  const session = fake.createFakeSession("x");
  refuseInSession(session as unknown as Session);
  const names = [
    "ar",
    "automatic-fullscreen",
    "background-fetch",
    "background-sync",
    "captured-surface-control",
    "clipboard-read",
    "clipboard-sanitized-write",
    "deprecated-sync-clipboard-read",
    "display-capture",
    "fileSystem",
    "fullscreen",
    "geolocation",
    "hand-tracking",
    "hid",
    "idle-detection",
    "keyboardLock",
    "local-fonts",
    "local-network-access",
    "media",
    "mediaKeySystem",
    "midi",
    "midiSysex",
    "nfc",
    "notifications",
    "openExternal",
    "payment-handler",
    "persistent-storage",
    "pointerLock",
    "screen-wake-lock",
    "sensors",
    "serial",
    "speaker-selection",
    "storage-access",
    "usb",
    "vr",
    "web-app-installation",
    "window-management",
    "unknown",
    "future-x",
  ];
  const request = session.handlers["permissionRequest"] as (
    c: unknown,
    p: string,
    done: (ok: boolean) => void,
  ) => void;
  const check = session.handlers["permissionCheck"] as (c: unknown, p: string) => boolean;
  const device = session.handlers["devicePermission"] as (details: unknown) => boolean;
  const answers: unknown[] = [];
  for (const name of names) {
    request(null, name, (ok) => answers.push(ok));
    answers.push(check(null, name), device({ deviceType: name }));
  }
  expect(answers.length).toBe(3 * names.length);
  expect(new Set(answers)).toEqual(new Set([false]));
  let media: unknown = "not called";
  (session.handlers["displayMedia"] as (r: unknown, done: (s: unknown) => void) => void)(
    {},
    (streams) => (media = streams),
  );
  expect(media).toBeNull();
});

test("no request but those for our own files leaves a window, and nothing is downloaded", () => {
  const session = fake.createFakeSession("x");
  refuseInSession(session as unknown as Session);
  const before = session.handlers["beforeRequest"] as (
    d: { url: string },
    done: (r: { cancel: boolean }) => void,
  ) => void;
  const cancelled = (url: string) => {
    let answer = { cancel: false };
    before({ url }, (response) => (answer = response));
    return answer.cancel;
  };
  expect(foreignUrls.filter((url) => !cancelled(url))).toEqual([]);
  expect(cancelled("app://bundle/assets/index.js")).toBe(false);
  let prevented = false;
  session.listeners.emit("will-download", { preventDefault: () => (prevented = true) });
  expect(prevented).toBe(true);
});

test("navigation, redirects, webviews and windows are refused in every page, without any other effect", () => {
  refuseInPages(fake.app as unknown as App);
  const contents = new fake.FakeContents();
  fake.app.emit("web-contents-created", {}, contents);
  for (const url of [...foreignUrls, "app://bundle/"]) {
    for (const event of ["will-navigate", "will-redirect", "will-frame-navigate", "will-attach-webview"]) {
      let prevented = false;
      contents.emit(event, { url, preventDefault: () => (prevented = true) }, url);
      expect(prevented, `${event} ${url}`).toBe(true);
    }
    expect(contents.windowOpenHandler?.({ url })).toEqual({ action: "deny" });
  }
  expect(fake.calls).toEqual([]);
});

test("app:// serves files of the table with the policy, to our own page only", async () => {
  const session = fake.createFakeSession("x");
  const assets = (path: string) =>
    Promise.resolve(
      path === "/index.html" ? { type: "text/html; charset=utf-8", body: Buffer.from("page") } : undefined,
    );
  serveScheme(session.protocol, assets);
  const handle = session.handlers["protocol app"] as (request: unknown) => Promise<Response>;
  const ask = (url: string, method = "GET", origin: string | null = null) =>
    handle({ url, method, headers: new Headers(origin === null ? {} : { origin }) });
  const good = await ask("app://bundle/index.html", "GET", "app://bundle");
  expect([good.status, await good.text(), good.headers.get("content-type")]).toEqual([
    200,
    "page",
    "text/html; charset=utf-8",
  ]);
  expect(good.headers.get("content-security-policy")).toContain("connect-src 'none'");
  const bad = [
    ask("app://bundle/../main.js"),
    ask("app://x/index.html"),
    ask("app://bundle/index.html%00"),
    ask("app://bundle/%69ndex.html"),
    ask("app://bundle//index.html"),
    ask("app://bundle/index.html", "POST"),
    ask("app://bundle/index.html", "GET", "https://evil.example"),
    ask("app://bundle/index.html", "GET", "null"),
  ];
  for (const response of await Promise.all(bad)) {
    expect(response.status).toBe(404);
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  }
});

test("only the top frame of an admitted window with our own page is heard", async () => {
  const { dispatch } = createSmallHouse();
  const gate = openIpcGate(fake.ipcMain as unknown as IpcMain, dispatch, silentLog);
  const contents = new fake.FakeContents();
  const stranger = new fake.FakeContents();
  gate.admit(contents as unknown as WebContents);
  const frame = { t: "call", id: "a", operation: "app.info" };
  const own = { url: "app://bundle/", parent: null };
  const bad = [
    { sender: contents, senderFrame: null },
    { sender: stranger, senderFrame: own },
    { sender: contents, senderFrame: { url: "app://bundle/", parent: own } },
    ...foreignUrls.map((url) => ({ sender: contents, senderFrame: { url, parent: null } })),
  ];
  for (const event of bad) fake.ipcMain.emit("bridge", event, frame);
  await new Promise((resolve) => setImmediate(resolve));
  expect(contents.sent).toEqual([]);
  fake.ipcMain.emit("bridge", { sender: contents, senderFrame: own }, frame);
  await expect.poll(() => contents.sent.length).toBe(1);
  expect(contents.sent[0]).toMatchObject(["bridge", { t: "reply", id: "a", result: { ok: true } }]);
});

test("a reloaded page starts anew: what it subscribed to before is forgotten", async () => {
  const { dispatch, hub } = createSmallHouse();
  const gate = openIpcGate(fake.ipcMain as unknown as IpcMain, dispatch, silentLog);
  const contents = new fake.FakeContents();
  gate.admit(contents as unknown as WebContents);
  const say = (frame: unknown) =>
    fake.ipcMain.emit("bridge", { sender: contents, senderFrame: contents.mainFrame }, frame);
  say({ t: "subscribe", event: "vault.changed", key: null });
  hub.emit("vault.changed", { state: "locked" });
  expect(contents.sent.length).toBe(1);
  contents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: true });
  hub.emit("vault.changed", { state: "locked" });
  expect(contents.sent.length).toBe(2);
  contents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: false });
  hub.emit("vault.changed", { state: "locked" });
  expect(contents.sent.length).toBe(2);
  say({ t: "call", id: "b", operation: "app.info" });
  await expect.poll(() => contents.sent.length).toBe(3);
});

function storage(backend: string, prefix: string, available = true): SafeStorage {
  return {
    isAsyncEncryptionAvailable: () => Promise.resolve(available),
    getSelectedStorageBackend: () => backend,
    encryptStringAsync: (text: string) => Promise.resolve(Buffer.from(prefix + text)),
    decryptStringAsync: (data: Buffer) =>
      Promise.resolve({ result: data.toString("utf8").slice(prefix.length), shouldReEncrypt: true }),
  } as unknown as SafeStorage;
}

test("the system's safe storage is used only where it really protects", async () => {
  const table: readonly (readonly [NodeJS.Platform, string, string, boolean, string | null])[] = [
    ["darwin", "unknown", "v10", true, "keychain"],
    ["darwin", "unknown", "v10", false, null],
    ["win32", "unknown", "v10", true, "dpapi"],
    ["win32", "unknown", "v10", false, null],
    ["linux", "gnome_libsecret", "v11", true, "gnome_libsecret"],
    ["linux", "kwallet", "v11", true, "kwallet"],
    ["linux", "kwallet5", "v11", true, "kwallet5"],
    ["linux", "kwallet6", "v11", true, "kwallet6"],
    ["linux", "gnome_libsecret", "v10", true, null],
    ["linux", "gnome_libsecret", "v11", false, null],
    ["linux", "basic_text", "v10", true, null],
    ["linux", "basic_text", "v11", true, null],
    ["linux", "unknown", "v11", true, null],
    ["freebsd", "gnome_libsecret", "v11", true, null],
  ];
  for (const [platform, backend, prefix, available, expected] of table) {
    const secrets = await openSystemSecrets(storage(backend, prefix, available), platform);
    expect(secrets?.backend ?? null, `${platform} ${backend} ${prefix} ${available}`).toBe(expected);
  }
});

test("a secret goes through the safe storage and back, and one under the fixed key is refused on Linux", async () => {
  const secrets = await openSystemSecrets(storage("gnome_libsecret", "v11"), "linux");
  const data = (await secrets?.encrypt("hunter2")) ?? new Uint8Array();
  expect(await secrets?.decrypt(data)).toEqual({ text: "hunter2", again: true });
  await expect(secrets?.decrypt(Buffer.from("v10hunter2"))).rejects.toMatchObject({
    code: "vault.unavailable",
  });
});

test("only plain https links reach the system's browser", async () => {
  const host = createDesktopHost({
    dialog: fake.dialog,
    shell: fake.shell,
    Notification: fake.Notification as never,
    secrets: null,
    window: () => undefined,
    openWindow: () => undefined,
  });
  const bad = [
    ...foreignUrls.filter((url) => !url.startsWith("https://")),
    "https://user@example.com/",
    "https://user:pw@example.com/",
    "https://exa mple.com/",
    "https://example.com/\r\nX: y",
    "https://example.com/\u0000",
    "https://example.com\\@evil.example/",
    "https://ex\u0430mple.com/",
    "HTTPS://example.com/",
    "https:example.com",
    "https:///",
    "search-ms:query=x",
    "ms-settings:",
    `https://example.com/${"x".repeat(2100)}`,
  ];
  for (const url of bad)
    await expect(host.openLink(url), url).rejects.toMatchObject({ code: "link.refused" });
  await host.openLink("https://pve1.example.com:8006/#v1:0:=qemu%2F100");
  expect(fake.calls).toEqual([["shell.openExternal", "https://pve1.example.com:8006/#v1:0:=qemu%2F100"]]);
});

test("a file is saved whole under its name or not at all", async () => {
  const directory = await mkdtemp(join(tmpdir(), "pxm-save-"));
  const save = (
    name: string,
    file: Omit<FileToSave, "fileName" | "size">,
    signal = new AbortController().signal,
  ) =>
    createDesktopHost({
      dialog: {
        ...fake.dialog,
        showSaveDialog: () => Promise.resolve({ canceled: name === "", filePath: join(directory, name) }),
      },
      shell: fake.shell,
      Notification: fake.Notification as never,
      secrets: null,
      window: () => undefined,
      openWindow: () => undefined,
    }).saveFile({ fileName: "../../task.log", size: null, ...file }, signal);
  async function* good() {
    await Promise.resolve();
    yield Buffer.from("line 1\n");
    yield Buffer.from("line 2\n");
  }
  async function* broken() {
    await Promise.resolve();
    yield Buffer.from("half");
    throw new Error("the server went away");
  }
  expect(await save("task.log", { content: good() })).toBe(true);
  expect(await readFile(join(directory, "task.log"), "utf8")).toBe("line 1\nline 2\n");
  await expect(save("broken.log", { content: broken() })).rejects.toMatchObject({ code: "file.failed" });
  await expect(save("late.log", { content: good() }, AbortSignal.abort())).rejects.toMatchObject({
    code: "cancelled",
  });
  expect(await save("", { content: good() })).toBe(false);
  expect(await readdir(directory)).toEqual(["task.log"]);
});

test("the menu has only roles that can do no harm, and none outside macOS", () => {
  setMenu(fake.Menu as never, "linux");
  setMenu(fake.Menu as never, "darwin");
  expect(fake.calls).toEqual([
    ["Menu.setApplicationMenu", null],
    ["Menu.setApplicationMenu", [{ role: "appMenu" }, { role: "editMenu" }, { role: "windowMenu" }]],
  ]);
});
