import { CircleX, TriangleAlert } from "lucide-react";

import { displayText } from "../../shared/display-text.ts";
import { AppError, toErrorData, type ErrorData } from "../../shared/errors.ts";
import { fieldText } from "./field-errors.ts";
import classes from "./panel.module.css";
import { errorText, t } from "./text.ts";

import type { ReactNode } from "react";

export interface ErrorPanelProps {
  readonly error: AppError | ErrorData;
  /** `attention` where the thing still works, only not fully. */
  readonly tone?: "bad" | "attention";
  /** The next step, as buttons. */
  readonly children?: ReactNode;
}

/** What failed, what it means, the next step; below it the values that are meant, the server's own words and the trace that the log has too. */
export function ErrorPanel({ error, tone = "bad", children }: ErrorPanelProps) {
  const data = error instanceof AppError ? toErrorData(error) : error;
  const Icon = tone === "bad" ? CircleX : TriangleAlert;
  return (
    <div className={classes.panel} data-tone={tone} role="alert">
      <Icon className={classes.icon} size={16} aria-hidden />
      <div className={classes.content}>
        <p>{errorText(data)}</p>
        <FieldList error={data} />
        {data.server === undefined || data.server === "" ? null : <ServerWords text={data.server} />}
        {data.trace === undefined ? null : (
          <p className={classes.trace}>
            {t("ui.trace")} <code>{data.trace}</code>
          </p>
        )}
        {children === undefined ? null : <div className={classes.actions}>{children}</div>}
      </div>
    </div>
  );
}

/** What was said about single values, by the server's names for them; a form shows those that it has in their place. */
function FieldList({ error }: { readonly error: ErrorData }) {
  const fields = Object.entries(error.fields ?? {});
  if (fields.length === 0) return null;
  return (
    <dl className={classes.fields}>
      {fields.map(([name, said]) => (
        <div key={name}>
          <dt>
            <code>{displayText(name, 64)}</code>
          </dt>
          <dd>{fieldText(error, said)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A server's own words: as text, in mono, never as a link. */
export function ServerWords({ text }: { readonly text: string }) {
  return (
    <div className={classes.server}>
      <span className={classes.serverLabel}>{t("ui.serverSays")}</span>
      <code>{displayText(text, 2000)}</code>
    </div>
  );
}

export interface NoticeProps {
  readonly tone: "attention" | "quiet" | "bad";
  readonly title?: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}

/** Something to know before going on. */
export function Notice({ tone, title, children, actions }: NoticeProps) {
  return (
    <div className={classes.panel} data-tone={tone}>
      {tone === "quiet" ? null : <TriangleAlert className={classes.icon} size={16} aria-hidden />}
      <div className={classes.content}>
        {title === undefined ? null : <p className={classes.title}>{title}</p>}
        <div>{children}</div>
        {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}
