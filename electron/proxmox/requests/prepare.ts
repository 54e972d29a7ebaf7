import { AppError } from "../../../shared/errors.ts";
import { isKnownAt, isRequiredAt } from "./parameters.ts";
import type { ApiVersion, Parameter } from "./parameters.ts";
import type { RequestShape } from "./request.ts";
import { segments } from "./segments.ts";
import type { SegmentName } from "./segments.ts";

const prefix = "/api2/json";

/** A path of the API, encoded, with its query where it has one. Made here alone: nothing else can be sent to a server. */
export type ApiPath = string & { readonly __brand: "ApiPath" };

/** A request in the shape that this server knows, ready to be sent. */
export interface Prepared {
  readonly method: RequestShape["method"];
  readonly path: ApiPath;
  /** Form-encoded; POST and PUT only (pveproxy refuses a body with DELETE). */
  readonly body: string | undefined;
}

/** Values by name as `ValuesOf` types them; here only their names and kinds matter. */
export type Values = Readonly<Record<string, unknown>>;

function invalid(field: string, cause?: unknown): AppError {
  return new AppError("input.invalid", { fields: { [field]: "does not fit" }, cause });
}

/** True where the answer to "what does this server know" changes what is sent. */
export function dependsOnVersion(shape: RequestShape, values: Values): boolean {
  if (shape.since !== undefined || shape.until !== undefined || shape.formerly !== undefined) return true;
  return Object.entries(shape.parameters).some(
    ([name, { since, until, requiredUntil }]) =>
      requiredUntil !== undefined ||
      (values[name] !== undefined && (since !== undefined || until !== undefined)),
  );
}

function checked(name: string, grammar: string, value: unknown): string {
  if (!Object.hasOwn(segments, grammar)) throw new Error(`no grammar for {${grammar}}`);
  const parsed = segments[grammar as SegmentName].safeParse(value);
  if (!parsed.success) throw invalid(name, parsed.error);
  return String(parsed.data);
}

/** `/nodes/{node}/tasks` with every value checked by its grammar and encoded as one segment. */
function pathOf(template: string, values: Values): string {
  return (
    prefix +
    template.replaceAll(/\{(\w+)\}/gu, (_whole, name: string) =>
      encodeURIComponent(checked(name, name, values[name])),
    )
  );
}

/** A comma would make two of one. */
function elementOf(name: string, grammar: SegmentName | undefined, value: unknown): string {
  if (grammar !== undefined) return checked(name, grammar, value);
  if (typeof value !== "string" || value === "" || value.includes(",")) throw invalid(name);
  return value;
}

function textOf(name: string, parameter: Parameter, value: unknown): readonly string[] {
  switch (parameter.kind) {
    case "named":
      return [checked(name, parameter.of, value)];
    case "flag":
      if (typeof value !== "boolean") throw invalid(name);
      return [value ? "1" : "0"];
    case "integer": {
      const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = parameter;
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max)
        throw invalid(name);
      return [String(value)];
    }
    case "choice":
      if (typeof value !== "string" || !parameter.values.includes(value)) throw invalid(name);
      return [value];
    case "list": {
      if (!Array.isArray(value)) throw invalid(name);
      const texts = value.map((one: unknown) => elementOf(name, parameter.of, one));
      return parameter.repeat === true ? texts : [texts.join(",")];
    }
    case "text":
      if (typeof value !== "string" || value.length > (parameter.maxLength ?? Number.POSITIVE_INFINITY))
        throw invalid(name);
      return [value];
    default:
      return parameter satisfies never;
  }
}

/** What the server would refuse as unknown is left out, or the request is refused here, as its parameter says. */
function isSent(name: string, parameter: Parameter, version: ApiVersion): boolean {
  if (isKnownAt(parameter, version)) return true;
  if (parameter.unknown === "leave") return false;
  throw new AppError("server.unsupported", { fields: { [name]: "version" } });
}

function formOf(shape: RequestShape, values: Values, version: ApiVersion): string {
  const form = new URLSearchParams();
  for (const [name, parameter] of Object.entries(shape.parameters)) {
    const value = values[name];
    if (value === undefined) {
      if (isRequiredAt(parameter, version) && isKnownAt(parameter, version)) throw invalid(name);
      continue;
    }
    if (!isSent(name, parameter, version)) continue;
    for (const text of textOf(name, parameter, value)) form.append(name, text);
  }
  return form.toString();
}

/**
 * The request as this server knows it: 0/1 for booleans, absent values left out, parameters by version. Throws AppError
 * `input.invalid` where a value cannot be one of its kind, `server.unsupported` where the server's version has no such request
 * or does not know a parameter that may not be left out.
 */
export function prepare(shape: RequestShape, values: Values, version: ApiVersion): Prepared {
  if (!isKnownAt(shape, version)) throw new AppError("server.unsupported");
  const { formerly, method } = shape;
  const isFormer = formerly !== undefined && isKnownAt({ until: formerly.until }, version);
  const path = pathOf(isFormer ? formerly.path : shape.path, values);
  const form = formOf(shape, values, version);
  const hasBody = method === "POST" || method === "PUT";
  return {
    method,
    path: (hasBody || form === "" ? path : `${path}?${form}`) as ApiPath,
    body: hasBody ? form : undefined,
  };
}
