import { localTime, zoneOffset } from "./format.ts";

/** A calendar event, taken apart: which days, and which seconds of a day. `null` = any. */
type Event = {
  readonly weekdays: ReadonlySet<number> | null;
  readonly year: ReadonlySet<number> | null;
  readonly month: ReadonlySet<number> | null;
  readonly day: ReadonlySet<number> | null;
  readonly hour: readonly number[];
  readonly minute: readonly number[];
  readonly second: readonly number[];
};

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const NAMES: Readonly<Record<string, string>> = {
  minutely: "*:*",
  hourly: "*:00",
  daily: "00:00",
  weekly: "mon 00:00",
  monthly: "*-1 00:00",
  quarterly: "1,4,7,10-1 00:00",
  semiannually: "1,7-1 00:00",
  "semi-annually": "1,7-1 00:00",
  yearly: "1-1 00:00",
  annually: "1-1 00:00",
};

/** Values of one field: `*`, lists, ranges `a..b`, steps `x/y`. Throws when it is none. */
function values(text: string, low: number, high: number): readonly number[] {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step] = part.split("/");
    const [from, to] = range === "*" ? [low, high] : range.split("..").map(Number);
    const every = step === undefined ? 1 : Number(step);
    const first = from ?? Number.NaN;
    const last = to ?? (step === undefined ? first : high);
    if (
      ![first, last, every].every(Number.isInteger) ||
      every < 1 ||
      first < low ||
      last > high ||
      last < first
    )
      throw new Error(`'${part}' is no part of a calendar event`);
    for (let value = first; value <= last; value += every) found.add(value);
  }
  return [...found].toSorted((left, right) => left - right);
}

function weekdays(text: string): ReadonlySet<number> {
  const number = (name: string): number => {
    const index = DAYS.indexOf(name.slice(0, 3));
    if (index === -1) throw new Error(`unknown weekday '${name}'`);
    return index;
  };
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const [from = "", to = from] = part.split("..");
    for (let day = number(from); ; day = (day + 1) % 7) {
      found.add(day);
      if (day === number(to)) break;
    }
  }
  return found;
}

function dateOf(text: string): Pick<Event, "year" | "month" | "day"> {
  const parts = text.split("-");
  const [day = "*", month = "*", year = "*"] = parts.toReversed();
  const field = (one: string, low: number, high: number): ReadonlySet<number> | null =>
    one === "*" ? null : new Set(values(one, low, high));
  return { year: field(year, 1970, 2200), month: field(month, 1, 12), day: field(day, 1, 31) };
}

function parse(text: string): Event {
  const words = (NAMES[text.trim().toLowerCase()] ?? text.trim().toLowerCase()).split(/\s+/);
  const first = words[0] ?? "";
  const days = /^[a-z]/.test(first) ? weekdays(words.shift() ?? "") : null;
  const date = words[0]?.includes("-") ? dateOf(words.shift() ?? "") : { year: null, month: null, day: null };
  const time = words.shift() ?? "00:00";
  if (words.length > 0) throw new Error(`'${words.join(" ")}' is too much for a calendar event`);
  // A number alone means minutes of every hour.
  const [hour = "*", minute = "*", second = "0"] = time.includes(":") ? time.split(":") : ["*", time];
  return {
    weekdays: days,
    ...date,
    hour: values(hour, 0, 23),
    minute: values(minute, 0, 59),
    second: values(second, 0, 59),
  };
}

/** Whether a text is a calendar event, as `sat 18:15`, `mon..fri 02:00`, `*:0/30` or `daily`. */
export function isSchedule(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    // What cannot be taken apart is none.
    return false;
  }
}

const DAY = 86_400;
/** Looked ahead at most: beyond, an event never comes. */
const DAYS_AHEAD = 5 * 366;

/** The first moment after an epoch second at which the event comes, in the zone's wall clock; null when it never does. */
export function nextRun(schedule: string, after: number, timeZone: string): number | null {
  const event = parse(schedule);
  const start = localTime(after, timeZone);
  const midnight = Date.UTC(start.year, start.month - 1, start.day) / 1000;
  const hits = (set: ReadonlySet<number> | null, value: number): boolean => set === null || set.has(value);
  for (let ahead = 0; ahead < DAYS_AHEAD; ahead += 1) {
    const date = new Date((midnight + ahead * DAY) * 1000);
    const fits =
      hits(event.weekdays, date.getUTCDay()) &&
      hits(event.year, date.getUTCFullYear()) &&
      hits(event.month, date.getUTCMonth() + 1) &&
      hits(event.day, date.getUTCDate());
    if (!fits) continue;
    for (const hour of event.hour) {
      for (const minute of event.minute) {
        for (const second of event.second) {
          const wall = midnight + ahead * DAY + hour * 3600 + minute * 60 + second;
          const at = wall - zoneOffset(wall - zoneOffset(wall, timeZone), timeZone);
          if (at > after) return at;
        }
      }
    }
  }
  return null;
}
