import { Button } from "@mantine/core";
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useClusters } from "../../stores/stores.ts";
import { Age } from "../../ui/age.tsx";
import { ClusterStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { CheckButton } from "../clusters/cluster-problem.tsx";
import { clusterName, problemText } from "../clusters/cluster-words.ts";
import { LoginDialog } from "../clusters/login-dialog.tsx";
import classes from "./overview.module.css";

import type { Cluster } from "../../../shared/cluster.ts";

/** One line a cluster: which, what is wrong, since when, and the button that helps. */
export function AttentionList({ clusters }: { readonly clusters: readonly Cluster[] }) {
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
      </ul>
      <LoginDialog cluster={login} onClose={() => setLoginTo(null)} />
    </>
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
