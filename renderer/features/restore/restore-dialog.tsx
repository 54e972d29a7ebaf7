import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { asAppError, useApi } from "../../api.ts";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { t } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";
import classes from "./restore-dialog.module.css";
import { RestoreForm } from "./restore-form.tsx";

/** A backup, as the operations name one. */
export interface BackupRef {
  readonly clusterId: string;
  /** A node that can read it. */
  readonly node: string;
  readonly storage: string;
  readonly volid: string;
}

/** "Restore as new guest": reads the backup, then asks what cannot be known. Never overwrites. */
export function RestoreDialog({
  backup,
  onClose,
}: {
  readonly backup: BackupRef;
  readonly onClose: () => void;
}) {
  useFocusBack();
  const api = useApi();
  const { clusterId, node, storage, volid } = backup;
  const query = useQuery({
    queryKey: ["restore.prepare", clusterId, storage, volid],
    queryFn: ({ signal }) => api.call("restore.prepare", { clusterId, node, storage, volid }, signal),
    gcTime: 0,
    // What was typed must not be thrown away by a second answer.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("restore.title")}
      size={600}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {query.data !== undefined ? (
        <RestoreForm backup={backup} offer={query.data} onClose={onClose} />
      ) : (
        <>
          {query.error === null ? (
            <LoadingState>{t("restore.preparing")}</LoadingState>
          ) : (
            <FailedState error={asAppError(query.error)} onRetry={() => void query.refetch()} />
          )}
          <div className={classes.footer}>
            <Button onClick={onClose}>{t("restore.cancel")}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}
