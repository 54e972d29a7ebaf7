import { isAppError } from "../../shared/errors.ts";
import { listNodeCertificates } from "../proxmox/pve/nodes.ts";
import { readCertificate, systemAuthorities } from "../proxmox/tls.ts";
import { isCertificateTrouble } from "./status.ts";

import type { AddressView, Certificate } from "../../shared/cluster.ts";
import type { RouteView } from "../proxmox/transport.ts";
import type { Authorities, SeenCertificate } from "../proxmox/tls.ts";
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

  async function see(member: Member, route: RouteView): Promise<Seen | null> {
    const found = await shownAt(member, route);
    if (found === null) return null;
    return { ...found, namedByCluster: await isNamed(member, route, found.certificate), at: now() };
  }

  /** A handshake without a byte of HTTP. Where nothing answers now, what the connection itself had seen. */
  async function shownAt({ tunnel, signal }: Member, route: RouteView): Promise<SeenCertificate | null> {
    try {
      return await readCertificate(route.address, { authorities, tunnel, signal });
    } catch (error) {
      if (!isAppError(error)) throw error;
      return route.seen === null ? null : { certificate: route.seen, trustedBySystem: false };
    }
  }

  /** Asked of another address, which is still trusted; false also where none answers. */
  async function isNamed(
    { server, session, signal }: Member,
    route: RouteView,
    { fingerprint }: Certificate,
  ): Promise<boolean> {
    const node = server.addresses.find(({ address }) => address === route.address)?.node ?? null;
    const isAlone = session.state().kind === "certificateChanged";
    if (server.kind !== "pve" || node === null || isAlone) return false;
    try {
      const { rows } = await listNodeCertificates(session, { node }, signal);
      return rows.some((row) => row.fingerprint === fingerprint);
    } catch (error) {
      if (!isAppError(error)) throw error;
      // It only makes the words milder: without it they are not.
      return false;
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
