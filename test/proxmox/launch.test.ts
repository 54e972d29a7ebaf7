import { afterEach, describe, expect, it } from "vitest";

import { notesTemplate, readVzdumpDefaults, vzdump } from "../../electron/proxmox/pve/backup.ts";
import type { VzdumpInput } from "../../electron/proxmox/pve/backup.ts";
import { powerGuest } from "../../electron/proxmox/pve/guests.ts";
import { restoreContainer, restoreVm } from "../../electron/proxmox/pve/restore.ts";
import { findTasks, stopTask } from "../../electron/proxmox/pve/tasks.ts";
import type { Session } from "../../electron/proxmox/session.ts";
import { isAppError } from "../../shared/errors.ts";
import { apiServer, failureOf, never, sendJson, tokenSession } from "./test-server.ts";

const opened: { readonly close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const thing of opened.splice(0).toReversed()) await thing.close();
});

interface Answer {
  readonly status?: number;
  readonly reason?: string;
  readonly data?: unknown;
  readonly errors?: Readonly<Record<string, string>>;
  /** Breaks the connection instead. */
  readonly cut?: boolean;
}

/** A server of one version that answers writes with this; what it got is kept. */
async function serverOf(version: string, answer: Answer) {
  const writes: string[] = [];
  const server = await apiServer((request, response, body) => {
    if (request.url === "/api2/json/version") {
      sendJson(response, 200, { data: { version } });
      return;
    }
    writes.push(`${request.method} ${request.url} ${body}`);
    if (answer.cut === true) response.destroy();
    else if (answer.status === undefined) sendJson(response, 200, { data: answer.data ?? null });
    else {
      const { status, reason: message, errors } = answer;
      sendJson(response, status, { data: null, message, errors }, message);
    }
  });
  const session = tokenSession(server);
  opened.push(server, session);
  return { session, writes, form: () => new URLSearchParams(writes[0]?.split(" ")[2] ?? "") };
}

const upidOf = (type: string, node = "pve1", user = "admin@pve!lab"): string =>
  `UPID:${node}:00000DEB:0004585E:6B005B87:${type}:110:${user}:`;

const backup: VzdumpInput = { node: "pve1", vmid: 110, storage: "local", mode: "snapshot", compress: "zstd" };
const restore = {
  node: "pve1",
  vmid: 210,
  volid: "local:backup/vzdump-qemu-110-2026_11_20-14_38_01.vma.zst",
  storage: "local-lvm",
  unique: true,
  start: false,
  name: "again",
};

describe("the answer to a launch", () => {
  it.each([
    ["a UPID of ours", { data: upidOf("vzdump") }, { outcome: "started", upid: upidOf("vzdump") }],
    ["the word OK", { data: "OK" }, { outcome: "elsewhere" }],
    ["nothing", { data: null }, { outcome: "ambiguous", error: { code: "server.badAnswer" } }],
    ["a number", { data: 123 }, { outcome: "ambiguous" }],
    ["an empty text", { data: "" }, { outcome: "ambiguous" }],
    ["a UPID with a line break", { data: `${upidOf("vzdump")}\n` }, { outcome: "ambiguous" }],
    ["a UPID in lower case", { data: upidOf("vzdump").replace("DEB", "deb") }, { outcome: "ambiguous" }],
    [
      "a UPID of a backup server",
      { data: "UPID:pve1:00000DEB:0004585E:00000001:6B005B87:backup:x:a@pve:" },
      { outcome: "ambiguous" },
    ],
    ["a UPID of another node", { data: upidOf("vzdump", "pve2") }, { outcome: "ambiguous" }],
    ["a UPID of another kind", { data: upidOf("qmrestore") }, { outcome: "ambiguous" }],
    ["a UPID of somebody else", { data: upidOf("vzdump", "pve1", "root@pam") }, { outcome: "ambiguous" }],
    [
      "refused parameters",
      { status: 400, reason: "Parameter verification failed.", errors: { mode: "wrong" } },
      { outcome: "rejected", error: { code: "server.badRequest", status: 400, fields: { mode: "wrong" } } },
    ],
    [
      "a dead login",
      { status: 401, reason: "Authentication failed!" },
      { outcome: "rejected", error: { code: "server.tokenRefused" } },
    ],
    [
      "missing rights",
      { status: 403, reason: "Permission check failed (/vms/110, VM.Backup)" },
      {
        outcome: "rejected",
        error: { code: "server.forbidden", params: { path: "/vms/110", privilege: "VM.Backup" } },
      },
    ],
    [
      "a locked guest",
      { status: 500, reason: "VM is locked (backup)" },
      { outcome: "rejected", error: { code: "server.locked", params: { lock: "backup" } } },
    ],
    [
      "a worker that did not come up",
      { status: 500, reason: "got no worker upid - start worker failed" },
      { outcome: "ambiguous", error: { code: "server.error" } },
    ],
    ["an unknown 500", { status: 500, reason: "Internal Server Error" }, { outcome: "ambiguous" }],
    [
      "a proxy's 502",
      { status: 502, reason: "Bad Gateway" },
      { outcome: "ambiguous", error: { code: "server.unavailable" } },
    ],
    [
      "a node that does not answer",
      { status: 595, reason: "Connection refused" },
      { outcome: "ambiguous", error: { code: "server.nodeDown", params: { node: "pve1" } } },
    ],
    ["a hop that timed out", { status: 596, reason: "Connection timed out" }, { outcome: "ambiguous" }],
    [
      "a broken connection",
      { cut: true },
      { outcome: "ambiguous", error: { code: "server.connectionLost" } },
    ],
  ])("%s", async (_name, answer: Answer, wanted) => {
    const { session, writes } = await serverOf("9.2.11", answer);
    expect(await vzdump(session, backup, never)).toMatchObject(wanted);
    expect(writes).toHaveLength(1);
  });

  it("that nobody gave was never sent", async () => {
    const { session } = await serverOf("9.2.11", {});
    await session.version(never);
    await opened[0]?.close();
    expect(await vzdump(session, backup, never)).toMatchObject({
      outcome: "neverSent",
      error: { code: "server.unreachable" },
    });
  });

  it("is not waited for once the caller has given up before it was sent", async () => {
    const { session, writes } = await serverOf("9.2.11", {});
    const controller = new AbortController();
    controller.abort();
    expect(await vzdump(session, backup, controller.signal)).toMatchObject({
      outcome: "neverSent",
      error: { code: "cancelled" },
    });
    expect(writes).toEqual([]);
  });
});

describe("a backup", () => {
  it("says remove=0, always", async () => {
    for (const version of ["6.4-15", "7.4-17", "8.4.1", "9.2.11", "12.0"]) {
      const { session, form } = await serverOf(version, { data: upidOf("vzdump") });
      await vzdump(session, { ...backup, pruneKeepAll: true }, never);
      expect(form().getAll("remove")).toEqual(["0"]);
    }
  });

  it("sends what was asked for and no more", async () => {
    const { session, writes } = await serverOf("9.2.11", { data: upidOf("vzdump") });
    await vzdump(
      session,
      { ...backup, protected: true, pruneKeepAll: true, notesTemplate: "a b [pxm:X]" },
      never,
    );
    expect(writes).toEqual([
      "POST /api2/json/nodes/pve1/vzdump vmid=110&storage=local&mode=snapshot&compress=zstd&remove=0&prune-backups=keep-all%3D1&protected=1&notes-template=a+b+%5Bpxm%3AX%5D",
    ]);
  });

  it.each([
    ["6.4-15", false],
    ["7.1-10", false],
    ["7.2-3", true],
    ["8.4.1", true],
    ["9.2.11", true],
  ])("for PVE %s carries notes: %s", async (version, carries) => {
    const { session, form } = await serverOf(version, { data: upidOf("vzdump") });
    await vzdump(session, { ...backup, notesTemplate: "x" }, never);
    expect(form().has("notes-template")).toBe(carries);
  });

  it("that shall be protected is refused for servers that cannot, before anything is sent", async () => {
    const { session, writes } = await serverOf("6.4-15", { data: upidOf("vzdump") });
    expect(await vzdump(session, { ...backup, protected: true }, never)).toMatchObject({
      outcome: "rejected",
      error: { code: "server.unsupported" },
    });
    expect(writes).toEqual([]);
  });

  it.each([
    ["node", { node: "../x" }],
    ["guest", { vmid: 99 }],
    ["storage", { storage: "a/b" }],
  ])("of an impossible %s is not sent", async (_name, wrong) => {
    const { session, writes } = await serverOf("9.2.11", { data: upidOf("vzdump") });
    expect((await failureOf(vzdump(session, { ...backup, ...wrong }, never))).code).toBe("input.invalid");
    expect(writes).toEqual([]);
  });
});

describe("the note of a backup", () => {
  const trace = "pxm:01J0000000000000000000000A";

  it.each([
    ["", `[${trace}]`],
    ["before the update", `before the update [${trace}]`],
    ["one\ntwo\r\nthree", String.raw`one [${trace}]\ntwo\nthree`],
    [String.raw`C:\new`, String.raw`C:\\new [${trace}]`],
    [
      "{{guestname}} on {{node}} of {{cluster}}, {{vmid}}",
      `{{guestname}} on {{node}} of {{cluster}}, {{vmid}} [${trace}]`,
    ],
  ])("%j becomes %j", (note, wanted) => {
    expect(notesTemplate({ note, trace })).toBe(wanted);
  });

  it.each([
    "{{bogus}}",
    "{{ node }}",
    "{{",
    "}} {{node}}",
    "{{{node}}}",
    "a\u0000b",
    "a\u001b[31m",
    "ü".repeat(600),
  ])("%j is refused", (note) => {
    try {
      notesTemplate({ note, trace });
      expect.unreachable();
    } catch (error) {
      expect(isAppError(error, "backup.noteInvalid")).toBe(true);
    }
  });
});

describe("the limit of copies", () => {
  it.each([
    ["keep-daily=3,keep-last=2", 5],
    ["keep-last=1", 1],
    ["keep-all=1", null],
    ["keep-last=0", null],
    [{ "keep-last": "2", "keep-weekly": 4 }, 6],
    [{ "keep-all": 1 }, null],
    [undefined, null],
    ["nonsense", null],
  ])("of the rule %j is %j", async (prune, wanted) => {
    const { session } = await serverOf("9.2.11", { data: { "prune-backups": prune, mode: "snapshot" } });
    expect((await readVzdumpDefaults(session, { node: "pve1", storage: "local" }, never)).maxBackups).toBe(
      wanted,
    );
  });

  it("of old servers is maxfiles", async () => {
    const { session } = await serverOf("6.4-15", { data: { maxfiles: "3" } });
    expect((await readVzdumpDefaults(session, { node: "pve1", storage: "local" }, never)).maxBackups).toBe(3);
  });
});

describe("a restore", () => {
  it("of a VM names archive and new id, and never force", async () => {
    const { session, writes } = await serverOf("9.2.11", { data: upidOf("qmrestore") });
    expect(await restoreVm(session, restore, never)).toEqual({
      outcome: "started",
      upid: upidOf("qmrestore"),
    });
    expect(writes).toEqual([
      "POST /api2/json/nodes/pve1/qemu vmid=210&storage=local-lvm&unique=1&start=0&archive=local%3Abackup%2Fvzdump-qemu-110-2026_11_20-14_38_01.vma.zst&name=again",
    ]);
  });

  it("of a container says that it is one", async () => {
    const volid = "local:backup/vzdump-lxc-101-2026_11_20-14_38_01.tar.zst";
    const { session, form } = await serverOf("9.2.11", { data: upidOf("vzrestore") });
    await restoreContainer(
      session,
      { ...restore, volid, storage: null, name: null, start: true, unique: false },
      never,
    );
    expect(Object.fromEntries(form())).toEqual({
      vmid: "210",
      unique: "0",
      start: "1",
      ostemplate: volid,
      restore: "1",
    });
  });

  it("of a file that is no backup is not sent", async () => {
    const { session, writes } = await serverOf("9.2.11", {});
    for (const volid of ["local:backup/../../etc/shadow", "/var/lib/vz/dump/x.vma", "-", "local:iso/x.iso"]) {
      expect((await failureOf(restoreVm(session, { ...restore, volid }, never))).code).toBe("input.invalid");
    }
    expect(writes).toEqual([]);
  });
});

describe("the power of a guest", () => {
  const guest = { node: "pve1", vmid: 110, type: "qemu" as const };

  it.each([
    ["start", "qmstart"],
    ["start", "hastart"],
    ["stop", "qmstop"],
    ["stop", "hastop"],
    ["shutdown", "qmshutdown"],
    ["shutdown", "hastop"],
    ["reboot", "qmreboot"],
  ] as const)("%s is a task %s", async (action, type) => {
    const { session, writes } = await serverOf("9.2.11", { data: upidOf(type) });
    expect(await powerGuest(session, { ...guest, action }, never)).toMatchObject({ outcome: "started" });
    expect(writes).toEqual([`POST /api2/json/nodes/pve1/qemu/110/status/${action} `]);
  });

  it("of a container has other tasks", async () => {
    const { session } = await serverOf("9.2.11", { data: upidOf("vzstart") });
    expect(await powerGuest(session, { ...guest, type: "lxc", action: "start" }, never)).toMatchObject({
      outcome: "started",
    });
    expect(await powerGuest(session, { ...guest, type: "qemu", action: "start" }, never)).toMatchObject({
      outcome: "ambiguous",
    });
  });
});

describe("stopping a task", () => {
  it("is a DELETE without a body", async () => {
    const { session, writes } = await serverOf("9.2.11", { data: null });
    await stopTask(session, { upid: upidOf("vzdump") }, never);
    expect(writes).toEqual([
      "DELETE /api2/json/nodes/pve1/tasks/UPID%3Apve1%3A00000DEB%3A0004585E%3A6B005B87%3Avzdump%3A110%3Aadmin%40pve!lab%3A ",
    ]);
  });

  it("tells a lost answer from a refusal", async () => {
    const lost = await serverOf("9.2.11", { cut: true });
    expect((await failureOf(stopTask(lost.session, { upid: upidOf("vzdump") }, never))).code).toBe(
      "server.unconfirmed",
    );
    const refused = await serverOf("9.2.11", {
      status: 403,
      reason: "Permission check failed (/nodes/pve1, Sys.Modify)",
    });
    expect((await failureOf(stopTask(refused.session, { upid: upidOf("vzdump") }, never))).code).toBe(
      "server.forbidden",
    );
  });
});

describe("looking for tasks", () => {
  async function questions(version: string): Promise<{ readonly session: Session; readonly urls: string[] }> {
    const urls: string[] = [];
    const server = await apiServer((request, response) => {
      if (request.url === "/api2/json/version") {
        sendJson(response, 200, { data: { version } });
        return;
      }
      urls.push(request.url ?? "");
      const start = Number(new URL(request.url ?? "", "https://x").searchParams.get("start"));
      const rows = Array.from({ length: start === 0 ? 500 : 3 }, (_row, n) => ({
        upid: `UPID:pve1:${(start + n).toString(16).toUpperCase().padStart(8, "0")}:0004585E:6B005B87:vzdump:110:admin@pve:`,
        endtime: 1795185545,
        status: "OK",
      }));
      sendJson(response, 200, { data: rows, total: 503 });
    });
    const session = tokenSession(server);
    opened.push(server, session);
    return { session, urls };
  }

  it("reads all pages, running and finished, within the bounds in whole seconds", async () => {
    const { session, urls } = await questions("9.2.11");
    const at = 0x6b005b87 * 1000;
    const found = await findTasks(
      session,
      { node: "pve1", type: "vzdump", since: at - 1500, until: at + 1500 },
      never,
    );
    expect(found).toHaveLength(503);
    expect(urls).toEqual([
      `/api2/json/nodes/pve1/tasks?source=all&start=0&limit=500&typefilter=vzdump&since=${at / 1000 - 2}&until=${at / 1000 + 2}`,
      `/api2/json/nodes/pve1/tasks?source=all&start=500&limit=500&typefilter=vzdump&since=${at / 1000 - 2}&until=${at / 1000 + 2}`,
    ]);
  });

  it("asks old servers without bounds and keeps to them itself", async () => {
    const { session, urls } = await questions("6.4-15");
    const at = 0x6b005b87 * 1000;
    expect(await findTasks(session, { node: "pve1", since: at + 5000, until: at + 9000 }, never)).toEqual([]);
    expect(urls[0]).toBe("/api2/json/nodes/pve1/tasks?source=all&start=0&limit=500");
  });
});
