import { AppError, isAppError } from "../../shared/errors.ts";
import { parseAddress } from "../proxmox/address.ts";
import { probe } from "../proxmox/probe.ts";

import type { Address, Trust } from "../../shared/cluster.ts";
import type { Parsed } from "../../shared/operations.ts";
import type { Authorities } from "../proxmox/tls.ts";
import type { Tunnel } from "../proxmox/tunnel.ts";
import type { Server, ServerIdentity } from "../store/servers.ts";
import type { Member, Members } from "./members.ts";

export type WantedAddress = NonNullable<Parsed<"clusters.update">["addresses"]>[number];

interface Way {
  readonly kind: Server["kind"];
  readonly tunnel: Tunnel | null;
  readonly authorities?: Authorities;
  readonly now: number;
}

/** Throws where the certificate that is shown is not the one that was chosen to be trusted. */
export function checkTrust(
  seen: {
    readonly address: string;
    readonly certificate: { readonly fingerprint: string };
    readonly trustedBySystem: boolean;
  },
  trust: Trust,
): void {
  const { address, trustedBySystem } = seen;
  const { fingerprint } = seen.certificate;
  if (trust.kind === "pinned" && trust.fingerprint !== fingerprint) {
    throw new AppError("server.certificateChanged", { params: { address, fingerprint } });
  }
  if (trust.kind === "system" && !trustedBySystem) {
    throw new AppError("server.certificateUntrusted", { params: { address, fingerprint } });
  }
}

/** The one node that shows this certificate by the cluster's own word; null where several do, or none. */
export function nodeOf({ certificates }: ServerIdentity, fingerprint: string): string | null {
  const nodes = Object.entries(certificates).filter(([, seen]) => seen.includes(fingerprint));
  return nodes.length === 1 ? (nodes[0]?.[0] ?? null) : null;
}

/** Looks at an address without any credential and holds it against what was trusted. Throws AppError `server.*`, `proxy.*`. */
export async function trustAddress(
  wanted: WantedAddress,
  identity: ServerIdentity,
  way: Way,
  signal: AbortSignal,
): Promise<Address> {
  const { kind, now, ...how } = way;
  const { address } = parseAddress(wanted.address, kind);
  const found = await probe(address, { signal, ...how });
  if (found.kind !== kind)
    throw new AppError("server.otherProduct", { params: { address, kind: found.kind } });
  checkTrust({ ...found, address }, wanted.trust);
  const { certificate } = found;
  const node = nodeOf(identity, certificate.fingerprint);
  return { address, trust: wanted.trust, node, certificate, trustedAt: now };
}

/**
 * An address that was trusted by a person's own look stands beside others only where it leads to the same cluster: otherwise a
 * guest's number would mean another guest there. The cluster's own word for its certificate proves it, else that our login is
 * taken there, which it is by no other cluster. Throws AppError cluster.otherCluster, cluster.needsLogin.
 */
export async function requireSameCluster(
  members: Members,
  member: Member,
  added: Address,
  signal: AbortSignal,
): Promise<void> {
  const { server } = member;
  const fingerprint = added.certificate?.fingerprint ?? "";
  if (Object.values(server.identity.certificates).flat().includes(fingerprint)) return;
  const session = members.openAt(member, added);
  const params = { address: added.address, name: server.name };
  try {
    if (server.login.kind !== "token" && session.exportTicket() === null) {
      throw new AppError("cluster.needsLogin", { params });
    }
    await session.version(signal);
  } catch (error) {
    const refused = isAppError(
      error,
      "server.sessionExpired",
      "server.tokenRefused",
      "server.clockDifference",
    );
    throw refused ? new AppError("cluster.otherCluster", { params, cause: error }) : error;
  } finally {
    await session.close();
  }
}
