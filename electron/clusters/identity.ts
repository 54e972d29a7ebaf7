import type { Server, ServerIdentity } from "../store/servers.ts";

/**
 * The registered server that is the same cluster: one certificate in common, the same cluster name, and a node name in common.
 * A certificate alone does not prove it (one wildcard certificate may serve many clusters), a name alone neither.
 */
export function findSame(servers: readonly Server[], identity: ServerIdentity): Server | null {
  return servers.find((server) => isSame(server.identity, identity)) ?? null;
}

function isSame(known: ServerIdentity, seen: ServerIdentity): boolean {
  if (known.clusterName !== seen.clusterName) return false;
  const nodes = Object.keys(known.certificates);
  if (!Object.keys(seen.certificates).some((node) => nodes.includes(node))) return false;
  const fingerprints = new Set(Object.values(known.certificates).flat());
  return Object.values(seen.certificates)
    .flat()
    .some((fingerprint) => fingerprints.has(fingerprint));
}

/** Name of a registered server that shows this certificate: a hint before the login, not yet a refusal. */
export function findByCertificate(servers: readonly Server[], fingerprint: string): Server | null {
  const matches = (server: Server): boolean =>
    Object.values(server.identity.certificates).flat().includes(fingerprint) ||
    server.addresses.some(({ trust }) => trust.kind === "pinned" && trust.fingerprint === fingerprint);
  return servers.find(matches) ?? null;
}
