import type { Cluster } from "../../../shared/cluster.ts";
import type { Job, JobState } from "../../../shared/job.ts";

const urgent: readonly Cluster["status"][] = ["certificateChanged", "offline", "needsLogin", "degraded"];

/** Clusters that somebody has to look at, the most urgent kind first, then by name. */
export function needingAttention(clusters: readonly Cluster[]): readonly Cluster[] {
  return clusters
    .filter((cluster) => urgent.includes(cluster.status))
    .toSorted(
      (a, b) => urgent.indexOf(a.status) - urgent.indexOf(b.status) || a.name.localeCompare(b.name, "en"),
    );
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
  readonly total: number;
}

/** Guests of each cluster; templates are no guests that could run. */
export function countGuests(
  guests: readonly { readonly clusterId: string; readonly status: string; readonly template: boolean }[],
): ReadonlyMap<string, GuestCount> {
  const counts = new Map<string, { running: number; total: number }>();
  for (const guest of guests) {
    if (guest.template) continue;
    const count = counts.get(guest.clusterId) ?? { running: 0, total: 0 };
    count.total += 1;
    if (guest.status === "running") count.running += 1;
    counts.set(guest.clusterId, count);
  }
  return counts;
}
