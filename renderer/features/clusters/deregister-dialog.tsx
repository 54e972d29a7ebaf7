import { displayText } from "../../../shared/display-text.ts";
import { useOperation } from "../../api.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { isMessageId, t } from "../../ui/text.ts";

import type { Fact } from "../../ui/facts.tsx";
import type { Cluster } from "../../../shared/cluster.ts";
import type { Confirmation } from "../../../shared/confirmation.ts";

export interface DeregisterDialogProps {
  readonly cluster: Cluster | null;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Forgets a cluster: its credentials are erased, its history stays. */
export function DeregisterDialog({ cluster, onClose, onDone }: DeregisterDialogProps) {
  const target = cluster === null ? null : ({ action: "cluster.deregister", clusterId: cluster.id } as const);
  const { confirmation, error, refresh } = useConfirmation(target);
  const deregister = useOperation("clusters.deregister");

  const confirm = async () => {
    if (cluster === null || confirmation === null) return;
    const done = await deregister.run({ clusterId: cluster.id, confirmation: confirmation.token });
    // The token is used up: whatever failed, the next try needs a fresh look.
    if (done === null) refresh();
    else onDone();
  };

  return (
    <ConfirmDialog
      opened={cluster !== null}
      onClose={() => {
        deregister.reset();
        onClose();
      }}
      title={cluster === null ? "" : t("clusters.deregister.title", { name: displayText(cluster.name, 80) })}
      facts={confirmation === null ? [] : confirmationFacts(confirmation.facts)}
      action={t("clusters.deregister.action")}
      danger
      ready={confirmation !== null}
      pending={deregister.pending}
      error={deregister.error ?? error}
      onConfirm={() => void confirm()}
    >
      {t("clusters.deregister.text")}
    </ConfirmDialog>
  );
}

/** What the main process says the target is now; facts without a word of the catalogue are not for the eye. */
export function confirmationFacts(facts: Confirmation["facts"]): readonly Fact[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const id = `clusters.fact.${name}`;
    return isMessageId(id) ? [{ label: t(id), value: displayText(String(value), 256) }] : [];
  });
}
