import { Lock, ShieldCheck, ShieldX, KeySquare } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { Age, Moment } from "../../ui/age.tsx";
import { Bytes, NotSaid } from "../../ui/figures.tsx";
import { t } from "../../ui/text.ts";
import classes from "./backups-view.module.css";
import { noteText } from "./note-text.ts";

import type { Backup } from "../../../shared/backup.ts";
import type { Column } from "../../ui/data-table.tsx";

export function backupKey(backup: Backup): string {
  // A local storage of one name is another one on each node.
  return `${backup.clusterId}/${backup.shared ? "" : backup.node}/${backup.storage}/${backup.volid}`;
}

export function backupGuestText(backup: Backup): string {
  const name = backup.guestName === null ? "" : displayText(backup.guestName);
  return backup.vmid === null ? t("backups.unknownGuest") : `${backup.vmid} ${name}`.trim();
}

/** `withGuest`: left out on a guest's own page. */
export function backupColumns({
  withGuest,
  clusterName,
}: {
  readonly withGuest: boolean;
  readonly clusterName: (clusterId: string) => string;
}): ReadonlyArray<Column<Backup>> {
  const created: Column<Backup> = {
    id: "createdAt",
    header: t("backups.column.createdAt"),
    width: withGuest ? 152 : 160,
    sort: (backup) => backup.createdAt,
    descendingFirst: true,
    cell: (backup) => <Moment at={backup.createdAt} />,
  };
  const guest: Column<Backup> = {
    id: "vmid",
    header: t("backups.column.guest"),
    width: 168,
    grow: 2,
    sort: (backup) => backup.vmid,
    cell: (backup) => (
      <span>
        {backupGuestText(backup)}
        {backup.guestName === null ? <span className={classes.gone}> {t("backups.noGuest")}</span> : null}
      </span>
    ),
    text: (backup) =>
      backup.guestName === null
        ? `${backupGuestText(backup)}: ${t("backups.noGuest")}`
        : backupGuestText(backup),
  };
  const cluster: Column<Backup> = {
    id: "cluster",
    header: t("backups.column.cluster"),
    width: 112,
    grow: 1,
    hideBelow: 900,
    cell: (backup) => <span>{displayText(clusterName(backup.clusterId))}</span>,
    text: (backup) => displayText(clusterName(backup.clusterId)),
  };
  return [
    ...(withGuest ? [guest, created] : [created]),
    {
      id: "age",
      header: t("backups.column.age"),
      width: 84,
      align: "end",
      hideBelow: 680,
      cell: (backup) => <Age at={backup.createdAt} />,
    },
    {
      id: "size",
      header: t("backups.column.size"),
      width: 88,
      align: "end",
      sort: (backup) => backup.size,
      descendingFirst: true,
      cell: (backup) => <Bytes value={backup.size} />,
    },
    {
      id: "storage",
      header: t("backups.column.storage"),
      width: 96,
      grow: 1,
      sort: (backup) => backup.storage,
      cell: (backup) => <span>{displayText(backup.storage)}</span>,
      text: (backup) => `${displayText(backup.storage)} (${displayText(backup.storageType)})`,
    },
    ...(withGuest ? [cluster] : []),
    {
      id: "state",
      header: t("backups.column.state"),
      width: 120,
      cell: (backup) => <BackupMarks backup={backup} />,
      text: marksText,
    },
    {
      id: "notes",
      header: t("backups.column.notes"),
      width: 84,
      grow: 2,
      hideBelow: 700,
      cell: (backup) =>
        noteText(backup.notes) === "" ? <NotSaid /> : <span>{noteText(backup.notes, 200)}</span>,
      text: (backup) => noteText(backup.notes, 200),
    },
  ];
}

function markWords(backup: Backup): readonly string[] {
  return [
    ...(backup.verification === "failed" ? [t("backups.verifyFailed")] : []),
    ...(backup.verification === "ok" ? [t("backups.verified")] : []),
    ...(backup.protected ? [t("backups.protected")] : []),
    ...(backup.encrypted ? [t("backups.encrypted")] : []),
  ];
}

function marksText(backup: Backup): string {
  return markWords(backup).join(", ");
}

/** What is special about a copy: icons, the first of them with its word. A failed verification always comes first. */
export function BackupMarks({ backup }: { readonly backup: Backup }) {
  const words = markWords(backup);
  if (words.length === 0) return null;
  return (
    <span className={classes.marks} data-failed={backup.verification === "failed"}>
      {backup.verification === "failed" ? <ShieldX size={14} className={classes.bad} aria-hidden /> : null}
      {backup.verification === "ok" ? <ShieldCheck size={14} className={classes.good} aria-hidden /> : null}
      {backup.protected ? <Lock size={14} aria-hidden /> : null}
      {backup.encrypted ? <KeySquare size={14} aria-hidden /> : null}
      <span className={classes.markWord}>{words[0]}</span>
      {words.length > 1 ? <span className={classes.more}>+{words.length - 1}</span> : null}
    </span>
  );
}
