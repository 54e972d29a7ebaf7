import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import { fakeClock } from "../proxmox/fake-clock.ts";
import type { Parts } from "../proxmox/recorded.ts";
import { asks } from "../proxmox/recorded-asks.ts";
import { apiServer, tokenSession } from "../proxmox/test-server.ts";
import type { TestServer } from "../proxmox/test-server.ts";
import { backupServerSamples, samples, upid, volume } from "./samples.ts";

/** Whatever stands wherever in an answer: it is read, or refused as an AppError; a wrong shape is never an empty list. */

/** The login's answer is read by `auth.ts`, which has its own tests (session.test.ts). */
const elsewhere = ["access.ticket"];

interface Case {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
  readonly sample: unknown;
}

const cases: readonly Case[] = [
  ...Object.entries(samples).map(([name, sample]) => ({
    name,
    ask: async () => await asks[name]?.({ session, trust: server.trust, parts, params }),
    sample,
  })),
  ...Object.entries(backupServerSamples).map(([name, { ask, data }]) => ({
    name: `of a backup server: ${name}`,
    ask: async () => await ask(session),
    sample: data,
  })),
];

const parts: Parts = {
  node: "pve1",
  guest: "qemu",
  vmid: "110",
  action: "start",
  id: "nightly",
  userid: "a@pve",
  tokenid: "lab",
  storage: "local",
  volume,
  upid,
};
const params = { volume, archive: volume, ostemplate: volume, vmid: 210 };

let asked = "";
let said: unknown = null;
let server: TestServer;
let session: Session;
beforeAll(async () => {
  server = await apiServer((request, response) => {
    const isExtra = request.url === "/api2/json/version" && asked !== "access.version";
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data: isExtra ? { version: "9.2.11" } : said }));
  });
  session = tokenSession(server, { clock: fakeClock() });
});
afterAll(async () => {
  await session.close();
  await server.close();
});

/** What became of it; anything but a value and an AppError fails the test. */
async function outcomeOf({ name, ask }: Case, data: unknown): Promise<"read" | "refused"> {
  asked = name;
  said = data;
  try {
    await ask();
    return "read";
  } catch (error) {
    const hasBadRows = error instanceof Error && /rows of a real server/u.test(error.message);
    if (!isAppError(error) && !hasBadRows) throw error;
    return "refused";
  }
}

type Path = readonly (string | number)[];

/** Every place in a value, the whole first. */
function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) => placesIn(one, [...path, key]));
  return [path, ...inner];
}

function withAt(value: unknown, [first, ...rest]: Path, put: unknown): unknown {
  if (first === undefined) return put;
  if (Array.isArray(value))
    return value.map((one: unknown, at) => (at === Number(first) ? withAt(one, rest, put) : one));
  return { ...(value as object), [first]: withAt((value as Record<string, unknown>)[first], rest, put) };
}

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    "",
    "0",
    "1",
    -1,
    1.5,
    2 ** 53,
    1e308,
    true,
    false,
    [],
    {},
    [null],
    "__proto__",
    "\0",
    "\ud800",
    "x".repeat(70_000),
  ),
);

describe("any JSON in an answer", () => {
  it("has a sample for every function that reads one", async () => {
    expect(Object.keys(asks).filter((name) => !(name in samples) && !elsewhere.includes(name))).toEqual([]);
    for (const one of cases) expect([one.name, await outcomeOf(one, one.sample)]).toEqual([one.name, "read"]);
  });

  it.each(cases)("30 as the whole of it is read or refused, never a surprise: $name", async (one) => {
    await fc.assert(
      fc.asyncProperty(odd, async (data) => {
        const outcome = await outcomeOf(one, data);
        if (Array.isArray(one.sample) && !Array.isArray(data)) expect(outcome).toBe("refused");
      }),
      { numRuns: 40 },
    );
  });

  it.each(cases)("30 at any place of it is read or refused, never a surprise: $name", async (one) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...placesIn(one.sample)), odd, async (path, put) => {
        await outcomeOf(one, withAt(one.sample, path, put));
      }),
      { numRuns: 60 },
    );
  });
});
