import { isIP } from "node:net";

import { parseAddress, splitAddress } from "../proxmox/address.ts";
import { readClusterStatus } from "../proxmox/pve/cluster.ts";
import { readCertificate, systemAuthorities } from "../proxmox/tls.ts";
import { listNodeFingerprints, optional } from "./inspect.ts";

import type { Output, Parsed } from "../../shared/operations.ts";
import type { Authorities } from "../proxmox/tls.ts";
import type { Server, Servers } from "../store/servers.ts";
import type { Members } from "./members.ts";

/** The further nodes of a cluster, for a person to tick. The cluster's word is shown, never followed by itself. */
export interface OtherNodes {
  find(input: Parsed<"clusters.findNodes">, signal: AbortSignal): Promise<Output<"clusters.findNodes">>;
  /** Throws AppError `address.*`, `server.*`, `proxy.*`. */
  look(input: Parsed<"clusters.lookAtNode">, signal: AbortSignal): Promise<Output<"clusters.lookAtNode">>;
}

export interface OtherNodesOptions {
  readonly members: Members;
  readonly servers: Servers;
  readonly authorities?: Authorities | undefined;
}

/** `10.0.0.2` of the cluster's list; and where the registered address is `pve1.example.com` for node pve1, `pve2.example.com`. */
function suggest(server: Server, node: string, ip: string | null): string[] {
  const names = server.addresses.flatMap(({ address, node: known }) => {
    const { host, port } = splitAddress(address);
    const isItsName = known !== null && isIP(host) === 0 && host.startsWith(`${known.toLowerCase()}.`);
    return isItsName ? [`${node.toLowerCase()}${host.slice(known.length)}:${port}`] : [];
  });
  const port = splitAddress(server.addresses[0]?.address ?? "").port;
  const address = ip === null || isIP(ip) === 0 ? [] : [isIP(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`];
  return [...new Set([...names, ...address])].filter(isUsable);
}

/** The cluster's words are checked like a person's. */
function isUsable(address: string): boolean {
  try {
    parseAddress(address, "pve");
    return true;
  } catch {
    // Only one suggestion less.
    return false;
  }
}

export function createOtherNodes({ members, servers, authorities }: OtherNodesOptions): OtherNodes {
  return {
    async find({ clusterId }, signal) {
      const { session, server } = members.get(clusterId);
      if (server.kind !== "pve") return { nodes: [] };
      const fingerprints = await listNodeFingerprints(session, signal);
      const status = await optional(readClusterStatus(session, signal));
      const certificates = { ...server.identity.certificates, ...fingerprints.certificates };
      const identity = { ...server.identity, certificates };
      await servers.noteIdentity(clusterId, identity);
      await members.replace({ ...members.get(clusterId).server, identity }, false);
      const byNode = new Map(status?.nodes.map((row) => [row.node, row]));
      const local = status?.nodes.find((row) => row.local)?.node ?? null;
      const registeredAt = (node: string): string | null =>
        server.addresses.find((one) => one.node === node)?.address ??
        (node === local ? session.address : null);
      return {
        nodes: fingerprints.nodes.map(({ node, online }) => ({
          node,
          online,
          registered: registeredAt(node),
          suggestions: suggest(server, node, byNode.get(node)?.ip ?? null),
        })),
      };
    },
    async look({ clusterId, node, address: typed }, signal) {
      const { server, tunnel } = members.get(clusterId);
      const { address } = parseAddress(typed, server.kind);
      const look = { authorities: authorities ?? systemAuthorities, tunnel, signal };
      const found = await readCertificate(address, look);
      const expected = server.identity.certificates[node] ?? [];
      const isSame = expected.includes(found.certificate.fingerprint);
      return {
        address,
        ...found,
        expected,
        match: expected.length === 0 ? "unknown" : isSame ? "same" : "other",
      };
    },
  };
}
