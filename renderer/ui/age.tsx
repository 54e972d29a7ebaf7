import { Tooltip } from "@mantine/core";

import { formatTime, isPlausibleTime } from "../../shared/format.ts";
import { useNow } from "./clock.ts";
import { ageText, t } from "./text.ts";

/** How long ago, ticking; the exact local time and UTC on hover or focus. `null` is said as never. */
export function Age({ at, never }: { readonly at: number | null; readonly never?: string }) {
  const now = useNow();
  if (at === null) return <span>{never ?? t("ui.never")}</span>;
  if (!isPlausibleTime(at, now)) return <span>{t("ui.implausibleTime")}</span>;
  return (
    <Tooltip label={<ExactTime at={at} />}>
      <time className="tabular" dateTime={new Date(at).toISOString()}>
        {ageText(at, now)}
      </time>
    </Tooltip>
  );
}

function ExactTime({ at }: { readonly at: number }) {
  return (
    <>
      {t("ui.time.local", { time: formatTime(at) })}
      <br />
      {t("ui.time.utc", { time: formatTime(at, "UTC") })}
    </>
  );
}

/** The exact local time, UTC on hover. */
export function Moment({ at }: { readonly at: number | null }) {
  const now = useNow(60_000);
  if (at === null) return <span>{t("ui.never")}</span>;
  if (!isPlausibleTime(at, now)) return <span>{t("ui.implausibleTime")}</span>;
  return (
    <Tooltip label={t("ui.time.utc", { time: formatTime(at, "UTC") })}>
      <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
    </Tooltip>
  );
}
