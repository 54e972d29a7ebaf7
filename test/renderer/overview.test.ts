import { expect, test } from "vitest";

import {
  backupAges,
  countGuests,
  latestFailures,
  nearlyFullStorages,
  needingAttention,
  oldBackupMs,
  unreachableStorages,
} from "../../renderer/features/overview/overview-lists.ts";
import { countHealth } from "../../renderer/features/shell/health-count.ts";
import { clusterStatuses } from "../../shared/cluster.ts";
import { jobStates } from "../../shared/job.ts";
import type { Cluster } from "../../shared/cluster.ts";

import { aCluster, aGuest, aJob, aStorage } from "./samples.ts";

test("what needs the admin is listed by urgency, then by name; what is well or not asked yet is not", () => {
  const clusters = [
    ...clusterStatuses.map((status) => aCluster({ name: status, status })),
    aCluster({ name: "another", status: "offline" }),
  ];
  expect(needingAttention(clusters).map((cluster) => cluster.name)).toEqual([
    "certificateChanged",
    "another",
    "offline",
    "needsLogin",
    "degraded",
  ]);
});

test("failures are the ends that did not simply succeed, newest first, and not more than asked for", () => {
  const jobs = jobStates.map((state, index) => aJob({ state, endedAt: index }));
  expect(latestFailures(jobs, 10).map((job) => job.state)).toEqual([
    "indeterminate",
    "rejected",
    "failed",
    "partial",
    "warnings",
  ]);
  expect(latestFailures(jobs, 2)).toHaveLength(2);
});

test("guests are counted by cluster, templates left out", () => {
  const guests = [
    aGuest({}),
    aGuest({ vmid: 102, status: "stopped" }),
    aGuest({ vmid: 103, template: true, status: "stopped" }),
    aGuest({ vmid: 101, clusterId: "lab" }),
    aGuest({ vmid: 102, clusterId: "lab", status: "unknown" }),
  ];
  expect([...countGuests(guests)]).toEqual([
    ["berlin", { running: 1, unknown: 0, total: 2 }],
    ["lab", { running: 1, unknown: 1, total: 2 }],
  ]);
});

test("a storage that is away is named once, with all nodes that miss it; a disabled one and one of a silent cluster are not", () => {
  const storage = (name: string, node: string, enabled: boolean, active: boolean) => ({
    ...aStorage(),
    storage: name,
    node,
    enabled,
    active,
  });
  const found = unreachableStorages(
    [
      storage("nas", "pve1", true, false),
      storage("nas", "pve2", true, false),
      storage("nas", "pve3", true, true),
      storage("off", "pve1", false, false),
      { ...storage("far", "lab1", true, false), clusterId: aCluster({ id: "lab" as Cluster["id"] }).id },
    ],
    [aCluster(), aCluster({ id: "lab" as Cluster["id"], status: "offline" })],
  );
  expect(found).toEqual([{ clusterId: "berlin", storage: "nas", type: "nfs", nodes: ["pve1", "pve2"] }]);
});

test("health counts every cluster exactly once", () => {
  expect(countHealth(clusterStatuses.map((status) => ({ status })))).toEqual({
    good: 1,
    attention: 2,
    bad: 2,
    unknown: 1,
  });
});

test("a storage for backups with under a tenth free is named, a shared one once, others and silent clusters not", () => {
  const storage = (name: string, node: string, available: number | null, more = {}) => ({
    ...aStorage(),
    storage: name,
    node,
    shared: true,
    enabled: true,
    active: true,
    content: ["backup"],
    total: 1000,
    available,
    ...more,
  });
  const clusters = [aCluster({ status: "online" })];
  const storages = [
    storage("nas", "pve1", 90),
    storage("nas", "pve2", 90),
    storage("roomy", "pve1", 101),
    storage("unsaid", "pve1", null),
    storage("images", "pve1", 1, { content: ["images"] }),
    storage("local", "pve1", 50, { shared: false }),
    storage("local", "pve2", 40, { shared: false }),
  ];
  expect(
    nearlyFullStorages(storages, clusters).map(({ storage: name, available }) => [name, available]),
  ).toEqual([
    ["local", 40],
    ["local", 50],
    ["nas", 90],
  ]);
  expect(nearlyFullStorages(storages, [aCluster({ status: "offline" })])).toEqual([]);
});

test("guests with an old backup or none come oldest first; those that cannot be judged are only counted", () => {
  const now = Date.UTC(2026, 10, 27);
  const known = (vmid: number, at: number) =>
    aGuest({ vmid, lastBackup: { state: "known", at, storage: "nas", volid: "nas:backup/x" } });
  const ages = backupAges(
    [
      known(101, now - oldBackupMs),
      known(102, now - oldBackupMs - 1),
      known(103, now - 50 * oldBackupMs),
      // No time at all, milliseconds for seconds, and a copy of next week.
      known(106, 0),
      known(107, Date.UTC(9999, 0)),
      known(108, now + oldBackupMs),
      aGuest({ vmid: 104, lastBackup: { state: "none" } }),
      aGuest({ vmid: 105, lastBackup: { state: "unknown", reason: "mayNotSee" } }),
    ],
    now,
  );
  expect(ages.old.map(({ vmid }) => vmid)).toEqual([104, 103, 102]);
  expect(ages.unknown).toBe(4);
});
