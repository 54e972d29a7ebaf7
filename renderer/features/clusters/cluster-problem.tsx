import { Button, Stack } from "@mantine/core";

import { useOperation } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { CertificateChanged } from "./certificate-changed.tsx";

import type { Cluster } from "../../../shared/cluster.ts";

/** Why a cluster is not simply online, and the next step. */
export function ClusterProblem({
  cluster,
  onLogin,
}: {
  readonly cluster: Cluster;
  readonly onLogin: (cluster: Cluster) => void;
}) {
  const changed = cluster.addresses.filter(({ seen }) => seen !== undefined);
  if (changed.length > 0) {
    return (
      <Stack gap={16}>
        {changed.map((address) => (
          <CertificateChanged key={address.address} cluster={cluster} address={address} />
        ))}
      </Stack>
    );
  }
  if (cluster.status === "needsLogin") {
    return (
      <ErrorPanel
        tone="attention"
        error={cluster.problem ?? { code: "cluster.needsLogin", params: { name: cluster.name } }}
      >
        <Button onClick={() => onLogin(cluster)}>{t("clusters.login.action")}</Button>
      </ErrorPanel>
    );
  }
  if (cluster.problem === undefined) return null;
  return <ErrorPanel error={cluster.problem} tone={cluster.status === "degraded" ? "attention" : "bad"} />;
}

/** Asks the cluster now instead of at its next turn. */
export function CheckButton({ cluster }: { readonly cluster: Cluster }) {
  const check = useOperation("clusters.check");
  return (
    <Button loading={check.pending} onClick={() => void check.run({ clusterId: cluster.id })}>
      {t("clusters.check")}
    </Button>
  );
}
