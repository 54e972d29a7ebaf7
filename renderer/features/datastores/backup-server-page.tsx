import { Button, Tabs } from "@mantine/core";
import { Link, useLocation } from "wouter";

import { useCluster, useClusters } from "../../stores/stores.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { choose } from "../../ui/choose.ts";
import { EmptyState, LoadingState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { backupServerPath, backupServerTabs, places, type BackupServerTab } from "../../ui/paths.ts";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { answers } from "../clusters/cluster-order.ts";
import { clusterName } from "../clusters/cluster-words.ts";
import { DatastoresTable } from "./datastores-table.tsx";
import classes from "./datastores.module.css";
import { ServerJobsTable } from "./server-jobs-table.tsx";
import { ServerTasksTable } from "./server-tasks-table.tsx";

import type { ReactNode } from "react";
import type { Cluster } from "../../../shared/cluster.ts";

/** One backup server: its datastores, its jobs, or its tasks. */
export function BackupServerPage({
  clusterId,
  tab,
}: {
  readonly clusterId: string;
  readonly tab: BackupServerTab;
}) {
  const [, navigate] = useLocation();
  return (
    <KnownBackupServer clusterId={clusterId}>
      {(server) => (
        <Page
          title={clusterName(server)}
          aside={<ClusterStatusMark status={server.status} />}
          actions={
            <Button component={Link} href={`${places.servers}/${server.id}`}>
              {t("datastores.registration")}
            </Button>
          }
        >
          <ServerTrouble server={server} />
          <Tabs
            value={tab}
            keepMounted={false}
            className={classes.tabs ?? ""}
            onChange={(next) => {
              const chosen = choose(backupServerTabs, next ?? "");
              if (chosen !== null) navigate(backupServerPath(clusterId, chosen));
            }}
          >
            <Tabs.List>
              <Tabs.Tab value="datastores">{t("datastores.tab.datastores")}</Tabs.Tab>
              <Tabs.Tab value="jobs">{t("datastores.tab.jobs")}</Tabs.Tab>
              <Tabs.Tab value="tasks">{t("datastores.tab.tasks")}</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="datastores" className={classes.panel ?? ""}>
              <DatastoresTable server={server} />
            </Tabs.Panel>
            <Tabs.Panel value="jobs" className={classes.panel ?? ""}>
              <ServerJobsTable clusterId={clusterId} />
            </Tabs.Panel>
            <Tabs.Panel value="tasks" className={classes.panel ?? ""}>
              <ServerTasksTable server={server} />
            </Tabs.Panel>
          </Tabs>
        </Page>
      )}
    </KnownBackupServer>
  );
}

/** Its page as long as it is connected; else says that it is not. */
export function KnownBackupServer({
  clusterId,
  children,
}: {
  readonly clusterId: string;
  readonly children: (server: Cluster) => ReactNode;
}) {
  const server = useCluster(clusterId);
  useAttention({ clusters: [clusterId] });
  const loading = useClusters((set) => set.phase === "loading");
  if (server?.kind === "pbs") return children(server);
  if (loading) return <LoadingState />;
  return (
    <EmptyState
      title={t("datastores.noServer.title")}
      actions={
        <Button component={Link} href={places.servers}>
          {t("datastores.toServers")}
        </Button>
      }
    >
      {t("datastores.noServer.text")}
    </EmptyState>
  );
}

/** Why what stands below is old, and the way to where it is put right. */
export function ServerTrouble({ server }: { readonly server: Cluster }) {
  if (server.problem === undefined || server.status === "connecting") return null;
  return (
    <div className={classes.notice}>
      <ErrorPanel error={server.problem} tone={answers(server.status) ? "attention" : "bad"}>
        <Button component={Link} href={`${places.servers}/${server.id}`}>
          {t("datastores.registration")}
        </Button>
      </ErrorPanel>
    </div>
  );
}
