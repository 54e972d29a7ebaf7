import type { FrameIn, FrameOut } from "../shared/bridge.ts";
import { AppError, type ErrorData, type Result, toErrorData } from "../shared/errors.ts";
import { events } from "../shared/events.ts";
import { operations, streams } from "../shared/operations.ts";
import { createReceiver, createSender, type Receiver, type Sender } from "../shared/stream-flow.ts";
import { isPlainData, parseFrame } from "./frames.ts";
import type { Hub } from "./hub.ts";
import type { Log } from "./log.ts";
import type { Call, Duplex, Handlers, StreamHandlers } from "./operations/handlers.ts";

/** What a window may send in one call: far above any form, far below what hurts. */
const inputLimits = { bytes: 256 * 1024, depth: 32 };
/** What a handler may answer: ten thousand guests fit, a whole database does not. */
const outputLimits = { bytes: 16 * 1024 * 1024, depth: 64 };
/** Calls of one window at the same time, and of one operation: a busy page has a dozen open. */
const maxOpenCalls = 64;
const maxOpenPerOperation = 24;
const maxOpenStreams = 16;
const maxSubscriptions = 512;
/** Calls a second of one window over time, and how many may come at once: a page that opens asks for some twenty. */
const callsPerSecond = 100;
const callBurst = 300;

export interface DispatchOptions {
  readonly handlers: Handlers;
  readonly streams: StreamHandlers;
  readonly hub: Hub;
  readonly log: Log;
  /** One id per call, in every log line, in the job and in the error shown. */
  readonly newTrace: () => string;
  /** Milliseconds of a clock that never goes backwards. */
  readonly now: () => number;
}

/** One window's (or tab's) end. The transport has checked the sender before anything is received here. */
export interface Connection {
  /** Takes whatever came; what is no frame is refused and logged. */
  receive(frame: unknown): void;
  /** Aborts everything this window waits for. Jobs go on: they belong to nobody's window. */
  close(): void;
}

export interface Dispatch {
  connect(send: (frame: FrameOut) => void): Connection;
  /** Aborts all calls and waits until their handlers have returned. */
  close(): Promise<void>;
}

interface OpenStream {
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly abort: AbortController;
}

/** known operation → parse input → handler → parse output → Result; the only door between windows and operations. */
export function createDispatch(options: DispatchOptions): Dispatch {
  const { handlers, hub, log, now } = options;
  const connections = new Map<Connection, (event: string, key: string | null, payload: unknown) => void>();
  const running = new Set<Promise<void>>();

  const unlisten = hub.listen((event, key, payload) => {
    if (connections.size === 0) return;
    const parsed = events[event].safeParse(payload);
    if (!parsed.success) {
      log.error({ event, error: parsed.error }, "an event does not have its shape and was dropped");
      return;
    }
    for (const deliver of connections.values()) deliver(event, key, parsed.data);
  });

  function track(work: Promise<void>): void {
    running.add(work);
    void work.finally(() => running.delete(work));
  }

  /** Runs one call to its Result; never throws. */
  async function answer(operation: string, input: unknown, call: Call): Promise<Result> {
    const started = now();
    let result: Result;
    try {
      const entry = lookUp(operations, operation, call.trace);
      const parsedInput = parseInput(entry.input, input);
      const handler = handlers[operation as keyof Handlers] as (i: unknown, c: Call) => Promise<unknown>;
      const output = entry.output.parse(await handler(parsedInput, call));
      if (!isPlainData(output, outputLimits))
        throw new Error(`${operation}: the answer is too large or no plain data`);
      result = { ok: true, value: output };
    } catch (error) {
      result = { ok: false, error: toData(error, call, operation) };
    }
    const code = result.ok ? "ok" : result.error.code;
    log.info({ trace: call.trace, operation, ms: Math.round(now() - started), code }, "call");
    return result;
  }

  function toData(error: unknown, call: Call, name: string): ErrorData {
    if (error instanceof AppError) return toErrorData(error, call.trace);
    if (call.signal.aborted && isAbort(error, call.signal)) {
      return toErrorData(new AppError("cancelled", { cause: error }), call.trace);
    }
    log.error({ trace: call.trace, name, error }, "surprise");
    return toErrorData(error, call.trace);
  }

  function connect(send: (frame: FrameOut) => void): Connection {
    const calls = new Map<string, { readonly operation: string; readonly abort: AbortController }>();
    const open = new Map<string, OpenStream>();
    const subscriptions = new Set<string>();
    const admits = createRateLimit(now);
    let closed = false;

    function tell(frame: FrameOut): void {
      if (!closed) send(frame);
    }

    function refuse(id: string, error: AppError, trace: string, t: "reply" | "end"): void {
      tell({ t, id, result: { ok: false, error: toErrorData(error, trace) } });
    }

    function startCall(frame: FrameIn & { t: "call" }): void {
      const { id, operation } = frame;
      const trace = options.newTrace();
      const same = [...calls.values()].filter((other) => other.operation === operation).length;
      if (!admits() || calls.size >= maxOpenCalls || same >= maxOpenPerOperation) {
        return refuse(id, new AppError("operation.tooMany"), trace, "reply");
      }
      const abort = new AbortController();
      calls.set(id, { operation, abort });
      track(
        answer(operation, frame.input, { id, trace, signal: abort.signal }).then((result) => {
          calls.delete(id);
          tell({ t: "reply", id, result });
        }),
      );
    }

    function startStream(frame: FrameIn & { t: "open" }): void {
      const { id } = frame;
      const trace = options.newTrace();
      if (!admits() || open.size >= maxOpenStreams) {
        return refuse(id, new AppError("operation.tooMany"), trace, "end");
      }
      const abort = new AbortController();
      const stream: OpenStream = {
        sender: createSender((data) => tell({ t: "chunk", id, data })),
        receiver: createReceiver((bytes) => {
          if (open.has(id)) tell({ t: "credit", id, bytes });
        }),
        abort,
      };
      abort.signal.addEventListener("abort", () => {
        const reason = new AppError("cancelled");
        stream.sender.close(reason);
        stream.receiver.finish(reason);
      });
      open.set(id, stream);
      track(
        runStream(frame, stream, { id, trace, signal: abort.signal }).then((result) => {
          open.delete(id);
          stream.sender.close(new AppError("cancelled"));
          tell({ t: "end", id, result });
        }),
      );
    }

    async function runStream(
      frame: FrameIn & { t: "open" },
      stream: OpenStream,
      call: Call,
    ): Promise<Result> {
      const started = now();
      let result: Result = { ok: true, value: undefined };
      try {
        const input = parseInput(lookUp(streams, frame.stream, call.trace), frame.input);
        const handler = options.streams[frame.stream as keyof StreamHandlers] as (
          i: unknown,
          d: Duplex,
          c: Call,
        ) => Promise<void>;
        await handler(input, { incoming: stream.receiver.incoming, write: stream.sender.write }, call);
      } catch (error) {
        result = { ok: false, error: toData(error, call, frame.stream) };
      }
      const code = result.ok ? "ok" : result.error.code;
      log.info({ trace: call.trace, stream: frame.stream, ms: Math.round(now() - started), code }, "stream");
      return result;
    }

    function receive(value: unknown): void {
      if (closed) return;
      const frame = parseFrame(value);
      if (frame === undefined) return log.warn({}, "something that is no frame was refused");
      switch (frame.t) {
        case "call":
        case "open":
          // Answering would end the call that owns the id: the second one gets nothing but a line in the log.
          if (calls.has(frame.id) || open.has(frame.id))
            return log.warn({ id: frame.id }, "an id that is in use was refused");
          return frame.t === "call" ? startCall(frame) : startStream(frame);
        case "cancel":
          calls.get(frame.id)?.abort.abort(new AppError("cancelled"));
          return open.get(frame.id)?.abort.abort(new AppError("cancelled"));
        case "subscribe":
        case "unsubscribe":
          return changeSubscription(frame.t, frame.event, frame.key);
        case "chunk": {
          const stream = open.get(frame.id);
          if (stream?.receiver.push(frame.data) === false) stream.abort.abort(new AppError("input.tooLarge"));
          return undefined;
        }
        case "credit":
          return open.get(frame.id)?.sender.credit(frame.bytes);
        case "end":
          return open.get(frame.id)?.receiver.finish(frame.result.ok ? undefined : new AppError("cancelled"));
        default:
          return frame satisfies never;
      }
    }

    function changeSubscription(t: "subscribe" | "unsubscribe", event: string, key: string | null): void {
      const name = subscriptionName(event, key);
      if (t === "unsubscribe") subscriptions.delete(name);
      else if (!Object.hasOwn(events, event) || subscriptions.size >= maxSubscriptions) {
        log.warn({ event }, "a subscription was refused");
      } else subscriptions.add(name);
    }

    const connection: Connection = {
      receive,
      close() {
        if (closed) return;
        closed = true;
        connections.delete(connection);
        const reason = new AppError("cancelled");
        for (const { abort } of calls.values()) abort.abort(reason);
        for (const { abort } of open.values()) abort.abort(reason);
      },
    };
    connections.set(connection, (event, key, payload) => {
      const wanted =
        subscriptions.has(event) || (key !== null && subscriptions.has(subscriptionName(event, key)));
      if (wanted) tell({ t: "event", event, key, payload });
    });
    return connection;
  }

  return {
    connect,
    async close() {
      unlisten();
      for (const connection of connections.keys()) connection.close();
      await Promise.all(running);
    },
  };
}

function subscriptionName(event: string, key: string | null): string {
  return key === null ? event : `${event} ${key}`;
}

function lookUp<T>(table: Readonly<Record<string, T>>, name: string, trace: string): T {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (entry === undefined) throw new AppError("operation.unknown", { trace });
  return entry;
}

interface Schema {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: unknown }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly code: string }[];
        };
      };
}

function parseInput(schema: Schema, input: unknown): unknown {
  if (!isPlainData(input, inputLimits)) throw new AppError("input.tooLarge");
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  // Field → name of the broken rule. The values themselves (one may be a secret) and zod's own English stay out.
  const fields = Object.fromEntries(
    parsed.error.issues.slice(0, 20).map((issue) => [issue.path.join(".") || "input", issue.code]),
  );
  throw new AppError("input.invalid", { fields });
}

/** A token bucket: bursts pass, a flood does not. */
function createRateLimit(now: () => number): () => boolean {
  let tokens = callBurst;
  let at = now();
  return () => {
    const time = now();
    tokens = Math.min(callBurst, tokens + ((time - at) / 1000) * callsPerSecond);
    at = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    error === signal.reason ||
    (error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError"))
  );
}
