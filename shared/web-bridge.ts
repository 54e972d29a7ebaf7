import type { Bridge, FrameIn, FrameOut } from "./bridge.ts";
import { createBridge } from "./bridge-client.ts";
import { decodeFrame, encodeFrame } from "./bridge-codec.ts";

/** The little of a browser that the bridge to the loopback host needs; the renderer gives its own, a test a stand-in. */
export interface WebPlatform {
  /** Same-origin request with the given headers; `body` is JSON text. */
  request(
    method: "GET" | "POST",
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<{ readonly status: number; readonly text: string }>;
  openSocket(
    path: string,
    protocols: readonly string[],
    on: { open(): void; message(data: string | Uint8Array): void; close(): void },
  ): { send(data: string | Uint8Array<ArrayBuffer>): void };
  later(run: () => void, ms: number): void;
  /** The one-time token of the address (`#t=…`), erased from it in the same step; null when there is none. */
  takeToken(): string | null;
}

/** `signedOut`: no session and no usable token; only a new address from the host's terminal helps. */
export type WebBridgeState = "connecting" | "open" | "lost" | "signedOut";

export const sessionPath = "/session";
export const socketPath = "/bridge";
export const socketProtocol = "proxmoxer";
/** A header that no plain form or cross-site request can carry without asking first. */
export const csrfHeader = "x-proxmoxer";

/** First wait before connecting again, doubled up to the longest: a restarted host is back within a second. */
const firstRetryMs = 250;
const longestRetryMs = 2000;

/**
 * The bridge to the loopback host: exchanges the token for the session's cookie, opens the WebSocket, and opens it again when it
 * breaks. Calls made before the first connection wait for it; later ones end with `bridge.lost` while there is none.
 */
export function openWebBridge(platform: WebPlatform, onState: (state: WebBridgeState) => void): Bridge {
  const early: FrameIn[] = [];
  let socket: { send(data: string | Uint8Array<ArrayBuffer>): void } | undefined;
  let everOpen = false;
  let retryMs = firstRetryMs;
  const client = createBridge((frame) => {
    if (socket === undefined) early.push(frame);
    else socket.send(encodeFrame(frame));
  });

  async function askSession(): Promise<{ readonly csrf: string } | "none" | "unreachable"> {
    const token = platform.takeToken();
    const headers = { [csrfHeader]: "1" };
    try {
      const answer =
        token === null
          ? await platform.request("GET", sessionPath, headers)
          : await platform.request(
              "POST",
              sessionPath,
              { ...headers, "content-type": "application/json" },
              JSON.stringify({ token }),
            );
      if (answer.status === 200) return readCsrf(answer.text);
      if (answer.status >= 500) return "unreachable";
      // A used token in a reloaded address: the cookie of the same browser may still be good.
      return token === null ? "none" : askSession();
    } catch {
      // The host is gone or restarting: tried again until it is back.
      return "unreachable";
    }
  }

  function tryAgain(): void {
    platform.later(() => void connect(), retryMs);
    retryMs = Math.min(longestRetryMs, retryMs * 2);
  }

  function giveUp(): void {
    early.length = 0;
    client.lost();
    onState("signedOut");
  }

  async function connect(): Promise<void> {
    const session = await askSession();
    if (session === "none") return giveUp();
    if (session === "unreachable") return tryAgain();
    const next = platform.openSocket(socketPath, [socketProtocol, session.csrf], {
      open() {
        socket = next;
        retryMs = firstRetryMs;
        if (everOpen) client.restored();
        everOpen = true;
        for (const frame of early.splice(0)) next.send(encodeFrame(frame));
        onState("open");
      },
      message: (data) => client.receive(decodeFrame(data) as FrameOut),
      close() {
        if (socket === next) {
          socket = undefined;
          client.lost();
          onState("lost");
        }
        tryAgain();
      },
    });
  }

  onState("connecting");
  void connect();
  return client.bridge;
}

function readCsrf(text: string): { readonly csrf: string } | "none" {
  const answer: unknown = JSON.parse(text);
  const csrf = typeof answer === "object" && answer !== null && "csrf" in answer ? answer.csrf : undefined;
  return typeof csrf === "string" ? { csrf } : "none";
}
