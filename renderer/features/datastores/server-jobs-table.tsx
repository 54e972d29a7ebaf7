import { CircleCheck, CircleDashed, CirclePause, CircleX, Play, TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { serverJobKey, type ServerJob } from "../../../shared/server-job.ts";
import { Age } from "../../ui/age.tsx";
import { useNow } from "../../ui/clock.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { NotSaid } from "../../ui/figures.tsx";
import { taskPath } from "../../ui/paths.ts";
import { scheduleText } from "../../ui/schedule-text.ts";
import { StatusMark } from "../../ui/status-mark.tsx";
import { t } from "../../ui/text.ts";
import classes from "./datastores.module.css";
import { RunJob } from "./run-job.tsx";
import { ReadLine } from "./read-line.tsx";
import { OutcomeNotice, type Outcome } from "./task-button.tsx";
import { useServerJobs } from "./use-server-jobs.ts";

import type { Column } from "../../ui/data-table-columns.ts";

/** The jobs that a backup server runs by itself; `store`: those of one datastore alone. */
export function ServerJobsTable({
  clusterId,
  store = null,
}: {
  readonly clusterId: string;
  readonly store?: string | null;
}) {
  const list = useServerJobs(clusterId);
  const [sort, setSort] = useState({ column: "kind", descending: false });
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const columns = useMemo(
    () => [...jobColumns(clusterId, store === null), runColumn(clusterId, setOutcome)],
    [store, clusterId],
  );
  const rows = useMemo(
    () => (list.answer?.jobs ?? []).filter((job) => store === null || job.store === store),
    [list.answer, store],
  );
  return (
    <>
      <div className={classes.head}>
        <h2>{t("serverJobs.title")}</h2>
        <div className={classes.headEnd}>
          <ReadLine seenAt={list.answer?.seenAt ?? null} reading={list.reading} onReload={list.reload} />
        </div>
      </div>
      <OutcomeNotice clusterId={clusterId} outcome={outcome} />
      {(list.answer?.failed ?? []).map(({ kind, error }) => (
        <div key={kind} className={classes.notice}>
          <p>{t("serverJobs.failed", { kind: t(`serverJobs.kind.${kind}`) })}</p>
          <ErrorPanel error={error} tone="attention" />
        </div>
      ))}
      {(list.answer?.bad ?? 0) === 0 ? null : (
        <p className={classes.rowNote}>{t("snapshots.bad", { count: list.answer?.bad ?? 0 })}</p>
      )}
      <DataTable
        label={t("serverJobs.title")}
        columns={columns}
        rows={rows}
        rowKey={serverJobKey}
        sort={sort}
        onSort={setSort}
        isDim={(job) => !job.enabled}
        phase={list.answer !== null ? "ready" : list.error === null ? "loading" : "failed"}
        error={list.error}
        onRetry={list.reload}
        empty={<EmptyState title={t("serverJobs.none")}>{t("serverJobs.none.text")}</EmptyState>}
      />
    </>
  );
}

function jobColumns(clusterId: string, withStore: boolean): ReadonlyArray<Column<ServerJob>> {
  const store: Column<ServerJob> = {
    id: "store",
    header: t("datastores.column.store"),
    width: 112,
    grow: 1,
    sort: (job) => `${job.store}/${job.namespace}`,
    text: placeText,
    cell: (job) => <span>{placeText(job)}</span>,
  };
  return [
    {
      id: "kind",
      header: t("serverJobs.column.kind"),
      width: 144,
      sort: (job) => job.kind,
      cell: (job) => <span className={classes.name}>{t(`serverJobs.kind.${job.kind}`)}</span>,
    },
    ...(withStore ? [store] : []),
    {
      id: "does",
      header: t("serverJobs.column.does"),
      width: 120,
      grow: 2,
      hideBelow: 860,
      text: doesText,
      cell: (job) => <span className={classes.dim}>{doesText(job)}</span>,
    },
    {
      id: "schedule",
      header: t("serverJobs.column.schedule"),
      width: 152,
      grow: 1,
      text: (job) => job.schedule ?? "",
      cell: (job) => (
        <span title={job.schedule ?? undefined}>
          {job.schedule === null ? t("serverJobs.byHand") : scheduleText(job.schedule)}
        </span>
      ),
    },
    {
      id: "next",
      header: t("serverJobs.column.next"),
      width: 92,
      align: "end",
      sort: (job) => (job.enabled ? job.nextRun : null),
      cell: (job) => <NextRun job={job} />,
    },
    {
      id: "last",
      header: t("serverJobs.column.last"),
      width: 92,
      align: "end",
      descendingFirst: true,
      sort: (job) => job.lastRun?.endedAt ?? null,
      cell: (job) => (
        <Age at={job.lastRun?.endedAt ?? null} never={job.lastRun === null ? t("ui.never") : "–"} />
      ),
    },
    {
      id: "result",
      header: t("serverJobs.column.result"),
      width: 144,
      grow: 1,
      sort: (job) => job.lastRun?.state ?? null,
      text: (job) => displayText(job.lastRun?.state ?? "", 500),
      cell: (job) => {
        const upid = job.lastRun?.upid ?? null;
        const result = <LastResult job={job} />;
        return upid === null ? result : <Link href={taskPath({ clusterId, upid })}>{result}</Link>;
      },
    },
  ];
}

function runColumn(clusterId: string, onOutcome: (outcome: Outcome) => void): Column<ServerJob> {
  return {
    id: "run",
    header: t("serverJobs.column.run"),
    width: 104,
    align: "end",
    cell: (job) => <RunJob clusterId={clusterId} job={job} onOutcome={onOutcome} />,
  };
}

function placeText({ store, namespace }: ServerJob): string {
  return displayText(namespace === "" ? store : `${store}/${namespace}`, 300);
}

/** The options in the server's own names, the comment behind them. */
function doesText(job: ServerJob): string {
  const options = job.options.map(({ name, value }) => `${name} ${value}`).join(", ");
  return displayText([options, job.comment].filter((part) => part !== "").join(" · "), 400);
}

/** The server counts from the last run: what should have run by now, and has not, is due. */
function NextRun({ job: { nextRun, enabled } }: { readonly job: ServerJob }) {
  const now = useNow(60_000);
  if (nextRun === null || !enabled) return <NotSaid />;
  return nextRun < now ? <span>{t("serverJobs.due")}</span> : <Age at={nextRun} />;
}

/** The server's word on the last run. A run without one is under way, or was cut short by a restart of the server. */
function LastResult({ job: { lastRun, enabled } }: { readonly job: ServerJob }) {
  if (!enabled) {
    return (
      <StatusMark tone="quiet" icon={CirclePause}>
        {t("serverJobs.disabled")}
      </StatusMark>
    );
  }
  if (lastRun === null) {
    return (
      <StatusMark tone="quiet" icon={CircleDashed}>
        {t("serverJobs.neverRan")}
      </StatusMark>
    );
  }
  const { state, endedAt } = lastRun;
  if (state === null) {
    return endedAt === null ? (
      <StatusMark tone="running" icon={Play}>
        {t("serverJobs.running")}
      </StatusMark>
    ) : (
      <StatusMark tone="unknown">{t("ui.unknown")}</StatusMark>
    );
  }
  if (state === "OK") {
    return (
      <StatusMark tone="good" icon={CircleCheck}>
        {t("serverJobs.ok")}
      </StatusMark>
    );
  }
  if (state === "unknown") return <StatusMark tone="unknown">{t("ui.unknown")}</StatusMark>;
  return state.startsWith("WARNINGS") ? (
    <StatusMark tone="attention" icon={TriangleAlert}>
      {t("serverJobs.warnings")}
    </StatusMark>
  ) : (
    <StatusMark tone="bad" icon={CircleX}>
      {displayText(state, 200)}
    </StatusMark>
  );
}
