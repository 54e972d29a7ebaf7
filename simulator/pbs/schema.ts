import { ApiError } from "../errors.ts";
import { atLeast, type PbsVersion } from "../profiles/pbs.ts";
import { isSchedule } from "../schedule.ts";
import type { Raw, Values } from "../schema.ts";

/** How one parameter is checked (proxmox-schema). An array's `enum` and `pattern` are those of its items. */
export type Parameter = {
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: RegExp;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Length of a string. */
  readonly min?: number;
  readonly max?: number;
  /** Returns the error text of a malformed value, or null. */
  readonly format?: (value: string) => string | null;
  /** The first version that knows it, and of choices that came later. */
  readonly since?: PbsVersion;
  readonly enumSince?: Readonly<Record<string, PbsVersion>>;
};
export type Parameters = Readonly<Record<string, Parameter>>;

const UNKNOWN = "schema does not allow additional properties";
const MISSING = "is missing and it is not optional";
const TRUE = ["1", "on", "yes", "true"];
const FALSE = ["0", "off", "no", "false"];

function checkText(rule: Parameter, text: string): string | null {
  if (rule.min !== undefined && text.length < rule.min)
    return `value must be at least ${rule.min} characters long`;
  if (rule.max !== undefined && text.length > rule.max)
    return `value may only be ${rule.max} characters long`;
  if (rule.enum && !rule.enum.includes(text)) return `value '${text}' is not defined in the enumeration.`;
  if (rule.pattern && !rule.pattern.test(text)) return "value does not match the regex pattern";
  return rule.format?.(text) ?? null;
}

function checkInteger(rule: Parameter, value: number): string | null {
  if (rule.minimum !== undefined && value < rule.minimum)
    return `value must have a minimum value of ${rule.minimum} (got ${value})`;
  if (rule.maximum !== undefined && value > rule.maximum)
    return `value must have a maximum value of ${rule.maximum} (got ${value})`;
  return null;
}

type Checked = { readonly value: Values[string] } | { readonly error: string };

/** One word of a query or form. */
function fromText(rule: Parameter, text: string): Checked {
  if (rule.type === "boolean") {
    const word = text.toLowerCase();
    if (!TRUE.includes(word) && !FALSE.includes(word)) return { error: "Unable to parse boolean option." };
    return { value: TRUE.includes(word) };
  }
  if (rule.type === "integer") {
    if (!/^[+-]?\d+$/.test(text)) return { error: "invalid digit found in string" };
    const error = checkInteger(rule, Number(text));
    return error === null ? { value: Number(text) } : { error };
  }
  const error = checkText(rule, text);
  return error === null ? { value: text } : { error };
}

/** A value of a JSON body, which must have its type already. */
function fromJson(rule: Parameter, value: unknown): Checked {
  if (rule.type === "boolean")
    return typeof value === "boolean" ? { value } : { error: "Expected boolean value." };
  if (rule.type === "integer") {
    if (typeof value !== "number") return { error: "Expected integer value." };
    const error = checkInteger(rule, value);
    return error === null ? { value } : { error };
  }
  if (typeof value !== "string") return { error: "Expected string value." };
  return fromText(rule, value);
}

function checked(rule: Parameter, value: unknown, json: boolean): Checked {
  const one = (part: unknown): Checked => (json ? fromJson(rule, part) : fromText(rule, String(part)));
  if (rule.type !== "array")
    return Array.isArray(value) && !json ? { error: "duplicate parameter." } : one(value);
  if (json && !Array.isArray(value)) return { error: "Expected array - got scalar value." };
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = parts.map(one);
  return found.find((part) => "error" in part) ?? { value: parts.map(String) };
}

/** The refusal of parameters: all of them in one text. */
export function badParameters(errors: Readonly<Record<string, string>>): ApiError {
  const all = Object.entries(errors);
  const [first] = all;
  const message =
    all.length === 1 && first
      ? `parameter verification failed - '${first[0]}': ${first[1]}`
      : `parameter verification failed:\n${all.map(([name, error]) => `- '${name}': ${error}`).join("\n")}`;
  return new ApiError(400, message, { errors: { ...errors } });
}

function ofVersion(rule: Parameter, version: PbsVersion): Parameter {
  const { enumSince, enum: choices } = rule;
  if (!enumSince || !choices) return rule;
  return { ...rule, enum: choices.filter((one) => atLeast(version, enumSince[one] ?? "3.4")) };
}

/** The parameters that a version knows. */
export const known = (parameters: Parameters, version: PbsVersion): Parameters =>
  Object.fromEntries(
    Object.entries(parameters)
      .filter(([, rule]) => atLeast(version, rule.since ?? "3.4"))
      .map(([name, rule]) => [name, ofVersion(rule, version)]),
  );

/** Checks a call's parameters as the server does: an unknown one is refused, a missing one only when all others are right. */
export function verify(parameters: Parameters, raw: Raw, json: boolean): Values {
  const errors: Record<string, string> = {};
  const values: Values = {};
  for (const [name, value] of Object.entries(raw)) {
    const rule = parameters[name];
    const result: Checked = rule ? checked(rule, value, json) : { error: json ? UNKNOWN : `${UNKNOWN}.` };
    if ("error" in result) errors[name] = result.error;
    else values[name] = result.value;
  }
  if (Object.keys(errors).length === 0) {
    for (const [name, rule] of Object.entries(parameters)) {
      if (rule.required && raw[name] === undefined)
        errors[name] = json ? `property ${MISSING}` : `parameter ${MISSING}.`;
    }
  }
  if (Object.keys(errors).length > 0) throw badParameters(errors);
  return values;
}

const SAFE_ID = "[A-Za-z0-9_][A-Za-z0-9._\\-]*";
const NAMESPACE = `(?:${SAFE_ID}(?:/${SAFE_ID}){0,6})?`;
export const required = (rule: Parameter): Parameter => ({ ...rule, required: true });

export const STRING: Parameter = { type: "string" };
export const BOOLEAN: Parameter = { type: "boolean" };
export const INTEGER: Parameter = { type: "integer" };
export const COUNT: Parameter = { type: "integer", minimum: 0 };
export const ARRAY: Parameter = { type: "array" };
export const SAFE: Parameter = { type: "string", pattern: new RegExp(`^${SAFE_ID}$`) };
export const STORE: Parameter = { ...SAFE, min: 3, max: 32 };
export const JOB_ID: Parameter = { ...SAFE, min: 3, max: 32 };
export const NS: Parameter = { type: "string", pattern: new RegExp(`^${NAMESPACE}$`), max: 256 };
export const COMMENT: Parameter = { type: "string", pattern: /^[^\p{Cc}]*$/u, max: 128 };
export const DIGEST: Parameter = { type: "string", pattern: /^[a-f0-9]{64}$/ };
export const USERID: Parameter = {
  type: "string",
  pattern: /^[^\s:/\p{Cc}]+@[A-Za-z0-9_][\w.-]*$/u,
  min: 3,
  max: 64,
};
export const AUTHID: Parameter = {
  type: "string",
  pattern: /^[^\s:/\p{Cc}]+@[A-Za-z0-9_][\w.-]*(![A-Za-z0-9_][\w.-]*)?$/u,
  min: 3,
  max: 64,
};
export const MAX_DEPTH: Parameter = { type: "integer", minimum: 0, maximum: 7 };
export const TYPE: Parameter = { type: "string", enum: ["vm", "ct", "host"] };
export const TIME: Parameter = { type: "integer", minimum: 1 };

export const THREADS: Parameter = { type: "integer", minimum: 1, maximum: 32 };
export const SCHEDULE: Parameter = {
  type: "string",
  format: (text) => (isSchedule(text) ? null : `unable to parse calendar event '${text}'`),
};

const KEEP: Parameter = { type: "integer", minimum: 1 };
export const KEEPS: Parameters = {
  "keep-last": KEEP,
  "keep-hourly": KEEP,
  "keep-daily": KEEP,
  "keep-weekly": KEEP,
  "keep-monthly": KEEP,
  "keep-yearly": KEEP,
};

export const GROUP: Parameters = { ns: NS, "backup-type": required(TYPE), "backup-id": required(SAFE) };
export const SNAPSHOT: Parameters = { ...GROUP, "backup-time": required(TIME) };
