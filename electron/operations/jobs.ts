import { factsOf } from "./facts.ts";

import type { Job } from "../../shared/job.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<
  Handlers,
  | "jobs.list"
  | "jobs.get"
  | "jobs.cancel"
  | "jobs.resolve"
  | "jobs.lookAgain"
  | "jobs.log"
  | "jobs.searchLog"
  | "jobs.saveLog"
>;

export function jobOperations(
  deps: Pick<Deps, "jobs" | "confirmations" | "clusters" | "inventory" | "audit" | "host">,
): Area {
  const { jobs, host } = deps;
  return {
    "jobs.list": () => Promise.resolve(jobs.list()),
    "jobs.get": ({ jobId }) => jobs.get(jobId),
    "jobs.cancel": async ({ jobId, confirmation }, { signal }) => {
      const target = { action: "job.cancel", jobId } as const;
      await deps.confirmations.redeem(confirmation, target, () => factsOf(deps, target, signal));
      await deps.audit.append("confirmed", { action: target.action, jobId });
      return jobs.cancel(jobId, signal);
    },
    "jobs.resolve": ({ jobId, upid }) => jobs.resolve(jobId, upid),
    "jobs.lookAgain": ({ jobId }) => jobs.lookAgain(jobId),
    "jobs.log": (query) => jobs.log(query),
    "jobs.searchLog": (query) => jobs.searchLog(query),
    "jobs.saveLog": async ({ jobId }, { signal }) => {
      const { job } = await jobs.get(jobId);
      const file = { fileName: fileNameOf(job), size: null, content: jobs.saveLog({ jobId }) };
      return { saved: await host.saveFile(file, signal) };
    },
  };
}

/** `backup-100-20261121-0612.log`: nothing of it comes from a server but the number. */
function fileNameOf(job: Job): string {
  const time = new Date(job.createdAt).toISOString().replaceAll(/[-:]/gu, "");
  return `${job.request.kind}-${String(job.request.guest.vmid)}-${time.slice(0, 8)}-${time.slice(9, 13)}.log`;
}
