import { isAppError } from "../../shared/errors.ts";
import { powerNeedsConfirmation } from "../../shared/guest.ts";
import { jobIdSchema } from "../../shared/ids.ts";
import { countSnapshots, readGuestConfig, readGuestStatus } from "../proxmox/pve/guests.ts";
import { factsOf, listedGuest } from "./facts.ts";

import type { Guest, GuestDetail } from "../../shared/guest.ts";
import type { GuestStatus } from "../proxmox/pve/guests.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "guests.list" | "guests.get" | "guests.power" | "storages.list">;

export function guestOperations(
  deps: Pick<Deps, "clusters" | "inventory" | "jobs" | "confirmations" | "audit" | "newId" | "now">,
): Area {
  const { clusters, inventory } = deps;

  async function read(listed: Guest, signal: AbortSignal): Promise<GuestDetail> {
    const { session } = clusters.member(listed.clusterId);
    const [status, config, snapshots] = await Promise.all([
      readGuestStatus(session, listed, signal),
      readGuestConfig(session, listed, signal),
      countSnapshots(session, listed, signal).catch(unknownWhereRefused),
    ]);
    const seenAt = deps.now();
    const { name: _name, lock: _lock, digest: _digest, ...lines } = config;
    return {
      ...lines,
      guest: { ...freshened(listed, status), seenAt },
      agent: status.agent,
      qmpStatus: status.qmpStatus,
      snapshots,
      seenAt,
    };
  }

  return {
    "guests.list": () => Promise.resolve(inventory.guests.snapshot()),
    "storages.list": () => Promise.resolve(inventory.storages.snapshot()),
    "guests.get": (place, { signal }) => read(listedGuest(deps, place), signal),
    "guests.power": async ({ clusterId, node, vmid, action, confirmation }, { signal }) => {
      const target = { action: "guest.power", clusterId, node, vmid, power: action } as const;
      if (powerNeedsConfirmation(action)) {
        await deps.confirmations.redeem(confirmation, target, () => factsOf(deps, target, signal));
        await deps.audit.append("confirmed", { action: target.action, clusterId, node, vmid, power: action });
      }
      const guest = listedGuest(deps, { clusterId, node, vmid });
      const { server, session } = clusters.member(clusterId);
      const { haManaged, name } = await readGuestStatus(session, guest, signal);
      signal.throwIfAborted();
      const { jobId } = await deps.jobs.start(
        {
          kind: "power",
          guest: { vmid, type: guest.type, name: name === "" ? guest.name : name, node },
          action,
          ha: haManaged,
        },
        server,
        // Each press of the button is its own: the guest's lock and our one-job rule keep two apart.
        { draft: deps.newId() },
      );
      return { jobId: jobIdSchema.parse(jobId) };
    },
  };
}

function freshened(listed: Guest, status: GuestStatus): Guest {
  return {
    ...listed,
    name: status.name === "" ? listed.name : status.name,
    status: status.status,
    lock: status.lock,
    cpu: status.cpu,
    maxCpu: status.maxCpu ?? listed.maxCpu,
    memory: status.memory,
    maxMemory: status.maxMemory ?? listed.maxMemory,
    disk: status.disk,
    maxDisk: status.maxDisk ?? listed.maxDisk,
    uptime: status.uptime,
  };
}

/** Snapshots of a container on a storage without them, or without the right: the page shows "unknown". */
function unknownWhereRefused(error: unknown): null {
  if (isAppError(error, "server.forbidden", "server.error", "server.unsupported")) return null;
  throw error;
}
