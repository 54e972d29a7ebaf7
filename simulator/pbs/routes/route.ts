import type { IncomingHttpHeaders } from "node:http";
import type { Tickets } from "../../access/tickets.ts";
import type { PbsVersion } from "../../profiles/pbs.ts";
import type { Values } from "../../schema.ts";
import { hasAny } from "../access/rights.ts";
import type { Answer } from "../http/answer.ts";
import type { Parameters } from "../schema.ts";
import { failed, type BackupState } from "../state.ts";

/** Everything a handler may look at. */
export type Call = {
  readonly state: BackupState;
  readonly tickets: Tickets;
  /** The caller: `user@realm`, `user@realm!token`, or '' where no login is needed. */
  readonly authid: string;
  readonly headers: IncomingHttpHeaders;
  readonly certificate: { readonly cert: string; readonly fingerprint: string };
  readonly params: Values;
};

/** A declared permission, checked before the parameters; `{name}` is a part of the path. `any` = one of them is enough. */
export type Permission = {
  readonly path: string;
  readonly privileges: readonly string[];
  readonly any?: boolean;
  /** The part of the path that may name the caller himself instead. */
  readonly self?: string;
};

export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for a part. */
  readonly path: string;
  readonly since?: PbsVersion;
  readonly parameters?: Parameters;
  readonly permission?: Permission;
  /** Works without login. */
  readonly world?: boolean;
  readonly run: (call: Call) => Answer | Promise<Answer>;
};

export const answer = (data: unknown, more?: Readonly<Record<string, unknown>>): Answer => ({
  data,
  ...(more ? { more } : {}),
});

export const number = (call: Pick<Call, "params">, name: string): number | null =>
  typeof call.params[name] === "number" ? call.params[name] : null;

/** Whether the caller has one of the privileges on the path. */
export const may = (call: Pick<Call, "state" | "authid">, path: string, wanted: readonly string[]): boolean =>
  hasAny(call.state.world, call.authid, path, wanted);

/** Throws the refusal that handlers themselves speak: a 400 that names privileges and path (pbs-config, check_privs). */
export function demand(call: Call, path: string, wanted: readonly string[]): void {
  if (!may(call, path, wanted)) throw failed(`missing permissions '${wanted.join("|")}' on '${path}'`);
}
