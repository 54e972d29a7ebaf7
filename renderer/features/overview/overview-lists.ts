import type { Cluster } from "../../../shared/cluster.ts";
import { isPlausibleTime } from "../../../shared/format.ts";
import { answers, needsSomebody, statusOrder } from "../clusters/cluster-order.ts";

import type { Guest } from "../../../shared/guest.ts";
import type { Storage } from "../../../shared/storage.ts";
import type { Job, JobState } from "../../../shared/job.ts";

/** Clusters that somebody has to look at, the most urgent kind first, then by name. */
export function needingAttention(clusters: readonly Cluster[]): readonly Cluster[] {
  return clusters
    .filter((cluster) => needsSomebody(cluster.status))
    .toSorted((a, b) => statusOrder(a.status) - statusOrder(b.status) || a.name.localeCompare(b.name, "en"));
}

/** A storage that is enabled and does not answer, with the nodes that say so. */
export interface StorageTrouble {
  readonly clusterId: string;
  readonly storage: string;
  readonly type: string;
  readonly nodes: readonly string[];
}

/**
 * Storages that are switched on but not there: backups can neither be written to nor read from them. Of a cluster that does not
 * answer nothing is said: that alone is the trouble.
 */
export function unreachableStorages(
  storages: readonly Storage[],
  clusters: readonly Cluster[],
): readonly StorageTrouble[] {
  const answering = new Set<string>(clusters.filter(({ status }) => answers(status)).map(({ id }) => id));
  const found = new Map<string, { clusterId: string; storage: string; type: string; nodes: string[] }>();
  for (const { clusterId, storage, type, node, enabled, active } of storages) {
    if (!enabled || active || !answering.has(clusterId)) continue;
    const key = `${clusterId}/${storage}`;
    const known = found.get(key) ?? { clusterId, storage, type, nodes: [] };
    known.nodes.push(node);
    found.set(key, known);
  }
  return [...found.values()].toSorted((a, b) => a.storage.localeCompare(b.storage, "en"));
}

/** A storage for backups with hardly any room left; shared ones once. */
export interface FullStorage {
  readonly clusterId: string;
  readonly storage: string;
  readonly available: number;
  readonly total: number;
}

/** From here on the next full backup of a larger guest may not fit any more. */
const nearlyFullShare = 0.9;

export function nearlyFullStorages(
  storages: readonly Storage[],
  clusters: readonly Cluster[],
): readonly FullStorage[] {
  const answering = new Set<string>(clusters.filter(({ status }) => answers(status)).map(({ id }) => id));
  const found = new Map<string, FullStorage>();
  for (const { clusterId, storage, node, shared, active, content, total, available } of storages) {
    if (!active || !content.includes("backup") || !answering.has(clusterId)) continue;
    if (total === null || available === null || total <= 0) continue;
    if (1 - available / total < nearlyFullShare) continue;
    const key = `${clusterId}/${storage}/${shared ? "" : node}`;
    found.set(key, { clusterId, storage, available, total });
  }
  return [...found.values()].toSorted((a, b) => a.available / a.total - b.available / b.total);
}

/** A day: clocks differ, but no backup is made tomorrow. */
const clockSlackMs = 24 * 60 * 60 * 1000;

/** When the newest copy was made; null where there is none, none is known, or its time cannot be. */
function newestAt({ lastBackup }: Guest, now: number): number | null {
  if (lastBackup.state !== "known") return null;
  const { at } = lastBackup;
  return isPlausibleTime(at, now) && at <= now + clockSlackMs ? at : null;
}

/** Guests by what is known of their newest backup; templates count, they can be lost too. */
export interface BackupAges {
  /** Older than a week or none at all, the oldest first. */
  readonly old: readonly Guest[];
  /** Of these it cannot be told: not looked yet, a storage unread, rights missing, or a time that cannot be. */
  readonly unknown: number;
}

/** A week: whatever the guest's own schedule is, this is worth a look. */
export const oldBackupMs = 7 * 24 * 60 * 60 * 1000;

export function backupAges(guests: readonly Guest[], now: number): BackupAges {
  const none = (guest: Guest): boolean => guest.lastBackup.state === "none";
  const old = guests.filter((guest) => none(guest) || now - (newestAt(guest, now) ?? now) > oldBackupMs);
  return {
    old: old.toSorted((a, b) => (newestAt(a, now) ?? 0) - (newestAt(b, now) ?? 0) || a.vmid - b.vmid),
    unknown: guests.filter((guest) => !none(guest) && newestAt(guest, now) === null).length,
  };
}

const bad: readonly JobState[] = ["failed", "partial", "rejected", "indeterminate", "warnings"];

/** Jobs that did not simply succeed, newest first. */
export function latestFailures(jobs: readonly Job[], limit: number): readonly Job[] {
  return jobs
    .filter((job) => bad.includes(job.state))
    .toSorted((a, b) => (b.endedAt ?? b.createdAt) - (a.endedAt ?? a.createdAt))
    .slice(0, limit);
}

export interface GuestCount {
  readonly running: number;
  /** Of these the server does not say whether they run (their node is away). */
  readonly unknown: number;
  readonly total: number;
}

/** Guests of each cluster; templates are no guests that could run. */
export function countGuests(
  guests: readonly { readonly clusterId: string; readonly status: string; readonly template: boolean }[],
): ReadonlyMap<string, GuestCount> {
  const counts = new Map<string, { running: number; unknown: number; total: number }>();
  for (const guest of guests) {
    if (guest.template) continue;
    const count = counts.get(guest.clusterId) ?? { running: 0, unknown: 0, total: 0 };
    count.total += 1;
    if (guest.status === "running") count.running += 1;
    if (guest.status === "unknown") count.unknown += 1;
    counts.set(guest.clusterId, count);
  }
  return counts;
}
