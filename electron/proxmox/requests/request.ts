import type { AnswerSize } from "../body.ts";
import type { Deadline } from "../wire.ts";
import type { ApiVersion, Life, Parameter, ValueOf } from "./parameters.ts";
import type { SegmentName, SegmentValue } from "./segments.ts";

export type Product = "pve" | "pbs";

/** `PATH PRIVILEGE`, the path as in the request: `/vms/{vmid} VM.Backup`. */
export type Right = `/${string} ${string}.${string}`;

/**
 * Who may send it. `public`: without a login · `login`: whoever is logged in (the answer may be cut to what he may see) ·
 * else the ways to be allowed, each a list of rights that are all needed.
 */
export type Rights = "public" | "login" | readonly (readonly Right[])[];

/** What a request is for: the rows of the rights page, and of what the app does beside them. */
export const purposes = [
  "login",
  "rights",
  "tree",
  "backupNow",
  "jobs",
  "backups",
  "restore",
  "delete",
  "protect",
  "verify",
  "tasks",
  "power",
  "snapshots",
] as const;
export type Purpose = (typeof purposes)[number];

export type Parameters = Readonly<Record<string, Parameter>>;

/** One request that we can send, and all that is to be known of it. */
export interface RequestShape<P extends string = string, Q extends Parameters = Parameters> extends Life {
  readonly product: Product;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api2/json`, `{name}` by segments.ts. */
  readonly path: P;
  /** Where servers before `until` have the same thing. */
  readonly formerly?: { readonly path: `/${string}`; readonly until: ApiVersion };
  readonly parameters: Q;
  readonly rights: Rights;
  readonly purpose: Purpose;
  /** list: up to 16 MB of answer, status (where not said): up to 4 MB. */
  readonly size?: AnswerSize;
  /** slowRead for what makes a node ask a slow storage. Writes have their own. */
  readonly deadline?: Deadline;
}

type SegmentsOf<P extends string> = P extends `${string}{${infer N extends SegmentName}}${infer Rest}`
  ? N | SegmentsOf<Rest>
  : never;
type RequiredOf<Q extends Parameters> = {
  [K in keyof Q]: Q[K] extends { required: true } ? K : never;
}[keyof Q];

/** The values of a request by name: those in its path and its required parameters must be there. */
export type ValuesOf<S extends RequestShape> =
  S extends RequestShape<infer P, infer Q>
    ? { readonly [N in SegmentsOf<P>]: SegmentValue<N> } & {
        readonly [K in RequiredOf<Q>]: ValueOf<Q[K]>;
      } & { readonly [K in Exclude<keyof Q, RequiredOf<Q>>]?: ValueOf<Q[K]> | undefined }
    : never;

/** Keeps the literal types, so that a name that a request does not have does not compile. */
export function request<const P extends `/${string}`, const Q extends Parameters>(
  shape: RequestShape<P, Q>,
): RequestShape<P, Q> {
  return shape;
}
