import { Button } from "@mantine/core";
import { ChevronRight, CloudOff, HardDrive } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { formatBytes } from "../../../shared/format.ts";
import { useClusterName, useClusters } from "../../stores/stores.ts";
import { Age } from "../../ui/age.tsx";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { StatusMark } from "../../ui/status-mark.tsx";
import { locale, t } from "../../ui/text.ts";
import { CheckButton } from "../clusters/cluster-problem.tsx";
import { clusterName, problemText } from "../clusters/cluster-words.ts";
import { LoginDialog } from "../clusters/login-dialog.tsx";
import classes from "./overview.module.css";

import type { FullStorage, StorageTrouble } from "./overview-lists.ts";
import type { Cluster } from "../../../shared/cluster.ts";

/** One line a cluster: which, what is wrong, since when, and the button that helps. */
export function AttentionList({
  clusters,
  storages,
  full,
}: {
  readonly clusters: readonly Cluster[];
  readonly storages: readonly StorageTrouble[];
  readonly full: readonly FullStorage[];
}) {
  const [loginTo, setLoginTo] = useState<string | null>(null);
  const login = useClusters((set) => (loginTo === null ? null : (set.byKey.get(loginTo) ?? null)));
  return (
    <>
      <ul className={classes.list}>
        {clusters.map((cluster) => (
          <li key={cluster.id} className={classes.attention}>
            <div className={classes.attentionHead}>
              <Link href={`/servers/${cluster.id}`} className={classes.thing ?? ""}>
                {clusterName(cluster)}
              </Link>
              <ClusterStatusMark status={cluster.status} />
              <span className={classes.since}>
                {t("overview.lastAnswer")} <Age at={cluster.lastAnswerAt} />
              </span>
            </div>
            <div className={classes.attentionBody}>
              <div className={classes.words}>
                <p>{problemText(cluster)}</p>
                {cluster.problem?.server === undefined ? null : (
                  <code className={classes.server}>{displayText(cluster.problem.server, 300)}</code>
                )}
              </div>
              <AttentionAction cluster={cluster} onLogin={() => setLoginTo(cluster.id)} />
            </div>
          </li>
        ))}
        {storages.map((storage) => (
          <StorageItem key={`${storage.clusterId}/${storage.storage}`} storage={storage} />
        ))}
        {full.map((storage) => (
          <FullItem key={`${storage.clusterId}/${storage.storage}/${storage.total}`} storage={storage} />
        ))}
      </ul>
      <LoginDialog cluster={login} onClose={() => setLoginTo(null)} />
    </>
  );
}

function StorageItem({ storage }: { readonly storage: StorageTrouble }) {
  const cluster = useClusterName(storage.clusterId);
  return (
    <li>
      <div className={classes.attentionHead}>
        <span className={classes.thing}>{displayText(storage.storage, 100)}</span>
        <StatusMark tone="attention" icon={CloudOff}>
          {t("overview.storage.away")}
        </StatusMark>
        <span className={classes.since}>{displayText(cluster, 64)}</span>
      </div>
      <p className={classes.words}>
        {t("overview.storage.text", {
          type: displayText(storage.type, 32),
          nodes: storage.nodes.map((node) => displayText(node, 63)).join(", "),
        })}
      </p>
    </li>
  );
}

function FullItem({ storage }: { readonly storage: FullStorage }) {
  const cluster = useClusterName(storage.clusterId);
  return (
    <li>
      <div className={classes.attentionHead}>
        <span className={classes.thing}>{displayText(storage.storage, 100)}</span>
        <StatusMark tone="attention" icon={HardDrive}>
          {t("overview.storage.full")}
        </StatusMark>
        <span className={classes.since}>{displayText(cluster, 64)}</span>
      </div>
      <p className={classes.words}>
        {t("overview.storage.fullText", {
          free: formatBytes(storage.available, locale()) ?? "",
          total: formatBytes(storage.total, locale()) ?? "",
        })}
      </p>
    </li>
  );
}

function AttentionAction({ cluster, onLogin }: { readonly cluster: Cluster; readonly onLogin: () => void }) {
  switch (cluster.status) {
    case "needsLogin":
      return <Button onClick={onLogin}>{t("clusters.login.action")}</Button>;
    case "certificateChanged":
      return (
        <Button
          component={Link}
          href={`/servers/${cluster.id}`}
          rightSection={<ChevronRight size={14} aria-hidden />}
        >
          {t("overview.compare")}
        </Button>
      );
    default:
      return <CheckButton cluster={cluster} />;
  }
}
