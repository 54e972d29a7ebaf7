import { Button, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { datastoreKey, type Datastore } from "../../../shared/datastore.ts";
import { snapshotText } from "../../../shared/snapshot.ts";
import { displayText } from "../../../shared/display-text.ts";
import { asAppError, useApi } from "../../api.ts";
import { useDatastores } from "../../stores/stores.ts";
import { EmptyState, LoadingState } from "../../ui/empty-state.tsx";
import { ErrorPanel, Notice, ServerWords } from "../../ui/error-panel.tsx";
import { Page } from "../../ui/page.tsx";
import { backupServerPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { answers } from "../clusters/cluster-order.ts";
import { clusterName } from "../clusters/cluster-words.ts";
import { KnownBackupServer, ServerTrouble } from "./backup-server-page.tsx";
import { DatastoreBackups, type OpenedSnapshot } from "./datastore-backups.tsx";
import { DatastoreStateMark } from "./datastore-columns.tsx";
import { DatastoreFigures } from "./datastore-figures.tsx";
import { storeText } from "./datastore-words.ts";
import classes from "./datastores.module.css";
import { PlaceList } from "./place-list.tsx";
import { ServerJobsTable } from "./server-jobs-table.tsx";
import { SnapshotDrawer } from "./snapshot-drawer.tsx";
import { CollectGarbageButton, OutcomeNotice, type Outcome } from "./task-button.tsx";
import { UsageChart } from "./usage-chart.tsx";
import { useGroups } from "./use-snapshots.ts";
import { useServerJobs } from "./use-server-jobs.ts";

import type { Cluster } from "../../../shared/cluster.ts";

/** One datastore: its figures, its last month, and what lies in it. */
export function DatastorePage({ clusterId, store }: { readonly clusterId: string; readonly store: string }) {
  const datastore = useDatastores((set) => set.byKey.get(datastoreKey({ clusterId, store })));
  const loading = useDatastores((set) => set.phase === "loading");
  return (
    <KnownBackupServer clusterId={clusterId}>
      {(server) => {
        if (datastore !== undefined) return <LoadedDatastore server={server} datastore={datastore} />;
        if (loading || server.status === "connecting")
          return <LoadingState>{t("datastores.loading")}</LoadingState>;
        return <NotThere server={server} store={store} />;
      }}
    </KnownBackupServer>
  );
}

function NotThere({ server, store }: { readonly server: Cluster; readonly store: string }) {
  const names = { store: displayText(store, 64), server: clusterName(server) };
  return (
    <EmptyState
      title={t("datastores.notThere.title", names)}
      actions={
        <Button component={Link} href={backupServerPath(server.id)}>
          {t("datastores.toServer", names)}
        </Button>
      }
    >
      {t("datastores.notThere.text")}
    </EmptyState>
  );
}

function LoadedDatastore({ server, datastore }: { readonly server: Cluster; readonly datastore: Datastore }) {
  const detail = useDatastoreDetail(datastore, answers(server.status));
  const { gcOf } = useServerJobs(server.id);
  const [opened, setOpened] = useState<OpenedSnapshot | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const groups = useGroups({ clusterId: server.id, store: datastore.store, namespace: "" });
  const stillBad = detail.data?.gc?.stillBad ?? 0;
  return (
    <Page
      title={storeText(datastore)}
      aside={
        <span className={classes.aside}>
          <DatastoreStateMark datastore={datastore} />
          <Link href={backupServerPath(server.id)}>{clusterName(server)}</Link>
          {datastore.comment === "" ? null : <span>{displayText(datastore.comment, 256)}</span>}
        </span>
      }
      actions={
        <CollectGarbageButton
          datastore={datastore}
          reach={groups.data?.rights.collectGarbage ?? "unknown"}
          onOutcome={setOutcome}
        />
      }
      drawer={
        opened === null ? null : (
          <SnapshotDrawer
            key={`${opened.place.namespace} ${snapshotText(opened.snapshot)}`}
            opened={opened}
            onOutcome={setOutcome}
            onClose={() => setOpened(null)}
          />
        )
      }
    >
      <ServerTrouble server={server} />
      <OutcomeNotice clusterId={server.id} outcome={outcome} />
      {datastore.problem === null ? null : (
        <div className={classes.notice}>
          <Notice tone="bad" title={t("datastores.state.problem")}>
            <ServerWords text={datastore.problem} />
          </Notice>
        </div>
      )}
      {datastore.maintenance === null || datastore.maintenance.message === "" ? null : (
        <div className={classes.notice}>
          <Notice tone="attention">{displayText(datastore.maintenance.message, 256)}</Notice>
        </div>
      )}
      <DatastoreFigures
        datastore={datastore}
        detail={detail.data ?? null}
        gc={gcOf(datastore.store) ?? null}
      />
      {stillBad === 0 ? null : (
        <div className={classes.notice}>
          <Notice tone="bad">{t("datastores.stillBad", { count: stillBad })}</Notice>
        </div>
      )}
      <Tabs defaultValue="backups" keepMounted={false} className={classes.tabs ?? ""}>
        <Tabs.List>
          <Tabs.Tab value="backups">{t("datastores.tab.backups")}</Tabs.Tab>
          <Tabs.Tab value="use">{t("datastores.tab.use")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="backups" className={classes.panel ?? ""}>
          <DatastoreBackups datastore={datastore} opened={opened} onOpen={setOpened} onOutcome={setOutcome} />
        </Tabs.Panel>
        <Tabs.Panel value="use" className={classes.panel ?? ""}>
          <UsageChart history={detail.data?.history ?? null} />
          {detail.error === null ? null : (
            <div className={classes.notice}>
              <ErrorPanel error={asAppError(detail.error)} tone="attention">
                <Button onClick={() => void detail.refetch()}>{t("ui.tryAgain")}</Button>
              </ErrorPanel>
            </div>
          )}
          <PlaceList clusterId={server.id} store={datastore.store} />
          <ServerJobsTable clusterId={server.id} store={datastore.store} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** For the counts the server reads every group: asked when the page opens, and then seldom. */
const everyMs = 5 * 60_000;

function useDatastoreDetail({ clusterId, store }: Datastore, answering: boolean) {
  const api = useApi();
  return useQuery({
    queryKey: ["datastores.get", clusterId, store],
    queryFn: ({ signal }) => api.call("datastores.get", { clusterId, store }, signal),
    refetchInterval: everyMs,
    enabled: answering,
    placeholderData: (before) => before,
  });
}
