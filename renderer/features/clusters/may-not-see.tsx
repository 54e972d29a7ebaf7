import { EyeOff } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useClusters } from "../../stores/stores.ts";
import { rightsPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import classes from "./may-not-see.module.css";

import type { Cluster } from "../../../shared/cluster.ts";
import type { Feature, MissingRight } from "../../../shared/rights.ts";

export interface Gap {
  readonly cluster: Cluster;
  readonly right: MissingRight;
}

/** The servers whose account sees nothing or only a part of this, with the first privilege that it lacks. */
export function gapsOf(clusters: readonly Cluster[], feature: Feature): readonly Gap[] {
  return clusters.flatMap((cluster) => {
    const right = cluster.missingRights.find((one) => one.feature === feature);
    return right === undefined ? [] : [{ cluster, right }];
  });
}

export function useGaps(feature: Feature, clusterId?: string): readonly Gap[] {
  const clusters = useClusters((set) => set.items);
  return useMemo(
    () =>
      gapsOf(clusterId === undefined ? clusters : clusters.filter((one) => one.id === clusterId), feature),
    [clusters, clusterId, feature],
  );
}

/** Above a list: what this account may not see, so that what is missing below is not taken for what is not there. */
export function MayNotSee({ gaps }: { readonly gaps: readonly Gap[] }) {
  if (gaps.length === 0) return null;
  return (
    <div className={classes.gaps} role="status">
      {gaps.map(({ cluster, right }) => (
        <p key={cluster.id} className={classes.gap}>
          <EyeOff size={14} aria-hidden />
          <span>
            {t(`mayNotSee.${right.extent}`, {
              cluster: displayText(cluster.name, 80),
              privilege: right.privilege,
              path: right.path,
            })}
          </span>
          <Link href={rightsPath(cluster.id)}>{t("mayNotSee.show")}</Link>
        </p>
      ))}
    </div>
  );
}
