import { isAppError } from "../../shared/errors.ts";
import { readCertificate, systemAuthorities } from "../proxmox/tls.ts";
import { isCertificateTrouble } from "./status.ts";

import type { AddressView } from "../../shared/cluster.ts";
import type { RouteView } from "../proxmox/transport.ts";
import type { Authorities } from "../proxmox/tls.ts";
import type { Audit } from "../store/audit.ts";
import type { Server } from "../store/servers.ts";
import type { Member, Members } from "./members.ts";

type Seen = NonNullable<AddressView["seen"]>;

/** Looks what an address shows in place of what is trusted, so that a person can judge it, and notes it in the audit. */
export interface CertificateWatch {
  /** Looks at each address that is in trouble with its certificate, and forgets those that are well again. */
  look(clusterId: string): Promise<void>;
}

export interface CertificateWatchOptions {
  readonly members: Members;
  readonly audit: Audit;
  readonly now: () => number;
  readonly readOnly: boolean;
  /** Once for each certificate that nobody has trusted. */
  readonly alarm: (server: Server, address: string) => void;
  readonly authorities?: Authorities | undefined;
}

function isInTrouble({ error }: RouteView): boolean {
  return error !== null && isCertificateTrouble(error.code);
}

export function createCertificateWatch(options: CertificateWatchOptions): CertificateWatch {
  const { members, audit, now } = options;
  const authorities = options.authorities ?? systemAuthorities;
  /** `cluster address fingerprint`: one alarm and one row of the audit for each, however often it is looked at. */
  const noted = new Set<string>();

  /** A handshake without a byte of HTTP. Where nothing answers now, what the connection itself had seen. */
  async function see({ session, tunnel, signal }: Member, route: RouteView): Promise<Seen | null> {
    try {
      const found = await readCertificate(route.address, { authorities, tunnel, signal });
      return { ...found, at: now() };
    } catch (error) {
      if (!isAppError(error)) throw error;
      const known = session.routes().find(({ address }) => address === route.address)?.seen ?? null;
      return known === null ? null : { certificate: known, trustedBySystem: false, at: now() };
    }
  }

  async function note({ server }: Member, address: string, { certificate }: Seen): Promise<void> {
    const kept = server.addresses.find((one) => one.address === address);
    const key = `${server.id} ${address} ${certificate.fingerprint}`;
    if (kept === undefined || noted.has(key)) return;
    noted.add(key);
    options.alarm(server, address);
    if (options.readOnly) return;
    await audit.append("cluster.certificateChanged", {
      clusterId: server.id,
      address,
      before: kept.trust.kind === "pinned" ? kept.trust.fingerprint : "system",
      seen: certificate.fingerprint,
    });
  }

  return {
    async look(clusterId) {
      if (!members.has(clusterId)) return;
      const member = members.get(clusterId);
      const seen: Record<string, Seen> = {};
      for (const route of member.session.routes().filter(isInTrouble)) {
        const found = await see(member, route);
        if (found === null) continue;
        seen[route.address] = found;
        await note(member, route.address, found);
      }
      const wasWell = Object.keys(member.observed.seen).length === 0;
      if (member.signal.aborted || (wasWell && Object.keys(seen).length === 0)) return;
      members.observe(clusterId, { seen });
    },
  };
}
