import { ActionIcon, Button, TextInput, Tooltip } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { ArrowDownToLine, ChevronDown, ChevronUp, Download, Search } from "lucide-react";
import { useState, type ReactNode } from "react";

import { asAppError } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { LogBlock } from "../../ui/log-block.tsx";
import { t } from "../../ui/text.ts";
import classes from "./job-log.module.css";
import { logTone } from "./log-lines.ts";
import { useJobLog } from "./use-job-log.ts";
import { useLogSearch, type LogSearch } from "./use-log-search.ts";

import type { JobTask } from "../../../shared/job.ts";
import type { LogSource } from "./log-source.ts";

export interface JobLogProps {
  readonly source: LogSource;
  readonly task: Pick<JobTask, "logLines" | "logComplete">;
  /** Which of several tasks: a control of the page, shown beside the title. */
  readonly tasks?: ReactNode;
  /** Lines may still come. */
  readonly running: boolean;
}

/** The log of one task: follows its end until the reader scrolls up, searches the whole of it, saves it. */
export function JobLog({ source, task, tasks, running }: JobLogProps) {
  const log = useJobLog(source, task.logLines);
  const total = log.lines.total();
  const search = useLogSearch(source, total);
  const save = useSave(source);
  const [wanted, setWanted] = useState(true);
  // Who looks at a hit does not want to be carried away from it.
  const following = wanted && search.current === null;
  const toggle = () => {
    if (!following) search.setText("");
    setWanted(!following);
  };
  const error = log.error ?? save.error;

  return (
    <section className={classes.panel} aria-label={t("job.section.log")}>
      <div className={classes.head}>
        <h2 className={classes.title}>{t("job.section.log")}</h2>
        <span className={classes.count}>{t("job.log.lines", { count: total })}</span>
        {tasks}
        <SearchBox search={search} />
        {running ? (
          <Button
            variant={following ? "light" : "default"}
            aria-pressed={following}
            leftSection={<ArrowDownToLine size={14} aria-hidden />}
            onClick={toggle}
          >
            {following ? t("job.log.following") : t("job.log.follow")}
          </Button>
        ) : null}
        <Step label={t("job.saveLog")} disabled={save.pending} onClick={save.run}>
          <Download size={16} aria-hidden />
        </Step>
      </div>
      {error === null ? null : (
        <div className={classes.problem}>
          <ErrorPanel error={error}>
            {log.error === null ? undefined : <Button onClick={log.retry}>{t("ui.tryAgain")}</Button>}
          </ErrorPanel>
        </div>
      )}
      {running || task.logComplete || total === 0 ? null : (
        <p className={classes.notice}>{t("job.log.incomplete")}</p>
      )}
      {total === 0 ? <p className={classes.notice}>{emptyText(log.ready, running)}</p> : null}
      <LogBlock
        label={t("job.log.label")}
        total={total}
        text={log.lines.text}
        version={log.version}
        tone={logTone}
        onShow={log.show}
        follow={following}
        onFollow={setWanted}
        mark={search.searched}
        showLine={search.current}
      />
    </section>
  );
}

function useSave(source: LogSource) {
  const mutation = useMutation({ mutationFn: () => source.save(new AbortController().signal) });
  return {
    pending: mutation.isPending,
    error: mutation.error === null ? null : asAppError(mutation.error),
    run: () => mutation.mutate(),
  };
}

function emptyText(ready: boolean, running: boolean): string {
  if (!ready) return t("job.log.loading");
  return running ? t("job.log.empty") : t("job.log.noneKept");
}

function SearchBox({ search }: { readonly search: LogSearch }) {
  const none = search.lines.length === 0;
  return (
    <>
      <span className={classes.hits} role="status">
        {search.label}
      </span>
      <TextInput
        className={classes.search ?? ""}
        aria-label={t("job.log.search")}
        placeholder={t("job.log.search")}
        leftSection={<Search size={14} aria-hidden />}
        value={search.text}
        maxLength={256}
        onChange={(event) => search.setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") search.step(event.shiftKey ? -1 : 1);
          if (event.key === "Escape") search.setText("");
        }}
      />
      <Step label={t("job.log.previous")} disabled={none} onClick={() => search.step(-1)}>
        <ChevronUp size={16} aria-hidden />
      </Step>
      <Step label={t("job.log.next")} disabled={none} onClick={() => search.step(1)}>
        <ChevronDown size={16} aria-hidden />
      </Step>
    </>
  );
}

interface StepProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function Step({ label, disabled, onClick, children }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon className={classes.step ?? ""} aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
