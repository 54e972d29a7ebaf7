import { accountOf } from "../../shared/cluster.ts";
import { AppError, isAppError } from "../../shared/errors.ts";
import { packTicket } from "../proxmox/auth.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { movesOn } from "../proxmox/line.ts";
import { secretOf } from "../proxmox/secret.ts";
import { readCertificate, systemAuthorities } from "../proxmox/tls.ts";
import { nameKey } from "../store/servers.ts";
import { inspect } from "./inspect.ts";
import { inspectBackupServer } from "./inspect-backup-server.ts";
import { tunnelOf } from "./members.ts";
import { createOtherNodes } from "./other-nodes.ts";
import { proxyOf } from "./proxy-input.ts";
import { rightsReport } from "./rights.ts";
import { isCertificateTrouble } from "./status.ts";
import { createTokens } from "./tokens.ts";
import { checkTrust, requireSameCluster, trustAddress } from "./trusted-addresses.ts";

import type { Address, Cluster, LoginName, Trust } from "../../shared/cluster.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Output, Parsed } from "../../shared/operations.ts";
import type { RightsReport } from "../../shared/rights.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Authorities } from "../proxmox/tls.ts";
import type { Tunnel } from "../proxmox/tunnel.ts";
import type { Audit } from "../store/audit.ts";
import type { Server, ServerIdentity, Servers } from "../store/servers.ts";
import type { Vault } from "../store/vault.ts";
import type { CertificateWatch } from "./certificate-watch.ts";
import type { Credentials } from "./credentials.ts";
import type { Inventory } from "./inventory.ts";
import type { Member, Members } from "./members.ts";
import type { OpenId } from "./openid.ts";
import type { OtherNodes } from "./other-nodes.ts";
import type { Registration } from "./registration.ts";
import type { Tokens } from "./tokens.ts";
import type { WantedAddress } from "./trusted-addresses.ts";

/** The last eight hex digits of the new fingerprint are typed, so that nobody trusts by habit. */
const typedDigits = 8;

/** The registered clusters and all that is done with a registration. */
export interface Clusters extends Pick<Registration, "probe" | "realms" | "register" | "registerKnown"> {
  list(): { readonly revision: number; readonly items: Cluster[] };
  /** Throws AppError cluster.notFound. */
  member(clusterId: string): Member;
  describe(clusterId: string): Cluster;
  login(input: Parsed<"clusters.login">, signal: AbortSignal): Promise<Output<"clusters.login">>;
  update(input: Parsed<"clusters.update">, signal: AbortSignal): Promise<Cluster>;
  retrust(input: Parsed<"clusters.retrust">, signal: AbortSignal): Promise<Cluster>;
  readonly findNodes: OtherNodes["find"];
  readonly lookAtNode: OtherNodes["look"];
  /** Asks everything anew: version, rights, certificates, and one poll. */
  check(clusterId: ClusterId): Promise<Cluster>;
  /** What the account may do, read now. Throws AppError cluster.notFound and the client's server.*. */
  rights(clusterId: ClusterId, signal: AbortSignal): Promise<RightsReport>;
  planToken: Tokens["plan"];
  makeToken: Tokens["make"];
  /** Erases the credentials and forgets what is cached; the history stays. */
  deregister(clusterId: ClusterId): Promise<void>;
  /** The vault was opened, closed or moved: clusters without a login try again. */
  credentialsChanged(): void;
}

export interface ClustersOptions {
  readonly now: () => number;
  readonly members: Members;
  readonly inventory: Inventory;
  readonly registration: Registration;
  readonly servers: Servers;
  readonly credentials: Credentials;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly openId: OpenId;
  readonly certificates: CertificateWatch;
  /** Runs beside everything else; failures are logged. */
  readonly inBackground: (name: string, work: () => Promise<void>) => void;
  /** Forgets caches and settles open jobs. */
  readonly removed: (clusterId: string) => Promise<void>;
  readonly authorities?: Authorities | undefined;
}

export function createClusters(options: ClustersOptions): Clusters {
  const { now, members, inventory, registration, servers, credentials, audit } = options;
  const authorities = options.authorities === undefined ? {} : { authorities: options.authorities };
  const otherNodes = createOtherNodes({ members, servers, ...authorities });
  /** Edits of one cluster follow one another; a second one that was made from the old state is refused by its edition. */
  const busy = new Set<string>();

  async function exclusively<T>(clusterId: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(clusterId)) throw new AppError("cluster.busy");
    busy.add(clusterId);
    try {
      return await work();
    } finally {
      busy.delete(clusterId);
    }
  }

  async function save(next: Server, before: Server, reconnect: boolean): Promise<void> {
    await servers.update(next, before.edition);
    await members.replace(next, reconnect);
    if (reconnect) inventory.start(next.id);
  }

  /** New ones are looked at and trusted like a first one; those that stay are not asked, a dead one must not hold up an edit. */
  async function settleAddresses(
    member: Member,
    wanted: readonly WantedAddress[],
    tunnel: Tunnel | null,
    signal: AbortSignal,
  ): Promise<Address[]> {
    const { server } = member;
    const way = { kind: server.kind, tunnel, now: now(), ...authorities };
    const kept = (one: WantedAddress): Address | undefined =>
      server.addresses.find(({ address, trust }) => address === one.address && isSame(trust, one.trust));
    const settled: Address[] = [];
    for (const one of wanted) {
      const address = kept(one) ?? (await trustAddress(one, server.identity, way, signal));
      if (settled.some((other) => other.address === address.address)) continue;
      settled.push(address);
    }
    const added = settled.filter((one) => !server.addresses.includes(one));
    // Where none of the old ones stays, the cluster has moved: there is nothing to stand beside.
    if (added.length < settled.length) {
      for (const one of added) await requireSameCluster(members, member, one, signal);
    }
    return settled;
  }

  /** A new way is tried before it is kept, by a handshake alone; one of the addresses behind it may be down. */
  async function tryProxy(
    addresses: readonly Address[],
    tunnel: Tunnel | null,
    signal: AbortSignal,
  ): Promise<void> {
    const look = { authorities: options.authorities ?? systemAuthorities, tunnel, signal };
    const failed: AppError[] = [];
    for (const { address, trust } of addresses) {
      try {
        checkTrust({ ...(await readCertificate(address, look)), address }, trust);
        return;
      } catch (error) {
        if (!(error instanceof AppError) || !movesOn(error)) throw error;
        failed.push(error);
      }
    }
    const [first] = failed;
    if (first !== undefined) throw first;
  }

  async function update(input: Parsed<"clusters.update">, signal: AbortSignal): Promise<Cluster> {
    const member = members.get(input.clusterId);
    const { server } = member;
    if (input.edition !== server.edition) throw new AppError("cluster.busy");
    const name = input.name ?? server.name;
    const taken = members
      .servers()
      .some((other) => other.id !== server.id && nameKey(other.name) === nameKey(name));
    if (taken)
      throw new AppError("cluster.nameTaken", { params: { name }, fields: { name: "cluster.nameTaken" } });
    const { proxy, password } =
      input.proxy === undefined ? { proxy: server.proxy, password: null } : proxyOf(input.proxy, credentials);
    const tunnel = tunnelOf(proxy, async () => password ?? (await credentials.proxyPassword(server.id)));
    const newProxy = password !== null || !isSame(proxy, server.proxy);
    const addresses =
      input.addresses === undefined
        ? server.addresses
        : await settleAddresses({ ...member, tunnel }, input.addresses, tunnel, signal);
    if (newProxy) await tryProxy(addresses, tunnel, signal);
    const login = input.login ?? server.login;
    const newLogin = !isSame(login, server.login);
    if (newLogin && input.secret === undefined) {
      throw new AppError("input.invalid", { fields: { secret: "required" } });
    }
    if (input.secret !== undefined) await replaceSecret(server.id, secretOf(input.secret));
    // Left out it stays as it is, but not for a proxy that asks for none.
    if (newProxy && (password !== null || proxy === null || proxy.user === null)) {
      const remember = credentials.where(server.id) === "stored" && isStorable();
      await credentials.keepProxyPassword(server.id, password, remember);
    }
    const next: Server = {
      ...server,
      name,
      login,
      addresses,
      proxy,
      edition: server.edition + 1,
      updatedAt: now(),
    };
    await save(next, server, newProxy || !isSame(addresses, server.addresses) || input.secret !== undefined);
    for (const { address, trust } of addresses.filter((one) => !server.addresses.includes(one))) {
      await audit.append("cluster.trusted", { clusterId: server.id, address, trust: trustText(trust) });
    }
    if (newProxy) {
      await audit.append("cluster.proxy", { clusterId: server.id, proxy: proxy?.address ?? "" });
    }
    return members.describe(server.id);
  }

  /** In the place where the one before was kept, where that is still open. */
  async function replaceSecret(clusterId: ClusterId, secret: Secret): Promise<void> {
    const wasStored = credentials.where(clusterId) !== "memory";
    await credentials.eraseLogin(clusterId);
    await credentials.keepSecret(clusterId, secret, wasStored && isStorable());
    await audit.append("credential.kept", { clusterId, place: credentials.where(clusterId) });
  }

  /** Where the new login cannot be noted, the one before stays as it was. */
  async function switchLogin(clusterId: ClusterId, login: LoginName, secret: Secret): Promise<void> {
    const { server } = members.get(clusterId);
    const before = await credentials.secret(clusterId);
    try {
      await replaceSecret(clusterId, secret);
      await save({ ...server, login, edition: server.edition + 1, updatedAt: now() }, server, true);
    } catch (error) {
      if (before !== null) await replaceSecret(clusterId, before);
      throw error;
    }
  }

  const tokens = createTokens({ members, credentials, vault: options.vault, audit, switchLogin });

  function isStorable(): boolean {
    try {
      options.vault.requireStorable();
      return true;
    } catch {
      // Asked only whether; the caller keeps it in memory then, and the list says so.
      return false;
    }
  }

  async function retrust(
    { clusterId, address, fingerprint, typed }: Parsed<"clusters.retrust">,
    signal: AbortSignal,
  ): Promise<Cluster> {
    const { server, tunnel } = members.get(clusterId);
    const digits = typed.replaceAll(/[\s:]/gu, "").toLowerCase();
    if (digits.length !== typedDigits || !fingerprint.endsWith(digits)) {
      throw new AppError("confirmation.changed", { fields: { typed: "confirmation.changed" } });
    }
    const before = server.addresses.find((one) => one.address === address);
    if (before === undefined) throw new AppError("confirmation.changed");
    const way = { kind: server.kind, tunnel, now: now(), ...authorities };
    const trust = { kind: "pinned", fingerprint } as const;
    const trusted = await trustAddress({ address, trust }, server.identity, way, signal);
    const next: Server = {
      ...server,
      // The node's name stays where the cluster has not told of its new certificate yet.
      addresses: server.addresses.map((one) =>
        one === before ? { ...trusted, node: trusted.node ?? before.node } : one,
      ),
      edition: server.edition + 1,
      updatedAt: now(),
    };
    await save(next, server, true);
    await audit.append("cluster.retrusted", {
      clusterId,
      address,
      before: trustText(before.trust),
      after: fingerprint,
    });
    await inventory.pollNow(clusterId);
    return members.describe(clusterId);
  }

  const checks = new Map<string, Promise<Cluster>>();

  /** Two who press the button at once share one check; it ends with the cluster, not with one of them. */
  function check(clusterId: ClusterId): Promise<Cluster> {
    const running =
      checks.get(clusterId) ??
      checkNow(clusterId).finally(() => {
        checks.delete(clusterId);
      });
    checks.set(clusterId, running);
    return running;
  }

  async function checkNow(clusterId: ClusterId): Promise<Cluster> {
    try {
      // What waits after failures is asked now, and an address that shows its pinned certificate again thaws.
      const { session, server, signal } = members.get(clusterId);
      await session.lookAgain();
      const look = server.kind === "pve" ? inspect : inspectBackupServer;
      const { address } = session;
      const found = await look(session, leafOf(server, address), signal);
      // Where another node took over meanwhile, its answers would be filed under the first one's certificate.
      if (session.address === address) {
        const identity = mergeIdentity(server.identity, found.identity);
        await servers.noteIdentity(clusterId, identity);
        await members.replace({ ...members.get(clusterId).server, identity }, false);
      }
      members.observe(clusterId, { permissions: found.permissions });
    } catch (error) {
      // What stands against it is what the poll will show as the cluster's status.
      if (!isAppError(error) || !members.has(clusterId)) throw error;
    }
    await inventory.pollNow(clusterId);
    await options.certificates.look(clusterId);
    return members.describe(clusterId);
  }

  async function login(
    input: Parsed<"clusters.login">,
    signal: AbortSignal,
  ): Promise<Output<"clusters.login">> {
    const { clusterId, secondFactor } = input;
    await members.get(clusterId).session.lookAgain();
    if (input.remember && input.secret !== undefined) options.vault.requireStorable();
    if (secondFactor !== undefined) {
      const code = secretOf(secondFactor.secret);
      await members.get(clusterId).session.answerSecondFactor(secondFactor.kind, code, signal);
      return loggedIn(clusterId);
    }
    if (members.get(clusterId).server.login.kind === "openid") return logInInBrowser(clusterId, signal);
    if (input.secret !== undefined) {
      await credentials.keepSecret(clusterId, secretOf(input.secret), input.remember);
      await audit.append("credential.kept", { clusterId, place: credentials.where(clusterId) });
    }
    try {
      const outcome = await members.get(clusterId).session.logIn(signal);
      if (outcome.kind === "secondFactor") {
        return { outcome: "secondFactor", challenge: clusterId, kinds: [...outcome.kinds] };
      }
    } finally {
      members.publish(clusterId);
    }
    return loggedIn(clusterId);
  }

  async function logInInBrowser(clusterId: string, signal: AbortSignal): Promise<Output<"clusters.login">> {
    const { server, session, tunnel } = members.get(clusterId);
    const { kind, addresses: routes } = server;
    const user = accountOf(server.login);
    const place = { kind, routes, tunnel, ...authorities };
    const realm = user.slice(user.lastIndexOf("@") + 1);
    const ticket = await options.openId.logIn(place, realm, () => undefined, signal);
    if (ticket.user !== user) {
      throw new AppError("openid.otherUser", { params: { user: ticket.user, expected: user } });
    }
    session.importTicket(packTicket(ticket));
    return loggedIn(clusterId);
  }

  /** Where nobody is logged in, or where that is just being found out. */
  async function tryAgain(clusterId: string): Promise<void> {
    const { poll } = members.get(clusterId).observed;
    if (poll !== null && (poll.error === null || isCertificateTrouble(poll.error.code))) return;
    await members.takeTicket(clusterId);
    await inventory.pollNow(clusterId);
  }

  async function loggedIn(clusterId: string): Promise<Output<"clusters.login">> {
    await members.keepTicket(clusterId);
    await inventory.pollNow(clusterId);
    return { outcome: "loggedIn" };
  }

  async function rights(clusterId: ClusterId, signal: AbortSignal): Promise<RightsReport> {
    const { session, server } = members.get(clusterId);
    const permissions = await readPermissions(session, {}, signal);
    members.observe(clusterId, { permissions });
    return rightsReport(server.kind, server.login, permissions);
  }

  return {
    probe: registration.probe,
    realms: registration.realms,
    register: registration.register,
    registerKnown: registration.registerKnown,
    list: members.snapshot,
    member: members.get,
    describe: members.describe,
    login,
    update: (input, signal) => exclusively(input.clusterId, () => update(input, signal)),
    retrust: (input, signal) => exclusively(input.clusterId, () => retrust(input, signal)),
    findNodes: otherNodes.find,
    lookAtNode: otherNodes.look,
    check,
    rights,
    planToken: tokens.plan,
    makeToken: (input, signal) => exclusively(input.clusterId, () => tokens.make(input, signal)),
    deregister: (clusterId) =>
      exclusively(clusterId, async () => {
        const { server } = members.get(clusterId);
        // The credentials first: whatever happens next, they are gone.
        await credentials.erase(clusterId);
        await servers.deregister(clusterId, now());
        await audit.append("cluster.deregistered", { clusterId, name: server.name });
        await members.remove(clusterId);
        inventory.forget(clusterId);
        await options.removed(clusterId);
      }),
    credentialsChanged() {
      for (const { server } of members.all()) {
        members.publish(server.id);
        options.inBackground("a new try to log in", () => tryAgain(server.id));
      }
    },
  };
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** The certificate that is pinned at an address; empty where it is trusted by the system's authorities. */
function leafOf({ addresses }: Server, address: string): string {
  const trust = addresses.find((one) => one.address === address)?.trust;
  return trust?.kind === "pinned" ? trust.fingerprint : "";
}

function trustText(trust: Trust): string {
  return trust.kind === "pinned" ? trust.fingerprint : "system";
}

/** Certificates seen before stay known: a node that is down now shows none. */
function mergeIdentity(before: ServerIdentity, now: ServerIdentity): ServerIdentity {
  const certificates: Record<string, string[]> = { ...before.certificates };
  for (const [node, seen] of Object.entries(now.certificates)) {
    if (seen.length > 0) certificates[node] = seen;
  }
  return { ...now, certificates };
}
