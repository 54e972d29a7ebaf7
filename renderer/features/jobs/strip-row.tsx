import { Link } from "wouter";

import { useNow } from "../../ui/clock.ts";
import { NotSaid } from "../../ui/figures.tsx";
import { jobPath } from "../../ui/paths.ts";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { durationText, t } from "../../ui/text.ts";
import { useElapsed, useHighest } from "./job-progress.tsx";
import { jobTitle, percentText, stateText, timeLeft } from "./job-words.ts";
import classes from "./strip-row.module.css";

import type { Job } from "../../../shared/job.ts";

/** One running job in the strip: name · bar · percent · time left. Opens its page. */
export function StripRow({ job }: { readonly job: Job }) {
  const percent = useHighest(job.progress?.percent ?? null);
  const stalled = job.progress !== null && job.progress.stalledSince !== null;
  const title = jobTitle(job);
  return (
    <Link href={jobPath(job.id)} className={classes.row} title={title}>
      <span className={classes.title}>{title}</span>
      <span className={classes.bar}>
        <ProgressBar percent={percent} stalled={stalled || job.pause !== null} label={title} />
      </span>
      {percent === null ? null : (
        <span className={classes.percent}>{percentText(job.progress, percent)}</span>
      )}
      <StripNote job={job} stalled={stalled} />
    </Link>
  );
}

/** The one thing worth saying beside the bar: what stands in the way, else the time left, else the time gone. */
export function StripNote({
  job,
  stalled,
  withElapsed = true,
}: {
  readonly job: Job;
  readonly stalled: boolean;
  /** false: the time gone stands elsewhere already. */
  readonly withElapsed?: boolean;
}) {
  const now = useNow();
  const elapsed = useElapsed(job);
  const since = job.progress?.stalledSince ?? null;
  if (job.pause !== null) {
    return (
      <span className={classes.left} data-tone="attention">
        {t(`job.pause.short.${job.pause}`, { cluster: job.clusterName })}
      </span>
    );
  }
  if (job.state !== "running") return <span className={classes.left}>{stateText(job.state)}</span>;
  if (stalled && since !== null) {
    const duration = durationText(Math.max(0, (now - since) / 1000)) ?? "";
    return (
      <span className={classes.left} data-tone="attention">
        {t("job.stalled.short", { duration })}
      </span>
    );
  }
  if (job.progress?.waitingForLock === true)
    return <span className={classes.left}>{t("job.waitingForLock.short")}</span>;
  const left = job.progress === null ? null : timeLeft(job.progress, now);
  if (left !== null)
    return <span className={classes.left}>{left.soon ? left.text : t("job.left", { left: left.text })}</span>;
  if (!withElapsed) return <NotSaid />;
  return <span className={classes.left}>{t("job.elapsed", { duration: durationText(elapsed) ?? "" })}</span>;
}
