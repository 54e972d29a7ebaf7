import { Button, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { displayText } from "../../../shared/display-text.ts";
import { asAppError, useApi } from "../../api.ts";
import { FailedState, LoadingState } from "../../ui/empty-state.tsx";
import { t } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";
import { guestText } from "../jobs/job-words.ts";
import classes from "./backup-dialog.module.css";
import { BackupForm } from "./backup-form.tsx";

import type { Guest } from "../../../shared/guest.ts";

/** "Back up now": asks the node what it offers for this guest, then shows only that. */
export function BackupDialog({ guest, onClose }: { readonly guest: Guest; readonly onClose: () => void }) {
  useFocusBack();
  const api = useApi();
  const { clusterId, node, vmid } = guest;
  const query = useQuery({
    queryKey: ["backups.prepare", clusterId, node, vmid],
    queryFn: ({ signal }) => api.call("backups.prepare", { clusterId, node, vmid }, signal),
    gcTime: 0,
    // What was typed must not be thrown away by a second answer.
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("backup.title", { guest: guestText(guest) })}
      size={600}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {query.data !== undefined ? (
        <BackupForm guest={guest} offer={query.data} onClose={onClose} />
      ) : (
        <>
          {query.error === null ? (
            <LoadingState>{t("backup.preparing", { node: displayText(node) })}</LoadingState>
          ) : (
            <FailedState error={asAppError(query.error)} onRetry={() => void query.refetch()} />
          )}
          <div className={classes.footer}>
            <Button onClick={onClose}>{t("backup.cancel")}</Button>
          </div>
        </>
      )}
    </Modal>
  );
}
