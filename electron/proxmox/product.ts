import type { ServerKind } from "../../shared/cluster.ts";
import { accessRequests as backupServerAccess } from "./requests/pbs/access.ts";
import { accessRequests as clusterAccess } from "./requests/pve/access.ts";

/** What differs between the two products in how they are reached and how a login is carried. Everything else is one code path. */
export interface Product {
  readonly kind: ServerKind;
  /** Its daemon listens there and nowhere else unless somebody forwards a port. */
  readonly port: number;
  /** Cookie that carries a ticket. Backup Server 4 has a second, HttpOnly one, which it only gives to who asks for it. */
  readonly cookie: string;
  /** First word of its tickets. */
  readonly ticketPrefix: string;
  /** Value of the `Authorization` header: the two products part id and secret by another sign. */
  readonly tokenHeader: (tokenId: string, secret: string) => string;
  readonly access: typeof clusterAccess | typeof backupServerAccess;
}

export const products: Readonly<Record<ServerKind, Product>> = {
  pve: {
    kind: "pve",
    port: 8006,
    cookie: "PVEAuthCookie",
    ticketPrefix: "PVE",
    tokenHeader: (tokenId, secret) => `PVEAPIToken=${tokenId}=${secret}`,
    access: clusterAccess,
  },
  pbs: {
    kind: "pbs",
    port: 8007,
    cookie: "PBSAuthCookie",
    ticketPrefix: "PBS",
    tokenHeader: (tokenId, secret) => `PBSAPIToken=${tokenId}:${secret}`,
    access: backupServerAccess,
  },
};
