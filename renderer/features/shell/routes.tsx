import { Route, Switch } from "wouter";

import { EmptyState } from "../../ui/empty-state.tsx";
import { t } from "../../ui/text.ts";
import { BackupsView } from "../backups/backups-view.tsx";
import { ClustersView } from "../clusters/clusters-view.tsx";
import { RightsPage } from "../clusters/rights-page.tsx";
import { BackupServerPage } from "../datastores/backup-server-page.tsx";
import { DatastorePage } from "../datastores/datastore-page.tsx";
import { GuestPage } from "../guests/guest-page.tsx";
import { GuestsView } from "../guests/guests-view.tsx";
import { HistoryView } from "../history/history-view.tsx";
import { JobPage } from "../jobs/job-page.tsx";
import { JobsView } from "../jobs/jobs-view.tsx";
import { OverviewView } from "../overview/overview-view.tsx";
import { TaskPage } from "../tasks/task-page.tsx";
import { TasksView } from "../tasks/tasks-view.tsx";
import { SettingsView } from "../settings/settings-view.tsx";

/** The router leaves `%3A` and its like in a path as they are; a UPID is full of colons. */
function wholly(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Typed by hand: it names no task, and the page says so.
    return part;
  }
}

export function Routes() {
  return (
    <Switch>
      <Route path="/">
        <OverviewView />
      </Route>
      <Route path="/guests">
        <GuestsView />
      </Route>
      <Route path="/guests/:clusterId/:node/:vmid">
        {(params) => (
          <GuestPage
            key={`${params.clusterId}/${params.node}/${params.vmid}`}
            clusterId={params.clusterId}
            node={params.node}
            vmid={Number(params.vmid)}
          />
        )}
      </Route>
      <Route path="/backups">
        <BackupsView />
      </Route>
      <Route path="/jobs">
        <JobsView />
      </Route>
      <Route path="/jobs/tasks">
        <TasksView />
      </Route>
      <Route path="/jobs/tasks/:clusterId/:upid">
        {({ clusterId, upid }) => (
          <TaskPage key={`${clusterId}/${upid}`} clusterId={clusterId} upid={wholly(upid)} />
        )}
      </Route>
      <Route path="/jobs/:jobId">{(params) => <JobPage key={params.jobId} jobId={params.jobId} />}</Route>
      <Route path="/history">
        <HistoryView />
      </Route>
      <Route path="/servers/:clusterId/datastores">
        {({ clusterId }) => <BackupServerPage key={clusterId} clusterId={clusterId} tab="datastores" />}
      </Route>
      <Route path="/servers/:clusterId/jobs">
        {({ clusterId }) => <BackupServerPage key={clusterId} clusterId={clusterId} tab="jobs" />}
      </Route>
      <Route path="/servers/:clusterId/tasks">
        {({ clusterId }) => <BackupServerPage key={clusterId} clusterId={clusterId} tab="tasks" />}
      </Route>
      <Route path="/servers/:clusterId/datastores/:store">
        {({ clusterId, store }) => (
          <DatastorePage key={`${clusterId}/${store}`} clusterId={clusterId} store={store} />
        )}
      </Route>
      <Route path="/servers/:clusterId/rights">
        {({ clusterId }) => <RightsPage key={clusterId} clusterId={clusterId} />}
      </Route>
      <Route path="/servers/:clusterId?">
        {(params) => <ClustersView selected={params.clusterId ?? null} />}
      </Route>
      <Route path="/settings">
        <SettingsView />
      </Route>
      <Route>
        <EmptyState title={t("shell.noPlace")} />
      </Route>
    </Switch>
  );
}
