import { appendFileSync } from "node:fs";
import { createWire, type Wire } from "./wire.ts";

type LedgerEntry =
  | {
      readonly kind: "request";
      readonly at: number;
      readonly method: string;
      readonly path: string;
      readonly user: string | null;
      readonly params: Readonly<Record<string, unknown>>;
      /** 0 where the socket was cut before an answer. */
      readonly status: number;
      /** Bytes of both bodies, the answer's before it is compressed. */
      readonly bytesIn: number;
      readonly bytesOut: number;
    }
  | {
      readonly kind: "task";
      readonly at: number;
      readonly upid: string;
      readonly type: string;
      readonly vmid: string;
      readonly user: string;
      readonly params: Readonly<Record<string, unknown>>;
    };

/** Everything the server was asked and every task it started, in order. Nothing is ever taken out of it. */
export type Ledger = {
  readonly add: (entry: LedgerEntry) => void;
  readonly entries: () => readonly LedgerEntry[];
  readonly tasks: () => readonly Extract<LedgerEntry, { kind: "task" }>[];
  readonly requests: () => readonly Extract<LedgerEntry, { kind: "request" }>[];
  /** The line below the requests: sockets, TLS handshakes, bytes. */
  readonly wire: Wire;
};

const SECRET = /password|sshkeys|ticket|tfa-challenge|otp|^code$/;

const withoutSecrets = (params: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(params).filter(([key]) => !SECRET.test(key)));

/** With a file each entry is also a line of JSON there, written before the request is answered, so that another process can read it. */
export function createLedger(file: string | null): Ledger {
  const entries: LedgerEntry[] = [];
  return {
    add: (entry) => {
      const clean = { ...entry, params: withoutSecrets(entry.params) };
      entries.push(clean);
      if (file !== null) appendFileSync(file, `${JSON.stringify(clean)}\n`, { mode: 0o600 });
    },
    entries: () => entries,
    tasks: () => entries.filter((entry) => entry.kind === "task"),
    requests: () => entries.filter((entry) => entry.kind === "request"),
    wire: createWire(),
  };
}
