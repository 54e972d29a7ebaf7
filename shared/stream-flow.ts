import { streamWindow } from "./bridge.ts";

/** Bytes of one chunk frame: small enough that calls and events slip in between two chunks. */
export const maxChunk = 64 * 1024;

export interface Sender {
  /** Resolves once this and all before it have been handed over, at most a window ahead of the reader. Rejects after `close`. */
  write(data: Uint8Array): Promise<void>;
  /** The other side has consumed this many bytes. */
  credit(bytes: number): void;
  /** Waiting and later writes reject with `reason`. */
  close(reason: Error): void;
}

interface PendingWrite {
  rest: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** The sending half of a stream: cuts into chunks and waits for credit. Both sides of the bridge use it. */
export function createSender(send: (data: Uint8Array) => void): Sender {
  const queue: PendingWrite[] = [];
  let room = streamWindow;
  let closed: Error | undefined;

  function pump(): void {
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const left = next.rest.byteLength;
      if (left === 0) {
        queue.shift();
        next.resolve();
        continue;
      }
      if (room === 0) return;
      const chunk = next.rest.subarray(0, Math.min(left, room, maxChunk));
      next.rest = next.rest.subarray(chunk.byteLength);
      room -= chunk.byteLength;
      send(chunk);
    }
  }

  return {
    write(data) {
      if (closed !== undefined) return Promise.reject(closed);
      return new Promise((resolve, reject) => {
        queue.push({ rest: data, resolve, reject });
        pump();
      });
    },
    credit(bytes) {
      // Never beyond the window: a peer that grants more than it got must not make us buffer more.
      room = Math.min(streamWindow, room + bytes);
      pump();
    },
    close(reason) {
      closed ??= reason;
      for (const waiting of queue.splice(0)) waiting.reject(closed);
    },
  };
}

export interface Receiver {
  /** false: the peer sent more than it had credit for; the stream must be broken off. */
  push(data: Uint8Array): boolean;
  /** No more comes; with a reason, the reader's next read throws it. */
  finish(reason?: Error): void;
  /** Credit is granted as each chunk is taken. May be read once. */
  readonly incoming: AsyncIterable<Uint8Array>;
}

/** The receiving half: holds at most one window. */
export function createReceiver(grant: (bytes: number) => void): Receiver {
  const chunks: Uint8Array[] = [];
  let held = 0;
  let done = false;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  function stir(): void {
    wake?.();
    wake = undefined;
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = chunks.shift();
      if (chunk !== undefined) {
        yield chunk;
        held -= chunk.byteLength;
        // After the reader came back for more, hence after it has dealt with this one.
        if (!done) grant(chunk.byteLength);
      } else if (failure !== undefined) {
        throw failure;
      } else if (done) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  return {
    push(data) {
      if (done) return true;
      if (held + data.byteLength > streamWindow) return false;
      held += data.byteLength;
      chunks.push(data);
      stir();
      return true;
    },
    finish(reason) {
      if (done) return;
      done = true;
      failure = reason;
      if (reason !== undefined) chunks.length = 0;
      stir();
    },
    incoming: { [Symbol.asyncIterator]: read },
  };
}
