import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { z } from "zod";

import { isOpen, type Job } from "../../../shared/job.ts";
import { useJobs, useOpenJobs, useStores } from "../../stores/stores.ts";
import { useViewState } from "../../stores/view-state.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { jobPath, places } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { ListSwitch } from "../tasks/list-switch.tsx";
import { jobColumns, runningColumns } from "./job-columns.tsx";
import classes from "./jobs-view.module.css";

const viewSchema = z.object({
  column: z.string().max(32).default("createdAt"),
  descending: z.boolean().default(true),
});

/** Jobs that run, and those that ended lately; all others are in the history. */
export function JobsView() {
  const { jobs: store } = useStores();
  const open = useOpenJobs();
  const jobs = useJobs((set) => set.items);
  const phase = useJobs((set) => set.phase);
  const error = useJobs((set) => set.error);
  const [, navigate] = useLocation();
  const [view, setView] = useViewState("jobs", viewSchema);
  const ended = useMemo(() => jobs.filter((job) => !isOpen(job.state)), [jobs]);
  const running = useMemo(() => runningColumns(), []);
  const columns = useMemo(() => jobColumns({ withGuest: true }), []);
  const openJob = (job: Job) => navigate(jobPath(job.id));

  return (
    <Page
      title={t("jobs.title")}
      aside={t("jobs.count", { open: open.length })}
      filters={<ListSwitch value="jobs" />}
    >
      <div className={classes.view}>
        {open.length === 0 ? null : (
          <div className={classes.running}>
            <DataTable
              label={t("jobs.running")}
              columns={running}
              rows={open}
              rowKey={(job) => job.id}
              onOpen={openJob}
              sort={{ column: "", descending: false }}
              onSort={() => undefined}
              sorted
              empty={null}
              height="flow"
            />
          </div>
        )}
        <div className={classes.heading}>
          <h2>{t("jobs.ended")}</h2>
          <Link href={places.history}>{t("jobs.toHistory")}</Link>
        </div>
        <DataTable
          label={t("jobs.ended")}
          columns={columns}
          rows={ended}
          rowKey={(job) => job.id}
          onOpen={openJob}
          sort={view}
          onSort={setView}
          phase={phase}
          error={error}
          onRetry={store.reload}
          empty={<EmptyState title={t("jobs.none.title")}>{t("history.empty.text")}</EmptyState>}
        />
      </div>
    </Page>
  );
}
