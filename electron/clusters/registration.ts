import { AppError, isAppError, toErrorData } from "../../shared/errors.ts";
import { accountOf, loginNameSchema } from "../../shared/cluster.ts";
import { packTicket } from "../proxmox/auth.ts";
import { realms as readRealms } from "../proxmox/probe.ts";
import { secretOf } from "../proxmox/secret.ts";
import { nameKey } from "../store/servers.ts";
import { findByCertificate, findSame } from "./identity.ts";
import { findServer } from "./find-server.ts";
import { inspect } from "./inspect.ts";
import { inspectBackupServer } from "./inspect-backup-server.ts";
import { seesNothing } from "./rights.ts";
import { tunnelOf } from "./members.ts";
import { proxyOf } from "./proxy-input.ts";
import { checkTrust, nodeOf } from "./trusted-addresses.ts";

import type { Address, Cluster, LoginName, Proxy, RegistrationStep } from "../../shared/cluster.ts";
import type { ErrorParams } from "../../shared/errors.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Output, Parsed } from "../../shared/operations.ts";
import type { Hub } from "../hub.ts";
import type { Clock } from "../proxmox/clock.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Tunnel } from "../proxmox/tunnel.ts";
import type { LogInOutcome } from "../proxmox/login-keeper.ts";
import type { Session } from "../proxmox/session.ts";
import type { Authorities } from "../proxmox/tls.ts";
import type { Audit } from "../store/audit.ts";
import type { Server, Servers } from "../store/servers.ts";
import type { Vault } from "../store/vault.ts";
import type { Credentials } from "./credentials.ts";
import type { FoundServer } from "./find-server.ts";
import type { Inspection } from "./inspect.ts";
import type { Members } from "./members.ts";
import type { OpenId } from "./openid.ts";

export type RegisterInput = Parsed<"clusters.register">;
export type RegisterOutput = Output<"clusters.register">;
type SecondFactor = NonNullable<RegisterInput["secondFactor"]>;

/** The server's challenge lives two minutes; a login that waits for its code is dropped with it. */
const pendingLifeMs = 2 * 60_000;

export interface Registration {
  probe(input: Parsed<"clusters.probe">, signal: AbortSignal): Promise<Output<"clusters.probe">>;
  /** What the login form may offer. Throws AppError `address.*`, `server.*`. */
  realms(input: Parsed<"clusters.realms">, signal: AbortSignal): Promise<Output<"clusters.realms">>;
  register(input: RegisterInput, signal: AbortSignal): Promise<RegisterOutput>;
  /** A server that needs no questions (the demo): pinned, its secret kept in memory. */
  registerKnown(known: KnownServer, signal: AbortSignal): Promise<Cluster>;
  close(): Promise<void>;
}

export interface KnownServer {
  readonly kind: Server["kind"];
  readonly name: string;
  readonly address: Address;
  readonly login: LoginName;
  readonly secret: Secret;
  readonly demo: boolean;
}

export interface RegistrationOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly newId: () => ClusterId;
  readonly members: Members;
  readonly servers: Servers;
  readonly credentials: Credentials;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly openId: OpenId;
  /** Told when a cluster was added, to begin its poll. */
  readonly added: (clusterId: string) => void;
  readonly authorities?: Authorities | undefined;
}

/** A login that waits for its code. */
interface Pending {
  readonly session: Session;
  readonly draft: Draft;
  readonly expiresAt: number;
}

/** What is registered once all steps have passed. */
interface Draft {
  readonly attempt: string;
  readonly kind: Server["kind"];
  readonly name: string;
  readonly address: Address;
  readonly proxy: Proxy | null;
  readonly login: LoginName;
  /** null = the provider's business. */
  readonly secret: Secret | null;
  readonly proxyPassword: Secret | null;
  readonly remember: boolean;
  readonly demo: boolean;
  readonly leaf: string;
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { hub, members, servers, credentials, audit } = options;
  const { now, sleep } = options.clock;
  const closing = new AbortController();
  const pending = new Map<string, Pending>();
  const authorities = options.authorities === undefined ? {} : { authorities: options.authorities };

  /** Runs one step and tells how it went. */
  async function step<T>(
    attempt: string,
    name: RegistrationStep,
    work: () => Promise<T>,
    tell: (value: T) => ErrorParams = () => ({}),
  ): Promise<T> {
    const emit = (state: "running" | "done" | "failed", params: ErrorParams): void =>
      hub.emit("registration.step", { attempt, step: name, state, params }, attempt);
    emit("running", {});
    try {
      const value = await work();
      emit("done", tell(value));
      return value;
    } catch (error) {
      emit("failed", { code: toErrorData(error).code });
      throw error;
    }
  }

  function probeStep(
    { attempt, address: typed }: { readonly attempt: string; readonly address: string },
    tunnel: Tunnel | null,
    signal: AbortSignal,
  ): Promise<FoundServer> {
    return step(
      attempt,
      "probe",
      () => findServer(typed, { signal, tunnel, ...authorities }),
      ({ address }) => ({ address }),
    );
  }

  function checkName(name: string): void {
    const taken = members.servers().some((server) => nameKey(server.name) === nameKey(name));
    if (taken)
      throw new AppError("cluster.nameTaken", { params: { name }, fields: { name: "cluster.nameTaken" } });
  }

  async function begin(input: RegisterInput, signal: AbortSignal): Promise<RegisterOutput> {
    checkName(input.name);
    const known = input.credential.kind === "openid" ? null : typedLogin(input.credential, credentials);
    if (input.remember) options.vault.requireStorable();
    const { proxy, password: proxyPassword } = proxyOf(input.proxy, credentials);
    const tunnel = tunnelOf(proxy, () => Promise.resolve(proxyPassword));
    const found = await probeStep(input, tunnel, signal);
    await step(
      input.attempt,
      "certificate",
      // The probe alone has seen the certificate; here it is held against the trust that the user chose.
      () => Promise.resolve(checkTrust(found, input.trust)),
      () => ({
        fingerprint: found.certificate.fingerprint,
      }),
    );
    const draft = {
      attempt: input.attempt,
      kind: found.kind,
      name: input.name,
      address: {
        address: found.address,
        trust: input.trust,
        node: null,
        certificate: found.certificate,
        trustedAt: now(),
      },
      proxy,
      proxyPassword,
      remember: input.remember,
      demo: false,
      leaf: found.certificate.fingerprint,
    };
    if (input.credential.kind === "openid") return inBrowser(draft, input.credential.realm, signal);
    if (known === null) throw new AppError("input.invalid");
    return logIn({ ...draft, ...known }, signal);
  }

  /** The name comes back with the ticket: until then nobody knows who will log in. */
  async function inBrowser(
    draft: Omit<Draft, "login" | "secret">,
    realm: string,
    signal: AbortSignal,
  ): Promise<RegisterOutput> {
    const { attempt, kind, address, proxy } = draft;
    const server = {
      kind,
      routes: [address],
      tunnel: tunnelOf(proxy, () => Promise.resolve(draft.proxyPassword)),
      ...authorities,
    };
    const opening = (host: string): void =>
      hub.emit(
        "registration.step",
        { attempt, step: "login", state: "running", params: { browser: host } },
        attempt,
      );
    const ticket = await step(attempt, "login", () => options.openId.logIn(server, realm, opening, signal));
    const whole: Draft = { ...draft, login: { kind: "openid", user: ticket.user }, secret: null };
    const session = openDraft(whole);
    session.importTicket(packTicket(ticket));
    try {
      return { outcome: "registered", cluster: await finish(session, whole, signal) };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  function openDraft(draft: Draft): Session {
    return members.openSession(
      { ...draft, addresses: [draft.address] },
      {
        secret: () => Promise.resolve(draft.secret),
        proxyPassword: () => Promise.resolve(draft.proxyPassword),
      },
    );
  }

  async function logIn(draft: Draft, signal: AbortSignal): Promise<RegisterOutput> {
    const session = openDraft(draft);
    try {
      const outcome = await step(
        draft.attempt,
        "login",
        () => session.logIn(signal),
        (value) => ({ secondFactor: value.kind === "secondFactor" }),
      );
      if (outcome.kind === "secondFactor") return keepPending(session, draft, outcome);
      return { outcome: "registered", cluster: await finish(session, draft, signal) };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  function keepPending(
    session: Session,
    draft: Draft,
    outcome: Extract<LogInOutcome, { kind: "secondFactor" }>,
  ): RegisterOutput {
    sweep();
    const challenge: string = options.newId();
    pending.set(challenge, { session, draft, expiresAt: now() + pendingLifeMs });
    // The typed password goes with it, also where nobody asks again. Rejects only at the end of the app.
    sleep(pendingLifeMs, closing.signal).then(sweep, () => undefined);
    return { outcome: "secondFactor", challenge, kinds: [...outcome.kinds] };
  }

  function sweep(): void {
    for (const [challenge, entry] of pending) {
      if (now() < entry.expiresAt) continue;
      pending.delete(challenge);
      void entry.session.close();
    }
  }

  /** A wrong code leaves the login waiting, so that the next one can be typed. */
  async function resume(
    input: RegisterInput,
    { challenge, kind, secret }: SecondFactor,
    signal: AbortSignal,
  ): Promise<RegisterOutput> {
    sweep();
    const entry = pending.get(challenge);
    if (entry === undefined) throw new AppError("server.challengeExpired");
    const { session } = entry;
    const draft: Draft = {
      ...entry.draft,
      attempt: input.attempt,
      name: input.name,
      remember: input.remember,
    };
    checkName(draft.name);
    try {
      await step(draft.attempt, "login", () => session.answerSecondFactor(kind, secretOf(secret), signal));
    } catch (error) {
      if (!isAppError(error, "server.secondFactorWrong")) await drop(challenge);
      throw error;
    }
    pending.delete(challenge);
    try {
      return { outcome: "registered", cluster: await finish(session, draft, signal) };
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async function drop(challenge: string): Promise<void> {
    const entry = pending.get(challenge);
    pending.delete(challenge);
    await entry?.session.close();
  }

  /** An account that sees nothing is not told the cluster's name either: then the certificate alone has to do. */
  function refuseTwice({ kind, leaf }: Draft, { identity, permissions }: Inspection): void {
    const known = members.servers();
    const same = seesNothing(kind, permissions)
      ? findByCertificate(known, { kind, certificate: { fingerprint: leaf } })
      : findSame(known, { kind, identity });
    if (same !== null) throw new AppError("cluster.alreadyRegistered", { params: { name: same.name } });
  }

  async function finish(session: Session, draft: Draft, signal: AbortSignal): Promise<Cluster> {
    const inspection = await step(
      draft.attempt,
      "inspect",
      async () => {
        const look = draft.kind === "pve" ? inspect : inspectBackupServer;
        const found = await look(session, draft.leaf, signal);
        refuseTwice(draft, found);
        return found;
      },
      ({ version, nodes }) => ({ version, nodes: nodes.length }),
    );
    return step(draft.attempt, "save", () => save(session, draft, inspection, signal));
  }

  async function save(
    session: Session,
    draft: Draft,
    inspection: Inspection,
    signal: AbortSignal,
  ): Promise<Cluster> {
    signal.throwIfAborted();
    const at = now();
    const server: Server = {
      id: options.newId(),
      kind: draft.kind,
      name: draft.name,
      addresses: [{ ...draft.address, node: nodeOf(inspection.identity, draft.leaf) }],
      proxy: draft.proxy,
      login: draft.login,
      identity: inspection.identity,
      demo: draft.demo,
      edition: 1,
      createdAt: at,
      updatedAt: at,
      lastAnswerAt: at,
    };
    // The secret first: a registration without its credential would ask for a login at once.
    if (draft.secret !== null) await credentials.keepSecret(server.id, draft.secret, draft.remember);
    await credentials.keepProxyPassword(server.id, draft.proxyPassword, draft.remember);
    try {
      await servers.insert(server);
    } catch (error) {
      await credentials.erase(server.id);
      throw error;
    }
    await audit.append("cluster.registered", auditOf(server));
    await audit.append("credential.kept", { clusterId: server.id, place: credentials.where(server.id) });
    const ticket = session.exportTicket();
    if (ticket !== null) await credentials.keepTicket(server.id, ticket);
    // From now on secret and ticket come from the vault, as after any restart.
    await session.close();
    await members.add(server);
    members.observe(server.id, {
      permissions: inspection.permissions,
      nodes: inspection.nodes,
      quorate: inspection.quorate,
      clockOffset: inspection.clockOffset,
      lastAnswerAt: at,
    });
    options.added(server.id);
    return members.describe(server.id);
  }

  return {
    async probe(input, signal) {
      const { clusterId } = input;
      const { proxy, password } = proxyOf(input.proxy, credentials);
      const kept = (): Promise<Secret | null> =>
        clusterId === undefined ? Promise.resolve(null) : credentials.proxyPassword(clusterId);
      const tunnel = tunnelOf(proxy, () => (password === null ? kept() : Promise.resolve(password)));
      const found = await probeStep(input, tunnel, signal);
      const known = findByCertificate(members.servers(), found);
      return { ...found, alreadyRegistered: known?.name ?? null };
    },
    async realms({ address: typed, proxy: typedProxy }, signal) {
      const { proxy, password } = proxyOf(typedProxy, credentials);
      const reach = { tunnel: tunnelOf(proxy, () => Promise.resolve(password)), ...authorities };
      const { address, certificate } = await findServer(typed, { signal, ...reach });
      // Public, and asked of just the certificate that was seen: nothing of ours is told to whoever it is.
      const trust = { kind: "pinned", fingerprint: certificate.fingerprint } as const;
      const rows = await readRealms(address, trust, signal, reach);
      return { realms: [...rows], redirectUrl: options.openId.redirectUrl() };
    },
    register: (input, signal) =>
      input.secondFactor === undefined ? begin(input, signal) : resume(input, input.secondFactor, signal),
    async registerKnown(known, signal) {
      const { trust } = known.address;
      const draft: Draft = {
        attempt: "",
        ...known,
        proxy: null,
        proxyPassword: null,
        remember: false,
        leaf: trust.kind === "pinned" ? trust.fingerprint : "",
      };
      const result = await logIn(draft, signal);
      if (result.outcome !== "registered") throw new AppError("server.secondFactorRequired");
      return result.cluster;
    },
    async close() {
      closing.abort();
      const sessions = [...pending.values()].map(({ session }) => session.close());
      pending.clear();
      await Promise.all(sessions);
    },
  };
}

/** Who logs in by what, as it was typed. Throws AppError `input.invalid` at its field. */
function typedLogin(
  credential: Exclude<RegisterInput["credential"], { kind: "openid" }>,
  { hide }: Pick<Credentials, "hide">,
): Pick<Draft, "login"> & { readonly secret: Secret } {
  const secret = secretOf(credential.secret);
  hide(secret);
  const name =
    credential.kind === "password"
      ? { kind: credential.kind, user: credential.user.trim() }
      : { kind: credential.kind, tokenId: credential.tokenId.trim() };
  const parsed = loginNameSchema.safeParse(name);
  if (parsed.success) return { login: parsed.data, secret };
  const field = credential.kind === "password" ? "user" : "tokenId";
  throw new AppError("input.invalid", { fields: { [field]: "invalid_format" }, cause: parsed.error });
}

/** Names and fingerprints, never a secret. */
function auditOf(server: Server): ErrorParams {
  const [first] = server.addresses;
  return {
    clusterId: server.id,
    name: server.name,
    address: first?.address ?? "",
    trust: first?.trust.kind === "pinned" ? first.trust.fingerprint : "system",
    login: accountOf(server.login),
  };
}
