import { Button, SegmentedControl } from "@mantine/core";
import { CloudOff, TriangleAlert } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { z } from "zod";

import { displayText } from "../../../shared/display-text.ts";
import { guestKey, type Guest } from "../../../shared/guest.ts";
import { useAttention } from "../../stores/use-attention.ts";
import { useClusters, useGuests, usePveClusters, useStores } from "../../stores/stores.ts";
import { useViewState } from "../../stores/view-state.ts";
import { choose } from "../../ui/choose.ts";
import { useNow } from "../../ui/clock.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { FilterInput } from "../../ui/filter-input.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Page } from "../../ui/page.tsx";
import { guestPath, places } from "../../ui/paths.ts";
import { ageText, t } from "../../ui/text.ts";
import { MayNotSee, useGaps } from "../clusters/may-not-see.tsx";
import { guestColumns } from "./guest-columns.tsx";
import { createHaystack, filterGuests, isStale, isWhole, unreadableRows } from "./guest-filter.ts";
import classes from "./guests-view.module.css";

import type { Cluster } from "../../../shared/cluster.ts";

const groupings = ["none", "cluster", "node"] as const;

const viewSchema = z.object({
  text: z.string().max(256).default(""),
  group: z.enum(groupings).default("none"),
  column: z.string().max(32).default("name"),
  descending: z.boolean().default(false),
  /** Key of the guest that was opened last: it is found again on the way back. */
  selected: z.string().max(256).nullable().default(null),
});

/** All guests of all clusters in one table. What a dead cluster last said stays, marked as old. */
export function GuestsView() {
  useAttention({ clusters: "all" });
  const { guests: store } = useStores();
  const [, navigate] = useLocation();
  const [view, setView] = useViewState("guests", viewSchema);
  const guests = useGuests((set) => set.items);
  const phase = useGuests((set) => set.phase);
  const error = useGuests((set) => set.error);
  const clusters = useClusters((set) => set.byKey);
  const text = useDeferredValue(view.text);

  const haystack = useMemo(() => createHaystack((id) => clusters.get(id)?.name ?? ""), [clusters]);
  const rows = useMemo(() => filterGuests(guests, text, haystack), [guests, text, haystack]);
  const columns = useMemo(() => guestColumns((id) => clusters.get(id)), [clusters]);
  const groupOf = useMemo(() => grouping(view.group, clusters), [view.group, clusters]);
  const gaps = useGaps("guests");
  const asked = usePveClusters();
  const whole = asked.every(isWhole);
  const count = { total: guests.length, shown: rows.length, atLeast: whole ? "no" : "yes" };
  const aside = t(rows.length === guests.length ? "guests.count" : "guests.countShown", count);

  return (
    <Page
      title={t("guests.title")}
      aside={phase === "ready" ? aside : undefined}
      filters={
        <>
          <FilterInput
            label={t("guests.filter")}
            width={264}
            value={view.text}
            onChange={(text) => setView({ text })}
          />
          <SegmentedControl
            aria-label={t("guests.group")}
            data={groupings.map((one) => ({ value: one, label: t(`guests.group.${one}`) }))}
            value={view.group}
            onChange={(value) => setView({ group: choose(groupings, value) ?? "none" })}
          />
        </>
      }
    >
      <StaleClusters clusters={asked} />
      <MayNotSee gaps={gaps} />
      <DataTable
        label={t("guests.title")}
        columns={columns}
        rows={rows}
        rowKey={guestKey}
        onOpen={(guest) => {
          setView({ selected: guestKey(guest) });
          navigate(guestPath(guest));
        }}
        selectedKey={view.selected}
        sort={view}
        onSort={setView}
        {...(groupOf === undefined ? {} : { groupOf })}
        phase={phase}
        error={error}
        onRetry={store.reload}
        isDim={(guest) => guest.conflict || isStale(clusters.get(guest.clusterId))}
        empty={
          <NoGuests
            text={text}
            any={clusters.size > 0}
            hidden={gaps.length > 0}
            whole={whole}
            onClear={() => setView({ text: "" })}
          />
        }
      />
    </Page>
  );
}

type Clusters = ReadonlyMap<string, Cluster>;

function grouping(group: (typeof groupings)[number], clusters: Clusters) {
  if (group === "none") return undefined;
  return (guest: Guest) => {
    const cluster = displayText(clusters.get(guest.clusterId)?.name ?? guest.clusterId);
    const node = displayText(guest.node);
    if (group === "cluster") return { key: guest.clusterId, order: cluster, label: cluster };
    const label = clusters.size > 1 ? `${cluster} / ${node}` : node;
    return { key: `${guest.clusterId}/${guest.node}`, order: `${cluster} ${node}`, label };
  };
}

/** Clusters that say nothing now, or nothing whole: their guests below are as old, or as few, as this says. */
function StaleClusters({ clusters: all }: { readonly clusters: readonly Cluster[] }) {
  const now = useNow();
  const notices = [
    ...all.filter(isStale).map((cluster) => ({ cluster, Icon: CloudOff, text: staleText(cluster, now) })),
    ...all
      .filter((cluster) => unreadableRows(cluster) > 0)
      .map((cluster) => ({ cluster, Icon: TriangleAlert, text: unreadableText(cluster) })),
  ];
  if (notices.length === 0) return null;
  return (
    <div className={classes.notices} role="status">
      {notices.map(({ cluster, Icon, text }) => (
        <p key={cluster.id} className={classes.notice}>
          <Icon size={14} aria-hidden />
          <span>{text}</span>
          <Link href={`${places.servers}/${cluster.id}`}>{t("guests.stale.show")}</Link>
        </p>
      ))}
    </div>
  );
}

function unreadableText(cluster: Cluster): string {
  return t("guests.unreadable", { cluster: displayText(cluster.name), count: unreadableRows(cluster) });
}

function staleText(cluster: Cluster, now: number): string {
  const name = displayText(cluster.name);
  if (cluster.lastAnswerAt === null) return t("guests.stale.never", { cluster: name });
  const values = { cluster: name, age: ageText(cluster.lastAnswerAt, now) };
  if (cluster.status === "needsLogin") return t("guests.stale.needsLogin", values);
  if (cluster.status === "certificateChanged") return t("guests.stale.certificateChanged", values);
  return t("guests.stale.offline", values);
}

function NoGuests({
  text,
  any,
  hidden,
  whole,
  onClear,
}: {
  readonly text: string;
  readonly any: boolean;
  /** An account may not see all guests: then nothing can be said about what is there. */
  readonly hidden: boolean;
  /** Every cluster has said what it has, and all of it could be read. */
  readonly whole: boolean;
  readonly onClear: () => void;
}) {
  if (text.trim() !== "") {
    return (
      <EmptyState
        title={t("guests.noMatch.title", { text: displayText(text, 64) })}
        actions={<Button onClick={onClear}>{t("guests.clearFilter")}</Button>}
      >
        {t("guests.noMatch.text")}
      </EmptyState>
    );
  }
  if (hidden)
    return <EmptyState title={t("guests.mayNotSee.title")}>{t("guests.mayNotSee.text")}</EmptyState>;
  if (any && !whole)
    return <EmptyState title={t("guests.notKnown.title")}>{t("guests.notKnown.text")}</EmptyState>;
  if (any) return <EmptyState title={t("guests.none.title")}>{t("guests.none.text")}</EmptyState>;
  return (
    <EmptyState
      title={t("guests.empty.title")}
      actions={
        <Button component={Link} href={places.servers} variant="filled">
          {t("guests.empty.connect")}
        </Button>
      }
    >
      {t("guests.empty.text")}
    </EmptyState>
  );
}
