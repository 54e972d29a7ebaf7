import type { OperationName, Output, Parsed, StreamName, streams } from "../../shared/operations.ts";
import type { z } from "zod";

/** What every operation is told of the call it serves. */
export interface Call {
  /** The caller's id of this one call. */
  readonly id: string;
  /** One id in every log line, in the job, and in the error shown. */
  readonly trace: string;
  /** Aborted by `cancel`, by the end of the connection, or by shutdown. */
  readonly signal: AbortSignal;
}

export type Handler<N extends OperationName> = (input: Parsed<N>, call: Call) => Promise<Output<N>>;
/** One function per operation: a missing one does not compile. */
export type Handlers = { readonly [N in OperationName]: Handler<N> };

/** One end of an open stream; both ways with back-pressure. */
export interface Duplex {
  /** What the renderer sends, until it ends its side. */
  readonly incoming: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. */
  write(data: Uint8Array): Promise<void>;
}
export type StreamHandler<N extends StreamName> = (
  input: z.output<(typeof streams)[N]>,
  duplex: Duplex,
  call: Call,
) => Promise<void>;
export type StreamHandlers = { readonly [N in StreamName]: StreamHandler<N> };
