import { canPower, type Guest, type PowerAction } from "../../../shared/guest.ts";

import type { Cluster } from "../../../shared/cluster.ts";

export type Obstacle = "cluster" | "conflict" | "template" | "lock" | "status" | "node";

/** What stands in the way of an action, the plainest reason first; null = nothing that is known. */
export function obstacle(
  guest: Guest,
  cluster: Cluster | undefined,
  action: PowerAction | "backup",
): Obstacle | null {
  if (cluster === undefined || (cluster.status !== "online" && cluster.status !== "degraded"))
    return "cluster";
  if (guest.conflict) return "conflict";
  const node = cluster.nodes.find((one) => one.node === guest.node);
  if (node?.online === false) return "node";
  if (action === "backup") return guest.lock === null ? null : "lock";
  if (guest.template) return "template";
  if (guest.lock !== null) return "lock";
  return canPower(guest, action) ? null : "status";
}

/** The actions offered in this state: starting what stands, ending what runs. */
export function offeredActions(guest: Guest): readonly PowerAction[] {
  if (guest.template) return [];
  return guest.status === "running" ? ["shutdown", "reboot", "stop"] : ["start"];
}
