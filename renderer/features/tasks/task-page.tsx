import { Button } from "@mantine/core";
import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { taskKey, type FollowedTask } from "../../../shared/followed-task.ts";
import { clusterIdSchema, type ClusterId } from "../../../shared/ids.ts";
import { parseUpid, type Upid } from "../../../shared/task.ts";
import { useCluster, useTasks } from "../../stores/stores.ts";
import { Moment } from "../../ui/age.tsx";
import { useNow } from "../../ui/clock.ts";
import { EmptyState, FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { Notice } from "../../ui/error-panel.tsx";
import { Facts, type Fact } from "../../ui/facts.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { guestPath, tasksPath } from "../../ui/paths.ts";
import { TaskStateMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { JobGuests } from "../jobs/job-guests.tsx";
import { JobLog } from "../jobs/job-log.tsx";
import pageClasses from "../jobs/job-page.module.css";
import { TaskProgress } from "../jobs/job-progress.tsx";
import { guestsText, stepText } from "../jobs/job-words.ts";
import { useTaskLogSource } from "../jobs/log-source.ts";
import { StopDialog } from "./stop-dialog.tsx";
import { TaskDuration } from "./task-columns.tsx";
import { onText, secondsOf, typeText, userText } from "./task-words.ts";
import classes from "./tasks.module.css";
import { useFollowedTask } from "./use-followed-task.ts";
import { useGuestNames } from "./use-guest-names.ts";

import type { Cluster } from "../../../shared/cluster.ts";

/** One task of a server, whoever started it: followed while this is open, and nothing of it is a job of ours. */
export function TaskPage({ clusterId, upid }: { readonly clusterId: string; readonly upid: string }) {
  const cluster = useCluster(clusterId);
  const id = clusterIdSchema.safeParse(clusterId);
  const task = parseUpid(upid);
  if (task === null || !id.success || cluster === undefined) {
    return (
      <EmptyState
        title={t("task.notATask.title")}
        actions={
          <Button component={Link} href={tasksPath}>
            {t("task.back")}
          </Button>
        }
      >
        {t("task.notATask.text")}
      </EmptyState>
    );
  }
  return <OpenTask cluster={cluster} clusterId={id.data} task={task} />;
}

interface OpenTaskProps {
  readonly cluster: Cluster;
  readonly clusterId: ClusterId;
  readonly task: Upid;
}

function OpenTask({ cluster, clusterId, task }: OpenTaskProps) {
  const { upid } = task;
  const followed = useFollowedTask(clusterId, upid);
  const source = useTaskLogSource(clusterId, upid);
  const names = useGuestNames();
  const now = followed.task;
  const on = onText({ clusterId, id: task.id }, names);
  const what = typeText(task.type);
  const running = now === null || now.state === "running";
  if (followed.error !== null) return <FailedState error={followed.error} onRetry={followed.retry} />;
  return (
    <Page
      title={on === "" ? what : t("task.title", { what, on })}
      aside={now === null ? undefined : <TaskStateMark state={now.state} />}
      actions={<Actions cluster={cluster} clusterId={clusterId} task={task} on={on} running={running} />}
      layout="flush"
    >
      <div className={pageClasses.page}>
        <div className={pageClasses.top} data-part={running ? "progress" : "result"}>
          {now === null ? (
            <LoadingState>{t("task.loading", { node: displayText(task.node) })}</LoadingState>
          ) : running ? (
            <Running now={now} cluster={cluster} task={task} title={`${what} ${on}`} />
          ) : (
            <Result now={now} cluster={cluster} />
          )}
        </div>
        <div className={pageClasses.bottom}>
          <div className={pageClasses.log}>
            {now === null || now.state === "hidden" ? null : (
              <JobLog source={source} task={now} running={running} />
            )}
          </div>
          <Side cluster={cluster} clusterId={clusterId} task={task} now={now} on={on} />
        </div>
      </div>
    </Page>
  );
}

function Actions({
  cluster,
  clusterId,
  task,
  on,
  running,
}: OpenTaskProps & { readonly on: string; readonly running: boolean }) {
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState(false);
  return (
    <>
      <Button
        component={Link}
        href={tasksPath}
        variant="subtle"
        leftSection={<ArrowLeft size={14} aria-hidden />}
      >
        {t("task.back")}
      </Button>
      {running && asked ? <span role="status">{t("task.stop.asked")}</span> : null}
      {running ? (
        <>
          <Button color="bad" onClick={() => setAsking(true)}>
            {t("task.stop")}
          </Button>
          <StopDialog
            clusterId={clusterId}
            clusterName={cluster.name}
            task={task}
            on={on}
            opened={asking}
            onClose={() => setAsking(false)}
            onStopped={() => setAsked(true)}
          />
        </>
      ) : null}
    </>
  );
}

interface StateProps {
  readonly now: FollowedTask;
  readonly cluster: Cluster;
  readonly task: Upid;
}

function Running({ now, cluster, task, title }: StateProps & { readonly title: string }) {
  const time = useNow();
  const elapsed = secondsOf({ startedAt: task.startTime * 1000, endedAt: null }, time, cluster.clockOffset);
  const doing =
    now.pause === null
      ? stepText(now.progress)
      : t(`job.pause.${now.pause}`, { cluster: displayText(cluster.name) });
  const guests = guestsText(now.guests, now.progress);
  const copies = (now.progress?.bytesTotal ?? now.progress?.bytesDone ?? null) !== null;
  return (
    <TaskProgress
      progress={now.progress}
      pause={now.pause}
      title={title}
      doing={guests === null ? doing : `${doing} · ${guests}`}
      copies={copies}
      elapsed={elapsed}
      hint={null}
    />
  );
}

/** How it ended, in a sentence that claims no more than is known. */
function Result({ now, cluster }: Pick<StateProps, "now" | "cluster">) {
  const token = cluster.login.kind === "token";
  if (now.state === "running") return null;
  if (now.state === "hidden") {
    return (
      <Notice tone="attention">
        {t(token ? "task.result.hiddenToken" : "task.result.hidden", now.missing ?? {})}
      </Notice>
    );
  }
  return (
    <div className={pageClasses.result}>
      <p className={classes.sentence}>{t(`task.result.${now.state}`, { count: now.warnings.length })}</p>
      {now.error === null ? null : (
        <p className={classes.sentence}>
          <code>{displayText(now.error, 600)}</code>
        </p>
      )}
      {now.warnings.length === 0 ? null : (
        <ul className={classes.warnings}>
          {now.warnings.slice(0, 5).map((warning, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- two warnings may have the same words
            <li key={index}>{displayText(warning, 300)}</li>
          ))}
        </ul>
      )}
      {now.logGone ? <Notice tone="quiet">{t("task.logGone")}</Notice> : null}
    </div>
  );
}

function Side({
  cluster,
  clusterId,
  task,
  now,
  on,
}: OpenTaskProps & { readonly now: FollowedTask | null; readonly on: string }) {
  const row = useTasks((set) => set.byKey.get(taskKey({ clusterId, upid: task.upid })));
  const startedAt = task.startTime * 1000;
  const state = now?.state ?? row?.state ?? "running";
  const known = state === "gone" || state === "hidden" ? "unknown" : state;
  const facts: readonly Fact[] = [
    { label: t("task.fact.cluster"), value: displayText(cluster.name) },
    { label: t("task.fact.node"), value: displayText(task.node) },
    { label: t("task.fact.type"), value: displayText(task.type, 64) },
    ...(on === ""
      ? []
      : [{ label: t("task.fact.on"), value: <OnLink clusterId={clusterId} task={task} on={on} /> }]),
    { label: t("task.fact.user"), value: userText(task) },
    { label: t("task.fact.startedAt"), value: <Moment at={startedAt} /> },
    ...(row === undefined || row.endedAt === null
      ? []
      : [{ label: t("task.fact.endedAt"), value: <Moment at={row.endedAt} /> }]),
    {
      label: t("task.fact.duration"),
      value: (
        <TaskDuration
          task={{ state: known, startedAt, endedAt: row?.endedAt ?? null }}
          clockOffset={cluster.clockOffset}
        />
      ),
    },
  ];
  const long = [
    { label: t("task.fact.exit"), value: now?.exitStatus ?? "" },
    { label: t("task.fact.upid"), value: task.upid },
  ].filter(({ value }) => value !== "");
  return (
    <div className={pageClasses.side} tabIndex={0} role="region" aria-label={t("task.side")}>
      <Section title={t("task.section.facts")}>
        <Facts facts={facts} />
        <dl>
          {long.map(({ label, value }) => (
            <div key={label} className={pageClasses.longFact}>
              <dt className={pageClasses.figureLabel}>{label}</dt>
              <dd>
                <code>{displayText(value, 600)}</code>
              </dd>
            </div>
          ))}
        </dl>
      </Section>
      {now === null || now.guests.length < 2 ? null : (
        <Section title={t("task.section.guests")}>
          <JobGuests guests={now.guests} />
        </Section>
      )}
    </div>
  );
}

function OnLink({
  clusterId,
  task,
  on,
}: {
  readonly clusterId: ClusterId;
  readonly task: Upid;
  readonly on: string;
}) {
  const isGuest = /^\d+$/u.test(task.id);
  return isGuest ? (
    <Link href={guestPath({ clusterId, node: task.node, vmid: Number(task.id) })}>{on}</Link>
  ) : (
    <span>{on}</span>
  );
}
