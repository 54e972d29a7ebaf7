import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { vzdump } from "../../electron/proxmox/pve/backup.ts";
import {
  findTasks,
  listTasks,
  readTaskLog,
  readTaskStatus,
  stopTask,
} from "../../electron/proxmox/pve/tasks.ts";
import { failureOf, openLab, startedUpid } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { before, never, onHost, openTarget } from "./target.ts";
import type { Target } from "./target.ts";

let target: Target;
let lab: Lab;
/** Tasks of ours that fail at once: their target is no storage. */
const upids: string[] = [];
const count = 4;
let begun = 0;

beforeAll(async () => {
  target = await openTarget();
  lab = await openLab(target);
  begun = Date.now();
  for (let n = 0; n < count; n += 1) {
    // Real tasks are seconds apart; the simulator's end within one.
    target.simulator?.control.setClockOffset((n - count) * 2000);
    const input = {
      node: target.node,
      vmid: target.vm,
      storage: "pxm-test-none",
      mode: "snapshot",
      compress: "0",
    } as const;
    const upid = startedUpid(await vzdump(lab.admin, input, never));
    await lab.ended(lab.admin, upid);
    upids.push(upid);
  }
  target.simulator?.control.setClockOffset(0);
}, 120_000);

afterAll(async () => {
  await lab.close();
  await target.close();
}, 60_000);

const unknown = () => `UPID:${target.node}:00001234:00ABCDEF:65000000:vzdump:100:nobody@pve:`;
const first = (): string => upids[0] ?? "";

describe("the tasks of a node", () => {
  it("are read page by page without a gap or a repetition, newest first", async () => {
    const whole = await listTasks(
      lab.admin,
      { node: target.node, type: "vzdump", start: 0, limit: count },
      never,
    );
    expect(whole.bad).toBe(0);
    expect(whole.tasks.map(({ upid }) => upid).toSorted()).toEqual(upids.toSorted());
    const pages = [0, 2].map(
      async (start) =>
        await listTasks(lab.admin, { node: target.node, type: "vzdump", start, limit: 2 }, never),
    );
    const parts = (await Promise.all(pages)).flatMap(({ tasks }) => tasks.map(({ upid }) => upid));
    expect(parts).toEqual(whole.tasks.map(({ upid }) => upid));
    const times = whole.tasks.map(({ startedAt }) => startedAt);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(whole.total).toBeGreaterThanOrEqual(count);
  });

  it("are found by type, guest and time of start", async () => {
    const found = await findTasks(
      lab.admin,
      {
        node: target.node,
        type: "vzdump",
        vmid: target.vm,
        since: begun - 60_000,
        until: Date.now() + 60_000,
      },
      never,
    );
    expect(found.map(({ upid }) => upid)).toEqual(expect.arrayContaining(upids));
    expect(found.every(({ type, id }) => type === "vzdump" && id === String(target.vm))).toBe(true);
    expect(found.find(({ upid }) => upid === first())).toMatchObject({
      node: target.node,
      user: lab.admin.owner,
      status: expect.stringContaining("pxm-test-none") as string,
    });
    expect(
      await findTasks(lab.admin, { node: target.node, type: "qmrestore", vmid: target.vm }, never),
    ).toEqual([]);
  });

  // 6.4 knows no bounds: whoever asks looks at the rows.
  it.skipIf(before("7.4"))("are bounded by the server where it is asked to", async () => {
    const page = { node: target.node, type: "vzdump", start: 0, limit: 500 };
    const early = await listTasks(lab.admin, { ...page, until: begun - 60_000 }, never);
    const late = await listTasks(lab.admin, { ...page, since: Date.now() + 60_000 }, never);
    for (const { tasks } of [early, late]) {
      expect(tasks.map(({ upid }) => upid).filter((upid) => upids.includes(upid))).toEqual([]);
    }
  });

  it("of others are seen with Sys.Audit and not without", async () => {
    const query = { node: target.node, start: 0, limit: 50 };
    const auditor = target.session(await lab.user(["Sys.Audit"]));
    expect((await listTasks(auditor, query, never)).tasks.map(({ upid }) => upid)).toContain(first());
    const other = target.session(await lab.user([]));
    expect((await listTasks(other, query, never)).tasks).toEqual([]);
  });
});

describe("one task", () => {
  it("ends with the server's own words", async () => {
    const status = await readTaskStatus(lab.admin, { upid: first() }, never);
    expect(status).toMatchObject({
      state: "stopped",
      exitStatus: expect.stringContaining("pxm-test-none") as string,
    });
    expect(status).toHaveProperty("serverTime");
  });

  it("that the node does not know is gone, which is neither success nor failure", async () => {
    expect(await readTaskStatus(lab.admin, { upid: unknown() }, never)).toEqual({ state: "gone" });
    expect(await readTaskLog(lab.admin, { upid: unknown(), start: 0, limit: 50 }, never)).toMatchObject({
      lines: [],
      gone: true,
    });
  });

  it("of somebody else is hidden without Sys.Audit", async () => {
    const other = target.session(await lab.user([]));
    expect(await readTaskStatus(other, { upid: first() }, never)).toEqual({ state: "hidden" });
    expect((await failureOf(readTaskLog(other, { upid: first(), start: 0, limit: 50 }, never))).code).toBe(
      "server.forbidden",
    );
  });

  it("of a user is also seen by the user's token, but not the other way round", async () => {
    const account = await lab.user(["VM.Backup", "Datastore.AllocateSpace", "Datastore.Audit"]);
    const token = target.session(await lab.token(account.userid, false));
    const user = target.session(account);
    const input = {
      node: target.node,
      vmid: target.vm,
      storage: target.storage,
      mode: "snapshot",
      compress: "0",
    } as const;
    const upid = startedUpid(await vzdump(token, input, never));
    await stopTask(user, { upid }, never);
    expect(["running", "stopped"]).toContain((await readTaskStatus(user, { upid }, never)).state);
    await lab.ended(user, upid);
    expect(
      (await findTasks(user, { node: target.node, type: "vzdump" }, never)).map((task) => task.user),
    ).toContain(token.owner);
    const own = startedUpid(await vzdump(user, input, never));
    await stopTask(user, { upid: own }, never);
    expect(await readTaskStatus(token, { upid: own }, never)).toEqual({ state: "hidden" });
    await lab.ended(user, own);
  });
});

describe("the log of a task", () => {
  it("is read in windows that fit together", async () => {
    const input = {
      node: target.node,
      vmid: 987_654_321,
      storage: target.storage,
      mode: "snapshot",
      compress: "0",
    } as const;
    const upid = startedUpid(await vzdump(lab.admin, input, never));
    expect(await lab.ended(lab.admin, upid)).toBe("job errors");
    const read = async (start: number, limit: number) =>
      await readTaskLog(lab.admin, { upid, start, limit }, never);
    const whole = await read(0, 500);
    expect(whole.lines.length).toBeGreaterThan(3);
    expect(whole.total).toBe(whole.lines.length);
    expect(whole.lines.map(({ n }) => n)).toEqual(whole.lines.map((_line, index) => index + 1));
    expect(whole.lines.at(-1)?.text).toMatch(/^TASK ERROR: /u);
    expect((await read(0, 1)).lines).toEqual(whole.lines.slice(0, 1));
    expect((await read(1, 2)).lines).toEqual(whole.lines.slice(1, 3));
    expect((await read(whole.lines.length - 1, 50)).lines).toEqual(whole.lines.slice(-1));
    expect((await read(whole.lines.length, 50)).lines).toEqual([]);
    expect((await read(whole.lines.length + 1000, 50)).lines).toEqual([]);
  });

  it.skipIf(onHost)("that was removed is told apart from one that is empty", async () => {
    const upid = upids[1] ?? "";
    target.simulator?.control.forgetTask(upid);
    expect(await readTaskStatus(lab.admin, { upid }, never)).toEqual({ state: "gone" });
    expect(await readTaskLog(lab.admin, { upid, start: 0, limit: 50 }, never)).toMatchObject({ gone: true });
  });
});
