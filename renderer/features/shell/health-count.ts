import { clusterTone } from "../../ui/cluster-tone.ts";

import type { Cluster } from "../../../shared/cluster.ts";

export interface HealthCounts {
  readonly good: number;
  readonly attention: number;
  readonly bad: number;
  readonly unknown: number;
}

export function countHealth(clusters: readonly Pick<Cluster, "status">[]): HealthCounts {
  const counts = { good: 0, attention: 0, bad: 0, unknown: 0 };
  for (const cluster of clusters) {
    counts[clusterTone(cluster.status)] += 1;
  }
  return counts;
}
