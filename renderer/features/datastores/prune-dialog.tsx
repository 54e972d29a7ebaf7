import { Button, Group, Modal, NumberInput, Stack } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { keepRules, type Keep, type KeepRule } from "../../../shared/retention.ts";
import { groupText, type SnapshotType } from "../../../shared/snapshot.ts";
import { useOperation } from "../../api.ts";
import { useConfirmation } from "../../stores/use-confirmation.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { LoadingState } from "../../ui/empty-state.tsx";
import { t, type MessageId } from "../../ui/text.ts";
import { useFocusBack } from "../../ui/use-focus-back.ts";
import classes from "./prune-dialog.module.css";
import { useForgetSnapshots, type Place } from "./use-snapshots.ts";

import type { Confirmable, Confirmation } from "../../../shared/confirmation.ts";

export interface PruneDialogProps {
  readonly place: Place;
  /** null: every group of just this namespace. */
  readonly group: { readonly type: SnapshotType; readonly id: string } | null;
  readonly onStarted: (upid: string) => void;
  readonly onClose: () => void;
}

/** A rule is set, the server says what it would remove, and only then can just that be confirmed. */
export function PruneDialog({ place, group, onStarted, onClose }: PruneDialogProps) {
  useFocusBack();
  const [keep, setKeep] = useState<Keep>({ last: 3 });
  const [asked, setAsked] = useState<Keep | null>(null);
  const prune = useOperation("datastores.prune");
  const forget = useForgetSnapshots(place);
  const target = asked === null ? null : { ...place, group, keep: asked };
  // The names come from the server's own lists; the main process checks them again.
  const { confirmation, error, refresh } = useConfirmation(
    target === null ? null : ({ action: "datastore.prune", ...target } as Confirmable),
  );
  const keepsAll = keepRules.every((rule) => keep[rule] === undefined);
  const run = async () => {
    if (confirmation === null || target === null) return;
    const started = await prune.run({ ...target, confirmation: confirmation.token });
    forget();
    // What was shown is no longer what is: it is shown anew.
    if (started === null) refresh();
    else onStarted(started.upid);
  };
  const removed = Number(confirmation?.facts["removed"] ?? 0);
  const name = displayText(
    group === null ? (place.namespace === "" ? place.store : place.namespace) : groupText(group),
    200,
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("prune.title", { name })}
      size={620}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      <Stack gap={12}>
        <p>{t(group === null ? "prune.text.namespace" : "prune.text.group")}</p>
        <div className={classes.rules}>
          {keepRules.map((rule) => (
            <NumberInput
              key={rule}
              label={t(ruleLabels[rule])}
              min={1}
              max={9999}
              allowDecimal={false}
              allowNegative={false}
              placeholder="–"
              value={keep[rule] ?? ""}
              onChange={(value) => {
                setAsked(null);
                setKeep((known) => withRule(known, rule, typeof value === "number" ? value : null));
              }}
            />
          ))}
        </div>
        {keepsAll ? <Notice tone="quiet">{t("prune.keepsAll")}</Notice> : null}
        {asked === null ? null : confirmation === null ? (
          error === null ? (
            <LoadingState>{t("prune.asking")}</LoadingState>
          ) : (
            <ErrorPanel error={error} />
          )
        ) : (
          <Fates confirmation={confirmation} />
        )}
        {prune.error === null ? null : <ErrorPanel error={prune.error} />}
        <Group justify="flex-end" gap={8}>
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          {confirmation === null ? (
            <Button
              variant="filled"
              disabled={keepsAll}
              loading={asked !== null && error === null}
              onClick={() => {
                setAsked(keep);
                refresh();
              }}
            >
              {t("prune.show")}
            </Button>
          ) : (
            <Button
              variant="filled"
              color="bad"
              disabled={removed === 0}
              loading={prune.pending}
              onClick={() => void run()}
            >
              {removed === 0 ? t("prune.nothing") : t("prune.remove", { count: removed })}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

const ruleLabels = {
  last: "prune.keep.last",
  hourly: "prune.keep.hourly",
  daily: "prune.keep.daily",
  weekly: "prune.keep.weekly",
  monthly: "prune.keep.monthly",
  yearly: "prune.keep.yearly",
} as const satisfies Record<KeepRule, MessageId>;

function withRule(keep: Keep, rule: KeepRule, count: number | null): Keep {
  const { [rule]: _before, ...rest } = keep;
  return count === null || count < 1 ? rest : { ...rest, [rule]: Math.floor(count) };
}

const reasons = {
  remove: "prune.fate.remove",
  keep: "prune.fate.keep",
  protected: "prune.fate.protected",
  partial: "prune.fate.partial",
  ...ruleLabels,
} as const satisfies Record<string, MessageId>;

/** Every snapshot with its fate: exactly what the confirmation is bound to. */
function Fates({ confirmation }: { readonly confirmation: Confirmation }) {
  const { facts } = confirmation;
  const lines = String(facts["list"] ?? "")
    .split("\n")
    .filter((line) => line !== "");
  return (
    <section aria-label={t("prune.list")}>
      <p role="status" className={classes.sum}>
        {t("prune.sum", { removed: Number(facts["removed"]), kept: Number(facts["kept"]) })}
      </p>
      <div className={classes.list} tabIndex={0} role="group" aria-label={t("prune.list")}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{t("snapshots.title")}</th>
              <th scope="col">{t("prune.fate")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => {
              const [name = "", fate = ""] = line.split(" ");
              const known = Object.hasOwn(reasons, fate) ? reasons[fate as keyof typeof reasons] : null;
              return (
                <tr key={name} data-removed={fate === "remove"}>
                  <td>{displayText(name, 256)}</td>
                  <td>{fateText(fate, known)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function fateText(fate: string, known: MessageId | null): string {
  if (known === null) return displayText(fate, 32);
  return keepRules.some((rule) => rule === fate) ? t("prune.fate.by", { rule: fate }) : t(known);
}
