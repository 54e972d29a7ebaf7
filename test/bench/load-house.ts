import { randomUUID } from "node:crypto";

import { openApp } from "../../electron/compose.ts";
import { createHub } from "../../electron/hub.ts";
import { encodeFrame } from "../../shared/bridge-codec.ts";

import type { Connection } from "../../electron/dispatch.ts";
import type { Host } from "../../electron/host.ts";
import type { FrameOut } from "../../shared/bridge.ts";
import type { Result } from "../../shared/errors.ts";

/**
 * The app's main process and nothing else, driven by the bench over the pipe to its parent: windows are connections of the real
 * dispatch, and what they are sent is encoded as it is for a real one.
 */

/** What the bench asks for. `window`: which of the windows; one that is named for the first time is opened. */
export type Order =
  | { readonly order: "call"; readonly window: string; readonly operation: string; readonly input: unknown }
  /** A call that stays open; a later one of the same window takes its place. */
  | { readonly order: "attend"; readonly window: string; readonly input: unknown }
  | { readonly order: "figures" }
  | { readonly order: "close" };

export interface Figures {
  /** Of all threads of this process, ms. */
  readonly cpu: number;
  readonly rss: number;
  readonly at: number;
  readonly bridgeBytes: number;
  readonly bridgeEvents: number;
}

/** Events that a window listens to from its first moment (renderer/stores/stores.ts). */
const lived = [
  "clusters.changed",
  "guests.changed",
  "storages.changed",
  "jobs.changed",
  "datastores.changed",
  "settings.changed",
] as const;

const host: Host = {
  kind: "loopback",
  secrets: null,
  saveFile: () => Promise.resolve(false),
  pickFile: () => Promise.resolve(null),
  openLink: () => Promise.resolve(),
  notify: () => undefined,
  openWindow: () => undefined,
};

const app = await openApp({
  host,
  hub: createHub(),
  dataDirectory: process.argv[2] ?? "",
  startDemo: null,
});
const windows = new Map<string, Connection>();
const attending = new Map<string, string>();
const waiting = new Map<string, (result: Result) => void>();
let bridgeBytes = 0;
let bridgeEvents = 0;

function receive(frame: FrameOut): void {
  bridgeBytes += encodeFrame(frame).length;
  if (frame.t === "event") bridgeEvents += 1;
  if (frame.t !== "reply") return;
  waiting.get(frame.id)?.(frame.result);
  waiting.delete(frame.id);
}

function windowOf(name: string): Connection {
  const known = windows.get(name);
  if (known !== undefined) return known;
  const opened = app.dispatch.connect(receive);
  windows.set(name, opened);
  for (const event of lived) opened.receive({ t: "subscribe", event, key: null });
  return opened;
}

async function obey(order: Order): Promise<unknown> {
  switch (order.order) {
    case "call": {
      const id = randomUUID();
      const answer = new Promise<Result>((resolve) => waiting.set(id, resolve));
      windowOf(order.window).receive({ t: "call", id, operation: order.operation, input: order.input });
      return answer;
    }
    case "attend": {
      const id = randomUUID();
      const connection = windowOf(order.window);
      const before = attending.get(order.window);
      attending.set(order.window, id);
      connection.receive({ t: "call", id, operation: "app.attend", input: order.input });
      if (before !== undefined) connection.receive({ t: "cancel", id: before });
      return null;
    }
    case "figures": {
      const { user, system } = process.cpuUsage();
      const figures: Figures = {
        cpu: (user + system) / 1000,
        rss: process.memoryUsage.rss(),
        at: performance.now(),
        bridgeBytes,
        bridgeEvents,
      };
      return figures;
    }
    case "close":
      await app.close();
      process.disconnect();
      return null;
    default:
      return order satisfies never;
  }
}

process.on("message", ({ id, ...order }: Order & { readonly id: number }) => {
  void obey(order as Order).then(
    (value) => process.connected && process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.send?.({ id: 0, value: null });
