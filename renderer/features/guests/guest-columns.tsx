import { Box, CloudOff, Container, Lock, Monitor, TriangleAlert } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { formatBytes } from "../../../shared/format.ts";
import { Bytes, Duration, NotSaid, Share } from "../../ui/figures.tsx";
import { GuestStatusMark } from "../../ui/status.tsx";
import { locale, t } from "../../ui/text.ts";
import { isStale } from "./guest-filter.ts";
import classes from "./guests-view.module.css";
import { LastBackupMark, lastBackupText } from "./last-backup.tsx";

import type { Cluster } from "../../../shared/cluster.ts";
import type { Guest } from "../../../shared/guest.ts";
import type { Column } from "../../ui/data-table.tsx";

export function guestTitle(guest: Guest): string {
  const name = displayText(guest.name.trim());
  return name === "" ? t("guests.noName") : name;
}

const typeIcons = { qemu: Monitor, lxc: Container } as const;

export function GuestTypeMark({ guest }: { readonly guest: Guest }) {
  const Icon = guest.template ? Box : typeIcons[guest.type];
  return (
    <span className={classes.type}>
      <Icon size={14} aria-hidden />
      {t(`guests.type.short.${guest.type}`)}
    </span>
  );
}

export function typeText(guest: Guest): string {
  const type = t(`guests.type.${guest.type}`);
  return guest.template ? `${type}, ${t("guests.template")}` : type;
}

function statusText(guest: Guest): string {
  const status = displayText(guest.status, 32);
  return guest.lock === null ? status : t("guests.locked", { status, lock: displayText(guest.lock, 32) });
}

/** A narrower table shows a lock beside the status only, px. */
const lockColumnFrom = 1160;

type ClusterOf = (clusterId: string) => Cluster | undefined;

/** The guests' table. Clusters are looked up when a cell is drawn, so that a change of one redraws no list. */
export function guestColumns(clusterOf: ClusterOf): ReadonlyArray<Column<Guest>> {
  const clusterName = (guest: Guest) => displayText(clusterOf(guest.clusterId)?.name ?? guest.clusterId);
  return [
    {
      id: "name",
      header: t("guests.column.name"),
      width: 144,
      grow: 2,
      sort: (guest) => guest.name.toLowerCase(),
      cell: (guest) => (
        <span className={classes.name}>
          {guest.conflict ? <TriangleAlert size={14} className={classes.conflict} aria-hidden /> : null}
          <span className={classes.nameText}>{guestTitle(guest)}</span>
        </span>
      ),
      text: (guest) => (guest.conflict ? `${guestTitle(guest)}: ${t("guests.conflict")}` : guestTitle(guest)),
    },
    {
      id: "vmid",
      header: t("guests.column.vmid"),
      width: 60,
      align: "end",
      sort: (guest) => guest.vmid,
      cell: (guest) => <span>{guest.vmid}</span>,
      text: (guest) => String(guest.vmid),
    },
    {
      id: "type",
      header: t("guests.column.type"),
      width: 60,
      sort: (guest) => guest.type,
      cell: (guest) => <GuestTypeMark guest={guest} />,
      text: typeText,
    },
    {
      id: "status",
      header: t("guests.column.status"),
      width: 108,
      sort: (guest) => guest.status,
      cell: (guest) => (
        <span className={classes.status}>
          <GuestStatusMark status={guest.status} stale={isStale(clusterOf(guest.clusterId))} />
          {guest.lock === null ? null : <Lock size={12} className={classes.lock} aria-hidden />}
        </span>
      ),
      text: statusText,
    },
    {
      id: "cluster",
      header: t("guests.column.cluster"),
      width: 120,
      grow: 2,
      sort: clusterName,
      cell: (guest) => <ClusterCell name={clusterName(guest)} stale={isStale(clusterOf(guest.clusterId))} />,
      text: (guest) =>
        isStale(clusterOf(guest.clusterId))
          ? t("guests.stale.mark", { cluster: clusterName(guest) })
          : clusterName(guest),
    },
    {
      id: "node",
      header: t("guests.column.node"),
      width: 84,
      grow: 1,
      sort: (guest) => guest.node,
      cell: (guest) => <span>{displayText(guest.node)}</span>,
      text: (guest) => displayText(guest.node),
    },
    ...figureColumns,
    {
      id: "tags",
      header: t("guests.column.tags"),
      width: 96,
      grow: 2,
      sort: (guest) => (guest.tags.length === 0 ? null : guest.tags.join(" ")),
      cell: (guest) => <span>{tagsText(guest)}</span>,
      text: tagsText,
    },
    {
      id: "lock",
      header: t("guests.column.lock"),
      width: 84,
      hideBelow: lockColumnFrom,
      sort: (guest) => guest.lock,
      cell: (guest) => (guest.lock === null ? null : <LockMark lock={guest.lock} />),
      text: (guest) => displayText(guest.lock ?? "", 32),
    },
    {
      id: "lastBackup",
      header: t("guests.column.lastBackup"),
      width: 104,
      sort: (guest) => (guest.lastBackup.state === "known" ? guest.lastBackup.at : null),
      cell: (guest) => <LastBackupMark last={guest.lastBackup} />,
      text: (guest) => lastBackupText(guest.lastBackup),
    },
  ];
}

const figureColumns: ReadonlyArray<Column<Guest>> = [
  {
    id: "cpu",
    header: t("guests.column.cpu"),
    width: 64,
    align: "end",
    sort: (guest) => guest.cpu,
    descendingFirst: true,
    cell: (guest) => <Share value={guest.status === "running" ? guest.cpu : null} />,
    text: (guest) => ofText(guest.maxCpu === null ? null : t("guests.cores", { cores: guest.maxCpu })),
  },
  {
    id: "memory",
    header: t("guests.column.memory"),
    width: 76,
    align: "end",
    sort: (guest) => guest.memory,
    descendingFirst: true,
    cell: (guest) =>
      guest.status === "running" && guest.memory !== null ? (
        <span>{formatBytes(guest.memory, locale())}</span>
      ) : (
        <NotSaid />
      ),
    text: (guest) => usedText(guest.memory, guest.maxMemory),
  },
  {
    id: "disk",
    header: t("guests.column.disk"),
    width: 76,
    align: "end",
    sort: (guest) => guest.maxDisk,
    descendingFirst: true,
    cell: (guest) => <Bytes value={guest.maxDisk} />,
    text: (guest) => usedText(guest.disk, guest.maxDisk),
  },
  {
    id: "uptime",
    header: t("guests.column.uptime"),
    width: 80,
    align: "end",
    hideBelow: 960,
    sort: (guest) => guest.uptime,
    descendingFirst: true,
    cell: (guest) => <Duration seconds={guest.status === "running" ? guest.uptime : null} />,
  },
];

function ofText(total: string | null): string {
  return total ?? t("ui.notSaid");
}

function usedText(used: number | null, total: number | null): string {
  const whole = total === null ? null : formatBytes(total, locale());
  const part = used === null ? null : formatBytes(used, locale());
  if (whole === null) return t("ui.notSaid");
  return part === null ? t("guests.total", { total: whole }) : t("guests.of", { used: part, total: whole });
}

function tagsText(guest: Guest): string {
  return guest.tags.map((tag) => displayText(tag, 64)).join(" ");
}

function ClusterCell({ name, stale }: { readonly name: string; readonly stale: boolean }) {
  return (
    <span className={classes.name}>
      {stale ? <CloudOff size={14} className={classes.stale} aria-hidden /> : null}
      <span className={classes.nameText}>{name}</span>
    </span>
  );
}

export function LockMark({ lock }: { readonly lock: string }) {
  return (
    <span className={classes.type}>
      <Lock size={12} aria-hidden />
      {displayText(lock, 32)}
    </span>
  );
}
