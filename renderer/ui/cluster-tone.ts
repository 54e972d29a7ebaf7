import type { ClusterStatus } from "../../shared/cluster.ts";

export type ClusterTone = "good" | "attention" | "bad" | "unknown";

const tones: Readonly<Record<ClusterStatus, ClusterTone>> = {
  connecting: "unknown",
  online: "good",
  degraded: "attention",
  offline: "bad",
  needsLogin: "attention",
  certificateChanged: "bad",
};

/** How much a cluster's state asks for: the same in the top bar, the lists and the drawer. */
export function clusterTone(status: ClusterStatus): ClusterTone {
  return tones[status];
}
