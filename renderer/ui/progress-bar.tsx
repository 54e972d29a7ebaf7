import { formatPercent } from "../../shared/format.ts";
import classes from "./progress-bar.module.css";
import { locale, t } from "./text.ts";

export interface ProgressBarProps {
  /** 0–100; null where nobody can tell: a slow hatch. */
  readonly percent: number | null;
  readonly stalled?: boolean;
  /** 4 in tables and the strip, 6 on a job's page. */
  readonly height?: 4 | 6;
  /** What the bar is the progress of, for those who do not see it. */
  readonly label: string;
}

export function ProgressBar({ percent, stalled = false, height = 4, label }: ProgressBarProps) {
  const known = percent === null ? null : Math.min(100, Math.max(0, percent));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(known === null
        ? { "aria-valuetext": t("ui.progress.unknown") }
        : { "aria-valuenow": Math.floor(known), "aria-valuetext": formatPercent(known, locale()) ?? "" })}
      className={classes.bar}
      data-stalled={stalled}
      data-unknown={known === null}
      style={{ height }}
    >
      {known === null ? null : (
        <div className={classes.done} style={{ transform: `scaleX(${known / 100})` }} />
      )}
    </div>
  );
}
