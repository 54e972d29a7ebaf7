import { Link } from "wouter";

import { useOpenJobs } from "../../stores/stores.ts";
import { useElementWidth } from "../../ui/measure.ts";
import { places } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { useRef } from "react";
import { StripRow } from "./strip-row.tsx";
import classes from "./strip-row.module.css";

/** A job in the strip is readable from this width on, px; what does not fit is counted. */
const rowWidth = 360;

/** The running jobs side by side, oldest first. */
export function StripJobs() {
  const jobs = useOpenJobs();
  const box = useRef<HTMLDivElement>(null);
  const width = useElementWidth(box);
  const fitting = Math.max(1, Math.floor(width / rowWidth));
  const shown = jobs.slice(0, fitting);
  const more = jobs.length - shown.length;
  return (
    <div ref={box} className={classes.strip}>
      {shown.map((job) => (
        <StripRow key={job.id} job={job} />
      ))}
      {more > 0 ? (
        <Link href={places.jobs} className={classes.more}>
          {t("jobs.strip.more", { count: more })}
        </Link>
      ) : null}
    </div>
  );
}
