import { useOperation } from "../../api.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { t } from "../../ui/text.ts";
import { typeText, userText } from "./task-words.ts";

import type { ClusterId } from "../../../shared/ids.ts";
import type { Upid } from "../../../shared/task.ts";

export interface StopDialogProps {
  readonly clusterId: ClusterId;
  readonly clusterName: string;
  readonly task: Upid;
  /** What it works on, in words. */
  readonly on: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onStopped: () => void;
}

/** Asks before somebody's task is stopped, with what that means. */
export function StopDialog(props: StopDialogProps) {
  const { clusterId, task, opened, onClose } = props;
  const { upid } = task;
  const stop = useOperation("tasks.stop");
  const { confirmation, error, refresh } = useConfirmation(
    opened ? { action: "task.stop", clusterId, upid } : null,
  );
  const close = () => {
    stop.reset();
    onClose();
  };
  const run = async () => {
    if (confirmation === null) return;
    const done = await stop.run({ clusterId, upid, confirmation: confirmation.token });
    // A refused confirmation is used up or stale: the next click needs a new one.
    if (done === null) return refresh();
    props.onStopped();
    close();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={t("task.stop.title", { what: typeText(task.type), node: task.node })}
      facts={[
        { label: t("task.fact.cluster"), value: props.clusterName },
        { label: t("task.fact.on"), value: props.on },
        { label: t("task.fact.user"), value: userText(task) },
      ]}
      action={t("task.stop")}
      danger
      ready={confirmation !== null}
      pending={stop.pending}
      error={stop.error ?? error}
      onConfirm={() => void run()}
    >
      {t("task.stop.text")}
    </ConfirmDialog>
  );
}
