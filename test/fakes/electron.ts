import { EventEmitter } from "node:events";

/**
 * Stand-in of the `electron` module: every call is recorded, every handler can be called by the test. It is what the built main bundle
 * gets under plain Node (hook.ts), and its parts are given to single functions in unit tests.
 */
export const calls: (readonly [string, ...unknown[]])[] = [];

function recorded(name: string) {
  return (...given: unknown[]): void => {
    calls.push([name, ...given]);
  };
}

export class FakeContents extends EventEmitter {
  static next = 1;
  readonly id = FakeContents.next++;
  readonly sent: (readonly [string, unknown])[] = [];
  windowOpenHandler: ((details: { url: string }) => { action: string }) | undefined;
  destroyed = false;
  mainFrame = { url: "app://bundle/", parent: null };
  isDestroyed(): boolean {
    return this.destroyed;
  }
  send(channel: string, frame: unknown): void {
    // As over the real pipe: only what can be cloned arrives.
    this.sent.push([channel, structuredClone(frame)]);
    this.emit("sent");
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }
  reload = recorded("webContents.reload");
}

export interface FakeSession {
  readonly name: string;
  readonly options: unknown;
  readonly handlers: Record<string, unknown>;
  readonly listeners: EventEmitter;
}

export const fakeSessions: FakeSession[] = [];

export function createFakeSession(name: string, options?: unknown) {
  const handlers: Record<string, unknown> = {};
  const listeners = new EventEmitter();
  const capture = (key: string) => (handler: unknown) => {
    handlers[key] = handler;
  };
  fakeSessions.push({ name, options, handlers, listeners });
  return {
    handlers,
    listeners,
    setPermissionRequestHandler: capture("permissionRequest"),
    setPermissionCheckHandler: capture("permissionCheck"),
    setDevicePermissionHandler: capture("devicePermission"),
    setDisplayMediaRequestHandler: capture("displayMedia"),
    setSpellCheckerEnabled: recorded("session.setSpellCheckerEnabled"),
    on: (event: string, listener: (...given: unknown[]) => void) => listeners.on(event, listener),
    webRequest: { onBeforeRequest: capture("beforeRequest") },
    protocol: {
      handle(scheme: string, handler: unknown) {
        handlers[`protocol ${scheme}`] = handler;
      },
    },
  };
}

const paths: Record<string, string> = {};

export const app = Object.assign(new EventEmitter(), {
  isPackaged: true,
  lock: true,
  enableSandbox: recorded("app.enableSandbox"),
  setPath(name: string, path: string) {
    calls.push(["app.setPath", name]);
    paths[name] = path;
  },
  getPath: (name: string) => paths[name] ?? "",
  requestSingleInstanceLock() {
    calls.push(["app.requestSingleInstanceLock"]);
    return app.lock;
  },
  whenReady() {
    calls.push(["app.whenReady"]);
    return Promise.resolve();
  },
  quit: recorded("app.quit"),
  exit: recorded("app.exit"),
});

export class BrowserWindow extends EventEmitter {
  static readonly all: BrowserWindow[] = [];
  readonly webContents = new FakeContents();
  readonly options: unknown;
  constructor(options: unknown) {
    super();
    this.options = options;
    calls.push(["new BrowserWindow"]);
    BrowserWindow.all.push(this);
    app.emit("web-contents-created", {}, this.webContents);
  }
  loadURL(url: string): Promise<void> {
    calls.push(["window.loadURL", url]);
    return Promise.resolve();
  }
  isDestroyed = () => false;
  isMinimized = () => false;
  isMaximized = () => false;
  restore = recorded("window.restore");
  focus = recorded("window.focus");
  show = recorded("window.show");
  maximize = recorded("window.maximize");
  getNormalBounds = () => ({ x: 10, y: 20, width: 1300, height: 800 });
}

export const ipcMain = new EventEmitter();
export const protocol = { registerSchemesAsPrivileged: recorded("protocol.registerSchemesAsPrivileged") };
export const session = {
  fromPartition: (name: string, options?: unknown) => createFakeSession(name, options),
};
export const Menu = {
  buildFromTemplate: (template: unknown) => template,
  setApplicationMenu: recorded("Menu.setApplicationMenu"),
};
export const nativeTheme = { themeSource: "system", shouldUseDarkColors: false };
export const screen = {
  getDisplayMatching: () => ({ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }),
};
export const shell = {
  openExternal(url: string) {
    calls.push(["shell.openExternal", url]);
    return Promise.resolve();
  },
};
export const dialog = {
  showErrorBox: recorded("dialog.showErrorBox"),
  showSaveDialog: () => Promise.resolve({ canceled: true, filePath: "" }),
  showOpenDialog: () => Promise.resolve({ canceled: true, filePaths: [] }),
};
export class Notification extends EventEmitter {
  static isSupported = () => true;
  constructor(options: unknown) {
    super();
    calls.push(["new Notification", options]);
  }
  show = recorded("notification.show");
}
export const safeStorage = {
  backend: "basic_text",
  isAsyncEncryptionAvailable: () => Promise.resolve(true),
  getSelectedStorageBackend: () => safeStorage.backend,
  encryptStringAsync: (text: string) => Promise.resolve(Buffer.from(`v10${text}`)),
  decryptStringAsync: (data: Buffer) =>
    Promise.resolve({ result: data.toString("utf8").slice(3), shouldReEncrypt: false }),
};
