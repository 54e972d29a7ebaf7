import { Button, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import { displayText } from "../../../shared/display-text.ts";
import { toErrorData } from "../../../shared/errors.ts";
import { useOperation } from "../../api.ts";
import { Notice } from "../../ui/error-panel.tsx";
import { errorText, t } from "../../ui/text.ts";
import { changeReason, changeTexts } from "./certificate-change.ts";
import { CertificateComparison } from "./certificate-comparison.tsx";
import classes from "./clusters.module.css";
import { CompareHint } from "./trust-panel.tsx";

import type { AddressView, Cluster } from "../../../shared/cluster.ts";

const typedLength = 8;

/** The alarm of a changed certificate: both sides, and trust only for who has read the new one on the node. */
export function CertificateChanged({
  cluster,
  address,
}: {
  readonly cluster: Cluster;
  readonly address: AddressView;
}) {
  const reason = changeReason(address);
  if (address.seen === undefined || reason === null) return null;
  const isMild = reason !== "unexpected";
  const goesOn = cluster.addresses.some(({ state }) => state === "answering");
  return (
    <Stack gap={12}>
      <div role="alert">
        <Notice
          tone={isMild ? "attention" : "bad"}
          title={t("clusters.changed.title", { address: displayText(address.address, 128) })}
        >
          {t(changeTexts[reason])} {t(goesOn ? "clusters.changed.othersGoOn" : "clusters.changed.frozen")}
        </Notice>
      </div>
      <CertificateComparison address={address} />
      <CompareHint kind={cluster.kind} />
      <RetrustForm
        clusterId={cluster.id}
        address={address.address}
        fingerprint={address.seen.certificate.fingerprint}
      />
    </Stack>
  );
}

function RetrustForm({
  clusterId,
  address,
  fingerprint,
}: {
  readonly clusterId: string;
  readonly address: string;
  readonly fingerprint: string;
}) {
  const retrust = useOperation("clusters.retrust");
  const [typed, setTyped] = useState("");
  const matches = normalise(typed) === fingerprint.slice(-typedLength);
  const complete = normalise(typed).length >= typedLength;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (matches) void retrust.run({ clusterId, address, fingerprint, typed: typed.trim() });
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
        {retrust.error === null ? null : (
          <p role="alert" style={{ color: "var(--bad)" }}>
            {errorText(toErrorData(retrust.error))}
          </p>
        )}
      </Stack>
    </form>
  );
}

/** Digits as they are read from a terminal: in any case, with or without colons. */
function normalise(typed: string): string {
  return typed.replaceAll(/[\s:]/gu, "").toLowerCase();
}
