import { Button, Select } from "@mantine/core";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { formatTime } from "../../../shared/format.ts";
import { isOpen, type Job } from "../../../shared/job.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { useGuests } from "../../stores/stores.ts";
import { EmptyState, FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { guestPath, places } from "../../ui/paths.ts";
import { JobStateMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { RestoreButton } from "../restore/restore-button.tsx";
import { CancelDialog } from "./cancel-dialog.tsx";
import { JobFacts } from "./job-facts.tsx";
import { JobGuests } from "./job-guests.tsx";
import { JobLog } from "./job-log.tsx";
import classes from "./job-page.module.css";
import { useJobLogSource } from "./log-source.ts";
import { JobProgress } from "./job-progress.tsx";
import { JobResolve } from "./job-resolve.tsx";
import { JobResult } from "./job-result.tsx";
import { JobTimeline } from "./job-timeline.tsx";
import { jobTitle } from "./job-words.ts";
import { useJob } from "./use-job.ts";

import type { ReactNode } from "react";
import type { JobEvent, JobTask } from "../../../shared/job.ts";

/** One job: how far it is or how it ended, its log, what was asked for, its story. */
export function JobPage({ jobId }: { readonly jobId: string }) {
  const { job, events, error, retry } = useJob(jobId);
  if (job !== null) return <LoadedJob key={job.id} job={job} events={events} />;
  if (error?.code === "job.notFound") {
    return (
      <EmptyState
        title={t("jobs.page.gone.title")}
        actions={
          <Button component={Link} href={places.jobs}>
            {t("jobs.page.back")}
          </Button>
        }
      >
        {t("jobs.page.gone.text")}
      </EmptyState>
    );
  }
  if (error !== null) return <FailedState error={error} onRetry={retry} />;
  return <LoadingState>{t("jobs.page.loading")}</LoadingState>;
}

function LoadedJob({ job, events }: { readonly job: Job; readonly events: readonly JobEvent[] }) {
  const open = isOpen(job.state);
  useAttention({ tasks: open ? job.tasks.map((task) => task.upid) : [] });
  return (
    <Page
      title={jobTitle(job)}
      aside={<JobStateMark state={job.state} />}
      actions={<JobActions job={job} />}
      layout="flush"
    >
      <div className={classes.page}>
        <div className={classes.top} data-part={open ? "progress" : "result"}>
          {open ? <OpenJob job={job} /> : <JobResult job={job} />}
          {job.state === "indeterminate" ? <JobResolve job={job} /> : null}
        </div>
        <div className={classes.bottom}>
          <div className={classes.log}>
            <TaskLogs job={job} />
          </div>
          <Side job={job} events={events} />
        </div>
      </div>
    </Page>
  );
}

/** Before the end: progress, and what stands in its way. */
function OpenJob({ job }: { readonly job: Job }) {
  return (
    <>
      {job.state === "unconfirmed" ? <JobResolve job={job} /> : <JobProgress job={job} />}
      {job.progress?.waitingForLock === true && job.pause === null ? (
        <Notice tone="quiet">{t("job.waitingForLock")}</Notice>
      ) : null}
      {job.cancelRequestedAt === null ? null : (
        <Notice tone="attention">
          {t("job.cancelling.text", { time: formatTime(job.cancelRequestedAt) })}
        </Notice>
      )}
      {job.error === null ? null : <ErrorPanel error={job.error} />}
    </>
  );
}

function JobActions({ job }: { readonly job: Job }) {
  const [asking, setAsking] = useState(false);
  const cancellable = job.state === "running" || job.state === "dispatching" || job.state === "accepted";
  const made = job.request.kind === "backup" && job.archive !== null && !isOpen(job.state);
  return (
    <>
      <Button
        component={Link}
        href={places.jobs}
        variant="subtle"
        leftSection={<ArrowLeft size={14} aria-hidden />}
      >
        {t("jobs.page.back")}
      </Button>
      {made && job.request.kind === "backup" ? (
        <RestoreButton
          backup={{
            clusterId: job.clusterId,
            node: job.request.guest.node,
            storage: job.request.storage,
            volid: job.archive ?? "",
          }}
        />
      ) : null}
      <NewGuestLink job={job} />
      {cancellable ? (
        <>
          <Button color="bad" onClick={() => setAsking(true)}>
            {t("job.cancel")}
          </Button>
          <CancelDialog job={job} opened={asking} onClose={() => setAsking(false)} />
        </>
      ) : null}
    </>
  );
}

/** After a restore the next thing is to look at what came of it. */
function NewGuestLink({ job }: { readonly job: Job }) {
  const { vmid } = job.request.guest;
  const guest = useGuests((set) =>
    set.items.find((one) => one.clusterId === job.clusterId && one.vmid === vmid),
  );
  if (job.request.kind !== "restore" || isOpen(job.state) || guest === undefined) return null;
  return (
    <Button component={Link} href={guestPath(guest)} variant="filled">
      {t("job.openGuest")}
    </Button>
  );
}

function TaskLogs({ job }: { readonly job: Job }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const task = job.tasks.find((one) => one.upid === chosen) ?? job.tasks.at(-1);
  if (task === undefined) {
    return <p className={classes.noLog}>{isOpen(job.state) ? t("job.log.empty") : t("job.log.none")}</p>;
  }
  return (
    <OneTaskLog
      key={task.upid}
      job={job}
      task={task}
      tasks={
        job.tasks.length < 2 ? undefined : (
          <Select
            aria-label={t("job.log.task")}
            data={job.tasks.map((one) => ({ value: one.upid, label: `${one.type} ${one.node}` }))}
            value={task.upid}
            onChange={setChosen}
          />
        )
      }
    />
  );
}

function OneTaskLog({
  job,
  task,
  tasks,
}: {
  readonly job: Job;
  readonly task: JobTask;
  readonly tasks: ReactNode;
}) {
  const source = useJobLogSource(job.id, task.upid);
  return <JobLog source={source} task={task} tasks={tasks} running={isOpen(job.state)} />;
}

function Side({ job, events }: { readonly job: Job; readonly events: readonly JobEvent[] }) {
  const { guest } = job.request;
  const guestKnown = useGuests((set) => set.byKey.has(`${job.clusterId}/${guest.node}/${guest.vmid}`));
  return (
    <div className={classes.side} tabIndex={0} role="region" aria-label={t("job.section.side")}>
      <Section title={t("job.section.facts")}>
        <JobFacts job={job} guestKnown={guestKnown} />
      </Section>
      {job.guests.length > 1 ? (
        <Section title={t("job.section.guests")}>
          <JobGuests guests={job.guests} />
        </Section>
      ) : null}
      <Section title={t("job.section.timeline")}>
        <JobTimeline events={events} />
      </Section>
    </div>
  );
}
