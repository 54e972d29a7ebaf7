import { CircleHelp, TriangleAlert } from "lucide-react";

import { displayText } from "../../../shared/display-text.ts";
import { formatTime, isPlausibleTime } from "../../../shared/format.ts";
import { useNow } from "../../ui/clock.ts";
import { StatusMark } from "../../ui/status-mark.tsx";
import { ageText, t } from "../../ui/text.ts";

import type { Guest } from "../../../shared/guest.ts";

type LastBackup = Guest["lastBackup"];

/** The newest backup that can be seen. Not knowing looks different from knowing that there is none. */
export function LastBackupMark({ last }: { readonly last: LastBackup }) {
  const now = useNow();
  switch (last.state) {
    case "known":
      return isPlausibleTime(last.at, now) ? (
        <span>{ageText(last.at, now)}</span>
      ) : (
        <StatusMark tone="unknown" icon={CircleHelp}>
          {t("ui.implausibleTime")}
        </StatusMark>
      );
    case "none":
      return (
        <StatusMark tone="attention" icon={TriangleAlert}>
          {t("guests.lastBackup.none")}
        </StatusMark>
      );
    case "unknown":
      return (
        <StatusMark tone="unknown" icon={CircleHelp}>
          {t("guests.lastBackup.unknown")}
        </StatusMark>
      );
    default:
      return last satisfies never;
  }
}

/** The whole of it, for hover and for those who do not see the mark. */
export function lastBackupText(last: LastBackup): string {
  switch (last.state) {
    case "known":
      // Without a time of its own a copy has the beginning of time.
      return `${last.at > 0 ? formatTime(last.at) : t("ui.implausibleTime")}, ${t("guests.lastBackup.on", { storage: displayText(last.storage) })}`;
    case "none":
      return t("guests.lastBackup.noneHint");
    case "unknown":
      return t(`guests.lastBackup.${last.reason}`);
    default:
      return last satisfies never;
  }
}
