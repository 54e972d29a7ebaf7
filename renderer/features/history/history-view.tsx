import { Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useApi } from "../../api.ts";
import { usePveClusters } from "../../stores/stores.ts";
import { useWindow, windowPage } from "../../stores/use-window.ts";
import { useViewState } from "../../stores/view-state.ts";
import { choose } from "../../ui/choose.ts";
import { useNow } from "../../ui/clock.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { FilterInput } from "../../ui/filter-input.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { jobPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { jobColumns } from "../jobs/job-columns.tsx";
import { useHistoryFresh } from "../jobs/use-job-turns.ts";
import {
  historyInput,
  historyViewSchema,
  isFiltered,
  kindChoices,
  periods,
  resultGroups,
  sortColumns,
  type HistoryView as View,
} from "./history-filter.ts";

/** Typing pauses this long before the store is asked. */
const typingPause = 200;
/** A period moves on with the clock, but no list needs to be read again for it more often than this. */
const periodStep = 5 * 60_000;

/** Every job there ever was: a window over the store. */
export function HistoryView() {
  const api = useApi();
  const [, navigate] = useLocation();
  const [view, setView] = useViewState("history", historyViewSchema);
  const [settled] = useDebouncedValue(view, typingPause);
  const now = useNow(periodStep);
  const input = historyInput(settled, now);
  useHistoryFresh();
  const list = useWindow(["history.list", input], (offset, signal) =>
    api.call("history.list", { ...input, offset, limit: windowPage }, signal),
  );
  const columns = useMemo(() => jobColumns({ withGuest: true }), []);
  const clear = () => setView({ text: "", cluster: null, kind: "all", result: "all", period: "all" });

  return (
    <Page
      title={t("history.title")}
      aside={list.phase === "ready" ? t("history.count", { total: list.total }) : undefined}
      filters={<Filters view={view} onChange={setView} />}
    >
      <DataTable
        label={t("history.title")}
        columns={columns}
        rows={list.rows}
        rowKey={(job) => job.id}
        onOpen={(job) => navigate(jobPath(job.id))}
        sort={view}
        sorted
        onSort={(sort) =>
          setView({ column: choose(sortColumns, sort.column) ?? view.column, descending: sort.descending })
        }
        phase={list.phase}
        error={list.error}
        onRetry={list.retry}
        onEnd={list.more}
        empty={
          isFiltered(view) ? (
            <EmptyState
              title={t("history.noMatch.title")}
              actions={<Button onClick={clear}>{t("history.clearFilters")}</Button>}
            >
              {t("history.noMatch.text")}
            </EmptyState>
          ) : (
            <EmptyState title={t("history.empty.title")}>{t("history.empty.text")}</EmptyState>
          )
        }
      />
    </Page>
  );
}

function Filters({
  view,
  onChange,
}: {
  readonly view: View;
  readonly onChange: (patch: Partial<View>) => void;
}) {
  const clusters = usePveClusters();
  return (
    <>
      <FilterInput
        label={t("history.filter")}
        width={220}
        value={view.text}
        onChange={(text) => onChange({ text })}
      />
      {clusters.length > 1 || view.cluster !== null ? (
        <Select
          w={136}
          aria-label={t("history.cluster")}
          data={[
            { value: "", label: t("history.allClusters") },
            ...clusters.map((cluster) => ({ value: cluster.id, label: displayText(cluster.name) })),
          ]}
          value={view.cluster ?? ""}
          onChange={(value) => onChange({ cluster: value === "" ? null : value })}
        />
      ) : null}
      <Select
        w={112}
        aria-label={t("history.kind")}
        data={kindChoices.map((kind) => ({
          value: kind,
          label: kind === "all" ? t("history.kind.all") : t(`job.kind.${kind}`),
        }))}
        value={view.kind}
        onChange={(value) => onChange({ kind: choose(kindChoices, value) ?? "all" })}
      />
      <Select
        w={168}
        aria-label={t("history.result")}
        data={resultGroups.map((group) => ({ value: group, label: t(`history.result.${group}`) }))}
        value={view.result}
        onChange={(value) => onChange({ result: choose(resultGroups, value) ?? "all" })}
      />
      <Select
        w={136}
        aria-label={t("history.time")}
        data={periods.map((period) => ({ value: period, label: t(`history.time.${period}`) }))}
        value={view.period}
        onChange={(value) => onChange({ period: choose(periods, value) ?? "all" })}
      />
    </>
  );
}
