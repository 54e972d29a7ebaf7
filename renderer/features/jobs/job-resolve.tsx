import { Button } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { formatTime } from "../../../shared/format.ts";
import { useOperation } from "../../api.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import classes from "./job-page.module.css";
import { checkText } from "./job-words.ts";

import type { Job } from "../../../shared/job.ts";

/** A launch whose answer was lost: what is known, the tasks that may be it, and the ways to decide. */
export function JobResolve({ job }: { readonly job: Job }) {
  const resolve = useOperation("jobs.resolve");
  const look = useOperation("jobs.lookAgain");
  const [closing, setClosing] = useState(false);
  const found = job.candidates.length > 0;
  const error = resolve.error ?? look.error;
  const pending = resolve.pending || look.pending;
  return (
    <Notice
      tone="attention"
      title={found ? t("job.resolve.title") : t("job.resolve.noCandidates")}
      actions={
        <>
          <Button loading={look.pending} disabled={pending} onClick={() => void look.run({ jobId: job.id })}>
            {t("job.lookAgain")}
          </Button>
          <Button
            {...(closing ? { color: "bad", variant: "filled" } : {})}
            disabled={pending}
            onClick={() => {
              if (closing) void resolve.run({ jobId: job.id, upid: null });
              else setClosing(true);
            }}
          >
            {found ? t("job.resolve.none") : t("job.resolve.noneOnly")}
          </Button>
        </>
      }
    >
      <div className={classes.candidates}>
        <p>{checkText(job)}</p>
        {found ? <p>{t("job.resolve.text")}</p> : null}
        <ul className={classes.candidates}>
          {job.candidates.map((task) => (
            <li key={task.upid} className={classes.candidate}>
              <div className={classes.candidateText}>
                <p>
                  {t("job.resolve.task", {
                    node: displayText(task.node),
                    time: formatTime(task.startedAt),
                    user: displayText(task.user),
                  })}
                </p>
                <code className={classes.upid}>{displayText(task.upid)}</code>
              </div>
              <Button disabled={pending} onClick={() => void resolve.run({ jobId: job.id, upid: task.upid })}>
                {t("job.resolve.adopt")}
              </Button>
            </li>
          ))}
        </ul>
        {closing ? <p>{t("job.resolve.confirm")}</p> : null}
        {error === null ? null : <ErrorPanel error={error} />}
      </div>
    </Notice>
  );
}
