import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import { removesBackups, serverJobKinds } from "../../shared/server-job.ts";
import { runServerJob } from "../proxmox/pbs/maintenance.ts";
import { listServerJobs } from "../proxmox/pbs/server-jobs.ts";
import { backupServer } from "./backup-server.ts";

import type { Confirmable } from "../../shared/confirmation.ts";
import type { Output } from "../../shared/operations.ts";
import type { ServerJob, ServerJobKind } from "../../shared/server-job.ts";
import type { Session } from "../proxmox/session.ts";
import type { Facts } from "./confirmations.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "serverJobs.list" | "serverJobs.run">;
type Listed = Omit<Output<"serverJobs.list">, "seenAt">;
type RunTarget = Extract<Confirmable, { action: "serverJob.run" }>;

export function serverJobOperations(deps: Pick<Deps, "clusters" | "confirmations" | "audit" | "now">): Area {
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
    "serverJobs.run": async ({ clusterId, kind, id, confirmation }, { signal }) => {
      const { session } = backupServer(deps, clusterId);
      const job = await findJob(session, { kind, id }, signal);
      if (removesBackups(job)) {
        const target = { action: "serverJob.run", clusterId, kind, id } as const;
        await deps.confirmations.redeem(confirmation, target, () => serverJobFacts(deps, target, signal));
        await deps.audit.append("confirmed", { action: target.action, clusterId, kind, id });
      }
      signal.throwIfAborted();
      const upid = await runServerJob(session, job, signal);
      await deps.audit.append("serverJob.run", { clusterId, kind, id, upid });
      return { upid };
    },
  };
}

/** What a job that removes backups is set to do, read now. */
export async function serverJobFacts(
  deps: Pick<Deps, "clusters">,
  target: RunTarget,
  signal: AbortSignal,
): Promise<Facts> {
  const { server, session } = backupServer(deps, target.clusterId);
  const job = await findJob(session, target, signal);
  return {
    server: server.name,
    kind: job.kind,
    id: job.id,
    store: job.store,
    namespace: job.namespace,
    options: job.options.map(({ name, value }) => `${name} ${value}`).join(", "),
  };
}

/** The job as it is now. Throws AppError server.notFound. */
async function findJob(
  session: Session,
  { kind, id }: { readonly kind: ServerJobKind; readonly id: string },
  signal: AbortSignal,
): Promise<ServerJob> {
  const { rows } = await listServerJobs(session, kind, signal);
  const job = rows.find((row) => row.id === id);
  if (job === undefined) throw new AppError("server.notFound", { params: { id } });
  return job;
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
