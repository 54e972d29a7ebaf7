import { Button, Modal } from "@mantine/core";
import { useState } from "react";
import { useStore } from "zustand";

import { useOperation } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { FieldRow } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";
import { UnlockForm } from "../vault/unlock-form.tsx";
import { VaultChoice } from "../vault/vault-choice.tsx";

type Dialog = "choose" | "unlock";

/** Where passwords and token secrets are kept. */
export function SecretsSection() {
  const { vault } = useStores();
  const { status, error } = useStore(vault.store);
  const lock = useOperation("vault.lock");
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const state = status?.state;
  return (
    <Section title={t("settings.secrets")}>
      {error === null ? null : <ErrorPanel error={error} />}
      {state === undefined ? null : (
        <FieldRow label={t(`settings.secrets.${state}`)} hint={t(`settings.secrets.${state}.hint`)}>
          <div style={{ display: "flex", gap: 8 }}>
            {state === "unlocked" ? (
              <Button
                loading={lock.pending}
                onClick={() => void lock.run(undefined).then(() => vault.reload())}
              >
                {t("vault.lock")}
              </Button>
            ) : null}
            {state === "locked" ? (
              <Button onClick={() => setDialog("unlock")}>{t("vault.unlock")}</Button>
            ) : (
              <Button onClick={() => setDialog("choose")}>
                {t(state === "undecided" ? "settings.secrets.choose" : "settings.secrets.change")}
              </Button>
            )}
          </div>
        </FieldRow>
      )}
      {lock.error === null ? null : <ErrorPanel error={lock.error} />}
      <Modal
        opened={dialog !== null}
        onClose={close}
        size={480}
        title={t(dialog === "unlock" ? "vault.locked.title" : "settings.secrets")}
        closeButtonProps={{ "aria-label": t("ui.close") }}
      >
        {dialog === "unlock" ? (
          <UnlockForm onUnlocked={close} onLater={close} later={t("ui.cancel")} />
        ) : (
          <VaultChoice onChosen={close} onBack={close} action={t("settings.secrets.keep")} />
        )}
      </Modal>
    </Section>
  );
}
