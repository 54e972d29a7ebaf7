import { AppError } from "../../shared/errors.ts";
import { parseUpid } from "../../shared/task.ts";
import { isOpen } from "../../shared/job.ts";
import { tasksOf } from "../proxmox/product-tasks.ts";
import { taskAuditPath } from "../proxmox/requests/task-rights.ts";
import { readGuestStatus } from "../proxmox/pve/guests.ts";

import { pruneFacts } from "./prune.ts";
import { serverJobFacts } from "./server-jobs.ts";

import type { Confirmable } from "../../shared/confirmation.ts";
import type { Guest } from "../../shared/guest.ts";
import type { Job } from "../../shared/job.ts";
import type { Facts } from "./confirmations.ts";
import type { Deps } from "./deps.ts";

type FactDeps = Pick<Deps, "clusters" | "inventory" | "jobs">;

/**
 * What a dialog shows before it asks, read now. The same function reads again when the confirmation is used: any difference
 * refuses it. Figures that change by themselves (load, uptime) have no place here.
 */
export function factsOf(deps: FactDeps, target: Confirmable, signal: AbortSignal): Promise<Facts> {
  switch (target.action) {
    case "guest.power":
      return powerFacts(deps, target, signal);
    case "cluster.deregister":
      return Promise.resolve(deregisterFacts(deps, target));
    case "job.cancel":
      return cancelFacts(deps, target);
    case "datastore.prune":
      return pruneFacts(deps, target, signal);
    case "serverJob.run":
      return serverJobFacts(deps, target, signal);
    case "task.stop":
      return stopFacts(deps, target, signal);
    default:
      return target satisfies never;
  }
}

/** A guest as the list shows it now. Throws AppError guest.notFound, guest.elsewhere, guest.ambiguous. */
export function listedGuest(
  { inventory }: Pick<Deps, "inventory">,
  place: { readonly clusterId: string; readonly node: string; readonly vmid: number },
): Guest {
  const { clusterId, node, vmid } = place;
  const same = [...inventory.guests.values()].filter(
    (guest) => guest.clusterId === clusterId && guest.vmid === vmid,
  );
  const [only] = same;
  if (only === undefined) throw new AppError("guest.notFound", { params: { vmid } });
  if (same.length > 1 || only.conflict) throw new AppError("guest.ambiguous", { params: { vmid } });
  if (only.node !== node) throw new AppError("guest.elsewhere", { params: { vmid, node } });
  return only;
}

async function powerFacts(
  deps: FactDeps,
  target: Extract<Confirmable, { action: "guest.power" }>,
  signal: AbortSignal,
): Promise<Facts> {
  const guest = listedGuest(deps, target);
  const { server, session } = deps.clusters.member(target.clusterId);
  const now = await readGuestStatus(session, guest, signal);
  return {
    cluster: server.name,
    node: guest.node,
    vmid: guest.vmid,
    name: now.name === "" ? guest.name : now.name,
    type: guest.type,
    status: now.status,
    lock: now.lock ?? "",
    ha: now.haManaged,
    power: target.power,
    jobs: names(
      openJobs(deps, (job) => job.clusterId === target.clusterId && job.request.guest.vmid === guest.vmid),
    ),
  };
}

function deregisterFacts(
  deps: FactDeps,
  target: Extract<Confirmable, { action: "cluster.deregister" }>,
): Facts {
  const { server } = deps.clusters.member(target.clusterId);
  const open = openJobs(deps, (job) => job.clusterId === target.clusterId);
  return {
    name: server.name,
    address: server.addresses[0]?.address ?? "",
    demo: server.demo,
    openJobs: open.length,
    jobs: names(open),
  };
}

async function cancelFacts(
  deps: FactDeps,
  target: Extract<Confirmable, { action: "job.cancel" }>,
): Promise<Facts> {
  const { job } = await deps.jobs.get(target.jobId);
  if (!isOpen(job.state)) throw new AppError("job.ended");
  const { guest, kind } = job.request;
  return {
    kind,
    cluster: job.clusterName,
    node: guest.node,
    vmid: guest.vmid,
    name: guest.name,
    state: job.state,
  };
}

/** A task that has ended meanwhile is refused, and so is one that cannot be seen: nobody could tell what is stopped. */
async function stopFacts(
  deps: FactDeps,
  target: Extract<Confirmable, { action: "task.stop" }>,
  signal: AbortSignal,
): Promise<Facts> {
  const { server, session } = deps.clusters.member(target.clusterId);
  const task = parseUpid(target.upid);
  if (task === null) throw new AppError("input.invalid", { fields: { upid: "does not fit" } });
  const { state } = await tasksOf(session).readTaskStatus(session, { upid: task.upid }, signal);
  if (state === "hidden") {
    throw new AppError("server.tooFewRights", {
      params: {
        privilege: "Sys.Audit",
        path: session.kind === "pve" ? taskAuditPath.node(task.node) : taskAuditPath.backupServer,
      },
    });
  }
  if (state !== "running") throw new AppError("job.ended");
  return {
    cluster: server.name,
    node: task.node,
    type: task.type,
    id: task.id,
    user: task.user,
    startedAt: task.startTime * 1000,
  };
}

function openJobs({ jobs }: FactDeps, matches: (job: Job) => boolean): readonly Job[] {
  return jobs.list().items.filter((job) => isOpen(job.state) && matches(job));
}

function names(open: readonly Job[]): string {
  return open.map(({ request: { guest } }) => `${guest.name} (${String(guest.vmid)})`).join(", ");
}
