import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { APP_TOKEN, NOBODY, NO_ACL_TOKEN, OPERATOR_TOKEN } from "../../simulator/credentials.ts";
import { parseUpid } from "../../simulator/tasks/upid.ts";
import { demoWorld } from "../../simulator/worlds/demo.ts";
import { logIn, rows, texts, upidOf, withToken } from "./client.ts";
import { house, stopHousesAfterEach } from "./house.ts";

stopHousesAfterEach();

const NOW = Date.parse("2026-11-20T12:00:00Z");

describe("a task log", () => {
  it("is paged by start and limit, 50 lines unless told, all with limit 0", async () => {
    const { admin, ended } = await house();
    const archive = String(
      rows(await admin.get("/nodes/pve1/storage/nas/content", { vmid: 100 }))[0]?.["volid"],
    );
    const started = await admin.post("/nodes/pve1/qemu", { vmid: 200, archive, storage: "local-lvm" });
    const { lines } = await ended(started);
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}/log`;
    expect(texts(await admin.get(path))).toEqual(lines.slice(0, 50));
    expect(texts(await admin.get(path, { start: 50 }))).toEqual(lines.slice(50, 100));
    expect(texts(await admin.get(path, { limit: 0 }))).toEqual(lines);
    const page = await admin.get(path, { start: 3, limit: 2 });
    expect(page.body).toEqual({
      total: lines.length,
      data: [
        { n: 4, t: lines[3] },
        { n: 5, t: lines[4] },
      ],
    });
    expect((await admin.get(path, { start: lines.length })).body).toEqual({ total: lines.length, data: [] });
    expect((await admin.get(path, { limit: -1 })).body?.errors).toEqual({
      limit: "value must have a minimum value of 0",
    });
    const download = await admin.get(path, { download: 1 });
    expect(download.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(download.raw).toString()).toBe(`${lines.join("\n")}\n`);
  });

  it("that was rotated away is one strange line, and its status unknown", async () => {
    const { simulator, admin, ended } = await house();
    const started = await admin.post("/nodes/pve1/qemu/101/status/start");
    await ended(started);
    simulator.control.forgetTask(upidOf(started));
    const path = `/nodes/pve1/tasks/${encodeURIComponent(upidOf(started))}`;
    expect((await admin.get(`${path}/log`)).body).toEqual({
      total: 1,
      data: [{ n: 1, t: "unable to open file - No such file or directory" }],
    });
    expect((await admin.get(`${path}/status`)).body?.errors).toEqual({ upid: "no such task" });
  });

  it("of a worker that died is cut off, and its end unexpected", async () => {
    const { simulator, admin, ended } = await house({ speed: 1 });
    const started = await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" });
    simulator.control.loseTask(upidOf(started));
    const task = await ended(started);
    expect(task.exit).toBe("unexpected status");
    expect(task.lines.at(-1)).toMatch(/^INFO: /);
    expect((await admin.get("/nodes/pve1/qemu/100/status/current")).body?.data).toMatchObject({
      lock: "backup",
    });
  });
});

describe("a task list", () => {
  it("shows running tasks only when asked for them, and calls them RUNNING", async () => {
    const { simulator, admin } = await house({ speed: 1 });
    const upid = upidOf(await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas" }));
    expect(rows(await admin.get("/nodes/pve1/tasks"))).toEqual([]);
    expect(rows(await admin.get("/nodes/pve1/tasks", { source: "active" }))).toMatchObject([
      { upid, status: "RUNNING" },
    ]);
    expect(rows(await admin.get("/cluster/tasks"))[0]).not.toHaveProperty("status");
    simulator.control.stopTask(upid);
  });

  it("filters by type, guest, user, time and status, and counts all that match", async () => {
    const { admin } = await house({ world: () => demoWorld({ now: NOW }), now: () => NOW });
    const list = async (
      fields: Record<string, string | number>,
    ): Promise<readonly Record<string, unknown>[]> =>
      rows(await admin.get("/nodes/harbor-3/tasks", { limit: 500, ...fields }));
    const all = await list({});
    expect(all.length).toBeGreaterThan(40);
    expect(await list({ typefilter: "vzdump" })).toEqual(all.filter((row) => row["type"] === "vzdump"));
    expect(await list({ userfilter: "operator" })).toEqual(
      all.filter((row) => row["user"] === "operator@pve"),
    );
    expect(await list({ errors: 1 })).toEqual(all.filter((row) => row["status"] !== "OK"));
    expect(await list({ statusfilter: "warning,error" })).toEqual(
      all.filter((row) => row["status"] !== "OK" && row["status"] !== "unexpected status"),
    );
    const middle = Number(all[20]?.["starttime"]);
    expect(await list({ since: middle, until: middle })).toEqual(
      all.filter((row) => row["starttime"] === middle),
    );
    const none = await admin.get("/nodes/harbor-3/tasks", { limit: 0 });
    expect(none.body).toEqual({ data: [], total: all.length });
  });

  it("forgets what its index has no room for", async () => {
    const { simulator, admin } = await house({ world: () => demoWorld({ now: NOW }), now: () => NOW });
    simulator.control.setTaskIndexSize(7);
    expect(rows(await admin.get("/nodes/harbor-1/tasks"))).toHaveLength(7);
  });

  it("shows a user his own and his tokens' tasks, a token only its own", async () => {
    const { simulator, admin, ended } = await house();
    const [app, operator] = [withToken(simulator, APP_TOKEN), withToken(simulator, OPERATOR_TOKEN)];
    await ended(await app.post("/nodes/pve1/qemu/101/status/start"));
    const rowOf = rows(await admin.get("/nodes/pve1/tasks"))[0];
    expect(rowOf).toMatchObject({ user: "admin@pve", tokenid: "app" });
    expect(parseUpid(String(rowOf?.["upid"]))?.user).toBe("admin@pve!app");
    expect(rows(await (await logIn(simulator, NOBODY)).get("/nodes/pve1/tasks"))).toEqual([]);
    expect(rows(await operator.get("/nodes/pve1/tasks"))).toHaveLength(1);
    const poor = withToken(simulator, NO_ACL_TOKEN);
    await ended(await admin.post("/nodes/pve1/qemu/101/status/stop"));
    expect(rows(await poor.get("/nodes/pve1/tasks"))).toEqual([]);
  });
});
