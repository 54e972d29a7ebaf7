import type { StoreApi } from "zustand/vanilla";

import type { Job } from "../../../shared/job.ts";
import type { LiveSet } from "../../stores/live-set.ts";

/** The reads before a launch and its answer take a second or two; after this the job's own page tells what comes, ms. */
const patience = 8000;

const before: readonly Job["state"][] = ["accepted", "dispatching"];

/** The job as soon as the server has answered its launch, or whatever else ended the wait for that; null when it takes longer. */
export async function whenAnswered(store: StoreApi<LiveSet<Job>>, jobId: string): Promise<Job | null> {
  const answered = (): Job | null => {
    const job = store.getState().byKey.get(jobId);
    return job === undefined || before.includes(job.state) ? null : job;
  };
  return await new Promise((resolve) => {
    const settle = (job: Job | null): void => {
      clearTimeout(timer);
      stop();
      resolve(job);
    };
    const look = (): void => {
      const job = answered();
      if (job !== null) settle(job);
    };
    const timer = setTimeout(() => settle(null), patience);
    const stop = store.subscribe(look);
    look();
  });
}
