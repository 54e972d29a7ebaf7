import { Button, Group, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { ErrorPanel } from "../../ui/error-panel.tsx";
import { errorText, t } from "../../ui/text.ts";
import classes from "./clusters.module.css";

import type { AppError } from "../../../shared/errors.ts";
import type { SecondFactorKind } from "../../../shared/cluster.ts";

export interface SecondFactorProps {
  readonly kinds: readonly SecondFactorKind[];
  readonly pending: boolean;
  readonly error: AppError | null;
  readonly onBack: () => void;
  readonly onAnswer: (kind: SecondFactorKind, code: string) => void;
}

/** Asks for the code of the second factor. */
export function SecondFactor({ kinds, pending, error, onBack, onAnswer }: SecondFactorProps) {
  const [kind, setKind] = useState<SecondFactorKind>(kinds[0] ?? "totp");
  const [code, setCode] = useState("");
  const wrong = error?.code === "server.secondFactorWrong" ? error : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() === "" || pending) return;
        onAnswer(kind, code.trim());
        setCode("");
      }}
    >
      <Stack gap={12}>
        <p>{t("clusters.secondFactor.text")}</p>
        {kinds.length > 1 ? (
          <SegmentedControl
            aria-label={t("clusters.secondFactor.kind")}
            value={kind}
            onChange={(value) => setKind(value)}
            data={kinds.map((each) => ({ value: each, label: t(`clusters.secondFactor.${each}`) }))}
          />
        ) : null}
        <TextInput
          label={kinds.length > 1 ? t("clusters.secondFactor.code") : t(`clusters.secondFactor.${kind}`)}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          autoComplete="one-time-code"
          spellCheck={false}
          data-autofocus
          autoFocus
          error={wrong === null ? null : errorText({ code: wrong.code, params: {} })}
          description={t(`clusters.secondFactor.hint.${kind}`)}
          {...(kind === "totp" ? { inputMode: "numeric" as const, maxLength: 8 } : {})}
        />
        <p className={classes.hint}>{t("clusters.secondFactor.keys")}</p>
        {error === null || wrong !== null ? null : <ErrorPanel error={error} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onBack}>{t("ui.back")}</Button>
          <Button type="submit" variant="filled" disabled={code.trim() === ""} loading={pending}>
            {t("clusters.secondFactor.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
