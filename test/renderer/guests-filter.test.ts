import { expect, test } from "vitest";

import { createHaystack, filterGuests, isStale } from "../../renderer/features/guests/guest-filter.ts";
import { obstacle, offeredActions } from "../../renderer/features/guests/guest-power.ts";
import { clusterStatuses } from "../../shared/cluster.ts";

import { aCluster, aGuest } from "./samples.ts";

const haystack = createHaystack((id) => (id === "berlin" ? "Berlin (main)" : id));
const web = aGuest({ name: "web-1", vmid: 101, tags: ["prod", "dmz"] });
const db = aGuest({ name: "db.*", vmid: 102, node: "pve2", type: "lxc", lock: "backup", status: "stopped" });
const find = (text: string) => filterGuests([web, db], text, haystack).map((guest) => guest.vmid);

test("a filter finds guests in which every word stands somewhere, in any order and case", () => {
  expect(find("")).toEqual([101, 102]);
  expect(find("  PROD web ")).toEqual([101]);
  expect(find("101 pve1 berlin")).toEqual([101]);
  expect(find("container stopped backup")).toEqual([102]);
  expect(find("ct pve2")).toEqual([102]);
  expect(find("web pve2")).toEqual([]);
});

test("a filter is literal: signs of patterns are only signs", () => {
  expect(find("db.*")).toEqual([102]);
  expect(find("(main)")).toEqual([101, 102]);
  expect(find(".*")).toEqual([102]);
  expect(find("(((a+)+)+$")).toEqual([]);
});

test("typing only searches: the text of a guest is made once, and anew only for a guest that was replaced", () => {
  let made = 0;
  const counting = createHaystack(() => {
    made += 1;
    return "Berlin";
  });
  const many = Array.from({ length: 1000 }, (_, n) => aGuest({ vmid: 100 + n, name: `guest-${n}` }));
  filterGuests(many, "guest", counting);
  expect(filterGuests(many, "guest-99 pve1", counting).length).toBe(11);
  expect(made).toBe(1000);
  filterGuests([...many.slice(1), aGuest({ vmid: 100, name: "renamed" })], "x", counting);
  expect(made).toBe(1001);
});

test("guests are old exactly where the cluster does not answer or is not asked", () => {
  const stale = clusterStatuses.filter((status) => isStale(aCluster({ status })));
  expect(stale).toEqual(["offline", "needsLogin", "certificateChanged"]);
  expect(isStale(undefined)).toBe(true);
});

test("each action names the plainest thing in its way", () => {
  const cluster = aCluster();
  expect(obstacle(web, cluster, "stop")).toBe(null);
  expect(obstacle(web, cluster, "backup")).toBe(null);
  expect(obstacle(web, cluster, "start")).toBe("status");
  expect(obstacle(db, cluster, "start")).toBe("lock");
  expect(obstacle(db, cluster, "backup")).toBe("lock");
  expect(obstacle(aGuest({ conflict: true }), cluster, "backup")).toBe("conflict");
  expect(obstacle(aGuest({ template: true, status: "stopped" }), cluster, "start")).toBe("template");
  expect(obstacle(web, aCluster({ status: "offline" }), "backup")).toBe("cluster");
  const down = {
    node: "pve1",
    online: false,
    cpu: null,
    maxCpu: null,
    memory: null,
    maxMemory: null,
    uptime: null,
  };
  expect(obstacle(web, aCluster({ status: "degraded", nodes: [down] }), "stop")).toBe("node");
});

test("a running guest can be ended, a stopped one started, a template neither; a template can be backed up", () => {
  expect(offeredActions(web)).toEqual(["shutdown", "reboot", "stop"]);
  expect(offeredActions(aGuest({ status: "stopped" }))).toEqual(["start"]);
  const template = aGuest({ template: true, status: "stopped" });
  expect(offeredActions(template)).toEqual([]);
  expect(obstacle(template, aCluster(), "backup")).toBe(null);
});
