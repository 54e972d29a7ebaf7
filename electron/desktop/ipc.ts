import type { IpcMain, IpcMainEvent, WebContents } from "electron";

import type { Connection, Dispatch } from "../dispatch.ts";
import type { Log } from "../log.ts";
import { isOwnUrl } from "./scheme.ts";

/** The one channel, both ways; preload.ts has the other end. */
export const channel = "bridge";

export interface IpcGate {
  /** Lets a window's page speak; its frames are refused until then. */
  admit(contents: WebContents): void;
}

/** Only the top frame of a window that we made, showing our own page, is heard. */
function isTrusted(event: IpcMainEvent, known: ReadonlyMap<number, unknown>): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame.parent === null && known.has(event.sender.id) && isOwnUrl(frame.url);
}

export function openIpcGate(ipcMain: Pick<IpcMain, "on">, dispatch: Dispatch, log: Log): IpcGate {
  const connections = new Map<number, () => Connection>();

  ipcMain.on(channel, (event, frame: unknown) => {
    if (isTrusted(event, connections)) connections.get(event.sender.id)?.().receive(frame);
    else log.warn({}, "a frame of an unknown sender was refused");
  });

  return {
    admit(contents) {
      const { id } = contents;
      let connection: Connection | undefined;
      const hangUp = (): void => {
        connection?.close();
        connection = undefined;
      };
      connections.set(id, () => {
        connection ??= dispatch.connect((frame) => {
          if (!contents.isDestroyed()) contents.send(channel, frame);
        });
        return connection;
      });
      // A reloaded or crashed page has forgotten what it asked for.
      contents.on("did-start-navigation", (details) => {
        if (details.isMainFrame && !details.isSameDocument) hangUp();
      });
      contents.on("render-process-gone", hangUp);
      contents.on("destroyed", () => {
        hangUp();
        connections.delete(id);
      });
    },
  };
}
