import { Button, Checkbox, SegmentedControl, Select } from "@mantine/core";
import { useId, useState, type FormEvent } from "react";
import { useLocation } from "wouter";

import { displayText } from "../../../shared/display-text.ts";
import { formatBytes } from "../../../shared/format.ts";
import { choose } from "../../ui/choose.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { FieldError } from "../../ui/field-error.tsx";
import { fieldErrors, type FieldErrors } from "../../ui/field-errors.ts";
import { jobPath } from "../../ui/paths.ts";
import { StorageChoice } from "../../ui/storage-choice.tsx";
import { durationText, locale, t } from "../../ui/text.ts";
import { NewerServer } from "../clusters/newer-server.tsx";
import { useLaunch } from "../jobs/use-launch.ts";
import classes from "./backup-dialog.module.css";
import {
  backupFieldNames,
  backupInput,
  chosenStorage,
  compressions,
  draftProblem,
  judgeRoom,
  limitReached,
  mayProtect,
  modes,
  newBackupDraft,
  type BackupDraft,
  type BackupField,
  type BackupOffer,
} from "./backup-draft.ts";
import { LimitChoice } from "./limit-choice.tsx";
import { NoteField } from "./note-field.tsx";

import type { Guest } from "../../../shared/guest.ts";

interface BackupFormProps {
  readonly guest: Guest;
  readonly offer: BackupOffer;
  readonly onClose: () => void;
}

/** The form proper. It becomes a job; what is refused leaves everything as it was typed. */
export function BackupForm({ guest, offer, onClose }: BackupFormProps) {
  const [, navigate] = useLocation();
  const [draft, setDraft] = useState(() => newBackupDraft(offer));
  const launch = useLaunch("backups.run");
  const refused = fieldErrors(launch.error, backupFieldNames);
  const change = (patch: Partial<BackupDraft>) => {
    launch.forget();
    setDraft((before) => ({ ...before, ...patch }));
  };
  const problem = draftProblem(offer, draft);
  const storage = chosenStorage(offer, draft);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (problem !== null) return;
    const { clusterId, node, vmid } = guest;
    const jobId = await launch.start({ clusterId, node, vmid, ...backupInput(offer, draft) });
    if (jobId === null) return;
    onClose();
    navigate(jobPath(jobId));
  };

  if (offer.storages.length === 0) {
    return (
      <EmptyState
        title={t("backup.storage.noneTitle")}
        actions={<Button onClick={onClose}>{t("backup.cancel")}</Button>}
      >
        {t("backup.storage.none", { node: displayText(guest.node) })}
      </EmptyState>
    );
  }
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)} noValidate>
      <NewerServer clusterId={guest.clusterId} />
      <StorageField offer={offer} draft={draft} refused={refused.at} onChange={change} />
      {storage !== null && limitReached(storage) ? (
        <LimitChoice
          offer={offer}
          storage={storage}
          value={draft.limitWay}
          protectedAnyway={draft.protect && mayProtect(offer, storage)}
          onChange={(limitWay) => change({ limitWay, protect: limitWay === "protect" })}
        />
      ) : null}
      <ModeAndCompression offer={offer} draft={draft} refused={refused.at} onChange={change} />
      {offer.notes ? (
        <NoteField value={draft.note} refused={refused.at.note} onChange={(note) => change({ note })} />
      ) : (
        <p className={classes.hint}>{t("backup.note.unsupported")}</p>
      )}
      {/* Where the limit is reached, protecting is one of the ways on and is asked for there. */}
      {limitReached(storage) ? null : (
        <ProtectField offer={offer} draft={draft} refused={refused.at} onChange={change} />
      )}
      {refused.rest === null ? null : <ErrorPanel error={refused.rest} />}
      <div className={classes.footer}>
        {problem === null ? null : (
          <span className={classes.problem} role="status">
            {t(`backup.problem.${problem}`)}
          </span>
        )}
        <Button onClick={onClose}>{t("backup.cancel")}</Button>
        <Button type="submit" variant="filled" loading={launch.pending} disabled={problem !== null}>
          {t("backup.run")}
        </Button>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly offer: BackupOffer;
  readonly draft: BackupDraft;
  /** What the server refused, at the field that it named. */
  readonly refused: FieldErrors<BackupField>["at"];
  readonly onChange: (patch: Partial<BackupDraft>) => void;
}

function StorageField({ offer, draft, refused, onChange }: FieldProps) {
  const storage = chosenStorage(offer, draft);
  const tight = judgeRoom(storage?.available ?? null, offer.lastSize) === "tight";
  const size = offer.lastSize === null ? null : formatBytes(offer.lastSize, locale());
  const duration = offer.lastSeconds === null ? null : durationText(offer.lastSeconds);
  const last = () => {
    if (size === null) return t("backup.firstCopy");
    return duration === null ? t("backup.lastSizeOnly", { size }) : t("backup.lastSize", { size, duration });
  };
  return (
    <div>
      <StorageChoice
        label={t("backup.storage")}
        error={refused.storage}
        options={offer.storages.map((one) => ({
          value: one.storage,
          name: one.storage,
          type: one.type,
          available: one.available,
          total: one.total,
          problem: one.problem === null ? null : t(`backup.storage.${one.problem}`),
        }))}
        value={draft.storage}
        onChange={(chosen) => onChange({ storage: chosen, limitWay: null })}
      />
      <p className={classes.hint}>{last()}</p>
      {tight && size !== null ? <Notice tone="attention">{t("backup.tight", { size })}</Notice> : null}
    </div>
  );
}

function ModeAndCompression({ offer, draft, refused, onChange }: FieldProps) {
  const storage = chosenStorage(offer, draft);
  const modeLabel = useId();
  return (
    <div className={classes.pair}>
      <div>
        <div id={modeLabel} className={classes.label}>
          {t("backup.mode")}
        </div>
        <SegmentedControl
          fullWidth
          aria-labelledby={modeLabel}
          data={modes.map((mode) => ({ value: mode, label: t(`backup.mode.${mode}`) }))}
          value={draft.mode}
          onChange={(value) => onChange({ mode: choose(modes, value) ?? draft.mode })}
        />
        <p className={classes.hint}>{t(`backup.mode.${draft.mode}.hint`)}</p>
        <FieldError>{refused.mode}</FieldError>
      </div>
      {storage?.compressionApplies === false ? (
        <div>
          <div className={classes.label}>{t("backup.compress")}</div>
          <p className={classes.hint}>
            {t("backup.compress.server", { storage: displayText(storage.storage) })}
          </p>
        </div>
      ) : (
        <Select
          label={t("backup.compress")}
          data={compressions.map((one) => ({ value: one, label: t(`backup.compress.${one}`) }))}
          value={draft.compress}
          error={refused.compress}
          onChange={(value) => onChange({ compress: choose(compressions, value) ?? draft.compress })}
        />
      )}
    </div>
  );
}

function ProtectField({ offer, draft, refused, onChange }: FieldProps) {
  const storage = chosenStorage(offer, draft);
  if (!offer.protect) return <p className={classes.hint}>{t("backup.protect.unsupported")}</p>;
  const possible = storage === null || mayProtect(offer, storage);
  return (
    <Checkbox
      label={t("backup.protect")}
      description={
        possible
          ? t("backup.protect.help")
          : t("backup.protect.full", {
              storage: displayText(storage?.storage ?? ""),
              max: storage?.protectedLimit?.max ?? 0,
            })
      }
      checked={possible && draft.protect}
      error={refused.protect}
      disabled={!possible}
      onChange={(event) => onChange({ protect: event.currentTarget.checked })}
    />
  );
}
