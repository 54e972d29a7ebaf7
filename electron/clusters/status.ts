import { toErrorData } from "../../shared/errors.ts";
import { firstSight, seesNothing } from "./rights.ts";
import { outgrownVersion } from "../proxmox/requests/versions.ts";
import { parseVersion } from "../proxmox/version.ts";

import type {
  Address,
  AddressView,
  Cluster,
  ClusterNode,
  ClusterStatus,
  ServerKind,
} from "../../shared/cluster.ts";
import type { AppError, ErrorCode } from "../../shared/errors.ts";
import type { RouteView } from "../proxmox/transport.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { Server } from "../store/servers.ts";

/** What the last poll found; null in the place of an error = all of it was answered. */
export interface PollResult {
  readonly error: AppError | null;
  /** The cluster answered and the error concerns a part only. */
  readonly partial: boolean;
}

/** Everything that is known of a cluster beside its registration, and lost when the app ends. */
export interface Observed {
  /** null = not asked since the start. */
  readonly poll: PollResult | null;
  readonly nodes: readonly ClusterNode[];
  readonly quorate: boolean | null;
  readonly permissions: Permissions | null;
  readonly clockOffset: number | null;
  readonly lastAnswerAt: number | null;
  /** What addresses show in place of what is trusted, by address. */
  readonly seen: Readonly<Record<string, NonNullable<AddressView["seen"]>>>;
}

export const nothingObserved: Observed = {
  poll: null,
  nodes: [],
  quorate: null,
  permissions: null,
  clockOffset: null,
  lastAnswerAt: null,
  seen: {},
};

const loginCodes: readonly ErrorCode[] = [
  "cluster.needsLogin",
  "server.wrongCredentials",
  "server.tokenRefused",
  "server.secondFactorRequired",
  "server.secondFactorUnsupported",
  "server.secondFactorWrong",
  "server.sessionExpired",
  "vault.locked",
  "vault.missing",
  "vault.unavailable",
  "vault.damaged",
];
const certificateCodes: readonly ErrorCode[] = ["server.certificateChanged", "server.certificateUntrusted"];
const silenceCodes: readonly ErrorCode[] = [
  "proxy.unreachable",
  "proxy.loginRefused",
  "proxy.forbidden",
  "proxy.targetUnreachable",
  "proxy.badAnswer",
  "server.unreachable",
  "server.nameNotFound",
  "server.timeout",
  "server.connectionLost",
  "server.certificateInvalid",
  "server.notProxmox",
  "server.redirected",
];

export function needsLogin(code: ErrorCode): boolean {
  return loginCodes.includes(code);
}

export function isCertificateTrouble(code: ErrorCode): boolean {
  return certificateCodes.includes(code);
}

/** Nothing that answers is there, or it is no Proxmox VE. */
export function isSilence(code: ErrorCode): boolean {
  return silenceCodes.includes(code);
}

/** At its last poll at least a part of it was answered. */
export function isAnswering({ poll }: Observed): boolean {
  return poll !== null && (poll.error === null || poll.partial);
}

export function statusOf(kind: ServerKind, observed: Observed, routes: readonly RouteView[]): ClusterStatus {
  const { poll, nodes, quorate } = observed;
  if (poll === null) return "connecting";
  if (poll.error !== null && !poll.partial) {
    const { code } = poll.error;
    if (certificateCodes.includes(code)) return "certificateChanged";
    if (loginCodes.includes(code)) return "needsLogin";
    return isSilence(code) ? "offline" : "degraded";
  }
  const isWell =
    poll.error === null &&
    quorate !== false &&
    nodes.every((node) => node.online) &&
    !isBlind(kind, observed) &&
    !routes.some(isFrozen);
  return isWell ? "online" : "degraded";
}

/** It answers, but this account may look at nothing: what is empty then says nothing about the server. */
function isBlind(kind: ServerKind, { permissions }: Observed): boolean {
  return permissions !== null && seesNothing(kind, permissions);
}

/** Why it is degraded although everything answered. */
function problemOf(kind: ServerKind, observed: Observed, routes: readonly RouteView[]): Cluster["problem"] {
  const { poll, nodes, quorate } = observed;
  if (poll?.error !== null && poll?.error !== undefined) return toErrorData(poll.error);
  // The others go on: what it may mean weighs more than a node that is down.
  const frozen = routes.find(isFrozen)?.error;
  if (frozen !== undefined && frozen !== null) return toErrorData(frozen);
  if (isBlind(kind, observed)) return { code: "server.tooFewRights", params: firstSight(kind) };
  if (quorate === false) return { code: "server.noQuorum", params: {} };
  const down = nodes.find((node) => !node.online);
  return down === undefined ? undefined : { code: "server.nodeDown", params: { node: down.node } };
}

function isFrozen({ state }: RouteView): boolean {
  return state === "certificateChanged";
}

function viewOf(address: Address, observed: Observed, routes: readonly RouteView[]): AddressView {
  const route = routes.find((one) => one.address === address.address);
  const seen = observed.seen[address.address];
  const error = route?.error ?? null;
  return {
    ...address,
    state: route?.state ?? "standby",
    ...(error === null ? {} : { problem: toErrorData(error) }),
    ...(seen === undefined || error === null || !isCertificateTrouble(error.code) ? {} : { seen }),
  };
}

/** The cluster as the renderer sees it. */
export function describeCluster(
  server: Server,
  observed: Observed,
  more: Pick<Cluster, "credential" | "missingRights"> & { readonly routes: readonly RouteView[] },
): Cluster {
  const status = statusOf(server.kind, observed, more.routes);
  const problem = problemOf(server.kind, observed, more.routes);
  const version = parseVersion(server.identity.version ?? "");
  return {
    id: server.id,
    kind: server.kind,
    name: server.name,
    demo: server.demo,
    addresses: server.addresses.map((address) => viewOf(address, observed, more.routes)),
    proxy: server.proxy,
    login: server.login,
    credential: more.credential,
    status,
    ...(problem === undefined ? {} : { problem }),
    clusterName: server.identity.clusterName,
    version: server.identity.version,
    newerThan: version === null ? null : outgrownVersion(server.kind, version),
    nodes: [...observed.nodes],
    quorate: observed.quorate,
    clockOffset: observed.clockOffset,
    createdAt: server.createdAt,
    updatedAt: server.updatedAt,
    lastAnswerAt: observed.lastAnswerAt ?? server.lastAnswerAt,
    missingRights: more.missingRights,
    edition: server.edition,
  };
}
