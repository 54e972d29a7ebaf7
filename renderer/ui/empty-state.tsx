import { Button } from "@mantine/core";
import { useEffect, useState } from "react";

import classes from "./empty-state.module.css";
import { ErrorPanel } from "./error-panel.tsx";
import { t } from "./text.ts";

import type { ReactNode } from "react";
import type { AppError } from "../../shared/errors.ts";

/** Nothing here: why, and what to do about it. */
export function EmptyState({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={classes.state}>
      <p className={classes.title}>{title}</p>
      {children === undefined ? null : <div className={classes.text}>{children}</div>}
      {actions === undefined ? null : <div className={classes.actions}>{actions}</div>}
    </div>
  );
}

/** Words come only after this: what is there at once must not flicker. */
const wordsAfter = 400;

/** Waiting, in words. */
export function LoadingState({ children }: { readonly children?: ReactNode }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), wordsAfter);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={classes.state} role="status">
      {shown ? <p className={classes.text}>{children ?? t("ui.loading")}</p> : null}
    </div>
  );
}

/** The list could not be read at all. */
export function FailedState({ error, onRetry }: { readonly error: AppError; readonly onRetry?: () => void }) {
  return (
    <div className={classes.failed}>
      <ErrorPanel error={error}>
        {onRetry === undefined ? undefined : <Button onClick={onRetry}>{t("ui.tryAgain")}</Button>}
      </ErrorPanel>
    </div>
  );
}
