import type { ClusterStatus } from "../../../shared/cluster.ts";

/** What needs the admin comes first. */
const urgency: Readonly<Record<ClusterStatus, number>> = {
  certificateChanged: 0,
  offline: 1,
  needsLogin: 2,
  degraded: 3,
  connecting: 4,
  online: 5,
};

export function statusOrder(status: ClusterStatus): number {
  return urgency[status];
}

/** It was asked and answered lately: what is known of it is of now. */
export function answers(status: ClusterStatus): boolean {
  return status === "online" || status === "degraded";
}

/** A person has to do something about it. */
export function needsSomebody(status: ClusterStatus): boolean {
  return status !== "online" && status !== "connecting";
}
