import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { secretOf } from "../../electron/proxmox/secret.ts";
import { createSession } from "../../electron/proxmox/session.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import { fakeClock } from "./fake-clock.ts";
import { bodyOf, catalogued, dataOf, hasRecordings, readRecordings, requestOf, wordsOf } from "./recorded.ts";
import type { Catalogued, Parts, Recording } from "./recorded.ts";
import { asks } from "./recorded-asks.ts";
import type { Ask } from "./recorded-asks.ts";
import { apiServer, never } from "./test-server.ts";
import type { TestServer } from "./test-server.ts";

/** Every answer that was recorded of a request in our catalogue, through the function that sends it. */

/** A request that no function of ours sends yet: whatever it would read, its refusals are told apart here already. */
function bare({ shape }: Catalogued): Ask {
  const request = { ...shape, parameters: {} };
  return async ({ session, parts: { vmid, ...others } }) => {
    const values = vmid === undefined ? others : { ...others, vmid: Number(vmid) };
    if (shape.method !== "GET") return await session.write({ request, values }, never);
    return await session.read({ request, values, schema: z.unknown() }, never);
  };
}

/** What was asked with an id that is none: our own grammar refuses it before anything is sent. */
const neverAsked = /bad_node!|qemu-1-config|notanumber|UPID-bogus/u;
/** 200, but not what our function asked for: a web page, a text, a task of another kind. */
const otherAnswers = /__format-html$|log__finished-download$|qemu__create-|lxc__create-/u;

function refusalOf(recording: Recording): string {
  const { status, name, path, body } = recording;
  const words = `${wordsOf(recording)} ${JSON.stringify(body)}`;
  if (status === 401) return path === "/access/ticket" ? "server.wrongCredentials" : "server.tokenRefused";
  if (status === 403) {
    if (words.includes("does not exist")) return "server.notFound";
    return name.includes("tasks-UPID-status") ? "hidden" : "server.forbidden";
  }
  if (status === 501 || status === 506) return "server.unsupported";
  if (status === 595 || status === 596)
    return path.startsWith("/nodes/") ? "server.nodeDown" : "server.unavailable";
  if (words.includes("RPCEnvironment init")) return "server.unavailable";
  if (/hostname lookup|address lookup/u.test(words)) return "server.nodeDown";
  if (/no such task/u.test(words)) return /unknown-upid|other-node/u.test(name) ? "gone" : "server.notFound";
  if (/does not exist|no format|[Nn]o such/u.test(words)) return "server.notFound";
  if (/already exists/u.test(words)) return path === "/cluster/nextid" ? "taken" : "server.alreadyExists";
  if (/is locked/u.test(words)) return "server.locked";
  if (/file changed? by other user/u.test(words)) return "server.changed";
  if (words.includes(`"property is not defined`)) return "server.unsupported";
  return /Parameter verification failed/u.test(words) ? "server.badRequest" : "server.error";
}

function wantedOf(recording: Recording): string {
  if (neverAsked.test(recording.name)) return "input.invalid";
  if (recording.status !== 200) return refusalOf(recording);
  return otherAnswers.test(recording.name) ? "server.badAnswer" : "read";
}

interface Outcome {
  readonly word: string;
  readonly server: string | undefined;
  readonly fields: readonly string[];
}

const outcomeSchema = z.object({
  outcome: z.string(),
  error: z
    .union([
      z.instanceof(AppError).transform((error) => toErrorData(error)),
      z.looseObject({ code: z.string() }),
    ])
    .optional(),
});
const stateSchema = z.object({ state: z.enum(["gone", "hidden"]) });

/** Launches and writes answer with an outcome, reads with a value or an error. */
function outcomeOf(value: unknown): Outcome {
  const outcome = outcomeSchema.safeParse(value).data;
  const error = isAppError(value) ? toErrorData(value) : outcome?.error;
  const state = stateSchema.safeParse(value).data?.state;
  return {
    word: error?.code ?? state ?? (value === false ? "taken" : "read"),
    server: typeof error?.server === "string" ? error.server : undefined,
    fields: Object.keys(error?.fields ?? {}),
  };
}

async function settle(asking: Promise<unknown>): Promise<Outcome> {
  try {
    return outcomeOf(await asking);
  } catch (error) {
    if (isAppError(error)) return outcomeOf(error);
    throw error;
  }
}

/** Logins have an answer of their own for a 401; all others repeat the server's words, and its fields. */
function problemsOf(recording: Recording, { word, server, fields }: Outcome): readonly string[] {
  const wanted = wantedOf(recording);
  if (word !== wanted) return [`${word}, not ${wanted}`];
  if (!word.startsWith("server.") || [200, 401].includes(recording.status)) return [];
  const found: string[] = [];
  if (server !== wordsOf(recording)) found.push(`says ${server ?? "nothing"}`);
  const body = z.object({ errors: z.record(z.string(), z.string()) }).safeParse(recording.body).data;
  const named = body === undefined ? [] : Object.keys(body.errors);
  if (named.some((field) => !fields.includes(field)))
    found.push(`names ${fields.join()}, not ${named.join()}`);
  if (wordsOf(recording).startsWith("400 ") && fields.length === 0) found.push("names no field");
  return found;
}

let server: TestServer;
let current: Recording | null = null;
const opened: Session[] = [];

function replaySession(recording: Recording): Session {
  const isLogin = recording.path === "/access/ticket";
  const upid = /^UPID:.*/u.exec(String(dataOf(recording)))?.[0];
  const user = upid?.split(":")[7] ?? "admin@pve!replay";
  const username = z.string().min(1).catch("admin@pve").parse(recording.params?.["username"]);
  const session = createSession({
    kind: "pve",
    routes: [server],
    login: isLogin
      ? { kind: "password", user: username }
      : { kind: "token", tokenId: user.includes("!") ? user : "admin@pve!replay" },
    secret: () => Promise.resolve(secretOf("CANARY")),
    clock: fakeClock(),
  });
  opened.push(session);
  // The recorded UPIDs belong to whoever was recorded; only the shape is our business here.
  return upid === undefined ? session : { ...session, owner: user };
}

describe("the recordings of a real server", () => {
  const recordings = hasRecordings ? readRecordings() : [];

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
      response.end(bodyOf(current));
    });
  });

  afterAll(async () => {
    for (const session of opened) await session.close();
    await server.close();
  });

  it("are read, or become the right code with the server's words, each by the function that asks for it", async () => {
    if (!hasRecordings) {
      process.stdout.write("skipped: no reference data\n");
      return;
    }
    const wrong: string[] = [];
    const counts = { read: 0, refused: 0, bare: 0 };
    const notSent = new Map<string, number>();
    const unread = new Set<string>();
    for (const recording of recordings) {
      const found = requestOf(recording);
      if (found === null) {
        const line = `${recording.method} ${recording.path.replaceAll(/\/(?=.*%|\d)[^/]*/gu, "/…")}`;
        notSent.set(line, (notSent.get(line) ?? 0) + 1);
        continue;
      }
      const ask = asks[found.name];
      if (ask === undefined) unread.add(found.name);
      current = recording;
      const outcome = await settle(
        ask === undefined ? askBare(found, recording) : askOf(ask, found.parts, recording),
      );
      wrong.push(...problemsOf(recording, outcome).map((problem) => `${recording.name}: ${problem}`));
      counts[outcome.word !== "read" ? "refused" : ask === undefined ? "bare" : "read"] += 1;
    }
    const inUse = counts.read + counts.refused + counts.bare;
    const others = [...notSent.values()].reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      [
        `recordings: ${recordings.length}; of requests in the catalogue ${inUse}: ${counts.read} read, ${counts.refused} refused as expected,`,
        `  ${counts.bare} taken without a reader of their own yet (${[...unread].join(", ") || "none"})`,
        `not in the catalogue: ${others}, of ${notSent.size} requests:`,
        `  ${[...notSent].map(([line, count]) => (count === 1 ? line : `${line} ×${count}`)).join(", ")}`,
        "",
      ].join("\n"),
    );
    expect(wrong).toEqual([]);
    expect(inUse + others).toBe(recordings.length);
    expect(inUse).toBeGreaterThan(400);
  }, 120_000);

  it("are asked for by requests of the catalogue alone", () => {
    const names = new Set(catalogued.map(({ name }) => name));
    expect(Object.keys(asks).filter((name) => !names.has(name))).toEqual([]);
  });
});

function askOf(ask: Ask, parts: Parts, recording: Recording): Promise<unknown> {
  return ask({
    session: replaySession(recording),
    trust: server.trust,
    parts,
    params: recording.params ?? {},
  });
}

function askBare(found: Catalogued & { readonly parts: Parts }, recording: Recording): Promise<unknown> {
  return askOf(bare(found), found.parts, recording);
}
