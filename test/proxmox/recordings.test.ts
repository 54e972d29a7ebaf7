import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { hasPrivilege, readPermissions } from "../../electron/proxmox/pve/access.ts";
import { extractConfig, readVzdumpDefaults, vzdump } from "../../electron/proxmox/pve/backup.ts";
import {
  isFreeId,
  listHaResources,
  listResources,
  nextFreeId,
  readClusterStatus,
} from "../../electron/proxmox/pve/cluster.ts";
import {
  countSnapshots,
  powerGuest,
  readGuestConfig,
  readGuestStatus,
} from "../../electron/proxmox/pve/guests.ts";
import { listNodeCertificates, listNodes, readNodeStatus } from "../../electron/proxmox/pve/nodes.ts";
import { restoreContainer, restoreVm } from "../../electron/proxmox/pve/restore.ts";
import {
  listBackups,
  listStorages,
  readBackupVolume,
  readStorageStatus,
} from "../../electron/proxmox/pve/storage.ts";
import { listTasks, readTaskLog, readTaskStatus, stopTask } from "../../electron/proxmox/pve/tasks.ts";
import { readVersion } from "../../electron/proxmox/pve/version.ts";
import { realms } from "../../electron/proxmox/probe.ts";
import { secretOf } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import { powerActionSchema } from "../../shared/guest.ts";
import { fakeClock } from "./fake-clock.ts";
import { apiServer, never } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

const facts = process.env["PROXMOXER_FACTS"] ?? join(import.meta.dirname, "../../../shared");
const folder = join(facts, "recordings");

const recordingSchema = z.object({
  method: z.string(),
  path: z.string(),
  params: z.record(z.string(), z.unknown()).nullable().catch(null),
  auth: z.unknown(),
  status: z.number(),
  statusText: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  bodyIsEmpty: z.boolean().optional(),
});
type Recording = z.infer<typeof recordingSchema> & { readonly name: string };

function readRecordings(): readonly Recording[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => ({
      name: name.replace(/\.json$/u, ""),
      ...recordingSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))),
    }));
}

type Ask = (
  session: Session,
  parts: Record<string, string>,
  params: Record<string, unknown>,
) => Promise<unknown>;

/** A rows' answer must not hide any row of a real server. */
function whole<T extends { readonly bad: number }>(answer: T): T {
  if (answer.bad > 0) throw new Error(`${answer.bad} rows of a real server could not be read`);
  return answer;
}

const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
const guestOf = (parts: Record<string, string>) => ({
  node: parts["node"] ?? "",
  vmid: Number(parts["vmid"]),
  type: parts["type"] === "lxc" ? ("lxc" as const) : ("qemu" as const),
});
const node = (parts: Record<string, string>) => ({ node: parts["node"] ?? "" });
const restoreOf = (parts: Record<string, string>, params: Record<string, unknown>, volid: unknown) => ({
  ...node(parts),
  vmid: Number(params["vmid"]),
  volid: text(volid),
  storage: params["storage"] === undefined ? null : text(params["storage"]),
  unique: params["unique"] === "1",
  start: params["start"] === "1",
  name: null,
});

/** Which of our functions asks what was recorded. Path parts in braces are given to it, decoded. */
const asked: readonly (readonly [method: string, path: string, ask: Ask])[] = [
  ["GET", "/version", (session) => readVersion(session, never)],
  ["GET", "/access/domains", (session) => realms(session.address, server.trust, never)],
  ["GET", "/access/permissions", (session) => readPermissions(session, {}, never)],
  ["GET", "/cluster/status", (session) => readClusterStatus(session, never)],
  ["GET", "/cluster/resources", async (session) => whole(await listResources(session, {}, never))],
  [
    "GET",
    "/cluster/nextid",
    (session, _parts, { vmid }) =>
      vmid === undefined ? nextFreeId(session, never) : isFreeId(session, { vmid: Number(vmid) }, never),
  ],
  ["GET", "/cluster/ha/resources", async (session) => whole(await listHaResources(session, never))],
  ["GET", "/nodes", async (session) => whole(await listNodes(session, never))],
  ["GET", "/nodes/{node}/status", (session, parts) => readNodeStatus(session, node(parts), never)],
  [
    "GET",
    "/nodes/{node}/certificates/info",
    async (session, parts) => whole(await listNodeCertificates(session, node(parts), never)),
  ],
  [
    "GET",
    "/nodes/{node}/{type}/{vmid}/status/current",
    (session, parts) => readGuestStatus(session, guestOf(parts), never),
  ],
  [
    "GET",
    "/nodes/{node}/{type}/{vmid}/config",
    (session, parts) => readGuestConfig(session, guestOf(parts), never),
  ],
  [
    "GET",
    "/nodes/{node}/{type}/{vmid}/snapshot",
    (session, parts) => countSnapshots(session, guestOf(parts), never),
  ],
  [
    "POST",
    "/nodes/{node}/{type}/{vmid}/status/{action}",
    (session, parts) =>
      powerGuest(session, { ...guestOf(parts), action: powerActionSchema.parse(parts["action"]) }, never),
  ],
  [
    "GET",
    "/nodes/{node}/storage",
    async (session, parts) => whole(await listStorages(session, node(parts), never)),
  ],
  [
    "GET",
    "/nodes/{node}/storage/{storage}/status",
    (session, parts) =>
      readStorageStatus(session, { ...node(parts), storage: parts["storage"] ?? "" }, never),
  ],
  [
    "GET",
    "/nodes/{node}/storage/{storage}/content",
    async (session, parts) =>
      whole(await listBackups(session, { ...node(parts), storage: parts["storage"] ?? "" }, never)),
  ],
  [
    "GET",
    "/nodes/{node}/storage/{storage}/content/{volid}",
    (session, parts) => readBackupVolume(session, { ...node(parts), volid: parts["volid"] ?? "" }, never),
  ],
  [
    "GET",
    "/nodes/{node}/vzdump/defaults",
    (session, parts) => readVzdumpDefaults(session, { ...node(parts), storage: "local" }, never),
  ],
  [
    "GET",
    "/nodes/{node}/vzdump/extractconfig",
    (session, parts, { volume }) => extractConfig(session, { ...node(parts), volid: text(volume) }, never),
  ],
  [
    "POST",
    "/nodes/{node}/vzdump",
    (session, parts) =>
      vzdump(
        session,
        { ...node(parts), vmid: 100, storage: "local", mode: "snapshot", compress: "zstd" },
        never,
      ),
  ],
  [
    "POST",
    "/nodes/{node}/qemu",
    (session, parts, params) => restoreVm(session, restoreOf(parts, params, params["archive"]), never),
  ],
  [
    "POST",
    "/nodes/{node}/lxc",
    (session, parts, params) =>
      restoreContainer(session, restoreOf(parts, params, params["ostemplate"]), never),
  ],
  [
    "GET",
    "/nodes/{node}/tasks",
    async (session, parts) => whole(await listTasks(session, { ...node(parts), start: 0, limit: 50 }, never)),
  ],
  [
    "GET",
    "/nodes/{node}/tasks/{upid}/status",
    (session, parts) => readTaskStatus(session, { upid: parts["upid"] ?? "" }, never),
  ],
  [
    "GET",
    "/nodes/{node}/tasks/{upid}/log",
    (session, parts) => readTaskLog(session, { upid: parts["upid"] ?? "", start: 0, limit: 500 }, never),
  ],
  [
    "DELETE",
    "/nodes/{node}/tasks/{upid}",
    (session, parts) => stopTask(session, { upid: parts["upid"] ?? "" }, never),
  ],
  ["POST", "/access/ticket", (session) => session.logIn(never)],
];

/** Recorded on purpose with what the client never sends or reads: other formats, other bodies, other kinds of restore. */
const notOurs = [
  /__format-/u,
  /^POST__nodes-pve1-(?:qemu|lxc)__(?:create-|restore-.*force)/u,
  /^POST__.*json/u,
  /^POST__access-ticket__(?:empty|missing-password|no-realm|separate-realm|otp-inline)/u,
  /finished-download$/u,
  // Refused before they are sent: ids that are none.
  /bad_node!|qemu-1-config|notanumber|UPID-bogus/u,
  // Other content than backups.
  /storage-local-content(?:__images|__bogus-content-type)?$/u,
];

function matched(recording: Recording): readonly [Ask, Record<string, string>] | null {
  if (notOurs.some((pattern) => pattern.test(recording.name))) return null;
  const path = recording.path.split("?")[0] ?? "";
  for (const [method, template, ask] of asked) {
    if (method !== recording.method) continue;
    const pattern = template.replaceAll(/\{(\w+)\}/gu, (_all, name: string) =>
      name === "type"
        ? "(?<type>qemu|lxc)"
        : name === "action"
          ? "(?<action>start|stop|shutdown|reboot)"
          : `(?<${name}>[^/]+)`,
    );
    const match = new RegExp(`^${pattern}$`, "u").exec(path);
    if (match === null) continue;
    const parts = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return [ask, Object.fromEntries(parts) as Record<string, string>];
  }
  return null;
}

/** What each recorded refusal must become, by the words of the server. Whatever is not here must be a success. */
function expected(recording: Recording): string {
  const { status, statusText, body, name } = recording;
  const said = JSON.stringify(body ?? "");
  const isLogin = recording.path === "/access/ticket";
  if (status === 401) {
    return isLogin ? "server.wrongCredentials" : "server.tokenRefused";
  }
  if (status === 403) return name.includes("tasks-UPID-status") ? "hidden" : "server.forbidden";
  if (status === 501) return "server.unsupported";
  if (status === 595 || status === 596)
    return /^\/nodes\/[^/]+/u.test(recording.path) ? "server.nodeDown" : "server.unavailable";
  if (status === 400) {
    if (said.includes("no such task"))
      return name.includes("unknown-upid") || name.includes("other-node") ? "gone" : "server.notFound";
    if (said.includes("already exists"))
      return recording.path === "/cluster/nextid" ? "taken" : "server.alreadyExists";
    if (said.includes("No such storage")) return "server.notFound";
    if (said.includes("property is not defined")) return "server.unsupported";
    return "server.badRequest";
  }
  if (statusText.startsWith("RPCEnvironment init")) return "server.unavailable";
  if (/hostname lookup|address lookup/u.test(statusText)) return "server.nodeDown";
  if (/does not exist|no format/u.test(statusText)) return "server.notFound";
  if (/already exists/u.test(statusText)) return "server.alreadyExists";
  if (/is locked/u.test(statusText)) return "server.locked";
  return status === 200 ? "read" : "server.error";
}

/** Launches answer with an outcome, not with an error: a code where refused, and for ambiguous ones that word with it. */
function named(value: unknown): string {
  const outcome = z
    .object({
      outcome: z.string(),
      error: z.object({ code: z.string() }).optional(),
      upid: z.string().optional(),
    })
    .safeParse(value);
  if (!outcome.success) {
    const state = z.object({ state: z.enum(["gone", "hidden"]) }).safeParse(value);
    if (state.success) return state.data.state;
    return value === false ? "taken" : "read";
  }
  return outcome.data.error?.code ?? "read";
}

async function outcomeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    return named(await run());
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}

let server: TestServer;
let current: Recording | null = null;
const opened: Session[] = [];

function replaySession(recording: Recording): Session {
  const isLogin = recording.path === "/access/ticket";
  const upid = /"(UPID:[^"]+)"/u.exec(JSON.stringify(recording.body ?? ""))?.[1];
  const user = upid?.split(":")[7] ?? "admin@pve";
  const login =
    user.includes("!") && !isLogin
      ? ({ kind: "token", tokenId: user } as const)
      : isLogin
        ? ({ kind: "password", user: text(recording.params?.["username"]) || "admin@pve" } as const)
        : ({ kind: "token", tokenId: "admin@pve!replay" } as const);
  const session = createSession({
    kind: "pve",
    routes: [server],
    login,
    secret: () => Promise.resolve(secretOf("CANARY")),
    clock: fakeClock(),
  });
  opened.push(session);
  // The recorded UPIDs belong to whoever was recorded; only the shape is our business here.
  return upid === undefined ? session : { ...session, owner: user };
}

const hasFacts = existsSync(folder);

describe("the recordings of a real server", () => {
  const recordings = hasFacts ? readRecordings() : [];

  beforeAll(async () => {
    server = await apiServer((request, response) => {
      const isExtra = request.url === "/api2/json/version" && current?.path !== "/version";
      if (current === null || isExtra) {
        response.setHeader("content-type", "application/json");
        response.end('{"data":{"version":"9.2.11","release":"9.2","repoid":"x"}}');
        return;
      }
      const {
        "Content-Length": _length,
        Connection: _connection,
        "Content-Encoding": _encoding,
        ...headers
      } = current.headers;
      response.writeHead(current.status, current.statusText, headers);
      response.end(
        current.bodyIsEmpty === true
          ? ""
          : typeof current.body === "string"
            ? current.body
            : JSON.stringify(current.body),
      );
    });
  });

  afterAll(async () => {
    for (const session of opened) await session.close();
    await server.close();
  });

  it.skipIf(!hasFacts)(
    "are read, or become the right code, each by the function that asks for it",
    async () => {
      const wrong: string[] = [];
      let count = 0;
      let refusals = 0;
      for (const recording of recordings) {
        const match = matched(recording);
        if (match === null) continue;
        const [ask, parts] = match;
        current = recording;
        const outcome = await outcomeOf(
          async () => await ask(replaySession(recording), parts, recording.params ?? {}),
        );
        const wanted = expected(recording);
        if (outcome !== wanted)
          wrong.push(
            `${recording.name}: ${outcome}, not ${wanted} (${recording.status} ${recording.statusText})`,
          );
        count += 1;
        if (recording.status !== 200) refusals += 1;
      }
      process.stdout.write(
        `recordings: ${recordings.length} there, ${count} of endpoints in use (${refusals} refusals) read\n`,
      );
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(200);
      expect(refusals).toBeGreaterThan(60);
    },
    60_000,
  );

  it.runIf(!hasFacts)("skipped: no reference data", () => {
    process.stdout.write("skipped: no reference data\n");
  });

  it("knows what is inherited from a path above", () => {
    const permissions = new Map([
      ["/", new Map([["Sys.Audit", true]])],
      ["/vms", new Map([["VM.Audit", false]])],
      ["/vms/100", new Map([["VM.Backup", true]])],
    ]);
    expect(hasPrivilege(permissions, "/nodes/pve1", "Sys.Audit")).toBe(true);
    expect(hasPrivilege(permissions, "/vms", "VM.Audit")).toBe(true);
    expect(hasPrivilege(permissions, "/vms/101", "VM.Audit")).toBe(false);
    expect(hasPrivilege(permissions, "/vms/100", "VM.Backup")).toBe(true);
    expect(hasPrivilege(permissions, "/vms/100", "VM.Audit")).toBe(false);
    expect(hasPrivilege(new Map(), "/", "Sys.Audit")).toBe(false);
  });
});
