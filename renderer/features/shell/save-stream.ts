import type { Bridge } from "../../../shared/bridge.ts";
import type { Events } from "../../../shared/events.ts";

/** Gathers a file that the loopback host hands over and lets the browser save it. */
export function saveStream(bridge: Bridge, file: Events["host.save"]): void {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const writer = bridge.stream("host.file", { stream: file.stream }, crypto.randomUUID(), {
    chunk(data) {
      parts.push(new Uint8Array(data));
      return Promise.resolve();
    },
    end(result) {
      // What broke off is no file: the main process has already told whoever asked for it.
      if (result.ok) offer(new Blob(parts, { type: "application/octet-stream" }), file.fileName);
    },
  });
  writer.end();
}

function offer(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken the data over by the time the click returns, but reads the address a moment later.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
