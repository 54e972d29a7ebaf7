import type { Cluster } from "../../../shared/cluster.ts";
import type { Guest } from "../../../shared/guest.ts";

/** The words of a filter: literal, found anywhere, each on its own. */
export function filterWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
}

export type Haystack = (guest: Guest) => string;

/**
 * Makes the text that a filter looks through. Guests are replaced and never changed, so what was made for one is kept as
 * long as it lives: typing in a list of 10,000 only searches.
 */
export function createHaystack(clusterName: (clusterId: string) => string): Haystack {
  const made = new WeakMap<Guest, string>();
  return (guest) => {
    const before = made.get(guest);
    if (before !== undefined) return before;
    const text = [
      guest.vmid,
      guest.name,
      clusterName(guest.clusterId),
      guest.node,
      guest.type === "qemu" ? "qemu vm" : "lxc ct container",
      guest.status,
      guest.template ? "template" : "",
      guest.lock ?? "",
      guest.pool ?? "",
      ...guest.tags,
    ]
      .join("\n")
      .toLowerCase();
    made.set(guest, text);
    return text;
  };
}

/** Guests in which every word of the filter is found. */
export function filterGuests(guests: readonly Guest[], text: string, haystack: Haystack): readonly Guest[] {
  const words = filterWords(text);
  if (words.length === 0) return guests;
  return guests.filter((guest) => {
    const hay = haystack(guest);
    return words.every((word) => hay.includes(word));
  });
}

/** A cluster whose guests are shown as they were: it does not answer, or is not asked. */
export function isStale(cluster: Cluster | undefined): boolean {
  if (cluster === undefined) return true;
  return (
    cluster.status === "offline" || cluster.status === "needsLogin" || cluster.status === "certificateChanged"
  );
}

/** Entries of a cluster's list that could not be read: any of them may be a guest. */
export function unreadableRows(cluster: Cluster): number {
  const { code, params } = cluster.problem ?? { code: null, params: {} };
  if (code !== "server.badAnswer" || params["reason"] !== "rows") return 0;
  return Number(params["count"] ?? 1);
}

/** Whether all that a cluster has is in the list, as far as its account may see it. Backup servers have no guests. */
export function isWhole(cluster: Cluster): boolean {
  if (cluster.kind === "pbs") return true;
  return !isStale(cluster) && cluster.status !== "connecting" && unreadableRows(cluster) === 0;
}
