import type { Guest } from "../../../shared/guest.ts";

export interface GuestHit {
  readonly guest: Guest;
  readonly clusterName: string;
}

/** Longest search text that is looked at. */
const maxQuery = 256;

/**
 * The guests that fit every word typed, best first: the exact vmid, then names that start with the text, then the rest by vmid.
 * Literal: no word is a pattern.
 */
export function searchGuests(
  guests: readonly Guest[],
  clusterName: (id: string) => string,
  query: string,
  limit: number,
): readonly GuestHit[] {
  const text = query.slice(0, maxQuery).trim().toLowerCase();
  if (text === "") return [];
  const words = text.split(/\s+/u);
  const hits: (GuestHit & { readonly rank: number })[] = [];
  for (const guest of guests) {
    const cluster = clusterName(guest.clusterId);
    const hay = `${guest.vmid} ${guest.name} ${guest.node} ${cluster} ${guest.tags.join(" ")}`.toLowerCase();
    if (words.every((word) => hay.includes(word))) {
      hits.push({ guest, clusterName: cluster, rank: rank(guest, text) });
    }
  }
  return hits
    .toSorted((a, b) => a.rank - b.rank || a.guest.vmid - b.guest.vmid)
    .slice(0, limit)
    .map(({ guest, clusterName: name }) => ({ guest, clusterName: name }));
}

function rank(guest: Guest, text: string): number {
  if (String(guest.vmid) === text) return 0;
  const name = guest.name.toLowerCase();
  if (name === text) return 1;
  if (name.startsWith(text)) return 2;
  if (String(guest.vmid).startsWith(text)) return 3;
  return name.includes(text) ? 4 : 5;
}
