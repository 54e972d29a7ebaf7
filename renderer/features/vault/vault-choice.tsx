import { Button, Group, PasswordInput, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { useStore } from "zustand";

import { useOperation } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { checkPassphrase, type VaultKind } from "./passphrase.ts";

export interface VaultChoiceProps {
  readonly onChosen: () => void;
  readonly onBack?: () => void;
  /** The verb of the button: what goes on after the choice. */
  readonly action: string;
}

/** Where secrets are kept: the system's own safe place, behind a passphrase, or nowhere. */
export function VaultChoice({ onChosen, onBack, action }: VaultChoiceProps) {
  const { vault } = useStores();
  const status = useStore(vault.store, (view) => view.status);
  const system = status?.systemAvailable ?? false;
  const [kind, setKind] = useState<VaultKind>(system ? "system" : "passphrase");
  const [secret, setSecret] = useState("");
  const [again, setAgain] = useState("");
  const [asked, setAsked] = useState(false);
  const choose = useOperation("vault.choose");
  const problem = kind === "passphrase" ? checkPassphrase(secret, again) : null;

  const submit = async () => {
    setAsked(true);
    if (problem !== null) return;
    const done = await choose.run(kind === "passphrase" ? { kind, secret } : { kind });
    if (done === null) return;
    vault.reload();
    onChosen();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={16}>
        <Radio.Group label={t("vault.choice.label")} value={kind} onChange={(value) => setKind(value)}>
          <Stack gap={8} mt={8}>
            {system ? (
              <Radio
                value="system"
                label={t("vault.choice.system")}
                description={t("vault.choice.system.hint", { backend: status?.systemBackend ?? "" })}
              />
            ) : null}
            <Radio
              value="passphrase"
              label={t("vault.choice.passphrase")}
              description={t("vault.choice.passphrase.hint")}
            />
            <Radio
              value="memory"
              label={t("vault.choice.memory")}
              description={t("vault.choice.memory.hint")}
            />
          </Stack>
        </Radio.Group>
        {kind === "passphrase" ? (
          <Group gap={12} align="flex-start" grow>
            <PasswordInput
              label={t("vault.passphrase")}
              autoComplete="new-password"
              value={secret}
              onChange={(event) => setSecret(event.currentTarget.value)}
              error={asked && problem?.field === "secret" ? t(problem.message) : null}
            />
            <PasswordInput
              label={t("vault.passphraseAgain")}
              autoComplete="new-password"
              value={again}
              onChange={(event) => setAgain(event.currentTarget.value)}
              error={asked && problem?.field === "again" ? t(problem.message) : null}
            />
          </Group>
        ) : null}
        {choose.error === null ? null : <ErrorPanel error={choose.error} />}
        <Group gap={8} justify="flex-end">
          {onBack === undefined ? null : <Button onClick={onBack}>{t("ui.back")}</Button>}
          <Button type="submit" variant="filled" loading={choose.pending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
