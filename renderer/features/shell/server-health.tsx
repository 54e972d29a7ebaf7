import { CircleCheck, CircleDashed, CircleX, TriangleAlert } from "lucide-react";
import { Link } from "wouter";

import { useClusters } from "../../stores/stores.ts";
import { clusterTone } from "../../ui/status.tsx";
import { StatusMark } from "../../ui/status-mark.tsx";
import { t } from "../../ui/text.ts";
import classes from "./shell.module.css";

import type { Cluster } from "../../../shared/cluster.ts";

/** How many servers are well and how many are not; the way to them. */
export function ServerHealth() {
  const clusters = useClusters((set) => set.items);
  if (clusters.length === 0) return <div className={classes.health} />;
  const counts = countHealth(clusters);
  return (
    <div className={classes.health}>
      <Link href="/servers" className={classes.healthLink ?? ""}>
        {counts.bad > 0 ? (
          <StatusMark tone="bad" icon={CircleX}>
            {t("shell.health.bad", { count: counts.bad })}
          </StatusMark>
        ) : null}
        {counts.attention > 0 ? (
          <StatusMark tone="attention" icon={TriangleAlert}>
            {t("shell.health.attention", { count: counts.attention })}
          </StatusMark>
        ) : null}
        {counts.unknown > 0 ? (
          <StatusMark tone="unknown" icon={CircleDashed}>
            {t("shell.health.connecting", { count: counts.unknown })}
          </StatusMark>
        ) : null}
        {counts.good > 0 ? (
          <StatusMark tone="good" icon={CircleCheck}>
            {t("shell.health.good", { count: counts.good })}
          </StatusMark>
        ) : null}
      </Link>
    </div>
  );
}

export interface HealthCounts {
  readonly good: number;
  readonly attention: number;
  readonly bad: number;
  readonly unknown: number;
}

export function countHealth(clusters: readonly Pick<Cluster, "status">[]): HealthCounts {
  const counts = { good: 0, attention: 0, bad: 0, unknown: 0 };
  for (const cluster of clusters) {
    const tone = clusterTone(cluster.status);
    if (tone === "good" || tone === "attention" || tone === "bad") counts[tone] += 1;
    else counts.unknown += 1;
  }
  return counts;
}
