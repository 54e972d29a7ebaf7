import { CircleDashed, KeySquare, Lock, PenLine, ShieldCheck, ShieldX } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { groupText, type Snapshot, type SnapshotGroup } from "../../../shared/snapshot.ts";
import { Age, Moment } from "../../ui/age.tsx";
import { Bytes, NotSaid } from "../../ui/figures.tsx";
import { t } from "../../ui/text.ts";
import classes from "./snapshots.module.css";

import type { Column } from "../../ui/data-table-columns.ts";

export function groupName(group: Pick<SnapshotGroup, "type" | "id">): string {
  return displayText(groupText(group), 140);
}

export function groupColumns(): ReadonlyArray<Column<SnapshotGroup>> {
  return [
    {
      id: "id",
      header: t("snapshots.column.group"),
      width: 96,
      grow: 1,
      sort: (row) => `${row.type} ${row.id.padStart(12, "0")}`,
      text: (row) => [groupName(row), displayText(row.comment, 256)].join(" "),
      cell: (row) => (
        <span>
          <span className={classes.name}>{groupName(row)}</span>{" "}
          <span className={classes.dim}>{displayText(row.comment, 256)}</span>
        </span>
      ),
    },
    {
      id: "count",
      header: t("snapshots.column.count"),
      width: 64,
      align: "end",
      descendingFirst: true,
      sort: (row) => row.count,
      cell: (row) => (row.count === null ? <NotSaid /> : <span>{row.count}</span>),
    },
    {
      id: "last",
      header: t("snapshots.column.last"),
      width: 84,
      align: "end",
      descendingFirst: true,
      sort: (row) => row.lastBackup,
      cell: (row) => (row.lastBackup === null ? <NotSaid /> : <Age at={row.lastBackup} />),
    },
    {
      id: "owner",
      header: t("snapshots.column.owner"),
      width: 120,
      hideBelow: 440,
      sort: (row) => row.owner,
      text: (row) => displayText(row.owner ?? "", 192),
      cell: (row) => (row.owner === null ? <NotSaid /> : <span>{displayText(row.owner, 192)}</span>),
    },
  ];
}

export function snapshotColumns(): ReadonlyArray<Column<Snapshot>> {
  return [
    {
      id: "time",
      header: t("snapshots.column.time"),
      width: 152,
      descendingFirst: true,
      sort: (row) => row.time,
      cell: (row) => <Moment at={row.time} />,
    },
    {
      id: "age",
      header: t("snapshots.column.age"),
      width: 84,
      align: "end",
      hideBelow: 620,
      cell: (row) => <Age at={row.time} />,
    },
    {
      id: "size",
      header: t("snapshots.column.size"),
      width: 84,
      align: "end",
      descendingFirst: true,
      sort: (row) => row.size,
      cell: (row) => <Bytes value={row.size} />,
    },
    {
      id: "state",
      header: t("snapshots.column.state"),
      width: 112,
      grow: 1,
      sort: (row) => words(row)[0] ?? null,
      text: (row) => words(row).join(", "),
      cell: (row) => <SnapshotMarks snapshot={row} />,
    },
    {
      id: "comment",
      header: t("snapshots.column.notes"),
      width: 96,
      grow: 2,
      hideBelow: 560,
      text: (row) => displayText(row.comment, 256),
      cell: (row) => <span className={classes.dim}>{displayText(row.comment, 256)}</span>,
    },
  ];
}

/** What is to be known of a snapshot, the worst first. */
function words(row: Snapshot): readonly string[] {
  const { state } = row.verification;
  return [
    ...(row.unfinished ? [t("snapshots.unfinished")] : []),
    ...(state === "failed" ? [t("snapshots.verify.failed")] : []),
    ...(state === "ok" ? [t("snapshots.verify.ok")] : []),
    ...(row.protected ? [t("snapshots.protected")] : []),
    ...(row.crypt === null || row.crypt === "none" ? [] : [t(`snapshots.crypt.${row.crypt}`)]),
  ];
}

/** Icons, the first of them with its word. */
function SnapshotMarks({ snapshot }: { readonly snapshot: Snapshot }) {
  const all = words(snapshot);
  const { state } = snapshot.verification;
  if (all.length === 0) return <span className={classes.dim}>{t("snapshots.verify.none")}</span>;
  return (
    <span className={classes.marks} data-failed={state === "failed"}>
      {snapshot.unfinished ? <CircleDashed size={14} aria-hidden /> : null}
      {state === "failed" ? <ShieldX size={14} className={classes.bad} aria-hidden /> : null}
      {state === "ok" ? <ShieldCheck size={14} className={classes.good} aria-hidden /> : null}
      {snapshot.protected ? <Lock size={14} aria-hidden /> : null}
      {snapshot.crypt === "encrypt" || snapshot.crypt === "mixed" ? (
        <KeySquare size={14} aria-hidden />
      ) : null}
      {snapshot.crypt === "signOnly" ? <PenLine size={14} aria-hidden /> : null}
      <span className={classes.markWord}>{all[0]}</span>
      {all.length > 1 ? <span className={classes.dim}>+{all.length - 1}</span> : null}
    </span>
  );
}
