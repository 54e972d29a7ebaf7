import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { startDemo } from "../../simulator/demo.ts";
import { startSimulator } from "../../simulator/simulator.ts";
import { demoWorld } from "../../simulator/worlds/demo.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { logIn, session, upidOf } from "./client.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "simulator-"));
  folders.push(made);
  return made;
}

describe("the state file", () => {
  it("lets tasks go on over a restart as if the server had never stopped, with the same certificate, port and tickets", async () => {
    const stateFile = join(folder(), "state.json");
    let time = Date.parse("2026-11-20T12:00:00Z");
    const options = { world: () => smallWorld({ now: time }), now: () => time, stateFile };
    const before = await startSimulator(options);
    const admin = await logIn(before);
    const upid = upidOf(
      await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas", compress: "zstd" }),
    );
    time += 10_000;
    const early = before.tasks()[0]?.lines.length ?? 0;
    expect(early).toBeGreaterThan(14);
    const { fingerprint, port } = before;
    await before.stop();
    time += 5000;
    const after = await startSimulator(options);
    expect([after.fingerprint, after.port]).toEqual([fingerprint, port]);
    expect(after.tasks()[0]?.lines.length).toBeGreaterThan(early);
    time += 60_000;
    expect(after.tasks()[0]).toMatchObject({ upid, exit: "OK" });
    const again = session(after, admin.headers);
    expect((await again.get("/nodes/pve1/qemu/100/status/current")).body?.data).not.toHaveProperty("lock");
    expect(after.world.backups.filter((one) => one.vmid === 100 && one.storage === "nas")).toHaveLength(3);
    await after.stop();
  });

  it("gives the same course for the same seed", async () => {
    const run = async (): Promise<readonly string[]> => {
      let time = Date.parse("2026-11-20T12:00:00Z");
      const simulator = await startSimulator({
        world: () => smallWorld({ now: time }),
        now: () => time,
        seed: 7,
      });
      const admin = await logIn(simulator);
      await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas", compress: "zstd" });
      time += 600_000;
      const lines = simulator.tasks()[0]?.lines ?? [];
      await simulator.stop();
      return lines;
    };
    const [first, second] = [await run(), await run()];
    expect(first.length).toBeGreaterThan(20);
    expect(second).toEqual(first);
  });

  it("has a ledger file that another process can read, without secrets", async () => {
    const ledgerFile = join(folder(), "ledger.jsonl");
    const simulator = await startSimulator({ world: () => smallWorld(), ledgerFile, speed: 100 });
    const admin = await logIn(simulator);
    await admin.post("/nodes/pve1/vzdump", { vmid: 100, storage: "nas", remove: 0 });
    await simulator.stop();
    const text = readFileSync(ledgerFile, "utf8");
    const entries = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.map((entry) => entry["kind"])).toEqual(["request", "task", "request"]);
    expect(entries[1]).toMatchObject({ type: "vzdump", user: "admin@pve", params: { remove: false } });
    expect(text).not.toContain("simulator-admin");
  });
});

describe("the demo cluster", () => {
  it("has three nodes, about forty guests, several storages and weeks of history with trouble in it", () => {
    const world = demoWorld({ now: Date.parse("2026-11-20T12:00:00Z") });
    expect(world.nodes).toHaveLength(3);
    expect(world.guests).toHaveLength(40);
    expect(new Set(world.storages.map((one) => one.type))).toEqual(
      new Set(["dir", "lvmthin", "rbd", "nfs", "pbs"]),
    );
    const exits = new Set(world.history.map((task) => task.exit.replace(/\d+$/, "n")));
    for (const exit of ["OK", "WARNINGS: n", "job errors"]) expect(exits).toContain(exit);
    const oldest = Math.min(...world.history.map((task) => task.endtime));
    expect(Date.parse("2026-11-20T12:00:00Z") / 1000 - oldest).toBeGreaterThan(20 * 86_400);
    expect(world.backups.length).toBeGreaterThan(300);
    expect(world.guests.filter((guest) => guest.lock !== null)).toHaveLength(1);
  });

  it("is ready at once and keeps its address over restarts", async () => {
    const stateFile = join(folder(), "demo.json");
    const first = await startDemo(stateFile);
    await first.stop();
    const second = await startDemo(stateFile);
    expect([second.url, second.fingerprint]).toEqual([first.url, first.fingerprint]);
    await second.stop();
  });
});

describe("the program", () => {
  it("says in one line of JSON that it is ready, and ends cleanly on SIGTERM", async () => {
    const main = new URL("../../simulator/main.ts", import.meta.url).pathname;
    const child = spawn(process.execPath, [main, "--world", "small", "--ready-json", "--control"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const first = await new Promise<string>((resolve) =>
      createInterface({ input: child.stdout }).once("line", resolve),
    );
    const ready = JSON.parse(first) as Record<string, unknown>;
    expect(String(ready["url"])).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(String(ready["fingerprint"])).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(Number(ready["controlPort"])).toBeGreaterThan(0);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});
