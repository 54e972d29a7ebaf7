import type { Socket } from "node:net";

/** What went over a server's sockets since it started, as a capture on the line would count it. */
export type Traffic = {
  readonly sockets: number;
  /** Finished TLS handshakes; a socket without one was given up by the client. */
  readonly handshakes: number;
  /** Of them those that resumed an earlier session. */
  readonly resumed: number;
  /** Bytes of TCP payload from and to the clients, TLS included. */
  readonly bytesIn: number;
  readonly bytesOut: number;
};

export type Wire = {
  readonly opened: (socket: Socket) => void;
  readonly shaken: (resumed: boolean) => void;
  readonly traffic: () => Traffic;
};

export function createWire(): Wire {
  const open = new Set<Socket>();
  const closed = { sockets: 0, handshakes: 0, resumed: 0, bytesIn: 0, bytesOut: 0 };
  return {
    opened: (socket) => {
      closed.sockets += 1;
      open.add(socket);
      socket.once("close", () => {
        open.delete(socket);
        closed.bytesIn += socket.bytesRead;
        closed.bytesOut += socket.bytesWritten;
      });
    },
    shaken: (resumed) => {
      closed.handshakes += 1;
      if (resumed) closed.resumed += 1;
    },
    traffic: () => {
      const now = { ...closed };
      for (const socket of open) {
        now.bytesIn += socket.bytesRead;
        now.bytesOut += socket.bytesWritten;
      }
      return now;
    },
  };
}
