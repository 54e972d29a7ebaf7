import { Button, Group } from "@mantine/core";
import { Plus } from "lucide-react";
import { useMemo, useState } from "react";
import { useLocation } from "wouter";
import { z } from "zod";

import { useAttention } from "../../stores/use-attention.ts";
import { useClusters, useStores } from "../../stores/stores.ts";
import { useViewState } from "../../stores/view-state.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";
import { DemoButton } from "../start/demo-button.tsx";
import { clusterColumns } from "./cluster-columns.tsx";
import { ClusterDrawer } from "./cluster-drawer.tsx";
import { ConnectDialog } from "./connect-dialog.tsx";
import { DeregisterDialog } from "./deregister-dialog.tsx";
import { EditDialog } from "./edit-dialog.tsx";
import { LoginDialog } from "./login-dialog.tsx";
import { TokenDialog } from "./token-dialog.tsx";

import type { Cluster } from "../../../shared/cluster.ts";

const viewSchema = z.object({
  sort: z
    .object({ column: z.string(), descending: z.boolean() })
    .default({ column: "status", descending: false }),
  drawer: z.number().default(480),
});

type DialogKind = "login" | "edit" | "token" | "deregister";

/** All registered clusters; the selected one beside them. */
export function ClustersView({ selected }: { readonly selected: string | null }) {
  useAttention({ clusters: "all" });
  const { clusters } = useStores();
  const set = useClusters((state) => state);
  const [view, setView] = useViewState("servers", viewSchema);
  const [, navigate] = useLocation();
  const [connecting, setConnecting] = useState(false);
  const [dialog, setDialog] = useState<{ readonly kind: DialogKind; readonly id: string } | null>(null);
  const columns = useMemo(() => clusterColumns(), []);
  const current = selected === null ? undefined : set.byKey.get(selected);
  const inDialog = (kind: DialogKind) => (dialog?.kind === kind ? (set.byKey.get(dialog.id) ?? null) : null);
  const ask = (kind: DialogKind) => (cluster: Cluster) => setDialog({ kind, id: cluster.id });
  const closeDialog = () => setDialog(null);
  const connect = () => setConnecting(true);

  return (
    <Page
      title={t("clusters.title")}
      aside={set.items.length === 0 ? null : t("clusters.count", { count: set.items.length })}
      actions={
        <Button variant="filled" leftSection={<Plus size={14} aria-hidden />} onClick={connect}>
          {t("clusters.connect")}
        </Button>
      }
      drawer={
        current === undefined ? null : (
          <ClusterDrawer
            key={current.id}
            cluster={current}
            width={view.drawer}
            onWidth={(drawer) => setView({ drawer })}
            onClose={() => navigate("/servers")}
            onLogin={ask("login")}
            onEdit={ask("edit")}
            onToken={ask("token")}
            onDeregister={ask("deregister")}
          />
        )
      }
    >
      <DataTable
        label={t("clusters.title")}
        columns={columns}
        rows={set.items}
        rowKey={(cluster) => cluster.id}
        onOpen={(cluster) => navigate(`/servers/${cluster.id}`)}
        selectedKey={selected}
        sort={view.sort}
        onSort={(sort) => setView({ sort })}
        phase={set.phase}
        error={set.error}
        onRetry={clusters.reload}
        empty={
          <EmptyState
            title={t("clusters.empty.title")}
            actions={
              <Group gap={8}>
                <Button onClick={connect}>{t("clusters.connect")}</Button>
                <DemoButton />
              </Group>
            }
          >
            {t("clusters.empty.text")}
          </EmptyState>
        }
      />
      <ConnectDialog
        opened={connecting}
        onClose={() => setConnecting(false)}
        onDone={(cluster) => {
          setConnecting(false);
          navigate(`/servers/${cluster.id}`);
        }}
      />
      <LoginDialog cluster={inDialog("login")} onClose={closeDialog} />
      <EditDialog cluster={inDialog("edit")} onClose={closeDialog} />
      <TokenDialog cluster={inDialog("token")} onClose={closeDialog} />
      <DeregisterDialog
        cluster={inDialog("deregister")}
        onClose={closeDialog}
        onDone={() => {
          closeDialog();
          navigate("/servers");
        }}
      />
    </Page>
  );
}
