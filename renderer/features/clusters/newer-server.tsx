import { displayText } from "../../../shared/display-text.ts";
import { useCluster } from "../../stores/stores.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";

/** Said wherever something can be sent to a server whose version is newer than all that the app knows. */
export function NewerServer({ clusterId }: { readonly clusterId: string }) {
  const cluster = useCluster(clusterId);
  const known = cluster?.newerThan ?? null;
  if (known === null) return null;
  const version = displayText(cluster?.version ?? "", 32);
  return <Notice tone="quiet">{t("clusters.newer", { version, known })}</Notice>;
}
