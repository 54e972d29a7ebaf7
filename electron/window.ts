import { BrowserWindow, nativeTheme, type Rectangle, screen, type Session } from "electron";

import type { Settings } from "../shared/settings.ts";
import { startPage } from "./desktop/scheme.ts";

/** Moving a window fires dozens of events a second; its place is kept when it has come to rest. */
const restMs = 500;
/** A page that crashes again and again is left alone after this many reloads in a row. */
const maxReloads = 3;
const reloadWindowMs = 60_000;

export interface WindowOptions {
  readonly session: Session;
  readonly preload: string;
  readonly state: Settings["window"];
  readonly isPackaged: boolean;
  readonly onState: (state: Settings["window"]) => void;
  readonly onCrash: (reason: string) => void;
}

/** The only place that makes a window. */
export function openWindow(options: WindowOptions): BrowserWindow {
  const place = visiblePlace(options.state);
  const window = new BrowserWindow({
    width: place.width,
    height: place.height,
    ...(place.x === undefined || place.y === undefined ? {} : { x: place.x, y: place.y }),
    minWidth: 900,
    minHeight: 600,
    show: false,
    title: "Proxmoxer",
    autoHideMenuBar: true,
    // The page's own first colours, so that nothing flashes before it is drawn.
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#16181d" : "#ffffff",
    // A literal: nothing that came from a file or an argument ever reaches these.
    webPreferences: {
      session: options.session,
      preload: options.preload,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      contextIsolation: true,
      sandbox: true,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      spellcheck: false,
      safeDialogs: true,
      navigateOnDragDrop: false,
      devTools: !options.isPackaged,
    },
  });
  keepPlace(window, options.onState);
  reloadAfterCrash(window, options.onCrash);
  window.once("ready-to-show", () => {
    if (options.state.maximized) window.maximize();
    window.show();
  });
  void window.loadURL(startPage);
  return window;
}

/** A place on a screen that is no longer there would hide the window. */
function visiblePlace(state: Settings["window"]): Settings["window"] {
  if (state.x === undefined || state.y === undefined) return state;
  const wanted: Rectangle = { x: state.x, y: state.y, width: state.width, height: state.height };
  const { workArea } = screen.getDisplayMatching(wanted);
  const overlaps =
    wanted.x < workArea.x + workArea.width &&
    wanted.x + wanted.width > workArea.x &&
    wanted.y >= workArea.y &&
    wanted.y < workArea.y + workArea.height;
  return overlaps ? state : { width: state.width, height: state.height, maximized: state.maximized };
}

function keepPlace(window: BrowserWindow, onState: WindowOptions["onState"]): void {
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!window.isDestroyed()) onState({ ...window.getNormalBounds(), maximized: window.isMaximized() });
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(tell, restMs);
  };
  window.on("resize", later);
  window.on("move", later);
  window.on("maximize", later);
  window.on("unmaximize", later);
  window.on("close", tell);
}

/** A crashed page is a blank one; the house behind it lives, so the page is loaded again and takes its snapshots. */
function reloadAfterCrash(window: BrowserWindow, onCrash: (reason: string) => void): void {
  let reloads: number[] = [];
  window.webContents.on("render-process-gone", (_event, details) => {
    onCrash(details.reason);
    const now = performance.now();
    reloads = reloads.filter((at) => now - at < reloadWindowMs);
    if (details.reason === "clean-exit" || reloads.length >= maxReloads || window.isDestroyed()) return;
    reloads.push(now);
    window.webContents.reload();
  });
}
