import { CircleCheck, CircleDashed, TriangleAlert } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { useNow } from "../../ui/clock.ts";
import { ageText, t } from "../../ui/text.ts";
import classes from "./coverage-line.module.css";
import { isUnnamed, pathOf, summarize } from "./coverage.ts";

import type { Coverage } from "../../../shared/backup.ts";

export interface CoverageLineProps {
  readonly coverage: readonly Coverage[];
  /** Asks the servers again, whatever is known. */
  readonly onRefresh: () => void;
  readonly reading: boolean;
}

/** How complete the list beside it is: without this line an empty list would lie. */
export function CoverageLine({ coverage, onRefresh, reading }: CoverageLineProps) {
  const now = useNow();
  const summary = summarize(coverage);
  const gaps = summary.gaps.length > 0;
  const Mark = gaps ? TriangleAlert : summary.count === 0 ? CircleDashed : CircleCheck;
  return (
    <div className={classes.coverage} data-gaps={gaps}>
      <Mark className={classes.mark} size={14} aria-hidden />
      <span className={classes.summary} role="status">
        {summaryText(summary)}
      </span>
      {summary.asOf === null ? null : (
        <span>{t("backups.coverage.asOf", { age: ageText(summary.asOf, now) })}</span>
      )}
      <button type="button" className={classes.again} disabled={reading} onClick={onRefresh}>
        {t(reading ? "backups.refreshing" : "backups.refresh")}
      </button>
      {gaps ? (
        <ul className={classes.gaps}>
          {summary.gaps.map((gap) => (
            <li key={`${gap.clusterId}/${gap.storage}/${gap.node}`}>{gapText(gap)}</li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function summaryText({ count, read }: { readonly count: number; readonly read: number }): string {
  if (count === 0) return t("backups.coverage.none");
  return read === count ? t("backups.coverage.all", { count }) : t("backups.coverage.some", { read, count });
}

function gapText(gap: Coverage): string {
  const values = {
    storage: displayText(gap.storage),
    node: displayText(gap.node),
    privilege: gap.privilege ?? t("backups.coverage.privilege"),
    path: displayText(pathOf(gap)),
  };
  if (isUnnamed(gap)) return t("backups.coverage.unnamed", values);
  return gap.state === "read" ? values.storage : t(`backups.coverage.${gap.state}`, values);
}
