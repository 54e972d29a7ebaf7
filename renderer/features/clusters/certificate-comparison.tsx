import { displayText } from "../../../shared/display-text.ts";
import { useNow } from "../../ui/clock.ts";
import { Moment } from "../../ui/age.tsx";
import { NotSaid } from "../../ui/figures.tsx";
import { t } from "../../ui/text.ts";
import { issuerText, namesText, validityText } from "./certificate-facts.tsx";
import classes from "./clusters.module.css";
import { Fingerprint } from "./fingerprint.tsx";

import type { AddressView, Certificate } from "../../../shared/cluster.ts";
import type { ReactNode } from "react";

const minute = 60_000;

/** The certificate that was trusted and the one that is shown now, line by line; what differs is marked by its weight. */
export function CertificateComparison({ address }: { readonly address: AddressView }) {
  const now = useNow(minute);
  const { certificate: before, trust, seen } = address;
  if (seen === undefined) return null;
  const after = seen.certificate;
  const line = (text: (certificate: Certificate) => string): readonly [string | null, string] => [
    before === null ? null : text(before),
    text(after),
  ];
  return (
    <table className={classes.comparison}>
      <thead>
        <tr>
          <td />
          <th scope="col">{t("clusters.changed.old")}</th>
          <th scope="col">{t("clusters.changed.new")}</th>
        </tr>
      </thead>
      <tbody>
        <Line
          label={t("clusters.certificate.subject")}
          values={line(({ subject }) => displayText(subject, 256))}
        />
        <Line label={t("clusters.certificate.issuer")} values={line(issuerText)} />
        <Line label={t("clusters.certificate.names")} values={line(namesText)} />
        <Line
          label={t("clusters.certificate.validity")}
          values={line((certificate) => validityText(certificate, now))}
        />
        <Row label={t("clusters.certificate.firstSeen")}>
          <Moment at={address.trustedAt} />
          <Moment at={seen.at} />
        </Row>
        <Row label={t("clusters.certificate.fingerprint")}>
          {trust.kind === "pinned" ? (
            <Fingerprint value={trust.fingerprint} />
          ) : (
            <span>{t("clusters.changed.bySystem")}</span>
          )}
          <Fingerprint value={after.fingerprint} strongEnd />
        </Row>
      </tbody>
    </table>
  );
}

function Line({
  label,
  values: [before, after],
}: {
  readonly label: string;
  readonly values: readonly [string | null, string];
}) {
  return (
    <Row label={label}>
      {before === null ? <NotSaid /> : <span>{before}</span>}
      <span data-differs={before !== null && before !== after}>{after}</span>
    </Row>
  );
}

function Row({
  label,
  children: [before, after],
}: {
  readonly label: string;
  readonly children: [ReactNode, ReactNode];
}) {
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{before}</td>
      <td>{after}</td>
    </tr>
  );
}
