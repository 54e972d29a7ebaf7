import { useState } from "react";
import type { ReactElement, ReactNode } from "react";

import { formatBytes, formatRate, formatTime } from "../../../shared/format.ts";
import type { Job, JobProgress as Progress, PauseReason } from "../../../shared/job.ts";
import { useNow } from "../../ui/clock.ts";
import { NotSaid } from "../../ui/figures.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { ageText, durationText, locale, t } from "../../ui/text.ts";
import classes from "./job-progress.module.css";
import { doingText, guestsText, jobTitle, percentText, timeLeft } from "./job-words.ts";

/** The highest percentage seen: whatever comes, the bar does not go back. */
export function useHighest(percent: number | null): number | null {
  const [highest, setHighest] = useState(percent);
  if (percent !== null && (highest === null || percent > highest)) setHighest(percent);
  return highest === null || percent === null ? percent : Math.max(highest, percent);
}

/** Seconds since the request left us (or was accepted), by our own clock: the node's may be wrong. */
export function useElapsed(job: Job): number {
  const now = useNow();
  return Math.max(0, Math.floor((now - (job.sentAt ?? job.createdAt)) / 1000));
}

/** An open job at work. */
export function JobProgress({ job }: { readonly job: Job }): ReactElement {
  const guests = guestsText(job.guests, job.progress);
  // A power action moves no data.
  const copies = job.request.kind !== "power";
  return (
    <TaskProgress
      progress={job.progress}
      pause={job.pause}
      title={jobTitle(job)}
      doing={guests === null ? doingText(job) : `${doingText(job)} · ${guests}`}
      copies={copies}
      elapsed={useElapsed(job)}
      hint={
        (job.progress?.percent ?? null) === null &&
        job.state === "running" &&
        job.request.guest.type === "lxc" &&
        copies
          ? t("job.noPercent")
          : null
      }
    />
  );
}

export interface TaskProgressProps {
  readonly progress: Progress | null;
  readonly pause: PauseReason | null;
  /** Names the bar. */
  readonly title: string;
  /** What it is doing, in words. */
  readonly doing: string;
  /** Data is moved: bytes, rate and time left mean something. */
  readonly copies: boolean;
  /** Seconds. */
  readonly elapsed: number;
  readonly hint: string | null;
}

/** A task at work: how far, how fast, how long. What is not known says so and is never guessed silently. */
export function TaskProgress(props: TaskProgressProps): ReactElement {
  const { progress, pause, copies } = props;
  const percent = useHighest(progress?.percent ?? null);
  const stalled = progress !== null && progress.stalledSince !== null;
  const old = pause !== null;
  return (
    <div className={`${classes.progress} ${old ? classes.faded : ""}`}>
      <div className={classes.top}>
        {percent !== null && <span className={classes.percent}>{percentText(progress, percent)}</span>}
        <span className={classes.doing}>{props.doing}</span>
        <SinceWhen progress={progress} pause={pause} />
      </div>
      <ProgressBar height={6} percent={percent} stalled={stalled || old} label={props.title} />
      <dl className={classes.figures}>
        {copies ? <Figure label={t("job.figure.bytes")}>{bytesText(progress)}</Figure> : null}
        {copies ? <Figure label={t("job.figure.rate")}>{old ? null : rateText(progress)}</Figure> : null}
        <Figure label={t("job.figure.elapsed")}>
          <span>{durationText(props.elapsed)}</span>
        </Figure>
        {copies ? (
          <Figure label={t("job.figure.left")}>
            {old || stalled || progress === null ? null : <TimeLeft progress={progress} />}
          </Figure>
        ) : null}
      </dl>
      {props.hint === null ? null : <p className={classes.more}>{props.hint}</p>}
    </div>
  );
}

function SinceWhen({ progress, pause }: Pick<TaskProgressProps, "progress" | "pause">): ReactElement | null {
  const now = useNow();
  if (progress === null) return null;
  if (pause === null && progress.stalledSince !== null) {
    const time = formatTime(progress.stalledSince);
    const seconds = Math.max(0, (now - progress.stalledSince) / 1000);
    return (
      <span className={classes.since} data-stalled="true" title={time}>
        {t("job.stalled.short", { duration: durationText(seconds) ?? "" })}
      </span>
    );
  }
  if (pause === null) return null;
  return (
    <span className={classes.since} title={formatTime(progress.seenAt)}>
      {t("job.seen", { age: ageText(progress.seenAt, now) })}
    </span>
  );
}

function Figure(props: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <div>
      <dt className={classes.label}>{props.label}</dt>
      <dd className={classes.value}>{props.children ?? <NotSaid />}</dd>
    </div>
  );
}

function bytesText(progress: Progress | null): string | null {
  const done = progress?.bytesDone ?? null;
  if (progress === null || done === null) return null;
  const doneText = formatBytes(done, locale());
  const total = progress.bytesTotal === null ? null : formatBytes(progress.bytesTotal, locale());
  if (doneText === null) return null;
  return total === null ? t("job.bytesDone", { done: doneText }) : t("job.bytes", { done: doneText, total });
}

function rateText(progress: Progress | null): string | null {
  return progress === null || progress.rate === null ? null : formatRate(progress.rate, locale());
}

function TimeLeft({ progress }: { readonly progress: Progress }): ReactElement {
  const left = timeLeft(progress, useNow());
  if (left === null) return <NotSaid />;
  return (
    <>
      {left.text}
      {left.range !== null && <span className={classes.more}> {left.range}</span>}
      {progress.estimated && <span className={classes.more}> {t("job.estimated")}</span>}
    </>
  );
}
