import { useMemo } from "react";
import { useLocation } from "wouter";
import { z } from "zod";

import { datastoreKey } from "../../../shared/datastore.ts";
import { useDatastores, useStores } from "../../stores/stores.ts";
import { useViewState } from "../../stores/view-state.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { datastorePath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { MayNotSee, useGaps } from "../clusters/may-not-see.tsx";
import { answers } from "../clusters/cluster-order.ts";
import { datastoreColumns } from "./datastore-columns.tsx";
import { useServerJobs } from "./use-server-jobs.ts";

import type { Cluster } from "../../../shared/cluster.ts";

const viewSchema = z.object({
  sort: z
    .object({ column: z.string(), descending: z.boolean() })
    .default({ column: "store", descending: false }),
});

/** All datastores of one backup server; those of a server that does not answer are shown as they were. */
export function DatastoresTable({ server }: { readonly server: Cluster }) {
  const { datastores } = useStores();
  const set = useDatastores((state) => state);
  const [view, setView] = useViewState("datastores", viewSchema);
  const [, navigate] = useLocation();
  const rows = useMemo(() => set.items.filter((row) => row.clusterId === server.id), [set.items, server.id]);
  const { gcOf } = useServerJobs(server.id);
  const columns = useMemo(() => datastoreColumns(gcOf), [gcOf]);
  const gaps = useGaps("datastores", server.id);
  const stale = !answers(server.status);
  // Before its first poll nothing is known: that is no empty server.
  const phase = set.phase === "ready" && server.status === "connecting" ? "loading" : set.phase;
  return (
    <>
      <MayNotSee gaps={gaps} />
      <DataTable
        label={t("datastores.tab.datastores")}
        columns={columns}
        rows={rows}
        rowKey={datastoreKey}
        onOpen={(row) => navigate(datastorePath(row))}
        isDim={() => stale}
        sort={view.sort}
        onSort={(sort) => setView({ sort })}
        phase={phase}
        error={set.error}
        onRetry={datastores.reload}
        empty={
          stale ? null : (
            <EmptyState title={t("datastores.none.title")}>{t("datastores.none.text")}</EmptyState>
          )
        }
      />
    </>
  );
}
