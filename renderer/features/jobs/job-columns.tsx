import { displayText } from "../../../shared/display-text.ts";
import { formatPercent, formatTime } from "../../../shared/format.ts";
import { isOpen, type Job } from "../../../shared/job.ts";
import { Moment } from "../../ui/age.tsx";
import { Bytes, Duration, NotSaid, Rate } from "../../ui/figures.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { JobStateMark } from "../../ui/status.tsx";
import { locale, t } from "../../ui/text.ts";
import { useElapsed, useHighest } from "./job-progress.tsx";
import classes from "./jobs-view.module.css";
import { doingText, guestText, jobTitle, kindText, stateText } from "./job-words.ts";
import { StripNote } from "./strip-row.tsx";

import type { Column } from "../../ui/data-table.tsx";

/** The columns of jobs that run: what moves stands in the middle, where the eye is. */
export function runningColumns(): ReadonlyArray<Column<Job>> {
  return [
    {
      id: "what",
      header: t("history.column.what"),
      width: 200,
      grow: 2,
      cell: (job) => <span>{jobTitle(job)}</span>,
      text: jobTitle,
    },
    {
      id: "cluster",
      header: t("history.column.cluster"),
      width: 104,
      grow: 1,
      hideBelow: 900,
      cell: (job) => <span>{displayText(job.clusterName)}</span>,
      text: (job) => displayText(job.clusterName),
    },
    {
      id: "doing",
      header: t("jobs.column.doing"),
      width: 160,
      grow: 2,
      cell: (job) => <span>{doingText(job)}</span>,
      text: doingText,
    },
    { id: "bar", header: t("jobs.column.progress"), width: 176, cell: (job) => <BarCell job={job} /> },
    {
      id: "rate",
      header: t("job.figure.rate"),
      width: 92,
      align: "end",
      hideBelow: 1000,
      cell: (job) => <Rate value={job.pause === null ? (job.progress?.rate ?? null) : null} />,
    },
    {
      id: "left",
      header: t("job.figure.left"),
      width: 128,
      align: "end",
      cell: (job) => (
        <StripNote
          job={job}
          withElapsed={false}
          stalled={job.progress !== null && job.progress.stalledSince !== null}
        />
      ),
    },
    {
      id: "elapsed",
      header: t("job.figure.elapsed"),
      width: 92,
      align: "end",
      hideBelow: 760,
      cell: (job) => <ElapsedCell job={job} />,
    },
  ];
}

function BarCell({ job }: { readonly job: Job }) {
  const percent = useHighest(job.progress?.percent ?? null);
  const stalled = job.progress !== null && job.progress.stalledSince !== null;
  return (
    <span className={classes.barCell}>
      <ProgressBar percent={percent} stalled={stalled || job.pause !== null} label={jobTitle(job)} />
      <span className={classes.percent}>
        {percent === null ? <NotSaid /> : formatPercent(percent, locale())}
      </span>
    </span>
  );
}

function ElapsedCell({ job }: { readonly job: Job }) {
  return <Duration seconds={useElapsed(job)} />;
}

/** The columns of a list of jobs of any state. `withGuest`: left out on a guest's own page. */
export function jobColumns({ withGuest }: { readonly withGuest: boolean }): ReadonlyArray<Column<Job>> {
  const guest: Column<Job> = {
    id: "guest",
    header: t("history.column.guest"),
    width: 152,
    grow: 2,
    cell: (job) => <span>{guestText(job.request.guest)}</span>,
    text: (job) => guestText(job.request.guest),
  };
  const cluster: Column<Job> = {
    id: "cluster",
    header: t("history.column.cluster"),
    width: 112,
    grow: 1,
    hideBelow: 820,
    cell: (job) => <span>{displayText(job.clusterName)}</span>,
    text: (job) => displayText(job.clusterName),
  };
  return [
    {
      id: "state",
      header: t("history.column.result"),
      width: 132,
      cell: (job) => <JobStateMark state={job.state} />,
      text: (job) => stateText(job.state),
    },
    {
      id: "what",
      header: t("history.column.what"),
      width: 84,
      cell: (job) => <span>{kindText(job.request)}</span>,
      text: (job) => kindText(job.request),
    },
    ...(withGuest ? [guest, cluster] : []),
    {
      id: "storage",
      header: t("history.column.storage"),
      width: 100,
      grow: 1,
      hideBelow: 1000,
      cell: (job) => <span>{storageOf(job)}</span>,
      text: storageOf,
    },
    {
      id: "createdAt",
      header: t("history.column.createdAt"),
      width: 148,
      sort: (job) => job.createdAt,
      descendingFirst: true,
      cell: (job) => <Moment at={job.createdAt} />,
    },
    {
      id: "endedAt",
      header: t("history.column.endedAt"),
      width: 148,
      hideBelow: 920,
      cell: (job) => (job.endedAt === null ? <NotSaid /> : <Moment at={job.endedAt} />),
      text: (job) => (job.endedAt === null ? "" : formatTime(job.endedAt)),
    },
    {
      id: "durationSeconds",
      header: t("history.column.durationSeconds"),
      width: 92,
      align: "end",
      sort: (job) => job.durationSeconds,
      descendingFirst: true,
      cell: (job) =>
        isOpen(job.state) ? <ElapsedCell job={job} /> : <Duration seconds={job.durationSeconds} />,
    },
    {
      id: "size",
      header: t("history.column.size"),
      width: 88,
      align: "end",
      sort: (job) => job.size,
      descendingFirst: true,
      cell: (job) => <Bytes value={job.size} />,
    },
  ];
}

function storageOf(job: Job): string {
  if (job.request.kind === "backup") return displayText(job.request.storage);
  return job.request.kind === "restore" ? displayText(job.request.targetStorage ?? "") : "";
}
