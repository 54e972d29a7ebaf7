import { Tooltip } from "@mantine/core";

import { formatBytes, formatRate, formatShare } from "../../shared/format.ts";
import { durationText, locale, t } from "./text.ts";

/** Stands where the server did not say: dim, so that it is read as absence and not as zero. */
export function NotSaid() {
  return (
    <span style={{ color: "var(--faint)" }} aria-label={t("ui.notSaid")} role="img">
      –
    </span>
  );
}

/** A size in binary units; the exact bytes on hover. */
export function Bytes({ value }: { readonly value: number | null }) {
  const text = value === null ? null : formatBytes(value, locale());
  if (value === null || text === null) return <NotSaid />;
  return (
    <Tooltip label={t("ui.bytesExact", { bytes: Math.round(value).toLocaleString(locale()) })}>
      <span className="tabular">{text}</span>
    </Tooltip>
  );
}

/** Bytes per second. */
export function Rate({ value }: { readonly value: number | null }) {
  const text = value === null ? null : formatRate(value, locale());
  return text === null ? <NotSaid /> : <span className="tabular">{text}</span>;
}

/** A share of 1 as a percentage. */
export function Share({ value }: { readonly value: number | null }) {
  const text = value === null ? null : formatShare(value, locale());
  return text === null ? <NotSaid /> : <span className="tabular">{text}</span>;
}

/** Seconds as "3 h 12 min". */
export function Duration({ seconds }: { readonly seconds: number | null }) {
  const text = seconds === null ? null : durationText(seconds);
  return text === null ? <NotSaid /> : <span className="tabular">{text}</span>;
}
