import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";

import type { BrowserWindow, Dialog, Notification as ElectronNotification, Shell } from "electron";

import { AppError } from "../../shared/errors.ts";
import type { FileToSave, Host, Notice, SystemSecrets } from "../host.ts";
import { checkedLink } from "../link.ts";

export interface DesktopHostOptions {
  readonly dialog: Pick<Dialog, "showSaveDialog" | "showOpenDialog">;
  readonly shell: Pick<Shell, "openExternal">;
  readonly Notification: typeof ElectronNotification;
  readonly secrets: SystemSecrets | null;
  /** The window that a dialog belongs to; undefined while there is none. */
  readonly window: () => BrowserWindow | undefined;
  readonly openWindow: () => void;
}

/** Host in Electron: the system's dialogs, notifications, keyring and browser. */
export function createDesktopHost(options: DesktopHostOptions): Host {
  const { dialog, shell, Notification, window, openWindow } = options;

  async function askWhereToSave(fileName: string): Promise<string | null> {
    const wish = { defaultPath: basename(fileName) };
    const parent = window();
    const answer = await (parent === undefined
      ? dialog.showSaveDialog(wish)
      : dialog.showSaveDialog(parent, wish));
    return answer.canceled || answer.filePath === "" ? null : answer.filePath;
  }

  return {
    kind: "electron",
    secrets: options.secrets,
    async saveFile(file, signal) {
      const path = await askWhereToSave(file.fileName);
      if (path === null) return false;
      await writeWhole(path, file, signal);
      return true;
    },
    async pickFile({ extensions, maxBytes }, signal) {
      const wish = {
        properties: ["openFile" as const],
        filters: [{ name: extensions.join(", "), extensions: [...extensions] }],
      };
      const parent = window();
      const answer = await (parent === undefined
        ? dialog.showOpenDialog(wish)
        : dialog.showOpenDialog(parent, wish));
      const path = answer.canceled ? undefined : answer.filePaths[0];
      if (path === undefined) return null;
      if ((await stat(path)).size > maxBytes) throw new AppError("input.tooLarge");
      return { name: basename(path), data: await readFile(path, { signal }) };
    },
    openLink: async (url) => shell.openExternal(checkedLink(url)),
    notify(notice: Notice) {
      if (!Notification.isSupported()) return;
      const notification = new Notification({ title: notice.title, body: notice.body });
      notification.on("click", openWindow);
      notification.show();
    },
    openWindow,
  };
}

/** Under another name first: a file with the chosen name is always a whole one. Throws AppError file.failed, cancelled. */
async function writeWhole(path: string, file: FileToSave, signal: AbortSignal): Promise<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const target = await open(part, "wx", 0o600);
    try {
      for await (const chunk of file.content) {
        signal.throwIfAborted();
        await target.write(chunk);
      }
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new AppError(signal.aborted ? "cancelled" : "file.failed", { cause: error });
  }
}
