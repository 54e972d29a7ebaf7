import type { Result } from "./errors.ts";

/**
 * The bridge between renderer and main process: four functions, the same over Electron's IPC and over a WebSocket.
 * Names and inputs travel untyped here and are checked by dispatch; `renderer/api.ts` puts the types back on.
 */
export interface Bridge {
  /** Asks for an operation. `id` is minted by the caller, one per call, and names it in `cancel`. Never rejects. */
  call(operation: string, input: unknown, id: string): Promise<Result>;
  /** Gives a call or a stream up; the main process aborts it. */
  cancel(id: string): void;
  /** Listens to an event, of one key or (null) of all. Returns the undo. */
  subscribe(event: string, key: string | null, listener: (payload: unknown) => void): () => void;
  /** Opens a binary stream, both ways under one id. */
  stream(name: string, input: unknown, id: string, reader: StreamReader): StreamWriter;
}

export interface StreamReader {
  /** The next chunk comes only when the returned promise is done: that is the back-pressure. */
  chunk(data: Uint8Array): Promise<void>;
  /** The other side is done; with a failed Result when it broke. Called once. */
  end(result: Result): void;
}

export interface StreamWriter {
  /** Resolves when the other side has room for more. Rejects after the end. */
  write(data: Uint8Array): Promise<void>;
  end(): void;
}

/** What travels over a pipe, towards the main process … */
export type FrameIn =
  | { readonly t: "call"; readonly id: string; readonly operation: string; readonly input: unknown }
  | { readonly t: "cancel"; readonly id: string }
  | { readonly t: "subscribe" | "unsubscribe"; readonly event: string; readonly key: string | null }
  | { readonly t: "open"; readonly id: string; readonly stream: string; readonly input: unknown }
  | StreamFrame;

/** … and towards the renderer. */
export type FrameOut =
  | { readonly t: "reply"; readonly id: string; readonly result: Result }
  | { readonly t: "event"; readonly event: string; readonly key: string | null; readonly payload: unknown }
  | StreamFrame;

export type StreamFrame =
  | { readonly t: "chunk"; readonly id: string; readonly data: Uint8Array }
  /** The receiver has consumed this many bytes: the sender may send as many more. */
  | { readonly t: "credit"; readonly id: string; readonly bytes: number }
  | { readonly t: "end"; readonly id: string; readonly result: Result };

/** Bytes that a sender may have under way per stream before it waits for credit: a few chunks, so that a slow reader costs little memory. */
export const streamWindow = 256 * 1024;
