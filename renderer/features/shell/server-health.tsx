import { Tooltip } from "@mantine/core";
import { CircleCheck, CircleDashed, CircleX, TriangleAlert } from "lucide-react";
import { Link } from "wouter";
import { useStore } from "zustand";

import { useClusters, useStores } from "../../stores/stores.ts";
import { StatusMark } from "../../ui/status-mark.tsx";
import { t } from "../../ui/text.ts";
import { standInText } from "../clusters/cluster-words.ts";
import { countHealth } from "./health-count.ts";
import classes from "./shell.module.css";

/** How many servers are well and how many are not; the way to them. */
export function ServerHealth() {
  const clusters = useClusters((set) => set.items);
  const { connection } = useStores();
  const lost = useStore(connection.store, (view) => view.state !== "open");
  if (clusters.length === 0) return <div className={classes.health} />;
  if (lost) {
    return (
      <div className={classes.health}>
        <StatusMark tone="unknown">{t("shell.health.unknown")}</StatusMark>
      </div>
    );
  }
  const counts = countHealth(clusters);
  const standIns = clusters.map(standInText).filter((text) => text !== "");
  const link = (
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
  );
  return (
    <div className={classes.health}>
      {standIns.length === 0 ? (
        link
      ) : (
        <Tooltip
          label={standIns.map((text) => (
            <div key={text}>{text}</div>
          ))}
        >
          {link}
        </Tooltip>
      )}
    </div>
  );
}
