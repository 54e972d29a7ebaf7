import { CircleCheck, CircleX, TriangleAlert, type LucideIcon } from "lucide-react";

import { usedShare, type Datastore } from "../../../shared/datastore.ts";
import { displayText } from "../../../shared/display-text.ts";
import { formatBytes, formatShare } from "../../../shared/format.ts";
import { Age } from "../../ui/age.tsx";
import { Bytes, NotSaid } from "../../ui/figures.tsx";
import { Meter } from "../../ui/meter.tsx";
import { Sparkline } from "../../ui/sparkline.tsx";
import { StatusMark, type Tone } from "../../ui/status-mark.tsx";
import { locale, t } from "../../ui/text.ts";
import { fullOrder, fullText, stateOf, storeText, trendLabel } from "./datastore-words.ts";
import classes from "./datastores.module.css";

import type { ServerJob } from "../../../shared/server-job.ts";
import type { Column } from "../../ui/data-table-columns.ts";

const icons: Partial<Record<Tone, LucideIcon>> = {
  good: CircleCheck,
  attention: TriangleAlert,
  bad: CircleX,
};

export function DatastoreStateMark({ datastore }: { readonly datastore: Datastore }) {
  const { tone, text } = stateOf(datastore);
  const icon = icons[tone];
  return (
    <StatusMark tone={tone} {...(icon === undefined ? {} : { icon })}>
      {text}
    </StatusMark>
  );
}

function usedText({ used, total }: Datastore): string {
  const values = {
    used: used === null ? null : formatBytes(used, locale()),
    total: total === null ? null : formatBytes(total, locale()),
  };
  return values.used === null || values.total === null ? "" : t("datastores.usedOf", values);
}

/** `gc`: the GC job of a datastore, undefined while that is being asked. */
export function datastoreColumns(
  gc: (store: string) => ServerJob | null | undefined,
): ReadonlyArray<Column<Datastore>> {
  return [
    {
      id: "store",
      header: t("datastores.column.store"),
      width: 140,
      grow: 2,
      sort: (row) => row.store,
      text: storeText,
      cell: (row) => <span className={classes.name}>{storeText(row)}</span>,
    },
    {
      id: "state",
      header: t("datastores.column.state"),
      width: 150,
      sort: (row) => stateOf(row).text,
      cell: (row) => <DatastoreStateMark datastore={row} />,
    },
    {
      id: "used",
      header: t("datastores.column.used"),
      width: 168,
      grow: 1,
      sort: usedShare,
      descendingFirst: true,
      text: usedText,
      cell: (row) => <UsedCell datastore={row} />,
    },
    {
      id: "available",
      header: t("datastores.column.free"),
      width: 84,
      align: "end",
      sort: (row) => row.available,
      cell: (row) => <Bytes value={row.available} />,
    },
    {
      id: "trend",
      header: t("datastores.column.trend"),
      width: 88,
      hideBelow: 640,
      cell: (row) => <Sparkline values={row.trend} label={trendLabel(row.trend)} />,
    },
    {
      id: "full",
      header: t("datastores.column.full"),
      width: 136,
      hideBelow: 720,
      sort: (row) => fullOrder(row.fullDate),
      text: (row) => fullText(row.fullDate),
      cell: (row) => (
        <span data-unknown={row.fullDate.kind === "unknown"} className={classes.full}>
          {fullText(row.fullDate)}
        </span>
      ),
    },
    {
      id: "gc",
      header: t("datastores.column.gc"),
      width: 96,
      align: "end",
      hideBelow: 820,
      cell: (row) => <LastGc job={gc(row.store)} />,
    },
    {
      id: "comment",
      header: t("datastores.column.comment"),
      width: 96,
      grow: 1,
      hideBelow: 980,
      text: (row) => displayText(row.comment, 256),
      cell: (row) => <span className={classes.dim}>{displayText(row.comment, 256)}</span>,
    },
  ];
}

function UsedCell({ datastore }: { readonly datastore: Datastore }) {
  const share = usedShare(datastore);
  return (
    <span className={classes.used}>
      <span className={classes.usedBar}>
        <Meter share={share} label={t("datastores.column.used")} />
      </span>
      <span className={classes.usedShare}>
        {share === null ? <NotSaid /> : (formatShare(share, locale()) ?? <NotSaid />)}
      </span>
    </span>
  );
}

/** When the last GC ended; a server that lists no GC job for a datastore says nothing of it. */
function LastGc({ job }: { readonly job: ServerJob | null | undefined }) {
  if (job === undefined || job === null) return <NotSaid />;
  if (job.lastRun === null) return <span>{t("datastores.gc.never")}</span>;
  return job.lastRun.endedAt === null ? <NotSaid /> : <Age at={job.lastRun.endedAt} />;
}
