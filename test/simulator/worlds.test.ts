import { afterEach, describe, expect, it } from "vitest";
import { startFleet, type Fleet } from "../../simulator/fleet.ts";
import { demoWorld } from "../../simulator/worlds/demo.ts";
import { generatedWorld } from "../../simulator/worlds/generated.ts";
import { smallWorld } from "../../simulator/worlds/small.ts";
import { logIn, raw } from "./client.ts";
import { worldProblems } from "./world-rules.ts";

const NOW = Date.UTC(2026, 10, 27);

describe("a world", () => {
  it.each([
    ["demo", demoWorld],
    ["small", smallWorld],
  ])("written by hand (%s) could be a real cluster", (_name, world) => {
    expect(worldProblems(world())).toEqual([]);
  });

  it.each(Array.from({ length: 20 }, (_, index) => index))(
    "generated from seed %i could be a real cluster",
    (seed) => {
      const wish = { seed, nodes: 1 + (seed % 7), guests: seed * 13, backups: seed * 101, now: NOW };
      const world = generatedWorld(wish);
      expect(worldProblems(world)).toEqual([]);
      expect([world.nodes.length, world.guests.length, world.backups.length]).toEqual([
        wish.nodes,
        wish.guests,
        wish.guests === 0 ? 0 : wish.backups,
      ]);
    },
  );

  it("is the same from the same seed and another one from another", () => {
    const wish = { seed: 7, nodes: 3, guests: 50, backups: 200, now: NOW };
    expect(generatedWorld(wish)).toEqual(generatedWorld(wish));
    expect(generatedWorld({ ...wish, seed: 8 }).guests).not.toEqual(generatedWorld(wish).guests);
  });

  it("of 20 clusters with 500 guests each and one of 100,000 backups take seconds at most", () => {
    const begun = process.cpuUsage();
    for (let seed = 0; seed < 20; seed += 1) generatedWorld({ seed, nodes: 3, guests: 500, backups: 500 });
    const large = generatedWorld({ seed: 1, nodes: 5, guests: 1000, backups: 100_000 });
    const seconds = process.cpuUsage(begun).user / 1e6;
    process.stdout.write(
      `generated 20 × 500 guests and 100,000 backups in ${seconds.toFixed(2)} s of processor time\n`,
    );
    expect(large.backups).toHaveLength(100_000);
    expect(seconds).toBeLessThan(10);
  });
});

describe("a fleet", () => {
  let fleet: Fleet | null = null;
  afterEach(async () => {
    await fleet?.stop();
    fleet = null;
  });

  it("is several clusters in one process, each with its own guests, certificate and ledger", async () => {
    fleet = await startFleet({ clusters: 3, world: { seed: 5, nodes: 2, guests: 20, backups: 40 } });
    const prints = new Set(fleet.simulators.map((one) => one.fingerprint));
    expect(prints.size).toBe(3);
    for (const simulator of fleet.simulators) {
      const { headers } = await logIn(simulator);
      const reply = await raw(simulator, {
        method: "GET",
        url: "/api2/json/cluster/resources?type=vm",
        headers,
      });
      expect(reply.body?.data).toHaveLength(20);
      expect(simulator.ledger.requests().at(-1)).toMatchObject({
        method: "GET",
        path: "/cluster/resources",
        user: "admin@pve",
        params: { type: "vm" },
        status: 200,
        bytesIn: 0,
        bytesOut: reply.raw.length,
      });
      const { sockets, handshakes, bytesIn, bytesOut } = simulator.ledger.wire.traffic();
      expect([sockets, handshakes]).toEqual([2, 2]);
      expect(bytesOut).toBeGreaterThan(reply.raw.length);
      expect(bytesIn).toBeGreaterThan(500);
    }
    expect(new Set(fleet.simulators.map((one) => one.world.cluster)).size).toBe(3);
  });
});
