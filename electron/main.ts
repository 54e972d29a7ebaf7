import { join } from "node:path";
import { fileURLToPath } from "node:url";

import {
  app,
  type BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  Notification,
  protocol,
  safeStorage,
  session as sessions,
  shell,
} from "electron";

import { toErrorData } from "../shared/errors.ts";
import { en } from "../shared/messages/en.ts";
import type { Settings } from "../shared/settings.ts";
import { openAssets } from "./assets.ts";
import { type App, openApp } from "./compose.ts";
import { dataDirectory } from "./data-directory.ts";
import { createDesktopHost } from "./desktop/host.ts";
import { openIpcGate } from "./desktop/ipc.ts";
import { setMenu } from "./desktop/menu.ts";
import { refuseInPages, refuseInSession } from "./desktop/refusals.ts";
import { appScheme, serveScheme } from "./desktop/scheme.ts";
import { openSystemSecrets } from "./desktop/secrets.ts";
import { createHub } from "./hub.ts";
import type { Call } from "./operations/handlers.ts";
import { openWindow } from "./window.ts";

/** Our own questions to the operations, for the window's place. */
const ownCall: Call = { id: "window", trace: "window", signal: new AbortController().signal };

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

async function start(): Promise<void> {
  setMenu(Menu, process.platform);
  // No "persist:" in the name: cookies, cache and storage of the page live in memory only.
  const session = sessions.fromPartition("app", { cache: false });
  refuseInSession(session);
  serveScheme(session.protocol, await openAssets(beside("../renderer")));

  const hub = createHub();
  let opened: App | undefined;
  let window: BrowserWindow | undefined;
  const host = createDesktopHost({
    dialog,
    shell,
    Notification,
    secrets: await openSystemSecrets(safeStorage, process.platform),
    window: () => window,
    openWindow: () => void showWindow(),
  });
  const house = await openApp({
    host,
    hub,
    dataDirectory: app.getPath("userData"),
    startDemo: async (stateFile) => (await import("../simulator/demo.ts")).startDemo(stateFile),
  });
  opened = house;
  const gate = openIpcGate(ipcMain, house.dispatch, house.log);

  async function showWindow(): Promise<void> {
    if (window !== undefined && !window.isDestroyed()) {
      if (window.isMinimized()) window.restore();
      window.focus();
      return;
    }
    const settings = await house.handlers["settings.get"](undefined, ownCall);
    nativeTheme.themeSource = settings.theme;
    window = openWindow({
      session,
      preload: beside("preload.cjs"),
      state: settings.window,
      isPackaged: app.isPackaged,
      onState: (state) => {
        house.handlers["settings.set"]({ window: state }, ownCall).catch((error: unknown) => {
          house.log.warn({ error }, "the window's place could not be kept");
        });
      },
      onCrash: (reason) => house.log.error({ reason }, "the window's page is gone"),
    });
    gate.admit(window.webContents);
  }

  hub.listen((event, _key, payload) => {
    if (event === "settings.changed") nativeTheme.themeSource = (payload as Settings).theme;
  });
  app.on("second-instance", () => void showWindow());
  app.on("activate", () => void showWindow());
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin") app.quit();
  });
  app.on("before-quit", (event) => {
    if (opened === undefined) return;
    const closing = opened;
    opened = undefined;
    event.preventDefault();
    void closing.close().finally(() => app.quit());
  });
  await showWindow();
}

app.enableSandbox();
app.setPath("userData", dataDirectory());
app.setPath("sessionData", join(dataDirectory(), "chromium"));
protocol.registerSchemesAsPrivileged([appScheme]);
refuseInPages(app);
// Before anything is opened: a second process must not touch the first one's store. What it was called with is ignored.
if (app.requestSingleInstanceLock()) {
  // No top-level await: Electron becomes ready only when this module has run.
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      dialog.showErrorBox(en["app.name"], en[`error.${toErrorData(error).code}`]);
      app.exit(1);
    });
} else {
  app.quit();
}
