/** What a calendar event says, where it is one of the forms that people use; anything else is shown as it is written. */
export type Schedule =
  | { readonly kind: "every"; readonly unit: "minute" | "hour"; readonly step: number; readonly at: number }
  /** `days`: 0 = Sunday, as JavaScript counts; null = each day. Times as `HH:MM`. */
  | { readonly kind: "days"; readonly days: readonly number[] | null; readonly times: readonly string[] }
  /** Day of the month. */
  | { readonly kind: "monthly"; readonly day: number; readonly time: string };

const names: Readonly<Record<string, string>> = {
  minutely: "*:*",
  hourly: "*:00",
  daily: "00:00",
  weekly: "mon 00:00",
  monthly: "*-01 00:00",
};
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
/** More times than these are no sentence any more. */
const maxTimes = 4;

/** `mon`, `monday` and what lies between. */
function dayOf(word: string): number {
  return word.length < 3 ? -1 : weekdays.findIndex((day) => day.startsWith(word));
}

/** `mon..fri,sun` → 1,2,3,4,5,0; null where it is no list of weekdays. */
function daysOf(text: string): readonly number[] | null {
  const found = new Set<number>();
  for (const part of text.toLowerCase().split(",")) {
    const [from = "", to = from] = part.split("..");
    const first = dayOf(from);
    const last = dayOf(to);
    if (first < 0 || last < 0) return null;
    for (let day = first; ; day = (day + 1) % 7) {
      found.add(day);
      if (day === last) break;
    }
  }
  // A week begins on Monday here.
  return [...found].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
}

function numbersOf(text: string, below: number): readonly number[] | null {
  const parts = text.split(",");
  if (!parts.every((part) => /^\d{1,2}$/u.test(part) && Number(part) < below)) return null;
  return parts.map(Number);
}

const two = (number: number): string => String(number).padStart(2, "0");

function stepsOf(hours: string, minutes: string): Schedule | null {
  const minuteStep = /^(?:\*|0?0)\/(\d{1,2})$/u.exec(minutes)?.[1];
  if (hours === "*" && (minutes === "*" || minuteStep !== undefined)) {
    return { kind: "every", unit: "minute", step: Number(minuteStep ?? 1), at: 0 };
  }
  const at = numbersOf(minutes, 60);
  const hourStep = hours === "*" ? "1" : /^(?:\*|0?0)\/(\d{1,2})$/u.exec(hours)?.[1];
  const [only] = at ?? [];
  if (hourStep === undefined || at?.length !== 1 || only === undefined) return null;
  return { kind: "every", unit: "hour", step: Number(hourStep), at: only };
}

function timesOf(text: string): readonly string[] | null {
  const [hours = "", minutes = "", seconds = "0"] = text.split(":");
  if (Number(seconds) !== 0) return null;
  const at = [numbersOf(hours, 24), numbersOf(minutes, 60)] as const;
  if (at[0] === null || at[1] === null || at[0].length * at[1].length > maxTimes) return null;
  const [h, m] = at;
  return h.flatMap((hour) => m.map((minute) => `${two(hour)}:${two(minute)}`)).toSorted();
}

/** Reads a calendar event (proxmox-time, calendar_event.rs) where it is one of the common forms; null for all others. */
export function parseSchedule(event: string): Schedule | null {
  const text = event.trim().toLowerCase();
  const words = (names[text] ?? text).split(/\s+/u);
  const time = words.at(-1)?.includes(":") === true ? (words.pop() ?? "") : "00:00";
  const [first, ...more] = words;
  if (more.length > 0) return null;
  if (first === undefined || first === "") {
    const [hours = "", minutes = ""] = time.split(":");
    const steps = time.split(":").length === 2 ? stepsOf(hours, minutes) : null;
    if (steps !== null) return steps;
  }
  const times = timesOf(time);
  if (times === null) return null;
  if (first === undefined) return { kind: "days", days: null, times };
  const days = daysOf(first);
  if (days !== null) return { kind: "days", days: days.length === 7 ? null : days, times };
  const day = /^(?:\*-\*-|\*-)(\d{1,2})$/u.exec(first)?.[1];
  const [at] = times;
  if (day === undefined || at === undefined || times.length > 1) return null;
  return { kind: "monthly", day: Number(day), time: at };
}
