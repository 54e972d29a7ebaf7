import { Button } from "@mantine/core";
import { Link } from "wouter";

import { Notice } from "../../ui/error-panel.tsx";
import { rightsPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";

import type { Cluster } from "../../../shared/cluster.ts";

/** What does not work with this account, in one line each, and the way to the whole of it. */
export function RightsLine({ cluster }: { readonly cluster: Cluster }) {
  const named = (extent: "no" | "partly"): string => {
    const found = cluster.missingRights.filter((right) => right.extent === extent);
    return [...new Set(found.map((right) => t(`rights.feature.${right.feature}`)))].join(" · ");
  };
  const no = named("no");
  const partly = named("partly");
  if (no === "" && partly === "") return null;
  return (
    <Notice
      tone="quiet"
      title={t("rights.short.title")}
      actions={
        <Button component={Link} href={rightsPath(cluster.id)}>
          {t("rights.open")}
        </Button>
      }
    >
      {no === "" ? null : <p>{t("rights.short.no", { features: no })}</p>}
      {partly === "" ? null : <p>{t("rights.short.partly", { features: partly })}</p>}
    </Notice>
  );
}
