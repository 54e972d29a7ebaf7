import { displayText } from "../../shared/display-text.ts";
import { t } from "./text.ts";

import type { ErrorData } from "../../shared/errors.ts";

export interface FieldErrors<F extends string> {
  /** What was said about fields that the form has, by the form's own names. */
  readonly at: Readonly<Partial<Record<F, string>>>;
  /** The same error without these, for the error panel; null = there is none. */
  readonly rest: ErrorData | null;
}

/** Longest text that is shown at a field: a server may list hundreds of allowed values. */
const maxLength = 300;

/** The server's own words, or ours where the app refused it itself: its words are codes. */
export function fieldText(error: ErrorData, said: string): string {
  if (error.status !== undefined) return displayText(said, maxLength);
  return t(said === "version" ? "ui.field.version" : "ui.field.invalid");
}

/** Takes an error apart by field. `names`: parameter of the server, or field of the operation → field of the form. */
export function fieldErrors<F extends string>(
  error: ErrorData | null,
  names: Readonly<Record<string, F>>,
): FieldErrors<F> {
  const at: Partial<Record<F, string>> = {};
  if (error === null) return { at, rest: null };
  const left: Record<string, string> = {};
  for (const [parameter, said] of Object.entries(error.fields ?? {})) {
    const field = Object.hasOwn(names, parameter) ? names[parameter] : undefined;
    if (field === undefined) left[parameter] = said;
    else at[field] ??= fieldText(error, said);
  }
  return { at, rest: { ...error, fields: left } };
}
