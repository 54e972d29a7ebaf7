import { NumberInput } from "@mantine/core";
import { useId, useState } from "react";

import { openIdPortSchema, redirectUrlOf } from "../../../shared/openid.ts";
import { useSettings, useStores } from "../../stores/stores.ts";
import { CopyText } from "../../ui/copy-text.tsx";
import { FieldRow } from "../../ui/facts.tsx";
import { Section } from "../../ui/page.tsx";
import { t } from "../../ui/text.ts";

/** Where the browser comes back to: fixed, because providers want it registered. */
export function OpenIdSection() {
  const { settings } = useStores();
  const port = useSettings((all) => all.openIdPort);
  const [typed, setTyped] = useState<string | number>(port);
  const id = useId();
  const parsed = openIdPortSchema.safeParse(typed);
  return (
    <Section title={t("settings.openid")}>
      <FieldRow label={t("settings.openid.port")} hint={t("settings.openid.port.hint")} htmlFor={id}>
        <NumberInput
          id={id}
          w={104}
          value={typed}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          error={parsed.success ? null : t("settings.openid.port.wrong")}
          onChange={setTyped}
          onBlur={() => {
            if (parsed.success) settings.set({ openIdPort: parsed.data });
            else setTyped(port);
          }}
        />
      </FieldRow>
      <FieldRow label={t("openid.redirectUrl")} hint={t("settings.openid.url.hint")}>
        <CopyText text={redirectUrlOf(port)} label={t("openid.redirectUrl")} />
      </FieldRow>
    </Section>
  );
}
