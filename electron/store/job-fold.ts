import { z } from "zod";

import type { Job, JobEvent } from "../../shared/job.ts";
import { jobSchema } from "../../shared/job.ts";

/** A job's row and how far its events are folded into it. */
export interface JobRecord {
  readonly job: Job;
  readonly seq: number;
}

/** What an event adds to the story, and the fields of the job that it sets. The first event of a job sets them all. */
export interface NewJobEvent {
  readonly type: string;
  readonly params?: JobEvent["params"];
  readonly patch?: Partial<Job>;
}

export interface StoredJobEvent extends JobEvent {
  readonly patch: Partial<Job>;
}

const dataSchema = z.object({
  params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  patch: jobSchema.partial().default({}),
});

export function writeEventData(event: NewJobEvent): string {
  return JSON.stringify({ params: event.params ?? {}, patch: event.patch ?? {} });
}

/** null where the text is not what we write: one bad record never hides the others. */
export function readEventData(text: string): Pick<StoredJobEvent, "params" | "patch"> | null {
  try {
    const parsed = dataSchema.safeParse(JSON.parse(text));
    // `partial` types absent fields as undefined; they are absent, which is what exactOptionalPropertyTypes asks for.
    return parsed.success ? { params: parsed.data.params, patch: parsed.data.patch as Partial<Job> } : null;
  } catch {
    return null; // Not JSON: treated like any other damage.
  }
}

export function readJob(text: string): Job | null {
  try {
    return jobSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null; // As above.
  }
}

/** The row after one more event. null only while the event that made the job is missing. */
export function fold(
  before: JobRecord | null,
  event: Pick<StoredJobEvent, "seq" | "patch">,
): JobRecord | null {
  const job = before === null ? jobSchema.safeParse(event.patch).data : { ...before.job, ...event.patch };
  return job === undefined ? null : { job, seq: event.seq };
}
