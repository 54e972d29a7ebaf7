import { Button } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { removesBackups, type ServerJob } from "../../../shared/server-job.ts";
import { asAppError, useApi, useOperation } from "../../api.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ConfirmDialog } from "../../ui/confirm-dialog.tsx";
import { t } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";

import type { Outcome } from "./task-button.tsx";

interface RunJobProps {
  readonly clusterId: string;
  readonly job: ServerJob;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Runs a job of the server now; one that removes backups is asked about first. */
export function RunJob({ clusterId, job, onOutcome }: RunJobProps) {
  const api = useApi();
  const [asking, setAsking] = useState(false);
  const [pending, setPending] = useState(false);
  const { kind, id } = job;
  const run = async () => {
    setPending(true);
    try {
      onOutcome(await api.call("serverJobs.run", { clusterId, kind, id }, new AbortController().signal));
    } catch (caught) {
      onOutcome({ error: asAppError(caught) });
    } finally {
      setPending(false);
    }
  };
  return (
    <>
      <Button
        variant="subtle"
        h={22}
        px={8}
        me={-8}
        loading={pending}
        aria-label={t("serverJobs.runOf", { kind: t(`serverJobs.kind.${kind}`), id: displayText(id, 64) })}
        onClick={() => (removesBackups(job) ? setAsking(true) : void run())}
      >
        {t("serverJobs.run")}
      </Button>
      {asking ? (
        <RunJobDialog
          clusterId={clusterId}
          job={job}
          onOutcome={onOutcome}
          onClose={() => setAsking(false)}
        />
      ) : null}
    </>
  );
}

function RunJobDialog({
  clusterId,
  job: { kind, id },
  onOutcome,
  onClose,
}: RunJobProps & { readonly onClose: () => void }) {
  useFocusBack();
  const run = useOperation("serverJobs.run");
  const { confirmation, error, refresh } = useConfirmation({
    action: "serverJob.run",
    clusterId,
    kind,
    id,
  } as Parameters<typeof useConfirmation>[0]);
  const facts = confirmation?.facts ?? {};
  const namespace = String(facts["namespace"] ?? "");
  const confirm = async () => {
    if (confirmation === null) return;
    const started = await run.run({ clusterId, kind, id, confirmation: confirmation.token });
    if (started === null) return refresh();
    onClose();
    onOutcome(started);
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={t("serverJobs.confirm.title", {
        kind: t(`serverJobs.kind.${kind}`),
        id: displayText(id, 64),
      })}
      facts={
        confirmation === null
          ? []
          : [
              {
                label: t("datastores.column.store"),
                value: displayText(
                  namespace === "" ? String(facts["store"]) : `${String(facts["store"])}/${namespace}`,
                  300,
                ),
              },
              { label: t("serverJobs.column.does"), value: displayText(String(facts["options"]), 400) },
            ]
      }
      action={t("serverJobs.run")}
      danger
      ready={confirmation !== null}
      pending={run.pending}
      error={run.error ?? error}
      onConfirm={() => void confirm()}
    >
      {t("serverJobs.confirm.text")}
    </ConfirmDialog>
  );
}
