import { Button, Select } from "@mantine/core";
import { useDeferredValue, useMemo } from "react";
import { z } from "zod";

import { displayText } from "../../../shared/display-text.ts";
import { taskKey, type ListedTask, type TaskCoverage } from "../../../shared/followed-task.ts";
import { useApi } from "../../api.ts";
import { useClusters, useStores, useTaskCoverage, useTasks } from "../../stores/stores.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { useWindow, windowPage } from "../../stores/use-window.ts";
import { useViewState } from "../../stores/view-state.ts";
import { choose } from "../../ui/choose.ts";
import { useNow } from "../../ui/clock.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { FilterInput } from "../../ui/filter-input.tsx";
import { Page } from "../../ui/page.tsx";
import { ageText, t } from "../../ui/text.ts";
import { CoverageNote } from "./coverage-note.tsx";
import { ListSwitch } from "./list-switch.tsx";
import { taskColumns } from "./task-columns.tsx";
import { filterTasks, gapTexts, missingText, onText, typeText } from "./task-words.ts";
import classes from "./tasks.module.css";
import { useGuestNames } from "./use-guest-names.ts";
import { useOpenTask } from "./use-open-task.ts";

import type { Cluster } from "../../../shared/cluster.ts";
import type { ClusterId } from "../../../shared/ids.ts";

const stateChoices = ["all", "running", "trouble"] as const;

const viewSchema = z.object({
  text: z.string().max(256).default(""),
  cluster: z.string().nullable().default(null),
  /** A node whose own list is read, which goes further back. */
  node: z.string().nullable().default(null),
  state: z.enum(stateChoices).default("all"),
  column: z.string().max(32).default("startedAt"),
  descending: z.boolean().default(true),
});
type View = z.infer<typeof viewSchema>;

/** What runs on all servers and what ended there lately, whoever started it. */
export function TasksView() {
  const [view, setView] = useViewState("tasks", viewSchema);
  const clusters = useClusters((set) => set.byKey);
  const cluster = view.cluster === null ? undefined : clusters.get(view.cluster);
  const node = cluster?.nodes.find((one) => one.node === view.node)?.node;
  const change = (patch: Partial<View>) => setView(patch);
  return cluster !== undefined && node !== undefined ? (
    <NodeTasks key={`${cluster.id}/${node}`} view={view} onChange={change} cluster={cluster} node={node} />
  ) : (
    <LatestTasks view={view} onChange={change} />
  );
}

interface ListProps {
  readonly view: View;
  readonly onChange: (patch: Partial<View>) => void;
}

function LatestTasks({ view, onChange }: ListProps) {
  useAttention({ taskLists: view.cluster === null ? "all" : [view.cluster] });
  const { tasks: store } = useStores();
  const set = useTasks((state) => state);
  const coverage = useTaskCoverage((state) => state.byKey);
  const clusters = useClusters((state) => state.items);
  const now = useNow();
  const names = useMemo(() => new Map(clusters.map(({ id, name }) => [id, name])), [clusters]);
  const shown = clusters
    .filter(({ id }) => view.cluster === null || id === view.cluster)
    .map(({ id }) => coverage.get(id) ?? notRead(id));
  const gaps = gapTexts(shown, names, (time) => ageText(time, now));
  const oldest = Math.min(...shown.map(({ seenAt }) => seenAt ?? Number.POSITIVE_INFINITY));
  return (
    <TaskTable
      view={view}
      onChange={onChange}
      rows={set.items}
      phase={set.phase}
      error={set.error}
      onRetry={store.reload}
      gaps={gaps}
      hiding={shown.some(({ missing }) => missing !== null)}
      asOf={Number.isFinite(oldest) ? oldest : null}
    />
  );
}

function notRead(clusterId: ClusterId): TaskCoverage {
  return { clusterId, seenAt: null, error: null, missing: null, asToken: false, unread: [] };
}

/** A node's own list, page by page: it remembers about a thousand tasks. */
function NodeTasks({
  view,
  onChange,
  cluster,
  node,
}: ListProps & { readonly cluster: Cluster; readonly node: string }) {
  const api = useApi();
  const list = useWindow(["tasks.page", cluster.id, node], (offset, signal) =>
    api.call("tasks.page", { clusterId: cluster.id, node, offset, limit: windowPage }, signal),
  );
  const { newest } = list;
  const missing = newest?.missing ?? null;
  const gaps = [
    ...(missing === null ? [] : [missingText(displayText(cluster.name), missing, newest?.asToken ?? false)]),
    ...((newest?.bad ?? 0) > 0 ? [t("tasks.coverage.bad", { count: newest?.bad ?? 0 })] : []),
  ];
  return (
    <TaskTable
      view={view}
      onChange={onChange}
      rows={list.rows}
      phase={list.phase}
      error={list.error}
      onRetry={list.retry}
      onEnd={list.more}
      gaps={gaps}
      hiding={missing !== null}
      asOf={list.rows[0]?.seenAt ?? null}
    />
  );
}

interface TableProps
  extends
    ListProps,
    Pick<Parameters<typeof DataTable<ListedTask>>[0], "phase" | "error" | "onRetry" | "onEnd"> {
  readonly rows: readonly ListedTask[];
  readonly gaps: readonly string[];
  /** Other people's tasks may not be seen: an empty list says nothing then. */
  readonly hiding: boolean;
  readonly asOf: number | null;
}

function TaskTable({ view, onChange, rows: all, gaps, hiding, asOf, ...table }: TableProps) {
  const clusters = useClusters((set) => set.byKey);
  const names = useGuestNames();
  const open = useOpenTask();
  const now = useNow();
  const text = useDeferredValue(view.text);
  const columns = useMemo(
    () => taskColumns({ withGuest: true, cluster: (id) => clusters.get(id), names }),
    [clusters, names],
  );
  const rows = useMemo(() => {
    const wordsOf = (task: ListedTask): string =>
      [
        typeText(task.type),
        task.type,
        onText(task, names),
        task.node,
        task.user,
        clusters.get(task.clusterId)?.name,
      ].join(" ");
    return filterTasks(all, { text, cluster: view.cluster, state: view.state }, wordsOf);
  }, [all, text, view.cluster, view.state, names, clusters]);
  const running = rows.filter((task) => task.state === "running").length;
  const filtered = view.text.trim() !== "" || view.cluster !== null || view.state !== "all";
  return (
    <Page
      title={t("tasks.title")}
      aside={
        table.phase === "ready" ? (
          <>
            {t("tasks.count", { running, total: rows.length })}
            {asOf === null ? null : <> · {t("tasks.asOf", { age: ageText(asOf, now) })}</>}
          </>
        ) : undefined
      }
      filters={<Filters view={view} onChange={onChange} />}
    >
      <div className={classes.view}>
        <CoverageNote gaps={gaps} />
        <DataTable
          label={t("tasks.title")}
          columns={columns}
          rows={rows}
          rowKey={taskKey}
          onOpen={open}
          sort={view}
          onSort={onChange}
          {...table}
          empty={
            filtered ? (
              <EmptyState
                title={t("tasks.noMatch.title")}
                actions={
                  <Button onClick={() => onChange({ text: "", cluster: null, node: null, state: "all" })}>
                    {t("tasks.clearFilters")}
                  </Button>
                }
              >
                {t("tasks.noMatch.text")}
              </EmptyState>
            ) : (
              <EmptyState title={t(hiding ? "tasks.hidden.title" : "tasks.none.title")}>
                {hiding ? gaps.join(" ") : t("tasks.none.text")}
              </EmptyState>
            )
          }
        />
      </div>
    </Page>
  );
}

function Filters({ view, onChange }: ListProps) {
  const clusters = useClusters((set) => set.items);
  const chosen = clusters.find(({ id }) => id === view.cluster);
  const nodes = chosen?.kind === "pve" ? chosen.nodes : [];
  return (
    <>
      <ListSwitch value="tasks" />
      <FilterInput
        label={t("tasks.filter")}
        width={232}
        value={view.text}
        onChange={(text) => onChange({ text })}
      />
      <Select
        w={136}
        aria-label={t("tasks.cluster")}
        data={[
          { value: "", label: t("tasks.allClusters") },
          ...clusters.map(({ id, name }) => ({ value: id, label: displayText(name) })),
        ]}
        value={chosen?.id ?? ""}
        onChange={(value) => onChange({ cluster: value === "" ? null : value, node: null })}
      />
      {nodes.length === 0 ? null : (
        <Select
          w={168}
          aria-label={t("tasks.node")}
          data={[
            { value: "", label: t("tasks.allNodes") },
            ...nodes.map(({ node }) => ({ value: node, label: displayText(node) })),
          ]}
          value={view.node ?? ""}
          onChange={(value) => onChange({ node: value === "" ? null : value })}
        />
      )}
      <Select
        w={120}
        aria-label={t("tasks.state")}
        data={stateChoices.map((state) => ({ value: state, label: t(`tasks.state.${state}`) }))}
        value={view.state}
        onChange={(value) => onChange({ state: choose(stateChoices, value) ?? "all" })}
      />
    </>
  );
}
