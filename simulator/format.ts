const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

const KIB = 1024;
export const MIB = 1_048_576;
export const GIB = 1_073_741_824;

/** Bytes as qemu-server writes them: `12.3 GiB`, trailing zeros kept. */
export function bytes(count: number, digits: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(digits)} ${UNITS[unit] ?? "B"}`;
}

/** A speed as qemu-server writes it; zero has no decimal (`0 B/s`). */
export function speed(bytesPerSecond: number): string {
  if (bytesPerSecond < 1) return "0 B/s";
  return `${bytes(bytesPerSecond, 1)}/s`;
}

/** Bytes as proxmox-backup-client writes them: up to three decimals, no trailing zeros. */
export function clientBytes(count: number): string {
  const [number = "0", unit = "B"] = bytes(count, 3).split(" ");
  return `${number.replace(/\.?0+$/, "") || "0"} ${unit}`;
}

/** `1h 2m 3s`, zero parts left out. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "m"],
    [whole % 60, "s"],
  ];
  const words = parts.filter(([count]) => count > 0).map(([count, letter]) => `${count}${letter}`);
  return words.length > 0 ? words.join(" ") : "0s";
}

const two = (value: number): string => String(value).padStart(2, "0");

/** `HH:MM:SS`, hours may exceed 24. */
export function clockTime(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** The size words of vzdump: units of 1024, integers up to MB, two decimals from GB on. */
export function archiveSize(count: number): string {
  if (count < MIB) return `${Math.floor(count / KIB)}KB`;
  if (count < GIB) return `${Math.floor(count / MIB)}MB`;
  if (count < GIB * KIB) return `${(count / GIB).toFixed(2)}GB`;
  return `${(count / GIB / KIB).toFixed(2)}TB`;
}

/** A short size as in a config line (`size=32G`) or behind `include disk`. */
export function configSize(count: number): string {
  if (count % GIB === 0) return `${count / GIB}G`;
  if (count % MIB === 0) return `${count / MIB}M`;
  return `${Math.ceil(count / KIB)}K`;
}

/** GNU tar's totals, `25MiB` or `1.5GiB`. */
export function tarSize(count: number): string {
  const [number = "0", unit = "B"] = bytes(count, 1).split(" ");
  const value = Number(number);
  return `${value < 10 ? number : Math.round(value)}${unit}`;
}

/** A word quoted for the shell as Perl's String::ShellQuote does it. */
export function shellQuote(word: string): string {
  if (/^[\w!%+,\-./:@^]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

type LocalTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
};

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(timeZone, made);
  return made;
}

/** Wall-clock fields of an epoch second in a time zone. */
export function localTime(seconds: number, timeZone: string): LocalTime {
  const date = new Date(seconds * 1000);
  if (timeZone === "UTC") {
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
    };
  }
  const fields = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(date)
      .map((part) => [part.type, Number(part.value)]),
  );
  const field = (key: string): number => fields[key] ?? 0;
  return {
    year: field("year"),
    month: field("month"),
    day: field("day"),
    hour: field("hour"),
    minute: field("minute"),
    second: field("second"),
  };
}

/** How far a zone's wall clock is ahead of UTC, in seconds, at that moment. */
export function zoneOffset(seconds: number, timeZone: string): number {
  const local = localTime(seconds, timeZone);
  const asUtc =
    Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second) / 1000;
  return asUtc - Math.floor(seconds);
}

/** `YYYY-MM-DD HH:MM:SS` in the node's local time. */
export function stamp(seconds: number, timeZone: string): string {
  const at = localTime(seconds, timeZone);
  return `${at.year}-${two(at.month)}-${two(at.day)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)}`;
}

/** `YYYY_MM_DD-HH_MM_SS`, the time part of a vzdump file name. */
export function fileStamp(seconds: number, timeZone: string): string {
  return stamp(seconds, timeZone).replaceAll(/[-:]/g, "_").replace(" ", "-");
}

/** `YYYY-MM-DDTHH:MM:SSZ`, the time of a Backup Server snapshot. */
export function isoStamp(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace(".000Z", "Z");
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** C's ctime: `Fri Nov 20 14:58:51 2026`, the day padded with a blank. */
export function ctimeText(seconds: number, timeZone: string): string {
  const at = localTime(seconds, timeZone);
  const weekday = DAYS[new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay()] ?? "";
  const month = MONTHS[at.month - 1] ?? "";
  return `${weekday} ${month} ${String(at.day).padStart(2)} ${two(at.hour)}:${two(at.minute)}:${two(at.second)} ${at.year}`;
}

/** RFC 3339 with the zone's offset, as it stands before every line of a Backup Server's task log. */
export function rfc3339(seconds: number, timeZone: string): string {
  const offset = zoneOffset(seconds, timeZone);
  const minutes = Math.abs(offset) / 60;
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return `${stamp(seconds, timeZone).replace(" ", "T")}${zone}`;
}
