import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

import { WebSocket, WebSocketServer } from "ws";

import { decodeFrame, encodeFrame } from "../../shared/bridge-codec.ts";
import { socketPath, socketProtocol } from "../../shared/web-bridge.ts";
import type { Dispatch } from "../dispatch.ts";
import type { Log } from "../log.ts";
import type { Checks } from "./checks.ts";
import type { Session, Sessions } from "./sessions.ts";

/** The largest call (256 kB) written as JSON with escapes, and then some. */
const maxMessageBytes = 1024 * 1024;
/** A tab that reads nothing is cut off at this much: it connects again and takes a snapshot. */
const maxBufferedBytes = 64 * 1024 * 1024;

interface SocketGateOptions {
  readonly checks: Checks;
  readonly sessions: Sessions;
  readonly dispatch: Dispatch;
  readonly log: Log;
}

/** Everything is checked before the handshake is answered: an upgrade passes by all of the server's ordinary routes. */
export function createSocketGate({ checks, sessions, dispatch, log }: SocketGateOptions): {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
} {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: () => socketProtocol,
  });

  function sessionOf(request: IncomingMessage): Session | null {
    if (checks.refuseRequest(request) !== null || !checks.isOwnOrigin(request)) return null;
    if (request.method !== "GET" || request.url !== socketPath) return null;
    const session = sessions.find(request.headers.cookie);
    const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
    const isRight = offered?.length === 2 && offered[0] === socketProtocol && offered[1] === session?.csrf;
    return isRight ? session : null;
  }

  function serve(socket: WebSocket, session: Session): void {
    const closed = session.socketOpened();
    const connection = dispatch.connect((frame) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(encodeFrame(frame));
      if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
    });
    socket.on("message", (data, isBinary) => {
      const bytes = data as Buffer;
      connection.receive(decodeFrame(isBinary ? bytes : bytes.toString("utf8")));
    });
    socket.on("error", (error) => log.warn({ error }, "a window's connection broke"));
    socket.on("close", () => {
      connection.close();
      closed();
    });
  }

  return {
    upgrade(request, socket, head) {
      // The browser may go away in the middle of it.
      socket.on("error", () => socket.destroy());
      const session = sessionOf(request);
      if (session === null) {
        socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
      }
      server.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, session));
    },
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
