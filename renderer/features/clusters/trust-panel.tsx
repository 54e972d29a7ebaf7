import { Button, Checkbox, Group, Stack } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { CertificateFacts } from "./certificate-facts.tsx";
import classes from "./clusters.module.css";

import type { Output } from "../../../shared/operations.ts";

export interface TrustPanelProps {
  readonly probe: Output<"clusters.probe">;
  readonly onBack: () => void;
  readonly onTrust: () => void;
  /** The verb of the button: "Trust and log in". */
  readonly action: string;
}

/** Trust on first use: everything a person needs to compare, and a tick that says it was done. */
export function TrustPanel({ probe, onBack, onTrust, action }: TrustPanelProps) {
  const [compared, setCompared] = useState(false);
  return (
    <Stack gap={12}>
      <p>{t("clusters.trust.text", { address: displayText(probe.address) })}</p>
      {probe.punycode === null ? null : (
        <Notice tone="attention">{t("clusters.trust.punycode", { punycode: probe.punycode })}</Notice>
      )}
      {probe.alreadyRegistered === null ? null : (
        <Notice tone="attention">
          {t("clusters.trust.already", { name: displayText(probe.alreadyRegistered, 128) })}
        </Notice>
      )}
      <CertificateFacts certificate={probe.certificate} />
      <CompareHint kind={probe.kind} />
      <Checkbox
        checked={compared}
        onChange={(event) => setCompared(event.currentTarget.checked)}
        label={t("clusters.trust.compared")}
      />
      <Group gap={8} justify="flex-end">
        <Button onClick={onBack} data-autofocus>
          {t("ui.back")}
        </Button>
        <Button variant="filled" disabled={!compared} onClick={onTrust}>
          {action}
        </Button>
      </Group>
    </Stack>
  );
}

/** How the same fingerprint is read on the node itself. */
export function CompareHint({ kind }: { readonly kind: "pve" | "pbs" }) {
  return (
    <div className={classes.hint}>
      {t("clusters.trust.how")}
      <code className={classes.command}>{t(`clusters.trust.command.${kind}`)}</code>
    </div>
  );
}
