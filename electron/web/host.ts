import { randomUUID } from "node:crypto";

import { AppError } from "../../shared/errors.ts";
import type { FileToSave, Host } from "../host.ts";
import type { Hub } from "../hub.ts";
import { checkedLink } from "../link.ts";
import type { StreamHandler } from "../operations/handlers.ts";

/** How long a file waits for a tab to fetch it: tabs do so at once; after this none is open. */
const pickUpMs = 30_000;

export interface LoopbackHostOptions {
  readonly hub: Hub;
  /** Opens the system's browser at a fresh address of this host. */
  readonly openWindow: () => void;
  readonly pickUpMs?: number;
}

export interface LoopbackHost {
  readonly host: Host;
  /** Body of the stream `host.file`: whoever asks first gets the file, once. */
  readonly file: StreamHandler<"host.file">;
}

/** Host without Electron: what needs the system is done by the browser tab that shows the app. */
export function createLoopbackHost(options: LoopbackHostOptions): LoopbackHost {
  const { hub } = options;
  const waiting = new Map<string, (write: (data: Uint8Array) => Promise<void>) => Promise<void>>();

  async function saveFile(file: FileToSave, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const stream = randomUUID();
    const { promise: saved, resolve, reject } = Promise.withResolvers<boolean>();
    const giveUp = setTimeout(() => resolve(false), options.pickUpMs ?? pickUpMs);
    const stop = (): void => reject(new AppError("cancelled", { cause: signal.reason }));
    signal.addEventListener("abort", stop);
    waiting.set(stream, async (write) => {
      clearTimeout(giveUp);
      try {
        for await (const chunk of file.content) await write(chunk);
        resolve(true);
      } catch (error) {
        reject(new AppError("file.failed", { cause: error }));
        throw error;
      }
    });
    hub.emit("host.save", { stream, fileName: file.fileName, size: file.size });
    try {
      return await saved;
    } finally {
      clearTimeout(giveUp);
      signal.removeEventListener("abort", stop);
      waiting.delete(stream);
    }
  }

  return {
    host: {
      kind: "loopback",
      secrets: null,
      saveFile,
      pickFile: () => Promise.reject(new AppError("host.unsupported")),
      // Async, so that a refused link is a rejection as in the other host.
      openLink: async (url) => hub.emit("host.openLink", { url: checkedLink(url) }),
      notify: (notice) => hub.emit("host.notify", notice),
      openWindow: options.openWindow,
    },
    file: async ({ stream }, duplex) => {
      const hand = waiting.get(stream);
      waiting.delete(stream);
      if (hand === undefined) throw new AppError("file.failed");
      await hand(duplex.write);
    },
  };
}
