import { useMemo } from "react";
import { Link } from "wouter";

import { useDatastores, useGuests } from "../../stores/stores.ts";
import { Age } from "../../ui/age.tsx";
import { NotSaid } from "../../ui/figures.tsx";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { answers } from "../clusters/cluster-order.ts";
import { clusterName, nodesText } from "../clusters/cluster-words.ts";
import { unreadableRows } from "../guests/guest-filter.ts";
import { countGuests, type GuestCount } from "./overview-lists.ts";
import classes from "./overview.module.css";

import type { Cluster } from "../../../shared/cluster.ts";

/** Guests that nobody answers for, and entries that could not be read, make a count a lower bound. */
function runningText({ running, unknown, total }: GuestCount, cluster: Cluster): string {
  const isPart = unreadableRows(cluster) > 0;
  return t("overview.guests.running", {
    running,
    total,
    runningAtLeast: unknown > 0 || isPart ? "yes" : "no",
    totalAtLeast: isPart ? "yes" : "no",
  });
}

/** All servers in one small table. */
export function ServerList({ clusters }: { readonly clusters: readonly Cluster[] }) {
  const guests = useGuests((set) => set.items);
  const counts = useMemo(() => countGuests(guests), [guests]);
  return (
    <table className={classes.servers}>
      <thead>
        <tr>
          <th scope="col">{t("clusters.column.name")}</th>
          <th scope="col">{t("clusters.column.status")}</th>
          <th scope="col" data-align="end">
            {t("clusters.column.nodes")}
          </th>
          <th scope="col" data-align="end">
            {t("overview.guests")}
          </th>
          <th scope="col" data-align="end" className={classes.wide}>
            {t("clusters.column.lastAnswer")}
          </th>
        </tr>
      </thead>
      <tbody>
        {clusters.map((cluster) => {
          const count = counts.get(cluster.id);
          return (
            <tr key={cluster.id}>
              <td>
                <Link href={`/servers/${cluster.id}`} className={classes.thing ?? ""}>
                  {clusterName(cluster)}
                </Link>
              </td>
              <td>
                <ClusterStatusMark status={cluster.status} />
              </td>
              <td data-align="end">{cluster.kind === "pbs" ? null : (nodesText(cluster) ?? <NotSaid />)}</td>
              <td data-align="end" data-old={!answers(cluster.status)}>
                {cluster.kind === "pbs" ? (
                  <DatastoreCount clusterId={cluster.id} />
                ) : count === undefined ? (
                  <NotSaid />
                ) : (
                  runningText(count, cluster)
                )}
              </td>
              <td data-align="end" className={classes.wide}>
                <Age at={cluster.lastAnswerAt} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What a backup server has in the place of guests. */
function DatastoreCount({ clusterId }: { readonly clusterId: string }) {
  const count = useDatastores((set) => set.items.filter((row) => row.clusterId === clusterId).length);
  return count === 0 ? <NotSaid /> : t("overview.datastores", { count });
}
