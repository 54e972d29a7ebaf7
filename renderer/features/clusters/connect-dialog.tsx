import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { ErrorPanel, Notice } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { UnlockForm } from "../vault/unlock-form.tsx";
import { VaultChoice } from "../vault/vault-choice.tsx";
import classes from "./clusters.module.css";
import { ConnectFields } from "./connect-fields.tsx";
import { emptyConnect, type ConnectValues } from "./connect-form.ts";
import { ConnectSteps } from "./connect-steps.tsx";
import { OtherNodes } from "./other-nodes.tsx";
import { SecondFactor } from "./second-factor.tsx";
import { TokenForm } from "./token-form.tsx";
import { TrustPanel } from "./trust-panel.tsx";
import { refuseRunning } from "./step-list.ts";
import { useConnect, type Connect } from "./use-connect.ts";

import type { Cluster } from "../../../shared/cluster.ts";

export interface ConnectDialogProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onDone: (cluster: Cluster) => void;
}

/** Registers a cluster. What was typed lives only as long as the dialog. */
export function ConnectDialog({ opened, onClose, onDone }: ConnectDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("clusters.connect.title")}
      size={560}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {opened ? <ConnectBody onClose={onClose} onDone={onDone} /> : null}
    </Modal>
  );
}

/** What is offered once a server is registered: its other nodes' addresses, then a token in the place of the password. */
interface Offer {
  readonly cluster: Cluster;
  readonly what: "nodes" | "token";
}

function ConnectBody({ onClose, onDone }: Omit<ConnectDialogProps, "opened">) {
  const [values, setValues] = useState<ConnectValues>(emptyConnect);
  const [offer, setOffer] = useState<Offer | null>(null);
  const offerToken = (cluster: Cluster) => {
    if (cluster.login.kind === "token") onDone(cluster);
    else setOffer({ cluster, what: "token" });
  };
  const connect = useConnect((cluster) => {
    if (cluster.nodes.length > 1) setOffer({ cluster, what: "nodes" });
    else offerToken(cluster);
  });
  if (offer?.what === "nodes") {
    return (
      <OtherNodes
        cluster={offer.cluster}
        onDone={() => offerToken(offer.cluster)}
        later={t("clusters.nodes.later")}
      />
    );
  }
  if (offer?.what === "token") {
    const done = () => onDone(offer.cluster);
    return (
      <Stack gap={4}>
        <h3 className={classes.offer}>{t("token.recommended")}</h3>
        <TokenForm cluster={offer.cluster} later={t("token.later")} onLater={done} onMade={done} />
      </Stack>
    );
  }
  if (connect.phase.kind === "form") {
    return (
      <ConnectFields
        values={values}
        onChange={(patch) => setValues((known) => ({ ...known, ...patch }))}
        refusal={connect.phase.refusal}
        onSubmit={() => connect.begin(values)}
        onCancel={onClose}
      />
    );
  }
  return (
    <Stack gap={16}>
      {connect.phase.kind === "vault" ? null : (
        <ConnectSteps
          steps={connect.phase.kind === "failed" ? refuseRunning(connect.steps) : connect.steps}
        />
      )}
      <ConnectStage connect={connect} onClose={onClose} />
    </Stack>
  );
}

function ConnectStage({ connect, onClose }: { readonly connect: Connect; readonly onClose: () => void }) {
  const { phase } = connect;
  switch (phase.kind) {
    case "form":
      return null;
    case "vault":
      return phase.locked ? (
        <UnlockForm onUnlocked={connect.goOn} onLater={connect.back} later={t("ui.back")} />
      ) : (
        <VaultChoice onChosen={connect.goOn} onBack={connect.back} action={t("vault.choice.goOn")} />
      );
    case "running": {
      const browser = connect.steps.find(({ state }) => state === "running")?.params["browser"];
      return (
        <Stack gap={12}>
          {browser === undefined ? null : (
            <Notice tone="quiet" title={t("openid.waiting")}>
              {t("openid.waiting.text", { host: displayText(String(browser), 128) })}
            </Notice>
          )}
          <Group justify="flex-end">
            <Button onClick={connect.back}>{t("ui.cancel")}</Button>
          </Group>
        </Stack>
      );
    }
    case "trust":
      return (
        <TrustPanel
          probe={phase.probe}
          onBack={connect.back}
          onTrust={connect.trust}
          action={t("clusters.trust.logIn")}
        />
      );
    case "secondFactor":
      return (
        <SecondFactor
          kinds={phase.kinds}
          pending={phase.pending}
          error={phase.error}
          onBack={connect.back}
          onAnswer={connect.answer}
        />
      );
    case "failed":
      return (
        <Stack gap={12}>
          <ErrorPanel error={phase.error} />
          <Group gap={8} justify="flex-end">
            <Button onClick={onClose}>{t("ui.close")}</Button>
            <Button variant="filled" onClick={connect.back} data-autofocus>
              {t("clusters.connect.change")}
            </Button>
          </Group>
        </Stack>
      );
    default:
      return phase satisfies never;
  }
}
