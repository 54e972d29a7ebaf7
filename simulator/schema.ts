import { badParameters } from "./errors.ts";

/** How one parameter is checked. Only what the simulated methods need of Proxmox's JSON schema. */
export type Parameter = {
  readonly type: "string" | "integer" | "number" | "boolean" | "array";
  readonly required?: boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Returns the error text of a malformed value, or null. */
  readonly format?: (value: string) => string | null;
};
export type Parameters = Readonly<Record<string, Parameter>>;
/** Parameters as they came, unchecked. */
export type Raw = Record<string, unknown>;
/** Parameters after their check. */
export type Values = Record<string, string | number | boolean | readonly string[]>;

const MISSING = "property is missing and it is not optional";
const UNKNOWN = "property is not defined in schema and the schema does not allow additional properties";

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
const shown = (value: unknown): string =>
  Array.isArray(value) ? "ARRAY" : typeof value === "object" ? "HASH" : textOf(value);
const typeError = (type: string, value: unknown): string =>
  `type check ('${type}') failed - got ${typeof value === "object" ? shown(value) : `'${shown(value)}'`}`;

function checkNumber(rule: Parameter, value: unknown): string | null {
  const pattern = rule.type === "integer" ? /^[+-]?\d+$/ : /^[+-]?\d+(\.\d+)?$/;
  if (!pattern.test(String(value))) return typeError(rule.type, value);
  const number = Number(value);
  if (rule.minimum !== undefined && number < rule.minimum)
    return `value must have a minimum value of ${rule.minimum}`;
  if (rule.maximum !== undefined && number > rule.maximum)
    return `value must have a maximum value of ${rule.maximum}`;
  return null;
}

function checkString(rule: Parameter, value: unknown): string | null {
  if (typeof value === "object") return typeError("string", value);
  const text = textOf(value);
  if (rule.enum && !rule.enum.includes(text))
    return `value '${text}' does not have a value in the enumeration '${rule.enum.join(", ")}'`;
  return rule.format?.(text) ?? null;
}

function check(rule: Parameter, value: unknown): string | null {
  switch (rule.type) {
    case "boolean":
      return /^[01]$/.test(String(value)) || typeof value === "boolean" ? null : typeError("boolean", value);
    case "integer":
    case "number":
      return checkNumber(rule, value) ?? rule.format?.(String(value)) ?? null;
    case "array":
      return null;
    case "string":
      return checkString(rule, value);
    default:
      return rule.type satisfies never;
  }
}

function converted(rule: Parameter, value: unknown): Values[string] {
  if (rule.type === "boolean") return value === true || String(value) === "1";
  if (rule.type === "integer" || rule.type === "number") return Number(value);
  if (rule.type === "array") return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
  // A key that came twice for a plain string reaches Perl as one string with a NUL between, which its lists split at.
  return Array.isArray(value) ? value.map(textOf).join("\0") : textOf(value);
}

function ruleFor(parameters: Parameters, key: string): Parameter | undefined {
  return parameters[key] ?? parameters[key.replace(/\d+$/, "[n]")];
}

/** Checked values by name. Throws the 400 that lists every wrong, missing and unknown parameter. */
export function verify(parameters: Parameters, raw: Raw): Values {
  const errors: Record<string, string> = {};
  const values: Values = {};
  for (const [key, value] of Object.entries(raw)) {
    const rule = ruleFor(parameters, key);
    if (!rule) {
      errors[key] = UNKNOWN;
      continue;
    }
    const joined = rule.type !== "array" && Array.isArray(value) ? value.join("\0") : value;
    const problem = check(rule, joined);
    if (problem !== null) errors[key] = problem;
    else values[key] = converted(rule, value);
  }
  for (const [key, rule] of Object.entries(parameters))
    if (rule.required && raw[key] === undefined) errors[key] = MISSING;
  if (Object.keys(errors).length > 0) throw badParameters(errors);
  return values;
}

export const STRING: Parameter = { type: "string" };
export const BOOLEAN: Parameter = { type: "boolean" };
export const COUNT: Parameter = { type: "integer", minimum: 0 };
export const INTEGER: Parameter = { type: "integer" };

/** A guest id. Seen on PVE 9.2: too small a number is a format error, a word a type error. */
export const VMID: Parameter = {
  type: "integer",
  format: (value) =>
    Number(value) >= 100 && Number(value) <= 999_999_999
      ? null
      : "invalid format - value does not look like a valid VM ID\n",
};

/** Parts of a comma, semicolon, blank or NUL separated list, as PVE::Tools::split_list takes it. */
export const splitList = (text: string): readonly string[] => text.split(/[\s,;\0]+/).filter(Boolean);
