import type { Tickets } from "../access/tickets.ts";
import { ApiError, died, forbidden, proxyError } from "../errors.ts";
import type { Answer } from "./answer.ts";
import { checkDaemon, checkFileSystem } from "./daemons.ts";
import { authenticate, needsTicket, type Caller } from "./authenticate.ts";
import { pause } from "../pause.ts";
import { readParameters, type ApiRequest } from "./request.ts";
import { profileOf, type Profile } from "../profiles/pve.ts";
import { may, type Call, type Match } from "../routes/route.ts";
import { verify, VMID, STRING, type Parameters, type Raw } from "../schema.ts";
import { nodeOf, type State } from "../state.ts";
import { advance } from "../tasks/engine.ts";

export type Api = {
  readonly state: State;
  readonly tickets: Tickets;
  readonly find: (method: string, path: string) => Match | null;
  readonly certificates: Call["certificates"];
};

/** pveproxy gives up on another node after this long. */
const PROXY_TIMEOUT_MS = 30_000;

/** Format checks of path parts: a malformed one is empty to the permission check (seen on PVE 9.2). */
const URI_RULES: Readonly<Record<string, RegExp>> = {
  node: /^[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?$/,
  poolid: /^[\w.-]+(\/[\w.-]+)*$/,
};

function uriParameters(path: string): Parameters {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  return Object.fromEntries(
    names.map((name) => [name, name === "vmid" ? { ...VMID, required: true } : STRING]),
  );
}

function checkPermission(api: Api, match: Match, raw: Raw, authid: string): void {
  const permission = match.route.permission;
  if (!permission) return;
  const given = (name: string): string => match.uri[name] ?? (typeof raw[name] === "string" ? raw[name] : "");
  const names = [...permission.path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
  const wellFormed = names.every((name) => URI_RULES[name]?.test(given(name)) ?? true);
  const path = permission.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => given(name));
  const call = { state: api.state, authid } as Call;
  if (!wellFormed) throw forbidden("", permission.privileges, permission.any);
  if (!may(call, path, permission.privileges, permission.any))
    throw forbidden(path, permission.privileges, permission.any);
}

/** What happens to a call for a node that is not there. */
async function checkNode(api: Api, name: string, signal: AbortSignal): Promise<void> {
  const node = nodeOf(api.state.world, name);
  if (!node)
    throw died(
      `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
    );
  if (node.online) return;
  if (node.failure === "refused") throw proxyError(595, "Connection refused");
  if (node.failure === "nameless") throw died(`address lookup for '${name}' did not find any IP address`);
  if (node.failure === "certificate")
    throw proxyError(596, "error:0A000086:SSL routines::certificate verify failed");
  await pause(PROXY_TIMEOUT_MS / api.state.clock.speed(), signal);
  throw proxyError(node.failure === "hung" ? 596 : 595, "Connection timed out");
}

/** The route of a request, at the path where this version has it; null where it has none. */
function findIn(api: Api, profile: Profile, request: ApiRequest): Match | null {
  const path = profile.formerPaths[request.path];
  if (path !== undefined) return api.find(request.method, path);
  const match = api.find(request.method, request.path);
  const gone = Object.values(profile.formerPaths).includes(match?.route.path ?? "");
  return match && !gone && !profile.lacks(`${match.route.method} ${match.route.path}`) ? match : null;
}

/** Rows, or one object, without fields that an older version does not send. */
function withoutFields(data: unknown, hidden: ReadonlySet<string>): unknown {
  if (Array.isArray(data)) return data.map((row: unknown) => withoutFields(row, hidden));
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(Object.entries(data).filter(([key]) => !hidden.has(key)));
}

/** Whether a call needs to write to /etc/pve: logging in and stopping a task do not. */
const writesCluster = ({ route }: Match): boolean =>
  route.method !== "GET" && route.path !== "/access/ticket" && !route.path.endsWith("/tasks/{upid}");

/** One call from its words to its answer, in Proxmox's order: login, route, permission, node, parameters, work. */
export async function handle(
  api: Api,
  request: ApiRequest,
  localNode: string,
  signal: AbortSignal,
  known: (caller: Caller) => void,
): Promise<Answer> {
  if (!["GET", "POST", "PUT", "DELETE"].includes(request.method))
    throw proxyError(501, `method '${request.method}' not available`);
  if (!["json", "extjs"].includes(request.format)) {
    throw new ApiError(501, `no formatter for uri ${request.path}, ${request.format}`, { body: "text" });
  }
  checkFileSystem(api.state);
  advance(api.state);
  const profile = profileOf(api.state.world.version);
  const match = findIn(api, profile, request);
  const open = match?.route.open === true;
  const credentials = request.headers.authorization ?? request.headers.cookie;
  let caller: Caller = { authid: "", isToken: false };
  if (!open || (match.route.noToken === true && credentials?.startsWith("PVEAPIToken=") === true)) {
    caller = authenticate(api.state, api.tickets, request.method, request.headers);
    known(caller);
  }
  const raw: Raw = readParameters(request);
  if (!match)
    throw new ApiError(501, `Method '${request.method} ${decodeURI(request.path)}' not implemented`);
  if (match.route.noToken && caller.isToken) throw needsTicket(request.path);
  checkPermission(api, match, raw, caller.authid);
  if (match.uri["node"] !== undefined) await checkNode(api, match.uri["node"], signal);
  await checkDaemon(api.state, match.route, signal);
  if (!api.state.settings.quorum && writesCluster(match)) throw died("cluster not ready - no quorum?");
  const name = `${match.route.method} ${match.route.path}`;
  const today = match.route.parameters ?? {};
  const parameters = { ...profile.parametersOf(name, today), ...uriParameters(match.route.path) };
  const params = verify(parameters, { ...raw, ...match.uri });
  const result = await match.route.run({
    state: api.state,
    tickets: api.tickets,
    ...caller,
    localNode,
    certificates: api.certificates,
    params,
  });
  advance(api.state);
  const hidden = profile.hiddenFields(name);
  return hidden.size === 0 ? result : { ...result, data: withoutFields(result.data, hidden) };
}
