import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { asAppError, useApi } from "../../api.ts";

import type { AppError } from "../../../shared/errors.ts";
import type { Output } from "../../../shared/operations.ts";
import type { ServerJob } from "../../../shared/server-job.ts";

/** Schedules and last results change with the jobs themselves: while they are looked at, once a minute is enough. */
const everyMs = 60_000;

export interface ServerJobsState {
  /** null before the first answer. */
  readonly answer: Output<"serverJobs.list"> | null;
  readonly error: AppError | null;
  readonly reading: boolean;
  readonly reload: () => void;
  /** The GC job of a datastore; undefined before the first answer, null where the server lists none. */
  readonly gcOf: (store: string) => ServerJob | null | undefined;
}

/** The jobs of a backup server, read while they are looked at. */
export function useServerJobs(clusterId: string): ServerJobsState {
  const api = useApi();
  const query = useQuery({
    queryKey: ["serverJobs.list", clusterId],
    queryFn: ({ signal }) => api.call("serverJobs.list", { clusterId }, signal),
    refetchInterval: everyMs,
  });
  const answer = query.data ?? null;
  const gcOf = useCallback(
    (store: string) =>
      answer === null
        ? undefined
        : (answer.jobs.find((job) => job.kind === "gc" && job.store === store) ?? null),
    [answer],
  );
  return {
    answer,
    error: query.error === null ? null : asAppError(query.error),
    reading: query.isFetching,
    reload: () => void query.refetch(),
    gcOf,
  };
}
