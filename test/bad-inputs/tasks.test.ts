import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createTaskTurns } from "../../electron/clusters/task-turns.ts";
import { systemClock } from "../../electron/proxmox/clock.ts";
import { createJobServer } from "../../electron/clusters/job-server.ts";
import type { Member } from "../../electron/clusters/members.ts";
import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import { findTasks, readTaskLog, readTaskStatus } from "../../electron/proxmox/pve/tasks.ts";
import { prepare } from "../../electron/proxmox/requests/prepare.ts";
import { taskRequests } from "../../electron/proxmox/requests/pve/tasks.ts";
import { createRedactor, secretOf } from "../../electron/proxmox/secret.ts";
import { classifyExit } from "../../electron/progress/exit.ts";
import { parseUpid } from "../../shared/task.ts";
import { fakeClock } from "../proxmox/fake-clock.ts";
import { apiServer, failureOf, never, tokenSession } from "../proxmox/test-server.ts";
import { saying, sayingJson, track } from "./lab.ts";

const upid = "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:";
const malformed: readonly (readonly [string, string])[] = [
  ["a field less", "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:admin@pve!lab:"],
  ["lower-case digits", "UPID:pve1:00000deb:0004585E:6B005B87:vzdump:110:admin@pve!lab:"],
  ["ten digits of pstart", "UPID:pve1:00000DEB:0004585E00:6B005B87:vzdump:110:admin@pve!lab:"],
  ["no colon at the end", "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab"],
  ["a space", "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:1 10:admin@pve!lab:"],
  ["a slash", "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:../110:admin@pve!lab:"],
  ["a newline", `${upid}\n`],
  ["a node that is none", "UPID:..:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:"],
  [
    "the shape of a backup server's",
    "UPID:pve1:00000DEB:0004585E:00000001:6B005B87:vzdump:110:admin@pve!lab:",
  ],
  ["4 kB", `UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:${"1".repeat(4096)}:admin@pve!lab:`],
];

const log = async (data: unknown, total?: number) =>
  await readTaskLog(await sayingJson({ data, total }), { upid, start: 0, limit: 500 }, never);

describe("tasks and logs", () => {
  it.each(malformed)(
    "54 a UPID with %s is none: not asked for, and no proof of a start",
    async (_what, text) => {
      const session = await sayingJson({ data: text });
      expect((await failureOf(readTaskStatus(session, { upid: text }, never))).code).toBe("input.invalid");
      const input = {
        node: "pve1",
        vmid: 110,
        storage: "local",
        mode: "snapshot",
        compress: "zstd",
      } as const;
      expect(await vzdump(session, input, never)).toMatchObject({
        outcome: "ambiguous",
        error: { code: "server.badAnswer" },
      });
    },
  );

  it.each([
    ["another node", "UPID:pve2:00000DEB:0004585E:6B005B87:vzdump:110:admin@pve!lab:"],
    ["another kind", "UPID:pve1:00000DEB:0004585E:6B005B87:qmstop:110:admin@pve!lab:"],
    ["another user", "UPID:pve1:00000DEB:0004585E:6B005B87:vzdump:110:root@pam:"],
  ])("54 a UPID of %s is not ours", async (_what, text) => {
    const input = { node: "pve1", vmid: 110, storage: "local", mode: "snapshot", compress: "zstd" } as const;
    expect(await vzdump(await sayingJson({ data: text }), input, never)).toMatchObject({
      outcome: "ambiguous",
    });
  });

  it("55 a UPID comes out of a path as it went in, whatever stands in it", () => {
    const word = fc.stringMatching(/^[!-.0-9;-~]{1,20}$/u);
    const pve = fc
      .tuple(word, word, word)
      .map(([type, id, user]) => `UPID:pve1:00000DEB:0004585E:6B005B87:${type}:${id}:${user}@pve!lab:`);
    const pbs = fc
      .tuple(word, word)
      .map(
        ([id, user]) =>
          `UPID:pbs1:00000DEB:0004585E:0000001A:6B005B87:verify:${id}\\x3avm-100:${user}@pbs!lab:`,
      );
    fc.assert(
      fc.property(fc.oneof(pve, pbs), (text) => {
        expect(parseUpid(text)?.upid).toBe(text);
        const { path } = prepare(taskRequests.status, { node: "pve1", upid: text }, [9, 2]);
        const segments = path.split("/");
        expect(segments).toHaveLength(8);
        expect(decodeURIComponent(segments[6] ?? "")).toBe(text);
      }),
    );
  });

  it.each([undefined, null, "", {}, [], 0, true])(
    "56 a task that stopped with %j has no known end",
    async (exitstatus) => {
      const session = await sayingJson({ data: { status: "stopped", exitstatus } });
      const status = await readTaskStatus(session, { upid }, never);
      expect(status).toMatchObject({ state: "stopped" });
      expect(classifyExit(status.state === "stopped" ? status.exitStatus : "OK").status).toBe("unknown");
    },
  );

  it.each(["ok", "OK\n", " OK", "OK (1 warning)", "OKAY", "WARNINGS: 1 ", "WARNINGS: x", "TASK OK"])(
    "56 %j is not success",
    (exitstatus) => {
      expect(["ok", "warnings"]).not.toContain(classifyExit(exitstatus).status);
    },
  );

  it("58 lines of many MB are asked for a few at a time, and one without end is passed over", async () => {
    const limits: number[] = [];
    const server = track(
      await apiServer((request, response) => {
        const query = new URL(request.url ?? "", "https://a").searchParams;
        const limit = Number(query.get("limit"));
        const start = Number(query.get("start"));
        limits.push(limit);
        const text = "x".repeat(start === 3 ? 17_000_000 : 2_500_000);
        // What is too large is cut off by the client: of fifty such lines seven say the same.
        const rows = Array.from(
          { length: Math.min(limit, 7) },
          (_, at) => `{"n":${start + at + 1},"t":"${text}"}`,
        );
        response.end(`{"data":[${rows.join()}],"total":500}`);
      }),
    );
    const session = track(tokenSession(server, { clock: fakeClock() }));
    const some = await readTaskLog(session, { upid, start: 0, limit: 500 }, never);
    expect(some.lines.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    expect(some.lines[0]?.text).toHaveLength(64 * 1024 + 1);
    expect(limits).toEqual([500, 50, 5]);
    const endless = await readTaskLog(session, { upid, start: 3, limit: 1 }, never);
    expect(endless).toEqual({ lines: [{ n: 4, text: "…" }], total: null, gone: false });
  });

  it("59 lines without text or number hide no other, and a total of the wrong kind is none", async () => {
    const rows = [
      { n: 1, t: null },
      { n: "x", t: "y" },
      { t: "z" },
      { n: "2", t: "b" },
      { n: 2, t: "b" },
      { n: 1.5, t: "c" },
    ];
    const session = await sayingJson({ data: rows, total: "many" });
    expect(await readTaskLog(session, { upid, start: 0, limit: 50 }, never)).toEqual({
      lines: [
        { n: 1, text: "" },
        { n: 2, text: "b" },
        { n: 2, text: "b" },
      ],
      total: null,
      gone: false,
    });
  });

  it("61 the words of an empty and of a removed log are not its text", async () => {
    expect(await log([{ n: 1, t: "no content" }], 1)).toEqual({ lines: [], total: 0, gone: false });
    const gone = [{ n: 1, t: "unable to open file - No such file or directory" }];
    expect(await log(gone, 1)).toEqual({ lines: [], total: null, gone: true });
    expect(
      (
        await log(
          [
            { n: 1, t: "INFO: a" },
            { n: 2, t: "no content" },
          ],
          2,
        )
      ).lines,
    ).toHaveLength(2);
  });

  it("62 a secret that a program prints is taken out before a line is kept or shown", async () => {
    const redactor = createRedactor();
    redactor.register(secretOf("CANARY-9f2b7c"));
    const ticket = "PVE:admin@pve:6B005AD7::c2lnbmF0dXJl";
    const session = await sayingJson({
      data: [
        { n: 1, t: "hook: token CANARY-9f2b7c" },
        { n: 2, t: `curl -b PVEAuthCookie=${ticket}` },
      ],
      total: 2,
    });
    const server = createJobServer({
      member: () => ({ session }) as Member,
      turns: createTaskTurns(systemClock),
      isWatched: () => true,
      redact: redactor.redact,
    });
    const { lines } = await server.taskLog(upid, 0, 50, never);
    expect(JSON.stringify(lines)).not.toMatch(/CANARY|c2lnbmF0dXJl/u);
    expect(lines[0]?.text).toContain("hook: token");
  });

  it("92 a server with tasks without end is not read without end", async () => {
    const row = (n: number) => ({
      upid: upid.replace("6B005B87", (0x6b000000 + n).toString(16).toUpperCase()),
    });
    const { session, asked } = await saying(
      JSON.stringify({ data: Array.from({ length: 500 }, (_, n) => row(n)) }),
    );
    await findTasks(session, { node: "pve1" }, never);
    expect(asked.filter((line) => line.includes("/tasks")).length).toBeLessThanOrEqual(10);
  });
});
