import type { Tickets } from "../../access/tickets.ts";
import type { Certificate } from "../../certificate.ts";
import { ApiError } from "../../errors.ts";
import { fromForm, type ApiRequest } from "../../http/request.ts";
import { pause } from "../../pause.ts";
import { atLeast } from "../../profiles/pbs.ts";
import type { Match } from "../../routes/route.ts";
import type { Raw, Values } from "../../schema.ts";
import { privileges } from "../access/rights.ts";
import type { Permission, Route } from "../routes/route.ts";
import { known, required, STRING, verify, type Parameter } from "../schema.ts";
import { runSchedules } from "../schedules.ts";
import { failed, refused, type BackupState } from "../state.ts";
import { advance } from "../tasks/engine.ts";
import type { Answer } from "./answer.ts";
import { authenticate } from "./authenticate.ts";

export type Api = {
  readonly state: BackupState;
  readonly tickets: Tickets;
  readonly find: (method: string, path: string) => Match<Route> | null;
  readonly certificate: () => Certificate;
};

/** Path and query together may be this long. */
const MAX_QUERY = 3072;

function allowed(
  api: Api,
  permission: Permission,
  uri: Readonly<Record<string, string>>,
  authid: string,
): boolean {
  if (permission.self !== undefined && uri[permission.self] === authid) return true;
  const path = permission.path.replaceAll(/\{([\w-]+)\}/g, (_, name: string) => uri[name] ?? "");
  const found = privileges(api.state.world, authid, path);
  return permission.any
    ? permission.privileges.some((name) => found.has(name))
    : permission.privileges.every((name) => found.has(name));
}

function readParameters(request: ApiRequest): { readonly raw: Raw; readonly json: boolean } {
  const type = request.headers["content-type"];
  const kind = type?.split(";")[0]?.trim();
  const body = request.body.toString("utf8");
  if (kind === "application/json") {
    try {
      return { raw: body === "" ? {} : (JSON.parse(body) as Raw), json: true };
    } catch (cause) {
      throw Object.assign(failed(String(cause)), { cause });
    }
  }
  if (type !== undefined && kind !== "application/x-www-form-urlencoded")
    throw failed(`unsupported content type Ok("${type}")`);
  const { _dc, ...raw } = fromForm([body, request.query].filter(Boolean).join("&"));
  return { raw, json: false };
}

/** The node of a path: `localhost`, or its own name. */
const nodeRule = (api: Api): Parameter => ({
  ...required(STRING),
  format: (name) => (name === "localhost" || name === api.state.world.node ? null : `no such node '${name}'`),
});

function parameters(api: Api, match: Match<Route>, request: ApiRequest): Values {
  const ofPath = match.uri["node"] === undefined ? {} : { node: nodeRule(api) };
  const rules = { ...known(match.route.parameters ?? {}, api.state.world.version), ...ofPath };
  const { raw, json } = readParameters(request);
  return verify(rules, { ...raw, ...match.uri }, json);
}

/** One call from its words to its answer, in the server's order: login, route, permission, parameters, work. */
export async function handle(
  api: Api,
  request: ApiRequest,
  signal: AbortSignal,
  caller: (authid: string) => void,
): Promise<Answer> {
  const path = decodeURI(request.path);
  if (!["json", "extjs"].includes(request.format))
    throw failed(`Unsupported output format '${request.format}'.`);
  if (request.path.length + request.query.length > MAX_QUERY) throw new ApiError(414, "");
  advance(api.state);
  if (api.state.settings.schedules) runSchedules(api.state);
  const found = api.find(request.method, request.path);
  const match = found && atLeast(api.state.world.version, found.route.since ?? "3.4") ? found : null;
  let authid = "";
  if (!match?.route.world) {
    try {
      authid = authenticate(api.state, api.tickets, request.method, request.headers);
    } catch (error) {
      await pause(api.state.settings.loginFailureDelay, signal);
      throw error;
    }
    caller(authid);
  }
  if (!match) throw new ApiError(404, `Path '/api2/${request.format}${path}' not found.`);
  const { permission } = match.route;
  if (permission && !allowed(api, permission, match.uri, authid)) throw refused();
  const result = await match.route.run({
    state: api.state,
    tickets: api.tickets,
    authid,
    headers: request.headers,
    certificate: api.certificate(),
    params: parameters(api, match, request),
  });
  advance(api.state);
  return result;
}
