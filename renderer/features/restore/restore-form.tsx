import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { CircleCheck, CircleX } from "lucide-react";
import { useState, type FormEvent } from "react";
import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { useGuests } from "../../stores/stores.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { fieldErrors } from "../../ui/field-errors.ts";
import { jobPath } from "../../ui/paths.ts";
import { StorageChoice } from "../../ui/storage-choice.tsx";
import { t } from "../../ui/text.ts";
import { NewerServer } from "../clusters/newer-server.tsx";
import { useLaunch } from "../jobs/use-launch.ts";
import classes from "./restore-dialog.module.css";
import {
  macsCollide,
  missingStorages,
  nameFits,
  nameMaxLength,
  newRestoreDraft,
  parseVmid,
  proposeTarget,
  restoreFieldNames,
  restoreInput,
  restoreProblem,
  targetOptions,
  asInBackup,
  usableNodes,
  type RestoreDraft,
  type RestoreOffer,
} from "./restore-draft.ts";
import { RestoreSource } from "./restore-source.tsx";
import { useIdCheck, type IdVerdict } from "./use-id-check.ts";

import type { BackupRef } from "./restore-dialog.tsx";

interface RestoreFormProps {
  readonly backup: BackupRef;
  readonly offer: RestoreOffer;
  readonly onClose: () => void;
}

/** The form proper. It becomes a job; what is refused leaves everything as it was typed. */
export function RestoreForm({ backup, offer, onClose }: RestoreFormProps) {
  const [, navigate] = useLocation();
  // The original's own node has the storages and bridges that its copy needs.
  const home = useGuests(
    (set) =>
      set.items.find((one) => one.clusterId === backup.clusterId && one.vmid === offer.sourceVmid)?.node,
  );
  const [draft, setDraft] = useState(() => newRestoreDraft(offer, home ?? backup.node));
  const launch = useLaunch("restore.run");
  const refused = fieldErrors(launch.error, restoreFieldNames);
  const change = (patch: Partial<RestoreDraft>) => {
    launch.forget();
    setDraft((before) => ({ ...before, ...patch }));
  };

  const vmid = parseVmid(draft.vmid);
  const verdict = useIdCheck(backup.clusterId, vmid);
  const free = verdict === "free" ? true : verdict === "taken" ? false : null;
  const problem = restoreProblem(offer, draft, free);
  const node = usableNodes(offer).find((one) => one.node === draft.node);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (problem !== null || vmid === null) return;
    const jobId = await launch.start({
      clusterId: backup.clusterId,
      node: draft.node,
      storage: backup.storage,
      volid: backup.volid,
      vmid,
      ...restoreInput(draft),
    });
    if (jobId === null) return;
    onClose();
    navigate(jobPath(jobId));
  };

  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <NewerServer clusterId={backup.clusterId} />
      <RestoreSource offer={offer} storage={backup.storage} volid={backup.volid} />
      <div className={classes.pair}>
        <div>
          <TextInput
            label={t("restore.vmid")}
            value={draft.vmid}
            inputMode="numeric"
            maxLength={9}
            autoFocus
            error={refused.at.vmid ?? verdict === "taken"}
            onChange={(event) => change({ vmid: event.currentTarget.value })}
          />
          <IdLine vmid={vmid} verdict={verdict} />
        </div>
        <TextInput
          label={t("restore.name")}
          placeholder={t("restore.name.help")}
          value={draft.name}
          maxLength={nameMaxLength}
          spellCheck={false}
          error={nameFits(draft.name) ? refused.at.name : t("restore.name.invalid")}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      </div>
      <Select
        label={t("restore.node")}
        data={offer.nodes.map((one) => ({
          value: one.node,
          label: nodeLabel(one, backup.storage),
          disabled: !one.online || !one.readable,
        }))}
        value={draft.node}
        error={
          node === undefined
            ? t("restore.node.none", { storage: displayText(backup.storage) })
            : refused.at.node
        }
        onChange={(value) => {
          if (value === null) return;
          const chosen = offer.nodes.find((one) => one.node === value);
          change({ node: value, targetStorage: proposeTarget(offer, chosen) });
        }}
      />
      {node === undefined ? null : (
        <TargetChoice
          offer={offer}
          draft={draft}
          refused={refused.at.target}
          onChange={(targetStorage) => change({ targetStorage })}
        />
      )}
      <div className={classes.checks}>
        <Checkbox
          label={t("restore.unique")}
          description={t("restore.unique.help")}
          checked={draft.unique}
          error={refused.at.unique}
          onChange={(event) => change({ unique: event.currentTarget.checked })}
        />
        {macsCollide(offer, draft) ? <Notice tone="attention">{t("restore.unique.warning")}</Notice> : null}
        <Checkbox
          label={t("restore.start")}
          description={t("restore.start.help")}
          checked={draft.start}
          error={refused.at.start}
          onChange={(event) => change({ start: event.currentTarget.checked })}
        />
      </div>
      {refused.rest === null ? null : <ErrorPanel error={refused.rest} />}
      <div className={classes.footer}>
        <Button onClick={onClose}>{t("restore.cancel")}</Button>
        <Button type="submit" variant="filled" loading={launch.pending} disabled={problem !== null}>
          {t("restore.run")}
        </Button>
      </div>
    </form>
  );
}

function nodeLabel(node: RestoreOffer["nodes"][number], storage: string): string {
  const name = displayText(node.node);
  if (!node.online) return `${name} – ${t("restore.node.offline")}`;
  if (!node.readable) return `${name} – ${t("restore.node.unreadable", { storage: displayText(storage) })}`;
  return name;
}

function IdLine({ vmid, verdict }: { readonly vmid: number | null; readonly verdict: IdVerdict }) {
  const words = () => {
    if (vmid === null) return t("restore.vmid.invalid");
    if (verdict === "checking") return t("restore.vmid.checking");
    if (verdict === "unchecked") return t("restore.vmid.unchecked");
    return t(`restore.vmid.${verdict}`, { vmid: String(vmid) });
  };
  const bad = vmid === null || verdict === "taken";
  return (
    <div
      className={classes.verdict}
      role="status"
      data-free={bad ? "no" : verdict === "free" ? "yes" : "unknown"}
    >
      {bad ? <CircleX size={14} aria-hidden /> : null}
      {!bad && verdict === "free" ? <CircleCheck size={14} aria-hidden /> : null}
      <span>{words()}</span>
    </div>
  );
}

function TargetChoice({
  offer,
  draft,
  refused,
  onChange,
}: {
  readonly offer: RestoreOffer;
  readonly draft: RestoreDraft;
  readonly refused: string | undefined;
  readonly onChange: (storage: string | null) => void;
}) {
  const node = usableNodes(offer).find((one) => one.node === draft.node);
  const options = targetOptions(offer, node, {
    asInBackup: t("restore.target.asBackup"),
    missing: (storages) =>
      t("restore.target.lacks", { storages: storages.map((one) => displayText(one)).join(", ") }),
  });
  const missing = missingStorages(offer, node);
  return (
    <div>
      <StorageChoice
        label={t("restore.target")}
        options={options}
        value={draft.targetStorage ?? asInBackup}
        error={refused}
        onChange={(value) => onChange(value === asInBackup ? null : value)}
      />
      {node?.storages.length === 0 && missing.length > 0 ? (
        <Notice tone="attention">{t("restore.target.none", { node: displayText(draft.node) })}</Notice>
      ) : null}
    </div>
  );
}
