import { Button, Group, PasswordInput, Stack } from "@mantine/core";
import { useState } from "react";

import { useOperation } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { errorText, t } from "../../ui/text.ts";

export interface UnlockFormProps {
  readonly onUnlocked: () => void;
  readonly onLater: () => void;
  readonly later: string;
}

/** Asks for the passphrase of the vault. */
export function UnlockForm({ onUnlocked, onLater, later }: UnlockFormProps) {
  const { vault } = useStores();
  const unlock = useOperation("vault.unlock");
  const [secret, setSecret] = useState("");
  const wrong = unlock.error?.code === "vault.wrongPassphrase" ? unlock.error : null;

  const submit = async () => {
    if (secret === "") return;
    const done = await unlock.run({ secret });
    setSecret("");
    if (done === null) return;
    vault.reload();
    onUnlocked();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack gap={12}>
        <PasswordInput
          label={t("vault.passphrase")}
          autoComplete="current-password"
          data-autofocus
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          error={wrong === null ? null : errorText({ code: wrong.code, params: {} })}
        />
        {unlock.error === null || wrong !== null ? null : <ErrorPanel error={unlock.error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onLater}>{later}</Button>
          <Button type="submit" variant="filled" disabled={secret === ""} loading={unlock.pending}>
            {t("vault.unlock")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
