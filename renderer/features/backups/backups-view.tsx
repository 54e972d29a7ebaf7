import { Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import { z } from "zod";

import { displayText } from "../../../shared/display-text.ts";
import { useClusters, usePveClusters, useStorages } from "../../stores/stores.ts";
import { useViewState } from "../../stores/view-state.ts";
import { choose } from "../../ui/choose.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { FilterInput } from "../../ui/filter-input.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";
import { backupColumns, backupKey } from "./backup-columns.tsx";
import { BackupDetail } from "./backup-detail.tsx";
import classes from "./backups-view.module.css";
import { CoverageLine } from "./coverage-line.tsx";
import { useBackups } from "./use-backups.ts";

import type { Backup } from "../../../shared/backup.ts";

/** Typing pauses this long before the store is asked. */
const typingPause = 200;
const sortColumns = ["createdAt", "size", "vmid", "storage"] as const;

const viewSchema = z.object({
  text: z.string().max(256).default(""),
  cluster: z.string().nullable().default(null),
  storage: z.string().nullable().default(null),
  column: z.enum(sortColumns).default("createdAt"),
  descending: z.boolean().default(true),
  width: z.number().default(420),
});
type View = z.infer<typeof viewSchema>;

/** All backups of all clusters that can be seen, with what cannot be seen said above them. */
export function BackupsView() {
  const [view, setView] = useViewState("backups", viewSchema);
  const [settled] = useDebouncedValue(view, typingPause);
  const [opened, setOpened] = useState<Backup | null>(null);
  const clusters = useClusters((set) => set.byKey);
  const list = useBackups({
    text: settled.text.trim(),
    ...(settled.cluster === null ? {} : { clusterId: settled.cluster }),
    ...(settled.storage === null ? {} : { storage: settled.storage }),
    sort: settled.column,
    descending: settled.descending,
  });
  const columns = useMemo(
    () => backupColumns({ withGuest: true, clusterName: (id) => clusters.get(id)?.name ?? id }),
    [clusters],
  );
  const openKey = opened === null ? null : backupKey(opened);
  // Kept where a filter or a new answer takes it out of the list: what one reads or restores from must not vanish.
  const open = list.rows.find((backup) => backupKey(backup) === openKey) ?? opened;
  const filtered = view.text.trim() !== "" || view.cluster !== null || view.storage !== null;

  return (
    <Page
      title={t("backups.title")}
      aside={list.phase === "ready" ? t("backups.count", { total: list.total }) : undefined}
      filters={<Filters view={view} onChange={setView} />}
      drawer={
        open === null ? undefined : (
          <BackupDetail
            key={backupKey(open)}
            backup={open}
            width={view.width}
            onWidth={(width) => setView({ width })}
            onClose={() => setOpened(null)}
          />
        )
      }
    >
      {list.newest === null ? null : (
        <div className={classes.coverage}>
          <CoverageLine coverage={list.newest.coverage} onRefresh={list.refresh} reading={list.reading} />
        </div>
      )}
      <DataTable
        label={t("backups.title")}
        columns={columns}
        rows={list.rows}
        rowKey={backupKey}
        onOpen={setOpened}
        selectedKey={openKey}
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
          filtered ? (
            <EmptyState
              title={t("backups.noMatch.title")}
              actions={
                <Button onClick={() => setView({ text: "", cluster: null, storage: null })}>
                  {t("backups.clearFilters")}
                </Button>
              }
            >
              {t("backups.noMatch.text")}
            </EmptyState>
          ) : (
            <NoBackups hidden={(list.newest?.coverage ?? []).some((one) => one.state !== "read")} />
          )
        }
      />
    </Page>
  );
}

/** Where a storage could not be read whole, an empty list says nothing about what is there. */
function NoBackups({ hidden }: { readonly hidden: boolean }) {
  if (hidden)
    return <EmptyState title={t("backups.mayNotSee.title")}>{t("backups.mayNotSee.text")}</EmptyState>;
  return <EmptyState title={t("backups.empty.title")}>{t("backups.empty.text")}</EmptyState>;
}

function Filters({
  view,
  onChange,
}: {
  readonly view: View;
  readonly onChange: (patch: Partial<View>) => void;
}) {
  const clusters = usePveClusters();
  const storages = useStorages((set) => set.items);
  const names = useMemo(() => {
    const takers = storages.filter(
      (one) => one.content.includes("backup") && (view.cluster === null || one.clusterId === view.cluster),
    );
    return [...new Set(takers.map((one) => one.storage))].toSorted();
  }, [storages, view.cluster]);
  return (
    <>
      <FilterInput
        label={t("backups.filter")}
        width={264}
        value={view.text}
        onChange={(text) => onChange({ text })}
      />
      {clusters.length > 1 || view.cluster !== null ? (
        <Select
          w={144}
          aria-label={t("backups.cluster")}
          data={[
            { value: "", label: t("backups.allClusters") },
            ...clusters.map((cluster) => ({ value: cluster.id, label: displayText(cluster.name) })),
          ]}
          value={view.cluster ?? ""}
          onChange={(value) => onChange({ cluster: value === "" ? null : value, storage: null })}
        />
      ) : null}
      <Select
        w={144}
        aria-label={t("backups.storage")}
        data={[
          { value: "", label: t("backups.allStorages") },
          ...names.map((name) => ({ value: name, label: displayText(name) })),
        ]}
        value={view.storage ?? ""}
        onChange={(value) => onChange({ storage: value === "" ? null : value })}
      />
    </>
  );
}
