import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";

import { formatTime } from "../../../shared/format.ts";
import { useStores } from "../../stores/stores.ts";
import { DataTable, type Column } from "../../ui/data-table.tsx";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { places } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { backupColumns, backupKey } from "../backups/backup-columns.tsx";
import { CoverageLine } from "../backups/coverage-line.tsx";
import { useBackups } from "../backups/use-backups.ts";
import { RestoreDialog } from "../restore/restore-dialog.tsx";
import classes from "./guest-page.module.css";

import type { Backup } from "../../../shared/backup.ts";
import type { Guest } from "../../../shared/guest.ts";

/** Shown on a guest's page; all others are one click away. */
const shownHere = 10;

/** A guest's newest backups over all storages that can be seen, and what cannot be seen. */
export function GuestBackups({ guest }: { readonly guest: Guest }) {
  const { settings } = useStores();
  const [, navigate] = useLocation();
  const [restoring, setRestoring] = useState<Backup | null>(null);
  const list = useBackups({ clusterId: guest.clusterId, vmid: guest.vmid }, shownHere);
  const columns = useMemo(() => withRestore(setRestoring), []);
  const rows = list.rows.slice(0, shownHere);
  const showAll = () => {
    settings.setView("backups", JSON.stringify({ text: String(guest.vmid), cluster: guest.clusterId }));
    navigate(places.backups);
  };
  return (
    <section className={classes.list} aria-label={t("guests.section.backups")}>
      <div className={classes.heading}>
        <h2>{t("guests.section.backups")}</h2>
        {list.total > rows.length ? (
          <Link href={places.backups} onClick={showAll}>
            {t("guests.backups.all", { total: list.total })}
          </Link>
        ) : null}
      </div>
      {list.newest === null ? null : (
        <div className={classes.coverage}>
          <CoverageLine coverage={list.newest.coverage} onRefresh={list.refresh} reading={list.reading} />
        </div>
      )}
      {list.phase === "loading" ? <LoadingState>{t("backups.loading")}</LoadingState> : null}
      {list.phase === "failed" && list.error !== null ? (
        <FailedState error={list.error} onRetry={list.retry} />
      ) : null}
      {list.phase === "ready" && rows.length === 0 ? (
        <p className={classes.none}>{t("guests.backups.none")}</p>
      ) : null}
      {rows.length === 0 ? null : (
        <DataTable
          label={t("guests.section.backups")}
          columns={columns}
          rows={rows}
          rowKey={backupKey}
          onOpen={setRestoring}
          sort={{ column: "createdAt", descending: true }}
          onSort={() => undefined}
          sorted
          empty={null}
          height="flow"
        />
      )}
      {restoring === null ? null : <RestoreDialog backup={restoring} onClose={() => setRestoring(null)} />}
    </section>
  );
}

/** The newest first and nothing else: with ten rows there is nothing to sort. */
function withRestore(onRestore: (backup: Backup) => void): ReadonlyArray<Column<Backup>> {
  const plain = backupColumns({ withGuest: false, clusterName: (id) => id }).map((column) => {
    const { sort: _sort, ...rest } = column;
    return rest;
  });
  return [
    ...plain,
    {
      id: "restore",
      header: t("backups.column.action"),
      width: 88,
      align: "end",
      cell: (backup) => (
        <Button
          variant="subtle"
          h={22}
          px={8}
          me={-8}
          aria-label={t("backups.restoreOf", { time: formatTime(backup.createdAt) })}
          onClick={() => onRestore(backup)}
        >
          {t("backups.restore.short")}
        </Button>
      ),
    },
  ];
}
