import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";

import { asAppError, useApi, type Api } from "../../api.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { taskPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import classes from "./datastores.module.css";

import type { Datastore, Reach } from "../../../shared/datastore.ts";
import type { AppError } from "../../../shared/errors.ts";
import type { SnapshotType } from "../../../shared/snapshot.ts";
import type { Place } from "./use-snapshots.ts";

/** What became of a press of a button: a task of the server's own, or what stands against it. */
export type Outcome = { readonly upid: string } | { readonly error: AppError };

export function OutcomeNotice({
  clusterId,
  outcome,
}: {
  readonly clusterId: string;
  readonly outcome: Outcome | null;
}) {
  if (outcome === null) return null;
  return (
    <div className={classes.notice} role="status">
      {"error" in outcome ? (
        <ErrorPanel error={outcome.error} />
      ) : (
        <Notice tone="quiet">
          {t("datastores.started")}{" "}
          <Link href={taskPath({ clusterId, upid: outcome.upid })}>{t("datastores.openTask")}</Link>
        </Notice>
      )}
    </div>
  );
}

export interface TaskButtonProps {
  readonly label: string;
  /** The missing right; null = allowed, as far as is known. */
  readonly needs: string | null;
  readonly start: (api: Api, signal: AbortSignal) => Promise<{ readonly upid: string }>;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Starts a task of the server. What a person started goes on when the view is left. */
export function TaskButton({ label, needs, start, onOutcome }: TaskButtonProps) {
  const api = useApi();
  const [pending, setPending] = useState(false);
  const press = async () => {
    setPending(true);
    try {
      onOutcome(await start(api, new AbortController().signal));
    } catch (caught) {
      onOutcome({ error: asAppError(caught) });
    } finally {
      setPending(false);
    }
  };
  return (
    <Button
      disabled={needs !== null}
      title={needs ?? undefined}
      loading={pending}
      onClick={() => void press()}
    >
      {label}
    </Button>
  );
}

/** Removes what no backup needs; safe for every backup that is there. */
export function CollectGarbageButton({
  datastore: { clusterId, store },
  reach,
  onOutcome,
}: {
  readonly datastore: Datastore;
  readonly reach: Reach;
  readonly onOutcome: (outcome: Outcome) => void;
}) {
  return (
    <TaskButton
      label={t("datastores.collectGarbage")}
      needs={reach === "none" ? t("datastores.needs.modify") : null}
      start={(api, signal) => api.call("datastores.collectGarbage", { clusterId, store }, signal)}
      onOutcome={onOutcome}
    />
  );
}

/** Reads a namespace with all below it, a group or one snapshot, and compares every chunk with its checksum. */
export function VerifyButton({
  place,
  group,
  time,
  reach,
  label,
  onOutcome,
}: {
  readonly place: Place;
  readonly group: { readonly type: SnapshotType; readonly id: string } | null;
  readonly time: number | null;
  readonly reach: Reach;
  readonly label: string;
  readonly onOutcome: (outcome: Outcome) => void;
}) {
  // Of one snapshot or group somebody wants to know how it is now; of everything, what is not known yet.
  const wish = { ...place, group, time, ignoreVerified: group === null, outdatedAfter: null };
  return (
    <TaskButton
      label={label}
      needs={reach === "none" ? t("datastores.needs.verify") : null}
      start={(api, signal) => api.call("datastores.verify", wish, signal)}
      onOutcome={onOutcome}
    />
  );
}
