import { Button, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { toErrorData } from "../../../shared/errors.ts";
import { useOperation } from "../../api.ts";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { errorText, t } from "../../ui/text.ts";
import { CertificateFacts } from "./certificate-facts.tsx";
import classes from "./clusters.module.css";
import { Fingerprint } from "./fingerprint.tsx";
import { CompareHint } from "./trust-panel.tsx";

import type { Certificate, Cluster } from "../../../shared/cluster.ts";

const typedLength = 8;

/** The alarm of a changed certificate: both sides, and trust only for who has read the new one on the node. */
export function CertificateChanged({
  cluster,
  seen,
}: {
  readonly cluster: Cluster;
  readonly seen: Certificate;
}) {
  const retrust = useOperation("clusters.retrust");
  const [typed, setTyped] = useState("");
  const pinned = cluster.addresses.find((address) => address.trust.kind === "pinned")?.trust;
  const matches = normalise(typed) === seen.fingerprint.slice(-typedLength);
  const complete = normalise(typed).length >= typedLength;

  return (
    <Stack gap={12}>
      <ErrorPanel
        error={
          cluster.problem ?? {
            code: "server.certificateChanged",
            params: { address: cluster.addresses[0]?.address ?? "" },
          }
        }
      />
      <div className={classes.sides}>
        <section className={classes.side} aria-label={t("clusters.changed.old")}>
          <h3 className={classes.sideTitle}>{t("clusters.changed.old")}</h3>
          {pinned?.kind === "pinned" ? (
            <Fingerprint value={pinned.fingerprint} />
          ) : (
            <p>{t("clusters.changed.bySystem")}</p>
          )}
        </section>
        <section className={classes.side} aria-label={t("clusters.changed.new")}>
          <h3 className={classes.sideTitle}>{t("clusters.changed.new")}</h3>
          <Fingerprint value={seen.fingerprint} strongEnd />
        </section>
      </div>
      <CertificateFacts certificate={seen} withFingerprint={false} />
      <CompareHint />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!matches) return;
          void retrust.run({ clusterId: cluster.id, fingerprint: seen.fingerprint, typed: typed.trim() });
        }}
      >
        <Stack gap={8} align="flex-start">
          <TextInput
            label={t("clusters.changed.type")}
            value={typed}
            maxLength={32}
            autoComplete="off"
            spellCheck={false}
            classNames={{ input: classes.monoInput ?? "" }}
            error={complete && !matches ? t("clusters.changed.differs") : null}
            onChange={(event) => setTyped(event.currentTarget.value)}
            w="100%"
          />
          <Button type="submit" color="bad" variant="filled" disabled={!matches} loading={retrust.pending}>
            {t("clusters.changed.action")}
          </Button>
        </Stack>
      </form>
      {retrust.error === null ? null : (
        <p role="alert" style={{ color: "var(--bad)" }}>
          {errorText(toErrorData(retrust.error))}
        </p>
      )}
    </Stack>
  );
}

/** Digits as they are read from a terminal: in any case, with or without colons. */
function normalise(typed: string): string {
  return typed.replaceAll(/[\s:]/gu, "").toLowerCase();
}
