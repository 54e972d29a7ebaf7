import { useQuery } from "@tanstack/react-query";

import type { AppError } from "../../../shared/errors.ts";
import type { Job, JobEvent } from "../../../shared/job.ts";
import { asAppError, useApi } from "../../api.ts";
import { useJobs } from "../../stores/stores.ts";

export interface JobState {
  /** null while it is read for the first time. */
  readonly job: Job | null;
  readonly events: readonly JobEvent[];
  readonly error: AppError | null;
  readonly retry: () => void;
}

/** One job: live where it is open or ended lately, else as the store kept it; its story is read again at each turn of it. */
export function useJob(jobId: string): JobState {
  const api = useApi();
  const live = useJobs((set) => set.byKey.get(jobId));
  const turn = live === undefined ? "" : `${live.state} ${live.pause ?? ""} ${live.tasks.length}`;
  const query = useQuery({
    queryKey: ["jobs.get", jobId, turn],
    queryFn: ({ signal }) => api.call("jobs.get", { jobId }, signal),
    placeholderData: (before) => (before?.job.id === jobId ? before : undefined),
  });
  const kept = query.data?.job;
  const job = kept === undefined || (live !== undefined && live.revision >= kept.revision) ? live : kept;
  return {
    job: job ?? null,
    events: query.data?.events ?? [],
    error: query.error === null ? null : asAppError(query.error),
    retry: () => void query.refetch(),
  };
}
