const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;

/** Three significant digits: `0.977`, `1.23`, `12.3`, `123`. */
function threeDigits(value: number, locale: string): string {
  const fraction = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  return value.toLocaleString(locale, { minimumFractionDigits: fraction, maximumFractionDigits: fraction });
}

/** Bytes in binary units with three significant digits; whole bytes stay whole. Negative and endless values are no sizes: null. */
export function formatBytes(bytes: number, locale = "en"): string | null {
  if (!Number.isFinite(bytes) || bytes < 0) return null;
  let value = bytes;
  let unit = 0;
  // 999.5 would print as four digits, so it already belongs to the next unit.
  while (value >= 999.5 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const number = unit === 0 ? Math.round(value).toLocaleString(locale) : threeDigits(value, locale);
  return `${number} ${binaryUnits[unit] ?? "B"}`;
}

/** Bytes per second. */
export function formatRate(bytesPerSecond: number, locale = "en"): string | null {
  const bytes = formatBytes(bytesPerSecond, locale);
  return bytes === null ? null : `${bytes}/s`;
}

/** 0–100 without decimals. Never rounds up to 100: that is said only of what is done. */
export function formatPercent(percent: number, locale = "en"): string | null {
  if (!Number.isFinite(percent)) return null;
  const clamped = Math.min(100, Math.max(0, percent));
  return `${Math.floor(clamped).toLocaleString(locale)} %`;
}

/** A share of 1 as a percentage with one decimal below ten: `0.4 %`, `12 %`. */
export function formatShare(share: number, locale = "en"): string | null {
  if (!Number.isFinite(share) || share < 0) return null;
  const percent = share * 100;
  const fraction = percent >= 9.95 ? 0 : 1;
  return `${percent.toLocaleString(locale, { minimumFractionDigits: fraction, maximumFractionDigits: fraction })} %`;
}

export type DurationUnit = "second" | "minute" | "hour" | "day";
export interface DurationParts {
  readonly unit: DurationUnit;
  readonly value: number;
  /** The next smaller unit, where one is worth saying. */
  readonly rest: { readonly unit: DurationUnit; readonly value: number } | null;
}

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** Seconds as at most two whole units: 3 h 12 min. Cut, not rounded: what has not passed is not claimed. */
export function durationParts(seconds: number): DurationParts | null {
  if (!Number.isFinite(seconds) || seconds < 0) return null;
  const whole = Math.floor(seconds);
  if (whole < minute) return { unit: "second", value: whole, rest: null };
  if (whole < hour) return split(whole, minute, "minute", 1, "second");
  if (whole < day) return split(whole, hour, "hour", minute, "minute");
  return split(whole, day, "day", hour, "hour");
}

function split(
  whole: number,
  big: number,
  unit: DurationUnit,
  small: number,
  restUnit: DurationUnit,
): DurationParts {
  const rest = Math.floor((whole % big) / small);
  return { unit, value: Math.floor(whole / big), rest: rest === 0 ? null : { unit: restUnit, value: rest } };
}

/** Times before 2000 or a year ahead are a clock's mistake, not a time. */
const earliest = Date.UTC(2000, 0, 1);
const yearAhead = 366 * day * 1000;

export function isPlausibleTime(time: number, now: number): boolean {
  return Number.isFinite(time) && time >= earliest && time <= now + yearAhead;
}

/** `2026-11-21 06:24:33` in the given zone (the system's own when absent). */
export function formatTime(time: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).formatToParts(time);
  const get = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? "";
  return `${get("year")}-${get("month")}-${get("day")} ${get("hour")}:${get("minute")}:${get("second")}`;
}

/** 64 hex digits as eight groups of four bytes, the way a person compares them. */
export function fingerprintGroups(fingerprint: string): readonly string[] {
  return fingerprint.toUpperCase().match(/.{1,8}/gu) ?? [];
}
