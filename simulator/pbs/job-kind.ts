import { storePath } from "./access/rights.ts";
import { may, type Call } from "./routes/route.ts";
import { type Parameters } from "./schema.ts";
import type { Job, JobKind } from "./world.ts";

/** Whoever starts a job: all that its work looks at. */
type Caller = Pick<Call, "state" | "authid">;

export const triggered = (schedule: string | null): readonly string[] =>
  schedule === null ? [] : [`task triggered by schedule '${schedule}'`];

/** All in which the three kinds of jobs differ. */
export type Kind = {
  readonly kind: JobKind;
  /** As it is called where a missing one is complained of. */
  readonly section: string;
  /** Of its task. */
  readonly worker: string;
  readonly parameters: Parameters;
  /** What `delete` can take away. */
  readonly deletable: readonly string[];
  readonly sees: (call: Call, job: Job) => boolean;
  /** Why the caller may not make, change, remove or run it; null = he may. */
  readonly refusal: (call: Call, job: Job) => string | null;
  /** Starts it and returns the UPID; `schedule` is what triggered it, null = somebody did. */
  readonly start: (call: Caller, job: Job, schedule: string | null) => string;
};

export const textOf = (job: Job, key: string): string | null =>
  typeof job[key] === "string" ? job[key] : null;
export const numberOf = (job: Job, key: string): number | null =>
  typeof job[key] === "number" ? job[key] : null;
export const pathOf = (job: Job): string => storePath(job.store, textOf(job, "ns") ?? "");

export function lacks(call: Call, path: string, privilege: string): string | null {
  return may(call, path, [privilege]) ? null : `missing permissions '${privilege}' on '${path}'`;
}
