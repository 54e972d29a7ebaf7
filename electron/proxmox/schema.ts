import { z } from "zod";

/** A note can be 10 MB; nobody reads more of one than this. */
export const maxText = 64 * 1024;
/** Seconds since the epoch beyond this are milliseconds or nonsense (the year 5138). */
const maxEpochSeconds = 1e11;

/** `12`, `"12"`, `12.5e3` → number; absent, empty, `"12G"`, NaN, 1e999 → null. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  const number =
    typeof value === "string" && /^\s*-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/iu.test(value)
      ? Number(value)
      : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** A size, count or share: not negative. */
export function toAmount(value: unknown): number | null {
  const number = toNumber(value);
  return number === null || number < 0 ? null : number;
}

/** `a,b`, `a;b`, `a b` → words. */
export function toWords(value: unknown): string[] {
  const text = toText(value) ?? "";
  return text === "" ? [] : text.split(/[\s,;]+/u).filter((word) => word !== "");
}

/** Perl's booleans: 0/1 as number or string, true/false from PBS; null for anything else. */
export function toFlag(value: unknown): boolean | null {
  if (value === 1 || value === "1" || value === true) return true;
  if (value === 0 || value === "0" || value === false || value === "") return false;
  return null;
}

export function toText(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" ? value.slice(0, maxText) : null;
}

const anything = z.unknown().optional();

/** Any number, as number or string; null where the server did not say one. */
export const numberField = anything.transform(toNumber);
/** A size, count or share: not negative; null where the server did not say one. */
export const amountField = anything.transform(toAmount);
/** Absent = false, as Proxmox leaves out what is off. */
export const flagField = anything.transform((value) => toFlag(value) ?? false);
export const maybeFlagField = anything.transform(toFlag);
/** Absent = null, cut at 64 kB. */
export const textField = anything.transform(toText);
/** `84:4F:…` of any spelling → 64 lower-case hex digits (SHA-256), null for anything else. */
export const fingerprintField = textField.transform((text) => {
  const hex = (text ?? "").replaceAll(/[:\s]/gu, "").toLowerCase();
  return /^[0-9a-f]{64}$/u.test(hex) ? hex : null;
});
/** Absent = "", cut at 64 kB. */
export const plainTextField = anything.transform((value) => toText(value) ?? "");
/** Absent = ""; anything else than text is refused: what is edited and written back must have been read. */
export const noteField = z
  .string()
  .nullish()
  .transform((text) => (text ?? "").slice(0, maxText));
/** Seconds since the epoch → ms; 0, negative, ms instead of seconds → null. */
export const timeField = anything.transform((value) => {
  const seconds = toNumber(value);
  return seconds === null || seconds <= 0 || seconds > maxEpochSeconds ? null : Math.round(seconds * 1000);
});
/** A list in one string: `a,b`, `a;b`, `a b`. */
export const wordsField = anything.transform(toWords);
/** Text that a row cannot be without. */
export const requiredText = z.union([z.string().min(1), z.number()]).transform(String);
/** A whole number that a row cannot be without: `100`, `"100"`. `"0100"`, 1.5 and 2^53 are none. */
export const requiredInteger = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?(?:0|[1-9]\d{0,15})$/u)
    .transform(Number)
    .pipe(z.int()),
]);

/** A list of which some rows could not be read: those are counted, never silently left out. */
export interface Rows<T> {
  readonly rows: readonly T[];
  /** Rows that did not fit; the others are not hidden by them. */
  readonly bad: number;
}

/** With more bad rows than this an answer is refused as a whole; reading a million of them one by one would take half a minute. */
const maxBadRows = 1000;

/** Gives each value to `read` and counts those that it could not; inside a transform, where too many are an issue. */
export function readEach(
  values: readonly unknown[],
  read: (value: unknown) => boolean,
  context: z.core.$RefinementCtx,
): number {
  let bad = 0;
  for (const value of values) {
    if (read(value)) continue;
    bad += 1;
    if (bad <= maxBadRows) continue;
    context.addIssue({ code: "custom", message: "too many rows that do not fit" });
    return z.NEVER;
  }
  return bad;
}

/** An array, row by row. Anything that is not an array is refused: a wrong shape is never an empty list. */
export function rowsOf<T>(row: z.ZodType<T>): z.ZodType<Rows<T>> {
  return z.array(z.unknown()).transform((values, context) => {
    const rows: T[] = [];
    const read = (value: unknown): boolean => {
      const parsed = row.safeParse(value);
      if (parsed.success) rows.push(parsed.data);
      return parsed.success;
    };
    return { bad: readEach(values, read, context), rows };
  });
}

/** `virtio=AA:BB,bridge=vmbr0` → its keys; a part without `=` is the value of the default key. */
export function propertyString(text: string, defaultKey: string): ReadonlyMap<string, string> {
  const entries = text.split(",").map((part): readonly [string, string] => {
    const at = part.indexOf("=");
    return at === -1 ? [defaultKey, part.trim()] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
  });
  return new Map(entries);
}

/** An object as a Map: no key of a foreign object (`__proto__`) becomes one of ours. */
export const mapOf = z
  .custom<object>((value) => typeof value === "object" && value !== null && !Array.isArray(value))
  .transform((value): ReadonlyMap<string, unknown> => new Map(Object.entries(value)));
