import type { Server, ServerIdentity } from "../store/servers.ts";

/**
 * The registered server that is the same cluster or backup server: one certificate in common, the same cluster name, and a node
 * name in common. A certificate alone does not prove it (one wildcard certificate may serve many), a name alone neither.
 */
export function findSame(
  servers: readonly Server[],
  seen: { readonly kind: Server["kind"]; readonly identity: ServerIdentity },
): Server | null {
  return (
    servers.find((server) => server.kind === seen.kind && isSame(server.identity, seen.identity)) ?? null
  );
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

/** A registered server of this kind that shows this certificate: a hint before the login, not yet a refusal. */
export function findByCertificate(
  servers: readonly Server[],
  seen: { readonly kind: Server["kind"]; readonly certificate: { readonly fingerprint: string } },
): Server | null {
  const { fingerprint } = seen.certificate;
  const matches = ({ kind, identity, addresses }: Server): boolean =>
    kind === seen.kind &&
    (Object.values(identity.certificates).flat().includes(fingerprint) ||
      addresses.some(({ trust }) => trust.kind === "pinned" && trust.fingerprint === fingerprint));
  return servers.find(matches) ?? null;
}
