import { useMemo } from "react";

import { useApi } from "../../api.ts";
import { useClusters } from "../../stores/stores.ts";
import { useWindow } from "../../stores/use-window.ts";
import { DataTable } from "../../ui/data-table.tsx";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { t } from "../../ui/text.ts";
import { taskKey } from "../../../shared/followed-task.ts";
import { taskColumns } from "../tasks/task-columns.tsx";
import { useOpenTask } from "../tasks/use-open-task.ts";
import classes from "./guest-page.module.css";

import type { Guest } from "../../../shared/guest.ts";

/** Shown on a guest's page; the others stand in the list of its node. */
const shownHere = 10;

/** What its node remembers of this guest, whoever started it; read again when the guest's state turns. */
export function GuestTasks({ guest }: { readonly guest: Guest }) {
  const api = useApi();
  const open = useOpenTask();
  const clusters = useClusters((set) => set.byKey);
  const { clusterId, node, vmid } = guest;
  const list = useWindow(["tasks.page", clusterId, node, vmid, guest.status, guest.lock], (offset, signal) =>
    api.call("tasks.page", { clusterId, node, vmid, offset, limit: shownHere }, signal),
  );
  const columns = useMemo(
    () =>
      taskColumns({ withGuest: false, cluster: (id) => clusters.get(id), names: new Map() }).map(
        ({ sort: _sort, ...column }) => column,
      ),
    [clusters],
  );
  const rows = list.rows.slice(0, shownHere);
  const missing = list.newest?.missing ?? null;
  return (
    <section className={classes.list} aria-label={t("guests.section.tasks")}>
      <div className={classes.heading}>
        <h2>{t("guests.section.tasks")}</h2>
      </div>
      {list.phase === "loading" ? <LoadingState>{t("tasks.loading")}</LoadingState> : null}
      {list.phase === "failed" && list.error !== null ? (
        <FailedState error={list.error} onRetry={list.retry} />
      ) : null}
      {missing === null ? null : <p className={classes.none}>{t("guests.tasks.hidden", missing)}</p>}
      {list.phase === "ready" && rows.length === 0 && missing === null ? (
        <p className={classes.none}>{t("guests.tasks.none")}</p>
      ) : null}
      {rows.length === 0 ? null : (
        <DataTable
          label={t("guests.section.tasks")}
          columns={columns}
          rows={rows}
          rowKey={taskKey}
          onOpen={open}
          sort={{ column: "startedAt", descending: true }}
          onSort={() => undefined}
          sorted
          empty={null}
          height="flow"
        />
      )}
      {list.phase === "ready" ? <p className={classes.none}>{t("guests.tasks.bulk")}</p> : null}
    </section>
  );
}
