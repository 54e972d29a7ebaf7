import { useLocation } from "wouter";

import { useStores } from "../../stores/stores.ts";
import { jobPath, taskPath } from "../../ui/paths.ts";

import type { ListedTask } from "../../../shared/followed-task.ts";

/** Opens a task; one that a job of ours started is shown as that job, which knows more. */
export function useOpenTask(): (task: ListedTask) => void {
  const { jobs } = useStores();
  const [, navigate] = useLocation();
  return (task) => {
    const job = jobs.store
      .getState()
      .items.find(
        (one) => one.clusterId === task.clusterId && one.tasks.some(({ upid }) => upid === task.upid),
      );
    navigate(job === undefined ? taskPath(task) : jobPath(job.id));
  };
}
