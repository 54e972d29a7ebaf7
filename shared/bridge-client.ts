import type { Bridge, FrameIn, FrameOut, StreamReader } from "./bridge.ts";
import type { ErrorCode, Result } from "./errors.ts";
import { createReceiver, createSender, type Receiver, type Sender } from "./stream-flow.ts";

/** The renderer's end of a pipe of frames; what carries the frames (IPC, WebSocket) calls the other three. */
export interface BridgeClient {
  readonly bridge: Bridge;
  receive(frame: FrameOut): void;
  /** The pipe broke: open calls and streams end with `bridge.lost`, so do new ones until `restored`. */
  lost(): void;
  /** The pipe is back: subscriptions are asked for again. What was missed is the stores' business (snapshot, then events). */
  restored(): void;
}

interface OpenStream {
  readonly sender: Sender;
  readonly receiver: Receiver;
  result: Result;
  writing: boolean;
}

interface Subscription {
  readonly event: string;
  readonly key: string | null;
  readonly listeners: Set<(payload: unknown) => void>;
}

function failed(code: ErrorCode): Result {
  return { ok: false, error: { code, params: {} } };
}

function subscriptionName(event: string, key: string | null): string {
  return key === null ? event : `${event} ${key}`;
}

/** The four functions of the bridge over frames; used by the preload script and by the browser's WebSocket. */
export function createBridge(send: (frame: FrameIn) => void): BridgeClient {
  const calls = new Map<string, (result: Result) => void>();
  const streams = new Map<string, OpenStream>();
  const subscriptions = new Map<string, Subscription>();
  let open = true;

  function endStream(id: string, result: Result): void {
    const stream = streams.get(id);
    if (stream === undefined) return;
    streams.delete(id);
    stream.result = result;
    stream.sender.close(new Error(result.ok ? "ended" : result.error.code));
    stream.receiver.finish(result.ok ? undefined : new Error(result.error.code));
  }

  /** Hands chunks on one at a time, and the end once, after the last of them. */
  async function drive(id: string, stream: OpenStream, reader: StreamReader): Promise<void> {
    try {
      for await (const data of stream.receiver.incoming) await reader.chunk(data);
    } catch {
      // Either the stream broke (its result says how) or the reader refused a chunk: then the other side is told to stop.
      if (streams.delete(id)) {
        stream.result = failed("cancelled");
        stream.sender.close(new Error("cancelled"));
        if (open) send({ t: "cancel", id });
      }
    }
    reader.end(stream.result);
  }

  function deliver(name: string, payload: unknown): void {
    for (const listener of subscriptions.get(name)?.listeners ?? []) listener(payload);
  }

  const bridge: Bridge = {
    call(operation, input, id) {
      if (!open) return Promise.resolve(failed("bridge.lost"));
      if (calls.has(id) || streams.has(id)) return Promise.resolve(failed("input.invalid"));
      return new Promise((resolve) => {
        calls.set(id, resolve);
        send({ t: "call", id, operation, input });
      });
    },
    cancel(id) {
      if (open && (calls.has(id) || streams.has(id))) send({ t: "cancel", id });
    },
    subscribe(event, key, listener) {
      const name = subscriptionName(event, key);
      const known = subscriptions.get(name);
      const subscription = known ?? { event, key, listeners: new Set() };
      subscriptions.set(name, subscription);
      // An own function per subscriber, so that one function given twice is two subscriptions with two undos.
      const own = (payload: unknown): void => listener(payload);
      subscription.listeners.add(own);
      if (known === undefined && open) send({ t: "subscribe", event, key });
      return () => {
        if (!subscription.listeners.delete(own) || subscription.listeners.size > 0) return;
        subscriptions.delete(name);
        if (open) send({ t: "unsubscribe", event, key });
      };
    },
    stream(name, input, id, reader) {
      const stream: OpenStream = {
        sender: createSender((data) => send({ t: "chunk", id, data })),
        receiver: createReceiver((bytes) => {
          if (open && streams.has(id)) send({ t: "credit", id, bytes });
        }),
        result: failed("bridge.lost"),
        writing: true,
      };
      const taken = streams.has(id) || calls.has(id);
      if (!taken) streams.set(id, stream);
      void drive(id, stream, reader);
      if (taken) {
        stream.result = failed("input.invalid");
        stream.receiver.finish(new Error("input.invalid"));
        stream.sender.close(new Error("input.invalid"));
      } else if (open) send({ t: "open", id, stream: name, input });
      else endStream(id, failed("bridge.lost"));
      return {
        write: (data) => (stream.writing ? stream.sender.write(data) : Promise.reject(new Error("ended"))),
        end() {
          if (!stream.writing || !streams.has(id)) return;
          stream.writing = false;
          // An empty write is done when all before it are: the end must not overtake what still waits for room.
          stream.sender.write(new Uint8Array()).then(
            () => send({ t: "end", id, result: { ok: true, value: undefined } }),
            // The stream ended meanwhile: there is nobody to tell.
            () => undefined,
          );
        },
      };
    },
  };

  function reply(id: string, result: Result): void {
    const resolve = calls.get(id);
    calls.delete(id);
    // Over JSON an undefined value is left out: put the field back, so that a Result has one shape everywhere.
    resolve?.(result.ok ? { ok: true, value: result.value } : result);
  }

  return {
    bridge,
    receive(frame) {
      switch (frame.t) {
        case "reply":
          return reply(frame.id, frame.result);
        case "event":
          if (frame.key !== null) deliver(subscriptionName(frame.event, frame.key), frame.payload);
          return deliver(frame.event, frame.payload);
        case "chunk": {
          const fits = streams.get(frame.id)?.receiver.push(frame.data) ?? true;
          return fits ? undefined : endStream(frame.id, failed("input.tooLarge"));
        }
        case "credit":
          return streams.get(frame.id)?.sender.credit(frame.bytes);
        case "end":
          return endStream(frame.id, frame.result);
        default:
          return frame satisfies never;
      }
    },
    lost() {
      open = false;
      for (const id of calls.keys()) reply(id, failed("bridge.lost"));
      for (const id of streams.keys()) endStream(id, failed("bridge.lost"));
    },
    restored() {
      open = true;
      for (const { event, key } of subscriptions.values()) send({ t: "subscribe", event, key });
    },
  };
}
