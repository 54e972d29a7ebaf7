import { WebSocket } from "ws";

import type { Bridge } from "../../../shared/bridge.ts";
import type { Input, OperationName, Output } from "../../../shared/operations.ts";
import { openWebBridge } from "../../../shared/web-bridge.ts";
import { fromErrorData } from "../../../shared/errors.ts";

/** One window on a host: the renderer's own bridge over a real socket. */
export interface Window {
  /** Throws AppError as the renderer does; `bridge.lost` when the host died before it answered. */
  call<N extends OperationName>(operation: N, input: Input<N>): Promise<Output<N>>;
  /** Calls back at every change of a job, at once. */
  onJobs(listener: () => void): () => void;
  close(): void;
}

export function openWindow(address: string): Window {
  const url = new URL(address);
  let token: string | null = url.hash.slice("#t=".length);
  let cookie = "";
  let socket: WebSocket | undefined;
  let calls = 0;
  const bridge: Bridge = openWebBridge(
    {
      request: async (method, path, headers, body) => {
        const answer = await fetch(new URL(path, url.origin), {
          method,
          headers: { ...headers, origin: url.origin, cookie },
          ...(body === undefined ? {} : { body }),
        });
        cookie = answer.headers.get("set-cookie")?.split(";", 1)[0] ?? cookie;
        return { status: answer.status, text: await answer.text() };
      },
      openSocket: (path, protocols, on) => {
        const opened = new WebSocket(`ws://${url.host}${path}`, [...protocols], {
          headers: { origin: url.origin, cookie },
        });
        socket = opened;
        opened.on("open", on.open);
        opened.on("message", (data, isBinary) => {
          const bytes = data as Buffer;
          on.message(isBinary ? bytes : bytes.toString("utf8"));
        });
        opened.on("close", on.close);
        // A killed host is what this is for; `close` follows.
        opened.on("error", () => undefined);
        return { send: (data) => opened.send(data) };
      },
      // A host that died is not waited for: the next one has another address.
      later: () => undefined,
      takeToken: () => {
        const taken = token;
        token = null;
        return taken;
      },
    },
    () => undefined,
  );
  return {
    call: async (operation, input) => {
      calls += 1;
      const result = await bridge.call(operation, input, `c${calls}`);
      if (!result.ok) throw fromErrorData(result.error);
      // The host has parsed it against the table; this side is only a test.
      return result.value as never;
    },
    onJobs: (listener) => bridge.subscribe("jobs.changed", null, listener),
    close: () => socket?.terminate(),
  };
}
