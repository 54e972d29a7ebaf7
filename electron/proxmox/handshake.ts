import type { Socket } from "node:net";

import { AppError } from "../../shared/errors.ts";

/** Reads the few bytes that a proxy sends before the tunnel is there, and not one of what comes after. */
export interface HandshakeReader {
  bytes(count: number): Promise<Buffer>;
  /** Up to and with `end`; AppError proxy.badAnswer where it does not come within `limit` bytes. */
  until(end: string, limit: number): Promise<string>;
  /** Gives the socket free. AppError proxy.badAnswer where the proxy has said more than it had to: TLS begins with us. */
  finish(): void;
}

export function readHandshake(socket: Socket, proxy: string): HandshakeReader {
  let pending = Buffer.alloc(0);
  let ended = false;
  let wake: (() => void) | null = null;

  const onData = (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk]);
    wake?.();
  };
  const onEnd = (): void => {
    ended = true;
    wake?.();
  };
  socket.on("data", onData).once("end", onEnd).once("close", onEnd);

  const badAnswer = (): AppError => new AppError("proxy.badAnswer", { params: { proxy } });

  /** Waits until `find` says how many bytes are wanted. */
  async function take(find: () => number | null): Promise<Buffer> {
    for (;;) {
      const count = find();
      if (count !== null) {
        const taken = pending.subarray(0, count);
        pending = pending.subarray(count);
        return taken;
      }
      if (ended) throw badAnswer();
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  return {
    bytes: (count) => take(() => (pending.length >= count ? count : null)),
    until: async (end, limit) => {
      const found = await take(() => {
        const at = pending.indexOf(end);
        if (at === -1 ? pending.length > limit : at > limit) throw badAnswer();
        return at === -1 ? null : at + end.length;
      });
      return found.toString("latin1");
    },
    finish: () => {
      socket.off("data", onData).off("end", onEnd).off("close", onEnd);
      socket.pause();
      if (pending.length > 0 || ended) throw badAnswer();
    },
  };
}
