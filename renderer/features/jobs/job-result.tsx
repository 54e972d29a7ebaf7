import { displayText } from "../../../shared/display-text.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { Bytes, Duration } from "../../ui/figures.tsx";
import { jobTone } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import classes from "./job-page.module.css";
import { resultText } from "./job-words.ts";

import type { Job } from "../../../shared/job.ts";

/** How an ended job came out: a sentence first, then what the server said, then what is left to check. */
export function JobResult({ job }: { readonly job: Job }) {
  const tone = jobTone(job.state);
  return (
    <>
      <div className={classes.result}>
        <p className={classes.sentence}>{resultText(job)}</p>
        <dl className={classes.figures}>
          <div>
            <dt className={classes.figureLabel}>{t("job.figure.duration")}</dt>
            <dd>
              <Duration seconds={job.durationSeconds} />
            </dd>
          </div>
          {job.size === null ? null : (
            <div>
              <dt className={classes.figureLabel}>{t("job.figure.size")}</dt>
              <dd>
                <Bytes value={job.size} />
              </dd>
            </div>
          )}
        </dl>
      </div>
      {job.error === null ? null : <ErrorPanel error={job.error} />}
      {job.warnings.length === 0 ? null : (
        <Notice tone={tone === "good" ? "quiet" : "attention"} title={t("job.section.warnings")}>
          <ul className={classes.warnings}>
            {[...new Set(job.warnings)].map((warning) => (
              <li key={warning}>
                <code>{displayText(warning, 500)}</code>
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}
