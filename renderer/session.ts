import { openWebBridge, type WebPlatform } from "../shared/web-bridge.ts";

import type { Connection, ConnectionState } from "./api.ts";
import type { Bridge } from "../shared/bridge.ts";

export interface Session {
  readonly bridge: Bridge;
  readonly connection: Connection;
}

/** The bridge of this window: the preload script's in Electron, else a WebSocket to the loopback host. */
export function openSession(): Session {
  const own = (window as { readonly bridge?: Bridge }).bridge;
  return own === undefined ? openWebSession() : { bridge: own, connection: alwaysOpen };
}

/** Over Electron's IPC there is no pipe that could break: a dead main process takes the window with it. */
const alwaysOpen: Connection = { state: () => "open", onChange: () => () => undefined };

function openWebSession(): Session {
  const listeners = new Set<(state: ConnectionState) => void>();
  let state: ConnectionState = "connecting";
  const bridge = openWebBridge(browserPlatform(), (next) => {
    state = next;
    for (const listener of listeners) listener(next);
  });
  return {
    bridge,
    connection: {
      state: () => state,
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  };
}

function browserPlatform(): WebPlatform {
  return {
    async request(method, path, headers, body) {
      const answer = await fetch(path, {
        method,
        headers: { ...headers },
        ...(body === undefined ? {} : { body }),
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
      });
      return { status: answer.status, text: await answer.text() };
    },
    openSocket(path, protocols, on) {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const socket = new WebSocket(`${scheme}//${location.host}${path}`, [...protocols]);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => on.open());
      socket.addEventListener("close", () => on.close());
      socket.addEventListener("message", (event: MessageEvent<string | ArrayBuffer>) => {
        on.message(typeof event.data === "string" ? event.data : new Uint8Array(event.data));
      });
      return { send: (data) => socket.send(data) };
    },
    later: (run, ms) => void setTimeout(run, ms),
    takeToken,
  };
}

const tokenPattern = /^#t=([A-Za-z0-9_-]+)$/u;

/** Erased before anything else sees the address: neither the history nor the router may keep it. */
function takeToken(): string | null {
  const token = tokenPattern.exec(location.hash)?.[1] ?? null;
  if (token !== null) history.replaceState(null, "", `${location.pathname}#/`);
  return token;
}
