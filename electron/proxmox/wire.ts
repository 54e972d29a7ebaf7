import type { AppError } from "../../shared/errors.ts";
import type { AnswerSize } from "./body.ts";
import type { ApiPath } from "./requests/prepare.ts";

/** Total time of one request, from the wait for a socket to the last byte. A drip of bytes does not prolong it. */
export const deadlines = {
  read: 15_000,
  /** Lists of a slow storage: the node itself waits 25–30 s for an NFS server. */
  slowRead: 60_000,
  /** Longer than pveproxy's own 30 s hop to another node, so that its 596 is seen and not guessed. */
  write: 45_000,
} as const;
export type Deadline = keyof typeof deadlines;

export interface WireRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/` is the start page, which tells what kind of server it is. */
  readonly path: ApiPath | "/";
  readonly headers: Readonly<Record<string, string>>;
  /** Form-encoded; POST and PUT only (pveproxy refuses a body with DELETE). */
  readonly body?: string | undefined;
  readonly size: AnswerSize;
  readonly deadline: Deadline;
  /** What shares a lane runs one after the other: a slow storage is asked one thing at a time. Writes have one without being told. */
  readonly lane?: string | undefined;
}

export interface WireAnswer {
  /** `host:port` that answered. */
  readonly address: string;
  readonly status: number;
  readonly reason: string;
  readonly contentType: string;
  readonly server: string;
  readonly body: Buffer;
  /** The answer's HTTP `Date`, ms since the epoch (whole seconds); null where absent or not a time. */
  readonly serverTime: number | null;
  /** How long the server asks to be left alone (Retry-After with 429 or 503), ms; null where it does not. */
  readonly retryAfter: number | null;
  /** Our clock when the answer's headers were there. */
  readonly receivedAt: number;
}

/** `sent` tells whether a byte can have left: until the connection is up and its certificate checked, none has. */
export type WriteAnswer =
  | { readonly sent: true; readonly answer: WireAnswer }
  | { readonly sent: true; readonly error: AppError }
  | { readonly sent: false; readonly error: AppError };
