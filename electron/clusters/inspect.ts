import { z } from "zod";

import { AppError, isAppError } from "../../shared/errors.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { readClusterStatus } from "../proxmox/pve/cluster.ts";
import { listNodeCertificates, listNodes } from "../proxmox/pve/nodes.ts";
import { clusterRequests } from "../proxmox/requests/pve/cluster.ts";
import { timeField } from "../proxmox/schema.ts";

import type { ClusterNode } from "../../shared/cluster.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { ClusterStatus } from "../proxmox/pve/cluster.ts";
import type { ListedNode } from "../proxmox/pve/nodes.ts";
import type { Session } from "../proxmox/session.ts";
import type { ServerIdentity } from "../store/servers.ts";

/** pve-access-control takes a ticket of another node only while the clocks are this near. */
const maxClockSpreadMs = 5 * 60_000;
/** Each node is asked for its certificates and its state; of a very large cluster a part is enough to know it again. */
const maxNodesAsked = 16;

/** What a logged-in account finds out about a cluster. */
export interface Inspection {
  readonly version: string;
  readonly permissions: Permissions;
  readonly identity: ServerIdentity;
  readonly nodes: readonly ClusterNode[];
  readonly quorate: boolean | null;
  readonly clockOffset: number | null;
}

/**
 * Version, nodes, rights, clocks, and by what the cluster is known again. `leaf`: fingerprint that the asked address shows.
 * Throws AppError server.clockDifference where the nodes refuse each other's logins, and the client's server.*.
 */
export async function inspect(session: Session, leaf: string, signal: AbortSignal): Promise<Inspection> {
  const version = await session.version(signal);
  const permissions = await readPermissions(session, {}, signal);
  const { rows: nodes } = await listNodes(session, signal);
  const status = await optional(readClusterStatus(session, signal));
  const online = nodes.filter((node) => node.online).slice(0, maxNodesAsked);
  const certificates = await certificatesOf(session, online, signal);
  await checkClocks(session, online, signal);
  addLeaf(certificates, status, nodes, leaf);
  return {
    version: version.text,
    permissions,
    identity: { clusterName: status?.name ?? null, version: version.text, certificates },
    nodes: nodes.map(({ fingerprint: _fingerprint, ...node }) => node),
    quorate: status?.quorate ?? null,
    clockOffset: session.clockOffset(),
  };
}

/** A part that this account may not see, or that a dead node keeps from us, must not fail the whole. */
export async function optional<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    const mayMiss = isAppError(
      error,
      "server.forbidden",
      "server.nodeDown",
      "server.unavailable",
      "server.notFound",
      "server.error",
      "server.timeout",
    );
    if (mayMiss) return null;
    throw error;
  }
}

/** The nodes of a cluster and, by node, the certificates that the cluster names for them. Throws the client's server.*. */
export async function listNodeFingerprints(
  session: Session,
  signal: AbortSignal,
): Promise<{
  readonly nodes: readonly ListedNode[];
  readonly certificates: Readonly<Record<string, string[]>>;
}> {
  const { rows: nodes } = await listNodes(session, signal);
  const online = nodes.filter((node) => node.online).slice(0, maxNodesAsked);
  return { nodes, certificates: await certificatesOf(session, online, signal) };
}

async function certificatesOf(
  session: Session,
  nodes: readonly ListedNode[],
  signal: AbortSignal,
): Promise<Record<string, string[]>> {
  const certificates: Record<string, string[]> = {};
  for (const node of nodes) certificates[node.node] = await fingerprintsOf(session, node, signal);
  return certificates;
}

async function fingerprintsOf(session: Session, node: ListedNode, signal: AbortSignal): Promise<string[]> {
  const listed = await optional(listNodeCertificates(session, { node: node.node }, signal));
  const all = [node.fingerprint, ...(listed?.rows.map((row) => row.fingerprint) ?? [])];
  return [...new Set(all.filter((fingerprint) => fingerprint !== null))];
}

const nodeTimeSchema = z.object({ time: timeField });

/** What a node's clock says against ours, ms; null where it did not tell. Needs Sys.Audit on the node. */
async function clockOf(session: Session, node: string, signal: AbortSignal): Promise<number | null> {
  const asked = Date.now();
  const answer = await session.read(
    { request: clusterRequests.nodeTime, values: { node }, schema: nodeTimeSchema },
    signal,
  );
  return answer.value.time === null ? null : answer.value.time - asked;
}

async function checkClocks(
  session: Session,
  nodes: readonly ListedNode[],
  signal: AbortSignal,
): Promise<void> {
  const offsets: number[] = [];
  for (const { node } of nodes) {
    const offset = await optional(clockOf(session, node, signal));
    if (offset !== null) offsets.push(offset);
  }
  if (offsets.length > 1 && Math.max(...offsets) - Math.min(...offsets) > maxClockSpreadMs) {
    throw new AppError("server.clockDifference");
  }
}

function addLeaf(
  certificates: Record<string, string[]>,
  status: ClusterStatus | null,
  nodes: readonly ListedNode[],
  leaf: string,
): void {
  if (leaf === "") return;
  const local = status?.nodes.find((node) => node.local)?.node ?? nodes.find((node) => node.online)?.node;
  if (local === undefined) return;
  const known = (certificates[local] ??= []);
  if (!known.includes(leaf)) known.push(leaf);
}
