import { datastoreKey, thinned, trendPoints } from "../../shared/datastore.ts";
import { fullDateOf, listDatastores, readDatastoreUsage } from "../proxmox/pbs/datastores.ts";
import { createLiveSet } from "./live-set.ts";

import type { Datastore, UsageHistory } from "../../shared/datastore.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Hub } from "../hub.ts";
import type { DatastoreUsage, ListedDatastore } from "../proxmox/pbs/datastores.ts";
import type { Rows } from "../proxmox/schema.ts";
import type { LiveSet } from "./live-set.ts";
import type { Member } from "./members.ts";

/** The datastores of the registered backup servers, as their last poll found them. */
export interface Datastores {
  readonly live: LiveSet<Datastore>;
  /** The last month as the server keeps it; null = it gave none. Too long to travel with every change. */
  history(clusterId: string, store: string): UsageHistory | null;
  /** One poll: both lists, and what came of them is shown. Throws AppError `server.*`; counts rows that could not be read. */
  poll(member: Member, now: () => number): Promise<{ readonly bad: number }>;
  forget(clusterId: string): void;
}

export function createDatastores({ hub }: { readonly hub: Hub }): Datastores {
  const live = createLiveSet<Datastore>(datastoreKey, (change) => hub.emit("datastores.changed", change));
  const histories = new Map<string, UsageHistory | null>();

  return {
    live,
    history: (clusterId, store) => histories.get(`${clusterId}/${store}`) ?? null,
    async poll({ session, signal, server }, now) {
      const [listed, usage] = await Promise.all([
        listDatastores(session, signal),
        readDatastoreUsage(session, signal),
      ]);
      if (signal.aborted) return { bad: 0 };
      const serverTime = usage.serverTime ?? now();
      for (const one of usage.rows) histories.set(`${server.id}/${one.store}`, one.history);
      live.replace(`${server.id}/`, datastoresOf(server.id, listed, usage, serverTime, now()));
      return { bad: listed.bad + usage.bad };
    },
    forget(clusterId) {
      live.remove(`${clusterId}/`);
      for (const key of histories.keys()) if (key.startsWith(`${clusterId}/`)) histories.delete(key);
    },
  };
}

/** Both lists are cut to what the account may see, each by its own rule: what only one of them has is shown all the same. */
function datastoresOf(
  clusterId: ClusterId,
  listed: Rows<ListedDatastore>,
  usage: Rows<DatastoreUsage>,
  serverTime: number,
  seenAt: number,
): Datastore[] {
  const figures = new Map(usage.rows.map((row) => [row.store, row]));
  const names = new Map(listed.rows.map((row) => [row.store, row]));
  for (const { store } of usage.rows) {
    if (!names.has(store)) {
      names.set(store, { store, comment: "", maintenance: null, mount: null, backend: null });
    }
  }
  return [...names.values()].map((row) => {
    const known = figures.get(row.store);
    return {
      ...row,
      clusterId,
      total: known?.total ?? null,
      used: known?.used ?? null,
      available: known?.available ?? null,
      problem: known?.problem ?? null,
      fullDate: fullDateOf(known?.fullAt ?? null, serverTime),
      trend: thinned(known?.history?.values ?? [], trendPoints),
      seenAt,
    };
  });
}
