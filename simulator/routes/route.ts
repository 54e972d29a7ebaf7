import type { Tickets } from "../access/tickets.ts";
import { privileges as privilegesOf } from "../access/rights.ts";
import { forbidden } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import type { Parameters, Values } from "../schema.ts";
import type { State } from "../state.ts";

/** Everything a handler may look at. */
export type Call = {
  readonly state: State;
  readonly tickets: Tickets;
  /** The caller: `user@realm`, `user@realm!token`, or '' where no login is needed. */
  readonly authid: string;
  readonly isToken: boolean;
  /** The node whose socket was asked. */
  readonly localNode: string;
  readonly certificates: ReadonlyMap<string, { readonly cert: string; readonly fingerprint: string }>;
  readonly params: Values;
};

/** A declared permission: checked before parameters, with placeholders taken from the path. */
export type Permission = {
  readonly path: string;
  readonly privileges: readonly string[];
  readonly any?: boolean;
};

export type Route = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** With `{name}` for a part. */
  readonly path: string;
  readonly parameters?: Parameters;
  readonly permission?: Permission;
  /** Works without login. */
  readonly open?: boolean;
  /** Refused to API tokens. */
  readonly noToken?: boolean;
  readonly run: (call: Call) => Answer | Promise<Answer>;
};

export const answer = (data: unknown, total?: number): Answer => ({ data, total });

/** A part of the path, as text. */
export const text = (call: Pick<Call, "params">, name: string): string => String(call.params[name] ?? "");
export const optional = (call: Pick<Call, "params">, name: string): string | null =>
  call.params[name] === undefined ? null : String(call.params[name]);
export const flag = (call: Pick<Call, "params">, name: string): boolean => call.params[name] === true;

/** Rights do not change while a call is answered, and a list asks for the same path once a row. */
const known = new WeakMap<Call, Map<string, ReturnType<typeof privilegesOf>>>();

export function may(call: Call, path: string, wanted: readonly string[], any = false): boolean {
  const paths = known.get(call) ?? new Map<string, ReturnType<typeof privilegesOf>>();
  known.set(call, paths);
  const found = paths.get(path) ?? privilegesOf(call.state.world, call.authid, path);
  paths.set(path, found);
  return any ? wanted.some((name) => found.has(name)) : wanted.every((name) => found.has(name));
}

/** Throws the 403 that names what is missing. */
export function demand(call: Call, path: string, privileges: readonly string[], any = false): void {
  if (!may(call, path, privileges, any)) throw forbidden(path, privileges, any);
}

export type Match<R = Route> = { readonly route: R; readonly uri: Readonly<Record<string, string>> };

const split = (path: string): readonly string[] => path.split("/").filter(Boolean);

/** A finder of routes by method and path; `{volume}` takes the whole rest of a path, slashes included. */
export function createRouter<R extends { readonly method: string; readonly path: string }>(
  routes: readonly R[],
): (method: string, path: string) => Match<R> | null {
  const compiled = routes.map((route) => ({ route, parts: split(route.path) }));
  return (method, path) => {
    const parts = split(path).map((part) => decodeURIComponent(part));
    for (const { route, parts: wanted } of compiled) {
      if (route.method !== method) continue;
      const rest = wanted.at(-1) === "{volume}";
      if (rest ? parts.length < wanted.length : parts.length !== wanted.length) continue;
      const uri: Record<string, string> = {};
      const fits = wanted.every((part, index) => {
        if (!part.startsWith("{")) return part === parts[index];
        uri[part.slice(1, -1)] = part === "{volume}" ? parts.slice(index).join("/") : (parts[index] ?? "");
        return true;
      });
      if (fits) return { route, uri };
    }
    return null;
  };
}
