import type { Guest } from "../../../shared/guest.ts";
import { guestKey } from "../../../shared/guest.ts";

export const guestColumns = [
  "name",
  "vmid",
  "cluster",
  "node",
  "type",
  "status",
  "cpu",
  "memory",
  "disk",
  "uptime",
  "tags",
  "lock",
  "lastBackup",
] as const;
export type GuestColumn = (typeof guestColumns)[number];
export type GuestGrouping = "none" | "cluster" | "node";

/** What the guests table shows: chosen by the user and kept in the settings. */
export interface GuestQuery {
  readonly text: string;
  readonly sort: GuestColumn;
  readonly descending: boolean;
  readonly group: GuestGrouping;
}

export type GuestRow =
  | { readonly kind: "group"; readonly key: string; readonly title: string; readonly count: number }
  | { readonly kind: "guest"; readonly key: string; readonly guest: Guest };

/** The words of a filter: literal, found anywhere, each on its own. */
export function filterWords(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
}

/**
 * Makes the text that a filter looks through. Guests are replaced and never changed, so what was made for one is kept as
 * long as it lives: typing in a list of 10,000 only searches.
 */
export function createHaystack(clusterName: (clusterId: string) => string): (guest: Guest) => string {
  const made = new WeakMap<Guest, string>();
  return (guest) => {
    const before = made.get(guest);
    if (before !== undefined) return before;
    const text = [
      guest.vmid,
      guest.name,
      clusterName(guest.clusterId),
      guest.node,
      guest.type === "qemu" ? "qemu vm" : "lxc container",
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

type Sortable = string | number | null;

function sortValue(guest: Guest, column: GuestColumn, clusterName: (clusterId: string) => string): Sortable {
  switch (column) {
    case "name":
      return guest.name.toLowerCase();
    case "vmid":
      return guest.vmid;
    case "cluster":
      return clusterName(guest.clusterId).toLowerCase();
    case "node":
      return guest.node;
    case "type":
      return guest.type;
    case "status":
      return guest.status;
    case "cpu":
      return guest.cpu;
    case "memory":
      return guest.memory;
    case "disk":
      return guest.disk ?? guest.maxDisk;
    case "uptime":
      return guest.uptime;
    case "tags":
      return guest.tags.length === 0 ? null : guest.tags.join(" ");
    case "lock":
      return guest.lock;
    case "lastBackup":
      return guest.lastBackup.state === "known" ? guest.lastBackup.at : null;
    default:
      return column satisfies never;
  }
}

function compare(a: Sortable, b: Sortable): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const left = String(a);
  const right = String(b);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** What is not known stands at the end, whichever way the rest is sorted. */
function sorted(
  guests: readonly Guest[],
  query: GuestQuery,
  clusterName: (clusterId: string) => string,
): readonly Guest[] {
  const known: { readonly guest: Guest; readonly value: Sortable }[] = [];
  const unknown: { readonly guest: Guest; readonly value: Sortable }[] = [];
  for (const guest of guests) {
    const value = sortValue(guest, query.sort, clusterName);
    (value === null ? unknown : known).push({ guest, value });
  }
  const sign = query.descending ? -1 : 1;
  const byId = (a: Guest, b: Guest): number =>
    a.vmid - b.vmid || compare(a.clusterId, b.clusterId) || compare(a.node, b.node);
  known.sort((a, b) => sign * compare(a.value, b.value) || byId(a.guest, b.guest));
  unknown.sort((a, b) => byId(a.guest, b.guest));
  return [...known, ...unknown].map((entry) => entry.guest);
}

/** Filters, sorts and groups: the rows of the guests table, in order. */
export function guestRows(
  guests: readonly Guest[],
  query: GuestQuery,
  clusterName: (clusterId: string) => string,
  haystack: (guest: Guest) => string,
): readonly GuestRow[] {
  const words = filterWords(query.text);
  const found =
    words.length === 0
      ? guests
      : guests.filter((guest) => {
          const text = haystack(guest);
          return words.every((word) => text.includes(word));
        });
  const ordered = sorted(found, query, clusterName);
  const row = (guest: Guest): GuestRow => ({ kind: "guest", key: guestKey(guest), guest });
  if (query.group === "none") return ordered.map(row);
  const groups = new Map<string, { readonly title: string; readonly guests: Guest[] }>();
  for (const guest of ordered) {
    const key = query.group === "cluster" ? guest.clusterId : `${guest.clusterId}/${guest.node}`;
    const title =
      query.group === "cluster"
        ? clusterName(guest.clusterId)
        : `${clusterName(guest.clusterId)} / ${guest.node}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { title, guests: [guest] });
    else group.guests.push(guest);
  }
  return [...groups.entries()]
    .sort(([, a], [, b]) => compare(a.title.toLowerCase(), b.title.toLowerCase()))
    .flatMap(([key, group]): GuestRow[] => [
      { kind: "group", key: `group:${key}`, title: group.title, count: group.guests.length },
      ...group.guests.map(row),
    ]);
}
