import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import { fakeClock } from "../proxmox/fake-clock.ts";
import type { Parts } from "../proxmox/recorded.ts";
import { asks } from "../proxmox/recorded-asks.ts";
import { apiServer, tokenSession } from "../proxmox/test-server.ts";
import type { TestServer } from "../proxmox/test-server.ts";

/** Whatever stands wherever in an answer: it is read, or refused as an AppError; a wrong shape is never an empty list. */

const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";
const volume = "local:backup/vzdump-qemu-110-2026_11_20-14_38_01.vma.zst";
const figures = { cpu: 0.1, maxcpu: 4, mem: 1024, maxmem: 2048, uptime: 60 };
const guest = { ...figures, name: "a", status: "running", tags: "x;y", lock: "backup", disk: 1, maxdisk: 2 };
const task = { upid, starttime: 1795185481, endtime: 1795185499, status: "OK" };
const certificate = {
  filename: "pve-ssl.pem",
  fingerprint: "84:4F",
  subject: "a",
  notbefore: 1,
  notafter: 2,
};
const backup = {
  volid: volume,
  vmid: 110,
  ctime: 1795185481,
  size: 9,
  notes: "n",
  protected: 1,
  verification: { state: "ok" },
};
const room = {
  type: "dir",
  content: "backup,iso",
  shared: 0,
  enabled: 1,
  active: 1,
  total: 9,
  used: 4,
  avail: 5,
};

/** What a server answers to a request in good order, as `data`. */
const samples: Readonly<Record<string, unknown>> = {
  "access.version": { version: "9.2.11" },
  "access.realms": [{ realm: "pam", type: "pam", default: 1 }],
  "access.permissions": { "/": { "Sys.Audit": 1 }, "/vms": { "VM.Audit": 0 } },
  "cluster.status": [
    { type: "cluster", name: "c", quorate: 1 },
    { type: "node", name: "pve1", online: 1, local: 1, ip: "192.0.2.1" },
  ],
  "cluster.resources": [
    { ...guest, id: "qemu/100", type: "qemu", vmid: 100, node: "pve1" },
    { ...figures, id: "node/pve1", type: "node", node: "pve1", status: "online" },
    {
      id: "storage/pve1/local",
      type: "storage",
      node: "pve1",
      storage: "local",
      plugintype: "dir",
      content: "backup",
    },
  ],
  "cluster.nextId": "100",
  "cluster.haResources": [{ sid: "vm:100", state: "started" }],
  "cluster.nodes": [{ ...figures, node: "pve1", status: "online" }],
  "cluster.nodeStatus": { uptime: 60, pveversion: "pve-manager/9.2.11" },
  "cluster.nodeCertificates": [certificate],
  "guests.status": { ...guest, ha: { managed: 1 }, qmpstatus: "running", agent: 1 },
  "guests.config": {
    name: "a",
    cores: 2,
    memory: "512",
    scsi0: "local:1/a.raw,size=8G",
    net0: "virtio=AA,bridge=b",
  },
  "guests.snapshots": [{ name: "current" }, { name: "before" }],
  "storage.onNode": [{ ...room, storage: "local" }],
  "storage.status": room,
  "storage.content": [backup],
  "storage.volume": backup,
  "backup.defaults": { mode: "snapshot", "prune-backups": { "keep-last": "3" }, remove: 1 },
  "backup.savedConfig": "name: a\n",
  "tasks.list": [task],
  "tasks.status": { ...task, status: "stopped", exitstatus: "OK" },
  "tasks.log": [{ n: 1, t: "INFO: a" }],
  "tasks.stop": null,
  "guests.power": upid,
  "guests.restoreVm": upid,
  "guests.restoreContainer": upid,
  "backup.run": upid,
};
/** The login's answer is read by `auth.ts`, which has its own tests (session.test.ts). */
const elsewhere = ["access.ticket"];

const lists = Object.entries(samples)
  .filter(([, sample]) => Array.isArray(sample))
  .map(([name]) => name);

const parts: Parts = {
  node: "pve1",
  guest: "qemu",
  vmid: "110",
  action: "start",
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
async function ask(name: string, data: unknown): Promise<"read" | "refused"> {
  const run = asks[name];
  if (run === undefined) throw new Error(`nothing asks for ${name}`);
  asked = name;
  said = data;
  try {
    await run({ session, trust: server.trust, parts, params });
    return "read";
  } catch (error) {
    if (!isAppError(error) && !(error instanceof Error && /rows of a real server/u.test(error.message)))
      throw error;
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
    for (const [name, sample] of Object.entries(samples))
      expect([name, await ask(name, sample)]).toEqual([name, "read"]);
  });

  it.each(Object.keys(samples))(
    "30 as the whole of %s is read or refused, never a surprise",
    async (name) => {
      await fc.assert(
        fc.asyncProperty(odd, async (data) => {
          const outcome = await ask(name, data);
          if (lists.includes(name) && !Array.isArray(data)) expect(outcome).toBe("refused");
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(Object.keys(samples))(
    "30 at any place of %s is read or refused, never a surprise",
    async (name) => {
      const sample = samples[name];
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...placesIn(sample)), odd, async (path, put) => {
          await ask(name, withAt(sample, path, put));
        }),
        { numRuns: 60 },
      );
    },
  );
});
