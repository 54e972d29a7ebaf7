import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { lookAlikeOf } from "../../../shared/look-alike.ts";
import { useOperation } from "../../api.ts";
import { useCluster, useGuests } from "../../stores/stores.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { Notice } from "../../ui/error-panel.tsx";
import { jobPath } from "../../ui/paths.ts";
import { GuestStatusMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";
import { guestText } from "../jobs/job-words.ts";

import type { Guest, PowerAction } from "../../../shared/guest.ts";

export interface PowerDialogProps {
  readonly guest: Guest;
  readonly action: Exclude<PowerAction, "start">;
  readonly onClose: () => void;
}

/** Asks before a guest's service ends; what is shown is what the main process sees now and has bound the answer to. */
export function PowerDialog({ guest, action, onClose }: PowerDialogProps) {
  useFocusBack();
  const [, navigate] = useLocation();
  const cluster = useCluster(guest.clusterId);
  const power = useOperation("guests.power");
  const { clusterId, node, vmid } = guest;
  const { confirmation, error, refresh } = useConfirmation({
    action: "guest.power",
    clusterId,
    node,
    vmid,
    power: action,
  });
  const run = async () => {
    if (confirmation === null) return;
    const started = await power.run({ clusterId, node, vmid, action, confirmation: confirmation.token });
    // A refused confirmation is used up or stale: the next click needs a new one.
    if (started === null) refresh();
    else navigate(jobPath(started.jobId));
  };
  const twin = useGuests((set) => lookAlikeOf(guest.name, set.items));
  const status = String(confirmation?.facts["status"] ?? guest.status);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t(`guests.confirm.${action}.title`, { guest: guestText(guest) })}
      facts={[
        { label: t("guests.confirm.cluster"), value: displayText(cluster?.name ?? clusterId) },
        { label: t("guests.confirm.node"), value: displayText(node) },
        { label: t("guests.confirm.status"), value: <GuestStatusMark status={status} /> },
      ]}
      action={t(`guests.action.${action}`)}
      danger={action === "stop"}
      ready={confirmation !== null}
      pending={power.pending}
      error={power.error ?? error}
      onConfirm={() => void run()}
    >
      {t(`guests.confirm.${action}.text`)}
      {twin === null ? null : (
        <Notice tone="attention">
          {t("guests.confirm.lookAlike", { vmid: String(vmid), twin: guestText(twin) })}
        </Notice>
      )}
    </ConfirmDialog>
  );
}
