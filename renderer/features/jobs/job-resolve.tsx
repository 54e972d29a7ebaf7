import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { formatTime } from "../../../shared/format.ts";
import { useOperation } from "../../api.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import classes from "./job-page.module.css";
import { checkText } from "./job-words.ts";

import type { Job } from "../../../shared/job.ts";

/** What only a human can decide: what is known, the tasks that may be the lost launch, and the ways on. */
export function JobResolve({ job }: { readonly job: Job }) {
  const resolve = useOperation("jobs.resolve");
  const look = useOperation("jobs.lookAgain");
  const [closing, setClosing] = useState(false);
  const client = useQueryClient();
  // Without a task of its own the job waits for a word; with one, all that is open is how it ended.
  const decidable = job.state === "unconfirmed" || job.tasks.length === 0;
  const found = decidable && job.candidates.length > 0;
  // An older job is in no live set: its page has to be read again.
  const readAgain = () => void client.invalidateQueries({ queryKey: ["jobs.get", job.id] });
  const decide = (upid: string | null) => void resolve.run({ jobId: job.id, upid }).then(readAgain);
  const error = resolve.error ?? look.error;
  const pending = resolve.pending || look.pending;
  return (
    <Notice
      tone="attention"
      title={titleText(decidable, found)}
      actions={
        <>
          <Button
            loading={look.pending}
            disabled={pending}
            onClick={() => void look.run({ jobId: job.id }).then(readAgain)}
          >
            {t("job.lookAgain")}
          </Button>
          {decidable ? (
            <Button
              {...(closing ? { color: "bad", variant: "filled" } : {})}
              disabled={pending}
              onClick={() => {
                if (closing) decide(null);
                else setClosing(true);
              }}
            >
              {found ? t("job.resolve.none") : t("job.resolve.noneOnly")}
            </Button>
          ) : null}
        </>
      }
    >
      <div className={classes.candidates}>
        <p>{checkText(job)}</p>
        {found ? <p>{t("job.resolve.text")}</p> : null}
        <ul className={classes.candidates}>
          {(found ? job.candidates : []).map((task) => (
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
              <Button disabled={pending} onClick={() => decide(task.upid)}>
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

function titleText(decidable: boolean, found: boolean): string {
  if (!decidable) return t("job.check.title");
  return t(found ? "job.resolve.title" : "job.resolve.noCandidates");
}
