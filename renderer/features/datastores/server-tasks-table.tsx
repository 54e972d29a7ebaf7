import { useMemo, useState } from "react";

import { taskKey } from "../../../shared/followed-task.ts";
import { useClusters, useStores, useTaskCoverage, useTasks } from "../../stores/stores.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { useNow } from "../../ui/clock.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ageText, t } from "../../ui/text.ts";
import { CoverageNote } from "../tasks/coverage-note.tsx";
import { taskColumns } from "../tasks/task-columns.tsx";
import { gapTexts } from "../tasks/task-words.ts";
import { useOpenTask } from "../tasks/use-open-task.ts";

import type { Cluster } from "../../../shared/cluster.ts";

const noNames: ReadonlyMap<string, string> = new Map();

/** What runs on a backup server and what ended there lately, whoever started it. */
export function ServerTasksTable({ server }: { readonly server: Cluster }) {
  useAttention({ taskLists: [server.id] });
  const { tasks: store } = useStores();
  const set = useTasks((state) => state);
  const coverage = useTaskCoverage((state) => state.byKey.get(server.id));
  const clusters = useClusters((state) => state.byKey);
  const [sort, setSort] = useState({ column: "startedAt", descending: true });
  const open = useOpenTask();
  const now = useNow();
  const columns = useMemo(
    () =>
      taskColumns({ withGuest: true, cluster: (id) => clusters.get(id), names: noNames }).filter(
        ({ id }) => id !== "place",
      ),
    [clusters],
  );
  const rows = useMemo(
    () => set.items.filter(({ clusterId }) => clusterId === server.id),
    [set.items, server.id],
  );
  const gaps =
    coverage === undefined
      ? []
      : gapTexts([coverage], new Map([[server.id, server.name]]), (time) => ageText(time, now));
  return (
    <>
      <CoverageNote gaps={gaps} />
      <DataTable
        label={t("datastores.tab.tasks")}
        columns={columns}
        rows={rows}
        rowKey={taskKey}
        onOpen={open}
        sort={sort}
        onSort={setSort}
        phase={coverage === undefined && set.phase === "ready" ? "loading" : set.phase}
        error={set.error}
        onRetry={store.reload}
        empty={<EmptyState title={t("serverTasks.none")}>{gaps.join(" ")}</EmptyState>}
      />
    </>
  );
}
