import { isAppError, toErrorData } from "../../shared/errors.ts";
import { serverJobKinds } from "../../shared/server-job.ts";
import { listServerJobs } from "../proxmox/pbs/server-jobs.ts";
import { backupServer } from "./backup-server.ts";

import type { Output } from "../../shared/operations.ts";
import type { ServerJobKind } from "../../shared/server-job.ts";
import type { Session } from "../proxmox/session.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "serverJobs.list">;
type Listed = Omit<Output<"serverJobs.list">, "seenAt">;

export function serverJobOperations(deps: Pick<Deps, "clusters" | "now">): Area {
  return {
    "serverJobs.list": async ({ clusterId }, { signal }) => {
      const { session } = backupServer(deps, clusterId);
      const parts = await Promise.all(serverJobKinds.map((kind) => listKind(session, kind, signal)));
      return {
        jobs: parts.flatMap(({ jobs }) => jobs),
        failed: parts.flatMap(({ failed }) => failed),
        bad: parts.reduce((sum, { bad }) => sum + bad, 0),
        seenAt: deps.now(),
      };
    },
  };
}

/** One kind that cannot be read hides no other. */
async function listKind(session: Session, kind: ServerJobKind, signal: AbortSignal): Promise<Listed> {
  try {
    const { rows, bad } = await listServerJobs(session, kind, signal);
    return { jobs: [...rows], failed: [], bad };
  } catch (error) {
    if (!isAppError(error) || isAppError(error, "cancelled")) throw error;
    return { jobs: [], failed: [{ kind, error: toErrorData(error) }], bad: 0 };
  }
}
