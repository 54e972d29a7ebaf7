import { CircleCheck } from "lucide-react";
import { useMemo, useState } from "react";

import { useAttention } from "../../stores/use-attention.ts";
import { useClusters, useGuests, useJobs, useOpenJobs, useStorages, useStores } from "../../stores/stores.ts";
import { useNow } from "../../ui/clock.ts";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { Page, Section } from "../../ui/page.tsx";
import { StatusMark } from "../../ui/status-mark.tsx";
import { t } from "../../ui/text.ts";
import { StartView } from "../start/start-view.tsx";
import { AttentionList } from "./attention-list.tsx";
import { FailureList, RunningList } from "./job-lists.tsx";
import { BackupAgeList } from "./backup-age-list.tsx";
import {
  backupAges,
  latestFailures,
  nearlyFullStorages,
  needingAttention,
  unreachableStorages,
} from "./overview-lists.ts";
import classes from "./overview.module.css";
import { ServerList } from "./server-list.tsx";

/** Backups grow old slowly: looked at anew each minute. */
const ageStepMs = 60_000;
/** More than these are the history's business. */
const maxFailures = 8;

/** What needs the admin, what is running, what failed lately, and how the servers are. */
export function OverviewView() {
  const { clusters } = useStores();
  const set = useClusters((state) => state);
  const [connecting, setConnecting] = useState(false);
  if (set.phase === "failed" && set.error !== null) {
    return <FailedState error={set.error} onRetry={clusters.reload} />;
  }
  if (set.phase === "loading") return <LoadingState />;
  // The dialog has more to ask once the first server is there: it must not go with the view that it was opened from.
  return set.items.length === 0 || connecting ? (
    <StartView connecting={connecting} onConnecting={setConnecting} />
  ) : (
    <Overview />
  );
}

function Overview() {
  useAttention({ clusters: "all" });
  const clusters = useClusters((set) => set.items);
  const jobs = useJobs((set) => set.items);
  const running = useOpenJobs();
  const attention = useMemo(() => needingAttention(clusters), [clusters]);
  const storages = useStorages((set) => set.items);
  const unreachable = useMemo(() => unreachableStorages(storages, clusters), [storages, clusters]);
  const failures = useMemo(() => latestFailures(jobs, maxFailures), [jobs]);
  const full = useMemo(() => nearlyFullStorages(storages, clusters), [storages, clusters]);
  const guests = useGuests((set) => set.items);
  const now = useNow(ageStepMs);
  const ages = useMemo(() => backupAges(guests, now), [guests, now]);
  const troubles = attention.length + unreachable.length + full.length;
  const quiet = troubles === 0 && failures.length === 0 && ages.old.length === 0;
  return (
    <Page title={t("overview.title")} layout="padded">
      <div className={classes.overview}>
        <div>
          {quiet ? (
            <div className={classes.quiet}>
              <StatusMark tone="good" icon={CircleCheck}>
                {t("overview.quiet", { count: clusters.length })}
              </StatusMark>
            </div>
          ) : null}
          {troubles === 0 ? null : (
            <Section title={t("overview.attention")} aside={troubles}>
              <AttentionList clusters={attention} storages={unreachable} full={full} />
            </Section>
          )}
          {ages.old.length + ages.unknown === 0 ? null : (
            <Section title={t("overview.old")} aside={ages.old.length === 0 ? null : ages.old.length}>
              <BackupAgeList ages={ages} />
            </Section>
          )}
          {failures.length === 0 ? null : (
            <Section title={t("overview.failures")}>
              <FailureList jobs={failures} />
            </Section>
          )}
        </div>
        <div>
          <Section title={t("overview.running")} aside={running.length === 0 ? null : running.length}>
            <RunningList jobs={running} />
          </Section>
          <Section title={t("overview.servers")} aside={clusters.length}>
            <ServerList clusters={clusters} />
          </Section>
        </div>
      </div>
    </Page>
  );
}
