import { describe, expect, it } from "vitest";

import { createPace } from "../../electron/proxmox/pace.ts";
import { fakeClock } from "./fake-clock.ts";
import { never } from "./test-server.ts";

describe("the pace of one server", () => {
  it("lets ten reads go at once and then five a second", async () => {
    const clock = fakeClock(0);
    const pace = createPace(clock);
    const times: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      await pace.read(never);
      times.push(clock.now());
    }
    expect(times.slice(0, 10).every((time) => time === 0)).toBe(true);
    expect(times.slice(10)).toEqual([200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
  });

  it("saves up no more than ten while nothing is read", async () => {
    const clock = fakeClock(0);
    const pace = createPace(clock);
    clock.advance(3_600_000);
    for (let n = 0; n < 11; n += 1) await pace.read(never);
    expect(clock.sleeps).toEqual([200]);
  });

  it("goes on when the clock jumps back", async () => {
    const clock = fakeClock(1_000_000);
    const pace = createPace(clock);
    clock.advance(-900_000);
    for (let n = 0; n < 11; n += 1) await pace.read(never);
    expect(clock.sleeps).toEqual([200]);
  });

  it("counts no read that was given up while waiting", async () => {
    const clock = fakeClock(0);
    const pace = createPace(clock);
    for (let n = 0; n < 10; n += 1) await pace.read(never);
    const controller = new AbortController();
    const refusing = createPace({ ...clock, sleep: () => Promise.reject(new Error("aborted")) });
    for (let n = 0; n < 10; n += 1) await refusing.read(never);
    for (let n = 0; n < 5; n += 1) await expect(refusing.read(never)).rejects.toThrow("aborted");
    clock.advance(200);
    await refusing.read(never);
    controller.abort();
    await expect(pace.read(controller.signal)).rejects.toThrow();
  });
});

describe("a lane", () => {
  it("runs one after the other, in order, also after a failure", async () => {
    const pace = createPace(fakeClock());
    const story: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const first = pace.inLane("a", never, async () => {
      story.push("1 begins");
      await gate.promise;
      story.push("1 ends");
      throw new Error("broken");
    });
    const second = pace.inLane("a", never, async () => {
      story.push("2");
      return await Promise.resolve(2);
    });
    const other = pace.inLane("b", never, async () => await Promise.resolve(story.push("other")));
    await other;
    gate.resolve(undefined);
    await expect(first).rejects.toThrow("broken");
    expect(await second).toBe(2);
    expect(story).toEqual(["1 begins", "other", "1 ends", "2"]);
  });

  it("is left by those who give up, without holding up those behind them", async () => {
    const pace = createPace(fakeClock());
    const gate = Promise.withResolvers<undefined>();
    const controller = new AbortController();
    const first = pace.inLane("a", never, async () => await gate.promise);
    const second = pace.inLane("a", controller.signal, async () => await Promise.resolve("never"));
    let running = 0;
    const third = pace.inLane("a", never, async () => await Promise.resolve((running += 1)));
    controller.abort();
    await expect(second).rejects.toThrow();
    expect(running).toBe(0);
    gate.resolve(undefined);
    await first;
    expect(await third).toBe(1);
  });
});
