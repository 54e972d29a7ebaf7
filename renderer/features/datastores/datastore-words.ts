import { displayText } from "../../../shared/display-text.ts";
import { formatShare, formatTime } from "../../../shared/format.ts";
import { locale, t } from "../../ui/text.ts";

import type { Datastore, FullDate } from "../../../shared/datastore.ts";
import type { Tone } from "../../ui/status-mark.tsx";

export function storeText({ store }: Pick<Datastore, "store">): string {
  return displayText(store, 64);
}

/** The day is all that a trend over a month can tell. */
export function fullText(full: FullDate): string {
  if (full.kind === "at") return t("datastores.full.at", { date: formatTime(full.at).slice(0, 10) });
  return t(full.kind === "notFilling" ? "datastores.full.notFilling" : "datastores.full.unknown");
}

/** Nearest first; what does not fill up comes last but for what is not known. */
export function fullOrder(full: FullDate): number | null {
  if (full.kind === "unknown") return null;
  return full.kind === "at" ? full.at : Number.MAX_SAFE_INTEGER;
}

/** A month is too short to buy disks. */
const soon = 30 * 24 * 60 * 60 * 1000;

export function isFullSoon(full: FullDate, now: number): boolean {
  return full.kind === "at" && full.at - now < soon;
}

export interface StateWords {
  readonly tone: Tone;
  readonly text: string;
}

/** Whether it can be used now; maintenance is somebody's wish, a missing disk is not. */
export function stateOf({ problem, maintenance, mount }: Datastore): StateWords {
  if (mount === "notMounted") return { tone: "attention", text: t("datastores.state.notMounted") };
  if (maintenance !== null) {
    const { type } = maintenance;
    if (type === "read-only") return { tone: "attention", text: t("datastores.state.readOnly") };
    if (type === "offline") return { tone: "attention", text: t("datastores.state.offline") };
    return { tone: "attention", text: t("datastores.state.maintenance", { type: displayText(type, 32) }) };
  }
  if (problem !== null) return { tone: "bad", text: t("datastores.state.problem") };
  return { tone: "good", text: t("datastores.state.ok") };
}

export function trendLabel(trend: Datastore["trend"]): string {
  const known = trend.filter((value) => value !== null);
  const first = formatShare(known[0] ?? Number.NaN, locale());
  const last = formatShare(known.at(-1) ?? Number.NaN, locale());
  return first === null || last === null
    ? t("datastores.trend.none")
    : t("datastores.trend.label", { first, last });
}
