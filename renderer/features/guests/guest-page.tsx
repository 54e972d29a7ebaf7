import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link, Redirect } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { guestKey, type Guest } from "../../../shared/guest.ts";
import { asAppError, useApi } from "../../api.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { useCluster, useGuests } from "../../stores/stores.ts";
import { EmptyState, LoadingState } from "../../ui/empty-state.tsx";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { Page } from "../../ui/page.tsx";
import { guestPath, places } from "../../ui/paths.ts";
import { GuestStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { guestText } from "../jobs/job-words.ts";
import { GuestActions } from "./guest-actions.tsx";
import { GuestBackups } from "./guest-backups.tsx";
import { LockMark, typeText } from "./guest-columns.tsx";
import { GuestConfig } from "./guest-config.tsx";
import { GuestFigures } from "./guest-figures.tsx";
import { isStale } from "./guest-filter.ts";
import { GuestJobs } from "./guest-jobs.tsx";
import { GuestTasks } from "./guest-tasks.tsx";
import classes from "./guest-page.module.css";

export interface GuestPageProps {
  readonly clusterId: string;
  readonly node: string;
  readonly vmid: number;
}

/** One guest. A guest that has moved to another node meanwhile is followed there. */
export function GuestPage({ clusterId, node, vmid }: GuestPageProps) {
  useAttention({ clusters: [clusterId] });
  const guest = useGuests((set) => set.byKey.get(guestKey({ clusterId, node, vmid })));
  const moved = useGuests((set) =>
    guest === undefined
      ? set.items.find((one) => one.clusterId === clusterId && one.vmid === vmid)
      : undefined,
  );
  const loading = useGuests((set) => set.phase === "loading");
  const cluster = useCluster(clusterId);
  if (guest !== undefined) return <LoadedGuest guest={guest} />;
  if (moved !== undefined) return <Redirect to={guestPath(moved)} replace />;
  if (loading) return <LoadingState>{t("guests.loading")}</LoadingState>;
  return (
    <EmptyState
      title={t("guests.page.gone.title", { vmid: String(vmid) })}
      actions={
        <Button component={Link} href={places.guests}>
          {t("guests.page.back")}
        </Button>
      }
    >
      {t("guests.page.gone.text", { cluster: displayText(cluster?.name ?? clusterId) })}
    </EmptyState>
  );
}

function LoadedGuest({ guest }: { readonly guest: Guest }) {
  const cluster = useCluster(guest.clusterId);
  const [problem, setProblem] = useState<ReactNode>(null);
  const stale = isStale(cluster);
  return (
    <Page
      title={guestText(guest)}
      aside={
        <span className={classes.aside}>
          <GuestStatusMark status={guest.status} stale={stale} />
          <span>{typeText(guest)}</span>
          <span>
            {displayText(cluster?.name ?? guest.clusterId)} / {displayText(guest.node)}
          </span>
          {guest.lock === null ? null : <LockMark lock={guest.lock} />}
        </span>
      }
      actions={<GuestActions guest={guest} onError={setProblem} />}
    >
      <GuestFigures guest={guest} />
      {guest.conflict ? (
        <div className={classes.notice}>
          <Notice tone="attention">{t("guests.page.conflict", { vmid: String(guest.vmid) })}</Notice>
        </div>
      ) : null}
      {problem === null ? null : <div className={classes.notice}>{problem}</div>}
      <div className={classes.bottom}>
        <div className={classes.lists} tabIndex={0} role="region" aria-label={t("guests.page.lists")}>
          <GuestBackups guest={guest} />
          <GuestJobs guest={guest} />
          <GuestTasks guest={guest} />
        </div>
        <GuestSide guest={guest} />
      </div>
    </Page>
  );
}

/** The configuration, asked of the node itself; read again when the guest's state turns. */
function GuestSide({ guest }: { readonly guest: Guest }) {
  const api = useApi();
  const { clusterId, node, vmid } = guest;
  const query = useQuery({
    queryKey: ["guests.get", clusterId, node, vmid, guest.status, guest.lock],
    queryFn: ({ signal }) => api.call("guests.get", { clusterId, node, vmid }, signal),
    placeholderData: (before) => before,
  });
  return (
    <div className={classes.side} tabIndex={0} role="region" aria-label={t("guests.page.side")}>
      {query.data === undefined ? null : <GuestConfig detail={query.data} />}
      {query.error === null ? null : (
        <ErrorPanel error={asAppError(query.error)}>
          <Button onClick={() => void query.refetch()}>{t("ui.tryAgain")}</Button>
        </ErrorPanel>
      )}
      {query.data === undefined && query.error === null ? (
        <LoadingState>
          {t("guests.page.loading", { node: displayText(node), vmid: String(vmid) })}
        </LoadingState>
      ) : null}
    </div>
  );
}
