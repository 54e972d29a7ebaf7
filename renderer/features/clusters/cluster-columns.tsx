import { Archive, Server } from "lucide-react";

import { Age } from "../../ui/age.tsx";
import { NotSaid } from "../../ui/figures.tsx";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { statusOrder } from "./cluster-order.ts";
import { addressText, clusterName, kindText, nodesOnline, nodesText, problemText } from "./cluster-words.ts";
import classes from "./clusters.module.css";

import type { Cluster } from "../../../shared/cluster.ts";
import type { Column } from "../../ui/data-table-columns.ts";

export function clusterColumns(): ReadonlyArray<Column<Cluster>> {
  return [
    {
      id: "name",
      header: t("clusters.column.name"),
      width: 150,
      grow: 2,
      sort: (cluster) => cluster.name,
      text: clusterName,
      cell: (cluster) => <span className={classes.name}>{clusterName(cluster)}</span>,
    },
    {
      id: "kind",
      header: t("clusters.column.kind"),
      width: 120,
      hideBelow: 640,
      sort: kindText,
      cell: (cluster) => (
        <span className={classes.kind}>
          {cluster.kind === "pve" ? <Server size={14} aria-hidden /> : <Archive size={14} aria-hidden />}
          {kindText(cluster)}
        </span>
      ),
    },
    {
      id: "status",
      header: t("clusters.column.status"),
      width: 162,
      sort: (cluster) => statusOrder(cluster.status),
      cell: (cluster) => <ClusterStatusMark status={cluster.status} />,
    },
    {
      id: "problem",
      header: t("clusters.column.problem"),
      width: 110,
      grow: 3,
      hideBelow: 760,
      text: problemText,
      cell: (cluster) => <span className={classes.dim}>{problemText(cluster)}</span>,
    },
    {
      id: "address",
      header: t("clusters.column.address"),
      width: 190,
      sort: (cluster) => cluster.addresses[0]?.address ?? null,
      text: addressText,
      cell: (cluster) => <span>{addressText(cluster)}</span>,
    },
    {
      id: "id",
      header: t("clusters.column.id"),
      width: 96,
      hideBelow: 1320,
      sort: (cluster) => cluster.id,
      text: (cluster) => cluster.id,
      cell: (cluster) => <code>{cluster.id}</code>,
    },
    {
      id: "version",
      header: t("clusters.column.version"),
      width: 72,
      hideBelow: 620,
      sort: (cluster) => cluster.version,
      cell: (cluster) => (cluster.version === null ? <NotSaid /> : <span>{cluster.version}</span>),
    },
    {
      id: "nodes",
      header: t("clusters.column.nodes"),
      width: 64,
      align: "end",
      sort: nodesOnline,
      cell: (cluster) => {
        const text = nodesText(cluster);
        return text === null ? <NotSaid /> : <span>{text}</span>;
      },
    },
    {
      id: "createdAt",
      header: t("clusters.column.created"),
      width: 88,
      align: "end",
      hideBelow: 1160,
      descendingFirst: true,
      sort: (cluster) => cluster.createdAt,
      cell: (cluster) => <Age at={cluster.createdAt} />,
    },
    {
      id: "updatedAt",
      header: t("clusters.column.updated"),
      width: 88,
      align: "end",
      hideBelow: 1160,
      descendingFirst: true,
      sort: (cluster) => cluster.updatedAt,
      cell: (cluster) => <Age at={cluster.updatedAt} />,
    },
    {
      id: "lastAnswerAt",
      header: t("clusters.column.lastAnswer"),
      width: 104,
      align: "end",
      hideBelow: 680,
      descendingFirst: true,
      sort: (cluster) => cluster.lastAnswerAt,
      cell: (cluster) => <Age at={cluster.lastAnswerAt} />,
    },
  ];
}
