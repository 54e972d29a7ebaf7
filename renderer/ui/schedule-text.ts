import { parseSchedule } from "../../shared/calendar-event.ts";
import { displayText } from "../../shared/display-text.ts";
import { locale, t } from "./text.ts";

/** 2023-01-01 was a Sunday. */
const aSunday = Date.UTC(2023, 0, 1);
const dayMs = 24 * 60 * 60 * 1000;

function dayNames(days: readonly number[]): string {
  const name = new Intl.DateTimeFormat(locale(), { weekday: "short", timeZone: "UTC" });
  const all = days.map((day) => name.format(aSunday + day * dayMs));
  const [first = 0] = days;
  const inARow = days.every((day, index) => day === (first + index) % 7);
  if (days.length > 2 && inARow) return t("schedule.range", { from: all[0] ?? "", to: all.at(-1) ?? "" });
  return all.join(", ");
}

/** A calendar event in words, by the server's clock; one that is not of a common form as it is written. */
export function scheduleText(event: string): string {
  const schedule = parseSchedule(event);
  switch (schedule?.kind) {
    case undefined:
      return displayText(event, 128);
    case "every":
      return schedule.unit === "minute"
        ? t("schedule.minutes", { step: schedule.step })
        : t("schedule.hours", { step: schedule.step, at: schedule.at });
    case "days": {
      const times = schedule.times.join(", ");
      return schedule.days === null
        ? t("schedule.daily", { times })
        : t("schedule.days", { days: dayNames(schedule.days), times });
    }
    case "monthly":
      return t("schedule.monthly", { day: schedule.day, time: schedule.time });
    default:
      return schedule satisfies never;
  }
}
