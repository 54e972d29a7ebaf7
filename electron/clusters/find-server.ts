import { isAppError } from "../../shared/errors.ts";
import { parseAddress } from "../proxmox/address.ts";
import { probe } from "../proxmox/probe.ts";

import type { ParsedAddress } from "../proxmox/address.ts";
import type { Probe, ProbeOptions } from "../proxmox/probe.ts";

export type FoundServer = Probe & ParsedAddress;

/**
 * What stands at an address as it was typed. Where no port was given, both products' own ports are looked at; on a host that
 * runs both, the cluster is meant, and the backup server is reached by its port. Throws AppError `address.*`, `server.*`.
 */
export async function findServer(typed: string, options: ProbeOptions): Promise<FoundServer> {
  const cluster = parseAddress(typed, "pve");
  const backupServer = parseAddress(typed, "pbs");
  const look = async (at: ParsedAddress): Promise<FoundServer> => ({
    ...at,
    ...(await probe(at.address, options)),
  });
  if (cluster.address === backupServer.address) return look(cluster);
  const [first, second] = await Promise.allSettled([look(cluster), look(backupServer)]);
  if (first.status === "fulfilled") return first.value;
  // A server that answered on the first port but is no Proxmox says more than a second one that is not there.
  if (second.status === "fulfilled") return second.value;
  throw isSilence(first.reason) && !isSilence(second.reason) ? second.reason : first.reason;
}

function isSilence(error: unknown): boolean {
  return isAppError(error, "server.unreachable", "server.timeout", "server.connectionLost");
}
