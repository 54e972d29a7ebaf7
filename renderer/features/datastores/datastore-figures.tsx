import { formatBytes } from "../../../shared/format.ts";
import { usedShare, type Datastore } from "../../../shared/datastore.ts";
import { Age } from "../../ui/age.tsx";
import { useNow } from "../../ui/clock.ts";
import { NotSaid } from "../../ui/figures.tsx";
import { Meter } from "../../ui/meter.tsx";
import { locale, t } from "../../ui/text.ts";
import { fullText, isFullSoon } from "./datastore-words.ts";
import classes from "./datastores.module.css";

import type { ReactNode } from "react";
import type { Output } from "../../../shared/operations.ts";
import type { ServerJob } from "../../../shared/server-job.ts";

export type DatastoreDetail = Output<"datastores.get">;

const minute = 60_000;

/** The figures of one datastore; what has not been asked yet or is not told is shown as that. */
export function DatastoreFigures({
  datastore,
  detail,
  gc,
}: {
  readonly datastore: Datastore;
  readonly detail: DatastoreDetail | null;
  readonly gc: ServerJob | null;
}) {
  const now = useNow(minute);
  const { used, total, fullDate } = datastore;
  const unknown = fullDate.kind === "unknown";
  return (
    <dl className={classes.figures}>
      <Figure
        label={t("datastores.figure.used")}
        value={used === null ? null : bytes(used)}
        of={total === null ? null : ` / ${bytes(total)}`}
      >
        <div className={classes.meter}>
          <Meter share={usedShare(datastore)} label={t("datastores.figure.used")} />
        </div>
      </Figure>
      <div className={classes.figure}>
        <dt className={classes.label}>{t("datastores.figure.full")}</dt>
        <dd
          className={classes.value}
          data-tone={unknown ? "unknown" : isFullSoon(fullDate, now) ? "attention" : "plain"}
          title={t(unknown ? "datastores.full.unknown.why" : "datastores.full.why")}
        >
          {fullText(fullDate)}
        </dd>
      </div>
      <Figure label={t("datastores.figure.gc")} value={gcEnd(gc)} of={pendingText(detail)} />
      <Figure label={t("datastores.figure.dedup")} value={dedupFactor(detail)} of={dedupOf(detail)} />
      <Figure label={t("datastores.figure.counts")} value={countsText(detail)} />
    </dl>
  );
}

function Figure({
  label,
  value,
  of = null,
  children,
}: {
  readonly label: string;
  readonly value: ReactNode;
  readonly of?: string | null;
  readonly children?: ReactNode;
}) {
  return (
    <div className={classes.figure}>
      <dt className={classes.label}>{label}</dt>
      <dd>
        <div className={classes.value}>
          {value ?? <NotSaid />}
          {of === null ? null : <span className={classes.of}>{of}</span>}
        </div>
        {children}
      </dd>
    </div>
  );
}

function bytes(value: number): string {
  return formatBytes(value, locale()) ?? "";
}

function gcEnd(gc: ServerJob | null): ReactNode {
  if (gc === null) return null;
  if (gc.lastRun === null) return t("datastores.gc.never");
  return gc.lastRun.endedAt === null ? null : <Age at={gc.lastRun.endedAt} />;
}

function pendingText(detail: DatastoreDetail | null): string | null {
  const pending = detail?.gc?.pendingBytes ?? 0;
  return pending === 0 ? null : ` ${t("datastores.figure.pending", { bytes: bytes(pending) })}`;
}

/** What the backups would take against what they take, as of the last GC. */
function dedupFactor(detail: DatastoreDetail | null): string | null {
  const gc = detail?.gc;
  if (!gc?.diskBytes || gc.indexBytes === null) return null;
  const factor = (gc.indexBytes / gc.diskBytes).toLocaleString(locale(), { maximumFractionDigits: 1 });
  return t("datastores.figure.dedup.value", { factor });
}

function dedupOf(detail: DatastoreDetail | null): string | null {
  const gc = detail?.gc;
  if (!gc?.diskBytes || gc.indexBytes === null) return null;
  return ` ${t("datastores.figure.dedup.of", { index: bytes(gc.indexBytes), disk: bytes(gc.diskBytes) })}`;
}

function countsText(detail: DatastoreDetail | null): string | null {
  if (detail === null || detail.counts.length === 0) return null;
  const sum = (what: "groups" | "snapshots"): number =>
    detail.counts.reduce((all, count) => all + count[what], 0);
  return t("datastores.figure.counts.value", { groups: sum("groups"), snapshots: sum("snapshots") });
}
