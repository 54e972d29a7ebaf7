import { useOperation } from "../../api.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { t } from "../../ui/text.ts";
import { guestText, kindText } from "./job-words.ts";

import type { Job } from "../../../shared/job.ts";

export interface CancelDialogProps {
  readonly job: Job;
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Asks before a running task is stopped, with what that means for the data. */
export function CancelDialog({ job, opened, onClose }: CancelDialogProps) {
  const cancel = useOperation("jobs.cancel");
  const { confirmation, error, refresh } = useConfirmation(
    opened ? { action: "job.cancel", jobId: job.id } : null,
  );
  const close = () => {
    cancel.reset();
    onClose();
  };
  const run = async () => {
    if (confirmation === null) return;
    const done = await cancel.run({ jobId: job.id, confirmation: confirmation.token });
    // A refused confirmation is used up or stale: the next click needs a new one.
    if (done === null) refresh();
    else close();
  };
  const guest = guestText(job.request.guest);
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={t("job.cancel.title", { kind: kindText(job.request), guest })}
      facts={[
        { label: t("job.fact.cluster"), value: job.clusterName },
        { label: t("job.fact.node"), value: job.request.guest.node },
      ]}
      action={t("job.cancel")}
      danger
      ready={confirmation !== null}
      pending={cancel.pending}
      error={cancel.error ?? error}
      onConfirm={() => void run()}
    >
      {t(`job.cancel.${job.request.kind}`, { vmid: job.request.guest.vmid })}
    </ConfirmDialog>
  );
}
