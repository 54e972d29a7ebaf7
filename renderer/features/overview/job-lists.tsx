import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { formatPercent } from "../../../shared/format.ts";
import { Age } from "../../ui/age.tsx";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { JobStateMark } from "../../ui/status.tsx";
import { durationText, errorText, locale, t } from "../../ui/text.ts";
import { jobTitle } from "../jobs/job-words.ts";
import classes from "./overview.module.css";

import type { Job } from "../../../shared/job.ts";

export function RunningList({ jobs }: { readonly jobs: readonly Job[] }) {
  if (jobs.length === 0) return <p className={classes.none}>{t("overview.running.none")}</p>;
  return (
    <ul className={classes.list}>
      {jobs.map((job) => (
        <li key={job.id} className={classes.running}>
          <div className={classes.line}>
            <Link href={`/jobs/${job.id}`} className={classes.thing ?? ""}>
              {jobTitle(job)}
            </Link>
            <span className={classes.where}>{displayText(job.clusterName, 64)}</span>
            <span className={classes.figures}>{progressText(job)}</span>
          </div>
          <ProgressBar
            percent={job.progress?.percent ?? null}
            stalled={(job.progress?.stalledSince ?? null) !== null}
            label={jobTitle(job)}
          />
        </li>
      ))}
    </ul>
  );
}

/** `42 % · 2 min left`, as much of it as is known. */
function progressText(job: Job): string {
  const { progress } = job;
  if (progress === null) return t(`status.job.${job.state}`);
  const percent = progress.percent === null ? null : formatPercent(progress.percent, locale());
  const left = progress.secondsLeft === null ? null : durationText(progress.secondsLeft);
  const parts = [percent, left === null ? null : t("overview.left", { value: left })];
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? t(`status.job.${job.state}`) : known.join(" · ");
}

export function FailureList({ jobs }: { readonly jobs: readonly Job[] }) {
  return (
    <ul className={classes.list}>
      {jobs.map((job) => (
        <li key={job.id} className={classes.failure}>
          <div className={classes.line}>
            <Link href={`/jobs/${job.id}`} className={classes.thing ?? ""}>
              {jobTitle(job)}
            </Link>
            <span className={classes.where}>{displayText(job.clusterName, 64)}</span>
            <JobStateMark state={job.state} />
            <span className={classes.since}>
              <Age at={job.endedAt ?? job.createdAt} />
            </span>
          </div>
          {job.error === null ? null : (
            <p className={classes.reason}>
              {job.error.server === undefined ? (
                errorText(job.error)
              ) : (
                <code>{displayText(job.error.server, 300)}</code>
              )}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
