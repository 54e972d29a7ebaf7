import { expect, test } from "vitest";

import { searchGuests } from "../../renderer/features/shell/palette-search.ts";
import { isUnder, placeOf } from "../../renderer/features/shell/places.ts";
import { aGuest } from "./samples.ts";

const guests = [
  aGuest({ vmid: 1010, name: "mail" }),
  aGuest({ vmid: 102, name: "old-web-1" }),
  aGuest({ vmid: 103, name: "web-1" }),
  aGuest({ vmid: 101, name: "db", tags: ["prod"] }),
  aGuest({ vmid: 104, name: "web-1", clusterId: "lab", node: "lab1" }),
];
const name = (id: string) => (id === "lab" ? "Lab" : "Berlin");
const found = (query: string, limit = 10) =>
  searchGuests(guests, name, query, limit).map((hit) => hit.guest.vmid);

test("the exact id comes first, then names that begin so, then the rest", () => {
  expect(found("101")).toEqual([101, 1010]);
  expect(found("web-1")).toEqual([103, 104, 102]);
});

test("every word has to fit somewhere: name, id, node, cluster or tag", () => {
  expect(found("web lab")).toEqual([104]);
  expect(found("PROD berlin")).toEqual([101]);
  expect(found("web prod")).toEqual([]);
});

test("nothing typed finds nothing, and a pattern is only text", () => {
  expect([found("  "), found("(((a+)+)+$"), found(".*")]).toEqual([[], [], []]);
});

test("no more come than asked for, and a text without end does no harm", () => {
  expect(found("web", 2)).toHaveLength(2);
  expect(found("x".repeat(1_000_000))).toEqual([]);
});

test("a path belongs to the place it lies under", () => {
  expect(placeOf("/guests/berlin/pve1/101").path).toBe("/guests");
  expect(placeOf("/").path).toBe("/");
  expect(placeOf("/settings").path).toBe("/settings");
  expect([isUnder("/guestsx", "/guests"), isUnder("/jobs", "/")]).toEqual([false, false]);
});
