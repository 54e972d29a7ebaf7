import { z } from "zod";

import type { ClusterNode } from "../../../shared/cluster.ts";
import { clusterRequests } from "../requests/pve/cluster.ts";
import {
  amountField,
  fingerprintField,
  plainTextField,
  requiredText,
  rowsOf,
  textField,
  timeField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";

export interface ListedNode extends ClusterNode {
  /** SHA-256 of the node's certificate as 64 hex digits: names a cluster whatever its address. null before PVE 7. */
  readonly fingerprint: string | null;
}

const nodeSchema = z
  .object({
    node: requiredText,
    status: plainTextField,
    cpu: amountField,
    maxcpu: amountField,
    mem: amountField,
    maxmem: amountField,
    uptime: amountField,
    ssl_fingerprint: fingerprintField,
  })
  .transform((row): ListedNode => ({
    node: row.node,
    online: row.status === "online",
    cpu: row.cpu,
    maxCpu: row.maxcpu,
    memory: row.mem,
    maxMemory: row.maxmem,
    uptime: row.uptime,
    fingerprint: row.ssl_fingerprint,
  }));

/** All nodes, with the numbers that Sys.Audit shows. Throws AppError `server.*`. */
export async function listNodes(session: Session, signal: AbortSignal): Promise<Rows<ListedNode>> {
  const { value } = await session.read(
    { request: clusterRequests.nodes, values: {}, schema: rowsOf(nodeSchema) },
    signal,
  );
  return value;
}

export interface NodeStatus {
  readonly uptime: number | null;
  /** By the node's own clock, ms since the epoch; ±1 s. */
  readonly bootedAt: number | null;
  readonly pveVersion: string | null;
  readonly serverTime: number | null;
}

const statusSchema = z.object({ uptime: amountField, pveversion: textField });

/** Needs Sys.Audit on the node. Throws AppError `server.nodeDown`, `server.*`. */
export async function readNodeStatus(
  session: Session,
  input: { readonly node: string },
  signal: AbortSignal,
): Promise<NodeStatus> {
  const { value, serverTime } = await session.read(
    { request: clusterRequests.nodeStatus, values: input, schema: statusSchema },
    signal,
  );
  const { uptime } = value;
  const bootedAt = uptime === null || serverTime === null ? null : serverTime - Math.round(uptime * 1000);
  return { uptime, bootedAt, pveVersion: value.pveversion, serverTime };
}

export interface NodeCertificate {
  /** `pve-root-ca.pem`, `pve-ssl.pem`, `pveproxy-ssl.pem`. */
  readonly filename: string;
  readonly fingerprint: string | null;
  readonly subject: string;
  readonly issuer: string;
  readonly validFrom: number | null;
  readonly validTo: number | null;
}

const certificateSchema = z
  .object({
    filename: requiredText,
    fingerprint: fingerprintField,
    subject: plainTextField,
    issuer: plainTextField,
    notbefore: timeField,
    notafter: timeField,
  })
  .transform((row): NodeCertificate => ({
    filename: row.filename,
    fingerprint: row.fingerprint,
    subject: row.subject,
    issuer: row.issuer,
    validFrom: row.notbefore,
    validTo: row.notafter,
  }));

/** Any logged-in account may ask. Throws AppError `server.*`. */
export async function listNodeCertificates(
  session: Session,
  input: { readonly node: string },
  signal: AbortSignal,
): Promise<Rows<NodeCertificate>> {
  const { value } = await session.read(
    { request: clusterRequests.nodeCertificates, values: input, schema: rowsOf(certificateSchema) },
    signal,
  );
  return value;
}
