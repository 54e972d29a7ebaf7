import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { ExternalLink } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import type { Guest, PowerAction } from "../../../shared/guest.ts";
import { useOperation } from "../../api.ts";
import { useCluster } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { jobPath } from "../../ui/paths.ts";
import { t } from "../../ui/text.ts";
import { BackupButton } from "../backups/backup-button.tsx";
import { obstacle, offeredActions, type Obstacle } from "./guest-power.ts";
import { PowerDialog } from "./power-dialog.tsx";

import type { Cluster } from "../../../shared/cluster.ts";

export interface GuestActionsProps {
  readonly guest: Guest;
  /** What went wrong belongs on the page, not into the row of buttons. */
  readonly onError: (panel: ReactNode) => void;
}

/** Everything that can be done with a guest; what is not possible now says why. */
export function GuestActions({ guest, onError }: GuestActionsProps) {
  const cluster = useCluster(guest.clusterId);
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<Exclude<PowerAction, "start"> | null>(null);
  const start = useOperation("guests.power");
  const link = useOperation("app.openLink");
  const { clusterId, node, vmid, type } = guest;

  const begin = async (action: PowerAction) => {
    if (action !== "start") {
      setAsking(action);
      return;
    }
    const started = await start.run({ clusterId, node, vmid, action });
    if (started !== null) navigate(jobPath(started.jobId));
  };
  const failure = start.error ?? link.error;
  const [shown, setShown] = useState(failure);
  if (failure !== shown) {
    setShown(failure);
    onError(failure === null ? null : <ErrorPanel error={failure} />);
  }

  return (
    <>
      <Tooltip label={t("guests.action.openWeb")}>
        <ActionIcon
          aria-label={t("guests.action.openWeb")}
          onClick={() => void link.run({ to: "guest", clusterId, vmid, type })}
        >
          <ExternalLink size={16} aria-hidden />
        </ActionIcon>
      </Tooltip>
      {offeredActions(guest).map((action) => (
        <PowerButton
          key={action}
          action={action}
          problem={problemText(obstacle(guest, cluster, action), guest, cluster)}
          loading={start.pending && action === "start"}
          onClick={() => void begin(action)}
        />
      ))}
      <BackupButton guest={guest} problem={problemText(obstacle(guest, cluster, "backup"), guest, cluster)} />
      {asking === null ? null : <PowerDialog guest={guest} action={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

function PowerButton({
  action,
  problem,
  loading,
  onClick,
}: {
  readonly action: PowerAction;
  readonly problem: string | null;
  readonly loading: boolean;
  readonly onClick: () => void;
}) {
  return (
    <Tooltip label={problem} disabled={problem === null}>
      <Button
        loading={loading}
        // Not `disabled`: the reason must be reachable by keyboard.
        {...(problem === null ? {} : { "data-disabled": true, "aria-disabled": true })}
        onClick={() => {
          if (problem === null) onClick();
        }}
      >
        {t(`guests.action.${action}`)}
      </Button>
    </Tooltip>
  );
}

function problemText(why: Obstacle | null, guest: Guest, cluster: Cluster | undefined): string | null {
  if (why === null) return null;
  return t(`guests.action.why.${why}`, {
    lock: displayText(guest.lock ?? "", 32),
    status: displayText(guest.status, 32),
    node: displayText(guest.node),
    cluster: displayText(cluster?.name ?? guest.clusterId),
  });
}
