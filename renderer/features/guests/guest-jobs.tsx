import { useMemo } from "react";
import { useLocation } from "wouter";

import { useApi } from "../../api.ts";
import { useWindow } from "../../stores/use-window.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { jobPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { jobColumns } from "../jobs/job-columns.tsx";
import { useHistoryFresh } from "../jobs/use-job-turns.ts";
import classes from "./guest-page.module.css";

import type { Guest } from "../../../shared/guest.ts";

/** Shown on a guest's page; all others stand in the history. */
const shownHere = 10;

/** What this app has done with the guest. */
export function GuestJobs({ guest }: { readonly guest: Guest }) {
  const api = useApi();
  const [, navigate] = useLocation();
  const { clusterId, vmid } = guest;
  useHistoryFresh();
  const list = useWindow(["history.list", clusterId, vmid], (offset, signal) =>
    api.call("history.list", { clusterId, vmid, offset, limit: shownHere }, signal),
  );
  const columns = useMemo(
    () => jobColumns({ withGuest: false }).map(({ sort: _sort, ...column }) => column),
    [],
  );
  const rows = list.rows.slice(0, shownHere);
  return (
    <section className={classes.list} aria-label={t("guests.section.jobs")}>
      <div className={classes.heading}>
        <h2>{t("guests.section.jobs")}</h2>
      </div>
      {list.phase === "loading" ? <LoadingState>{t("history.loading")}</LoadingState> : null}
      {list.phase === "failed" && list.error !== null ? (
        <FailedState error={list.error} onRetry={list.retry} />
      ) : null}
      {list.phase === "ready" && rows.length === 0 ? (
        <p className={classes.none}>{t("guests.jobs.none")}</p>
      ) : null}
      {rows.length === 0 ? null : (
        <DataTable
          label={t("guests.section.jobs")}
          columns={columns}
          rows={rows}
          rowKey={(job) => job.id}
          onOpen={(job) => navigate(jobPath(job.id))}
          sort={{ column: "createdAt", descending: true }}
          onSort={() => undefined}
          sorted
          empty={null}
          height="flow"
        />
      )}
    </section>
  );
}
