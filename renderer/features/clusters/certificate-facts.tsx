import { displayText } from "../../../shared/display-text.ts";
import { formatTime } from "../../../shared/format.ts";
import { useNow } from "../../ui/clock.ts";
import { Facts } from "../../ui/facts.tsx";
import { t } from "../../ui/text.ts";
import { Fingerprint } from "./fingerprint.tsx";

import type { Certificate } from "../../../shared/cluster.ts";

const minute = 60_000;
/** Names shown of a certificate; a hostile one may carry thousands. */
const maxNames = 6;

/** All of a certificate that a person can judge it by. */
export function CertificateFacts({ certificate }: { readonly certificate: Certificate }) {
  const now = useNow(minute);
  return (
    <Facts
      facts={[
        { label: t("clusters.certificate.subject"), value: displayText(certificate.subject, 256) },
        { label: t("clusters.certificate.issuer"), value: issuerText(certificate) },
        { label: t("clusters.certificate.names"), value: namesText(certificate) },
        { label: t("clusters.certificate.validity"), value: validityText(certificate, now) },
        {
          label: t("clusters.certificate.fingerprint"),
          value: <Fingerprint value={certificate.fingerprint} />,
        },
      ]}
    />
  );
}

export function issuerText({ selfSigned, issuer }: Certificate): string {
  return selfSigned ? t("clusters.certificate.selfSigned") : displayText(issuer, 256);
}

export function namesText({ names }: Certificate): string {
  const shown = names.slice(0, maxNames).map((name) => displayText(name, 80));
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? t("clusters.certificate.moreNames", { count: more }) : "");
}

export function validityText(certificate: Certificate, now: number): string {
  const values = {
    from: formatTime(certificate.validFrom).slice(0, 10),
    to: formatTime(certificate.validTo).slice(0, 10),
  };
  if (now > certificate.validTo) return t("clusters.certificate.expired", values);
  if (now < certificate.validFrom) return t("clusters.certificate.notYet", values);
  return t("clusters.certificate.period", values);
}
