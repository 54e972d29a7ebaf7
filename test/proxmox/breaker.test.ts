import { describe, expect, it } from "vitest";

import { createBreaker } from "../../electron/proxmox/breaker.ts";
import type { Breaker, Pass } from "../../electron/proxmox/breaker.ts";
import { AppError } from "../../shared/errors.ts";
import { fakeClock } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";

const dead = new AppError("server.unreachable", { params: { address: "pve1:8006" } });

function breakerWith(clock: FakeClock): Breaker {
  return createBreaker({ clock, random: () => 0.5, failuresToOpen: 3 });
}

function pass(breaker: Breaker): Pass {
  const given = breaker.admit();
  if (given === null) throw new Error("the breaker let nothing through");
  return given;
}

function fail(breaker: Breaker, times: number): void {
  for (let n = 0; n < times; n += 1) pass(breaker).bad(dead);
}

describe("the breaker of an address", () => {
  it("opens after three failures in a row, and lets one through when its pause is over", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    fail(breaker, 2);
    expect(breaker.isClosed()).toBe(true);
    fail(breaker, 1);
    expect(breaker.admit()).toBeNull();
    expect(breaker.error()).toBe(dead);
    clock.advance(4999);
    expect(breaker.mayTry()).toBe(false);
    clock.advance(1);
    expect(breaker.mayTry()).toBe(true);
    expect(breaker.admit()).not.toBeNull();
    expect(breaker.admit()).toBeNull();
  });

  it("counts failures in a row only", () => {
    const breaker = breakerWith(fakeClock(0));
    for (let n = 0; n < 5; n += 1) {
      fail(breaker, 2);
      pass(breaker).good();
    }
    expect(breaker.isClosed()).toBe(true);
  });

  it("doubles its pause up to half a minute, and closes with the first success", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    fail(breaker, 3);
    const pauses: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const from = clock.now();
      while (!breaker.mayTry()) clock.advance(500);
      pauses.push(clock.now() - from);
      fail(breaker, 1);
    }
    expect(pauses).toEqual([5000, 10_000, 20_000, 30_000, 30_000]);
    clock.advance(30_000);
    pass(breaker).good();
    expect(breaker.isClosed()).toBe(true);
    expect(breaker.error()).toBeNull();
  });

  it("goes on with its longer pauses where an address comes and goes", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    fail(breaker, 3);
    clock.advance(5000);
    pass(breaker).good();
    clock.advance(1000);
    fail(breaker, 3);
    clock.advance(5000);
    expect(breaker.mayTry()).toBe(false);
    clock.advance(5000);
    pass(breaker).good();
    clock.advance(60_000);
    pass(breaker).good();
    fail(breaker, 3);
    clock.advance(5000);
    expect(breaker.mayTry()).toBe(true);
  });

  it("hears nothing new from what was under way when it opened", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    const late = [pass(breaker), pass(breaker)];
    fail(breaker, 3);
    for (const one of late) one.bad(dead);
    clock.advance(5000);
    expect(breaker.mayTry()).toBe(true);
  });

  it("lets the next one try where the one that tried was given up", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    fail(breaker, 3);
    clock.advance(5000);
    pass(breaker).neither();
    expect(breaker.mayTry()).toBe(true);
  });

  it("starts nothing by itself after a sleep of eight hours: one is let through, not a burst", () => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    fail(breaker, 3);
    clock.advance(8 * 3_600_000);
    const through = Array.from({ length: 50 }, () => breaker.admit()).filter((one) => one !== null);
    expect(through).toHaveLength(1);
  });

  it("is not held open by a clock that jumps back", () => {
    const clock = fakeClock(1_000_000_000);
    const breaker = breakerWith(clock);
    fail(breaker, 3);
    clock.advance(-900_000_000);
    expect(breaker.mayTry()).toBe(true);
  });

  it.each([
    [0, 1],
    [30, 30],
    [86_400, 300],
  ])("leaves a server alone that asks for %i s: for %i s", (asked, kept) => {
    const clock = fakeClock(0);
    const breaker = breakerWith(clock);
    breaker.rest(asked * 1000, new AppError("server.unavailable"));
    breaker.retryNow();
    clock.advance(kept * 1000 - 1);
    expect(breaker.mayTry()).toBe(false);
    clock.advance(1);
    expect(breaker.mayTry()).toBe(true);
  });

  it("ends its pause when somebody asks for it", () => {
    const breaker = breakerWith(fakeClock(0));
    fail(breaker, 3);
    breaker.retryNow();
    expect(breaker.mayTry()).toBe(true);
  });
});
