import type { SegmentName, SegmentValue } from "./segments.ts";

/** A version as far as it decides about the API: major and minor. */
export type ApiVersion = readonly [major: number, minor: number];

/** When a server knows something: from `since` on, up to but without `until`. */
export interface Life {
  readonly since?: ApiVersion;
  readonly until?: ApiVersion;
}

export interface ParameterOptions extends Life {
  readonly required?: boolean;
  /** Required only before this version, where nothing took its place yet. */
  readonly requiredUntil?: ApiVersion;
  /**
   * What becomes of a given value where the server does not know the parameter and would refuse the whole request. `leave`:
   * sent without it, for wishes that change nothing of what is done (a filter that we apply ourselves). Else the request is
   * not sent and AppError `server.unsupported` names the field: leaving a wish out silently would be another request.
   */
  readonly unknown?: "leave" | "refuse";
}

export interface TextParameter extends ParameterOptions {
  readonly kind: "text";
  readonly maxLength?: number;
}

export interface NumberParameter extends ParameterOptions {
  readonly kind: "integer";
  readonly min?: number;
  readonly max?: number;
}

export interface FlagParameter extends ParameterOptions {
  readonly kind: "flag";
}

export interface ChoiceParameter extends ParameterOptions {
  readonly kind: "choice";
  readonly values: readonly string[];
}

/** Several texts: one string with commas, or (`repeat`) the key once for each. */
export interface ListParameter extends ParameterOptions {
  readonly kind: "list";
  readonly repeat?: true;
  /** The grammar of each. */
  readonly of?: SegmentName;
}

/** A name of the kind that stands in paths too, by the same grammar. */
export interface NamedParameter extends ParameterOptions {
  readonly kind: "named";
  readonly of: SegmentName;
}

export type Parameter =
  | NamedParameter
  | TextParameter
  | NumberParameter
  | FlagParameter
  | ChoiceParameter
  | ListParameter;

export type ValueOf<P extends Parameter> = P extends { kind: "integer" }
  ? number
  : P extends { kind: "flag" }
    ? boolean
    : P extends { kind: "choice"; values: readonly (infer V extends string)[] }
      ? V
      : P extends { kind: "list" }
        ? readonly (P extends { of: infer N extends SegmentName } ? SegmentValue<N> : string)[]
        : P extends { kind: "named"; of: infer N extends SegmentName }
          ? SegmentValue<N>
          : string;

export interface None {
  readonly required?: false;
}

/** Keeps the literal types of a declaration: `text({ required: true })` must be there, `text()` may be. */
function declared<const K, O>(kind: K, options: O | undefined): K & O {
  return { ...kind, ...options } as K & O;
}

export const text = <const O extends Omit<TextParameter, "kind"> = None>(
  options?: O,
): { readonly kind: "text" } & O => declared({ kind: "text" }, options);
export const integer = <const O extends Omit<NumberParameter, "kind"> = None>(
  options?: O,
): { readonly kind: "integer" } & O => declared({ kind: "integer" }, options);
export const flag = <const O extends ParameterOptions = None>(options?: O): { readonly kind: "flag" } & O =>
  declared({ kind: "flag" }, options);
export const list = <const O extends Omit<ListParameter, "kind"> = None>(
  options?: O,
): { readonly kind: "list" } & O => declared({ kind: "list" }, options);
export const choice = <const V extends readonly string[], const O extends ParameterOptions = None>(
  values: V,
  options?: O,
): { readonly kind: "choice"; readonly values: V } & O => declared({ kind: "choice", values }, options);
export const named = <const N extends SegmentName, const O extends ParameterOptions = None>(
  of: N,
  options?: O,
): { readonly kind: "named"; readonly of: N } & O => declared({ kind: "named", of }, options);

export function isBefore(version: ApiVersion, other: ApiVersion): boolean {
  return version[0] < other[0] || (version[0] === other[0] && version[1] < other[1]);
}

/** A version newer than all that we know counts as the newest: it is asked in the newest known shape. */
export function isKnownAt({ since, until }: Life, version: ApiVersion): boolean {
  return (
    (since === undefined || !isBefore(version, since)) && (until === undefined || isBefore(version, until))
  );
}

/** Whether a request without it would be refused. */
export function isRequiredAt({ required, requiredUntil }: ParameterOptions, version: ApiVersion): boolean {
  return required === true || (requiredUntil !== undefined && isBefore(version, requiredUntil));
}
