import { storageKey } from "../../shared/storage.ts";

import type { ClusterNode } from "../../shared/cluster.ts";
import type { Guest } from "../../shared/guest.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Storage } from "../../shared/storage.ts";
import type { ClusterStatus, ResourceGuest, Resources, ResourceStorage } from "../proxmox/pve/cluster.ts";

export type LastBackup = Guest["lastBackup"];
export type LastBackupOf = (guest: ResourceGuest) => LastBackup;

export function guestsOf(
  clusterId: ClusterId,
  resources: Resources,
  lastBackupOf: LastBackupOf,
  seenAt: number,
): Guest[] {
  return resources.guests.map((guest) => ({
    ...guest,
    tags: [...guest.tags],
    clusterId,
    lastBackup: lastBackupOf(guest),
    seenAt,
  }));
}

/** `/cluster/resources` lists enabled storages only; `available` there means active. The same row twice is one. */
export function storagesOf(clusterId: ClusterId, resources: Resources, seenAt: number): Storage[] {
  const byKey = new Map<string, Storage>();
  for (const row of resources.storages) {
    const storage = storageOf(clusterId, row, seenAt);
    byKey.set(storageKey(storage), storage);
  }
  return [...byKey.values()];
}

function storageOf(clusterId: ClusterId, row: ResourceStorage, seenAt: number): Storage {
  // An unreachable storage reports zeros: that is "not known", not "full".
  const known = row.available && row.total !== null && row.total > 0;
  return {
    clusterId,
    node: row.node,
    storage: row.storage,
    type: row.type,
    content: [...row.content],
    shared: row.shared,
    enabled: true,
    active: row.available,
    total: known ? row.total : null,
    used: known ? row.used : null,
    available: known && row.total !== null && row.used !== null ? Math.max(0, row.total - row.used) : null,
    seenAt,
  };
}

/**
 * Figures from the resources, the truth about who is there from corosync, where the account may see it. A status that is older
 * than the resources (`isFresh` false) does not outdo what they say of a node that has died since.
 */
export function nodesOf(
  resources: Resources | null,
  status: ClusterStatus | null,
  isFresh: boolean,
): ClusterNode[] {
  const seen = new Map(resources?.nodes.map((node) => [node.node, node]));
  for (const { node, online } of status?.nodes ?? []) {
    const known = seen.get(node);
    seen.set(
      node,
      known === undefined
        ? bareNode(node, online)
        : { ...known, online: online && (isFresh || known.online) },
    );
  }
  return [...seen.values()].sort((a, b) => a.node.localeCompare(b.node, "en", { numeric: true }));
}

function bareNode(node: string, online: boolean): ClusterNode {
  return { node, online, cpu: null, maxCpu: null, memory: null, maxMemory: null, uptime: null };
}
