import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { asAppError, useApi } from "../../api.ts";
import { useCluster, useClusters } from "../../stores/stores.ts";
import { EmptyState, FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { Notice } from "../../ui/error-panel.tsx";
import { Page } from "../../ui/page.tsx";
import { places } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { clusterName, loginText } from "./cluster-words.ts";
import { RightsTable } from "./rights-table.tsx";
import classes from "./rights.module.css";
import { TokenDialog } from "./token-dialog.tsx";

import type { Cluster } from "../../../shared/cluster.ts";
import type { RightsReport } from "../../../shared/rights.ts";

/** What the account of one server may and may not do, and what would have to be given. */
export function RightsPage({ clusterId }: { readonly clusterId: string }) {
  const cluster = useCluster(clusterId);
  const loading = useClusters((set) => set.phase === "loading");
  if (cluster !== undefined) return <KnownRights cluster={cluster} />;
  if (loading) return <LoadingState />;
  return <EmptyState title={t("error.cluster.notFound")} />;
}

function KnownRights({ cluster }: { readonly cluster: Cluster }) {
  const api = useApi();
  const [making, setMaking] = useState(false);
  const query = useQuery({
    // Another edition may be another account.
    queryKey: ["clusters.rights", cluster.id, cluster.edition],
    queryFn: ({ signal }) => api.call("clusters.rights", { clusterId: cluster.id }, signal),
  });
  return (
    <Page
      title={t("rights.title", { name: clusterName(cluster) })}
      aside={loginText(cluster)}
      layout="padded"
      actions={
        <>
          <Button loading={query.isFetching} onClick={() => void query.refetch()}>
            {t("rights.again")}
          </Button>
          <Button component={Link} href={`${places.servers}/${cluster.id}`}>
            {t("rights.back")}
          </Button>
        </>
      }
    >
      {query.data === undefined && query.error !== null ? (
        <>
          <p className={classes.dim}>{t("rights.notRead")}</p>
          <FailedState error={asAppError(query.error)} onRetry={() => void query.refetch()} />
        </>
      ) : null}
      {query.data === undefined && query.error === null ? (
        <LoadingState>{t("rights.loading")}</LoadingState>
      ) : null}
      {query.data === undefined ? null : (
        <Report report={query.data} cluster={cluster} onToken={() => setMaking(true)} />
      )}
      <TokenDialog cluster={making ? cluster : null} onClose={() => setMaking(false)} />
    </Page>
  );
}

function Report({
  report,
  cluster,
  onToken,
}: {
  readonly report: RightsReport;
  readonly cluster: Cluster;
  readonly onToken: () => void;
}) {
  const count = (extent: string): number => report.rows.filter((row) => row.extent === extent).length;
  return (
    <div className={classes.report}>
      {report.seesNothing ? (
        <Notice tone="attention" title={t("rights.seesNothing.title")}>
          {t("rights.seesNothing.text")}
        </Notice>
      ) : null}
      {report.allPowerful ? (
        <Notice
          tone="quiet"
          title={t("rights.powerful.title")}
          actions={
            cluster.login.kind === "token" ? undefined : <Button onClick={onToken}>{t("token.open")}</Button>
          }
        >
          {t("rights.powerful.text")}
        </Notice>
      ) : null}
      <p className={classes.dim}>
        {t("rights.summary", {
          total: report.rows.length,
          works: count("works"),
          partly: count("partly"),
          no: count("no"),
        })}
        {" · "}
        {t("rights.account", { account: displayText(report.account, 128) })}
      </p>
      <RightsTable rows={report.rows} kind={cluster.kind} />
    </div>
  );
}
