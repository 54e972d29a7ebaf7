import { Button, Checkbox, Group, Modal, PasswordInput, Stack } from "@mantine/core";
import { useState } from "react";
import { useStore } from "zustand";

import { accountOf } from "../../../shared/cluster.ts";
import { displayText } from "../../../shared/display-text.ts";
import { useOperation } from "../../api.ts";
import { useStores } from "../../stores/stores.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { t } from "../../ui/text.ts";
import { UnlockForm } from "../vault/unlock-form.tsx";
import { VaultChoice } from "../vault/vault-choice.tsx";
import { refusalAtFields } from "./connect-form.ts";
import { SecondFactor } from "./second-factor.tsx";

import type { Cluster } from "../../../shared/cluster.ts";
import type { Input, Output } from "../../../shared/operations.ts";

export interface LoginDialogProps {
  /** null = closed. */
  readonly cluster: Cluster | null;
  readonly onClose: () => void;
}

/** Logs in again to a registered cluster. */
export function LoginDialog({ cluster, onClose }: LoginDialogProps) {
  return (
    <Modal
      opened={cluster !== null}
      onClose={onClose}
      title={cluster === null ? "" : t("clusters.login.title", { name: displayText(cluster.name, 80) })}
      size={440}
      closeButtonProps={{ "aria-label": t("ui.close") }}
    >
      {cluster === null ? null : <LoginBody cluster={cluster} onClose={onClose} />}
    </Modal>
  );
}

type Challenge = Extract<Output<"clusters.login">, { outcome: "secondFactor" }>;
type Stage = "secret" | "vault";

function LoginBody({ cluster, onClose }: { readonly cluster: Cluster; readonly onClose: () => void }) {
  const { vault } = useStores();
  const vaultState = useStore(vault.store, (view) => view.status?.state);
  const login = useOperation("clusters.login");
  const [stage, setStage] = useState<Stage>("secret");
  const [secret, setSecret] = useState("");
  const [remember, setRemember] = useState(cluster.credential !== "memory");
  const [challenge, setChallenge] = useState<Challenge | null>(null);
  const mayRemember = vaultState !== "memory" && vaultState !== "unavailable";
  const mustDecide = vaultState === "undecided" || vaultState === "locked";

  const send = async (secondFactor?: Input<"clusters.login">["secondFactor"]) => {
    const answer = await login.run({
      clusterId: cluster.id,
      remember: remember && mayRemember,
      ...(secret === "" ? {} : { secret }),
      ...(secondFactor === undefined ? {} : { secondFactor }),
    });
    if (answer === null) return;
    if (answer.outcome === "loggedIn") onClose();
    else setChallenge(answer);
  };

  if (stage === "vault" && mustDecide) {
    const goOn = () => {
      setStage("secret");
      void send();
    };
    const back = () => setStage("secret");
    return vaultState === "locked" ? (
      <UnlockForm onUnlocked={goOn} onLater={back} later={t("ui.back")} />
    ) : (
      <VaultChoice onChosen={goOn} onBack={back} action={t("vault.choice.goOn")} />
    );
  }

  // A challenge that has run out is answered by a new login, not by another code.
  if (challenge !== null && login.error?.code !== "server.challengeExpired") {
    return (
      <SecondFactor
        kinds={challenge.kinds}
        pending={login.pending}
        error={login.error}
        onBack={() => {
          setChallenge(null);
          login.reset();
        }}
        onAnswer={(kind, code) => void send({ challenge: challenge.challenge, kind, secret: code })}
      />
    );
  }

  const refused = refusalAtFields(login.error, { password: "secret" });
  const password = cluster.login.kind === "password";
  const inBrowser = cluster.login.kind === "openid";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setChallenge(null);
        if (remember && mayRemember && mustDecide && !inBrowser) setStage("vault");
        else void send();
      }}
    >
      <Stack gap={12}>
        <p style={{ color: "var(--dim)" }}>
          {t("clusters.login.as", {
            login: displayText(accountOf(cluster.login)),
          })}
        </p>
        {inBrowser ? <p>{t(login.pending ? "openid.waiting.again" : "openid.again")}</p> : null}
        {inBrowser ? null : (
          <>
            <PasswordInput
              label={t(password ? "clusters.form.password" : "clusters.form.secret")}
              description={cluster.credential === "none" ? undefined : t("clusters.login.stored")}
              value={secret}
              autoComplete="off"
              data-autofocus
              onChange={(event) => setSecret(event.currentTarget.value)}
              error={refused.at.secret}
            />
            <Checkbox
              checked={remember && mayRemember}
              disabled={!mayRemember}
              onChange={(event) => setRemember(event.currentTarget.checked)}
              label={t("clusters.form.remember")}
              description={mayRemember ? undefined : t("clusters.form.remember.memory")}
            />
          </>
        )}
        {refused.rest === null ? null : <ErrorPanel error={refused.rest} />}
        <Group gap={8} justify="flex-end">
          <Button onClick={onClose}>{t("ui.cancel")}</Button>
          <Button
            type="submit"
            variant="filled"
            loading={login.pending}
            disabled={secret === "" && cluster.credential === "none" && !inBrowser}
          >
            {t(inBrowser ? "openid.action" : "clusters.login.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
