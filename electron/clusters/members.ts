import { AppError, isAppError } from "../../shared/errors.ts";
import { createTunnel } from "../proxmox/tunnel.ts";
import { createLiveSet } from "./live-set.ts";
import { missingRights } from "./rights.ts";
import { describeCluster, nothingObserved } from "./status.ts";

import type { Cluster } from "../../shared/cluster.ts";
import type { Hub } from "../hub.ts";
import type { Log } from "../log.ts";
import type { Secret } from "../proxmox/secret.ts";
import type { Session, SessionOptions } from "../proxmox/session.ts";
import type { Route } from "../proxmox/transport.ts";
import type { Tunnel } from "../proxmox/tunnel.ts";
import type { Server, Servers } from "../store/servers.ts";
import type { Credentials } from "./credentials.ts";
import type { Observed } from "./status.ts";

/** A registered cluster while the app runs. */
export interface Member {
  /** As it is kept. */
  readonly server: Server;
  readonly session: Session;
  /** The way through its proxy, for looks beside the session; null = directly. */
  readonly tunnel: Tunnel | null;
  readonly observed: Observed;
  /** Aborted when the cluster is deregistered, its session replaced, or the app ends. */
  readonly signal: AbortSignal;
}

interface Slot extends Member {
  server: Server;
  session: Session;
  tunnel: Tunnel | null;
  observed: Observed;
  abort: AbortController;
  get signal(): AbortSignal;
  /** `lastAnswerAt` as it was last written. */
  notedAt: number;
}

/** `last_answer_at` is written at most this often: it is only read at the next start, and each write is a disk sync. */
const noteAnswerMs = 60_000;

export interface MembersOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly servers: Servers;
  readonly credentials: Credentials;
  readonly createSession: (options: SessionOptions) => Session;
  /** Nothing may be written: another window of the app owns the files. */
  readonly readOnly: boolean;
  /** Another address answers, or one has failed, come back or been frozen. */
  readonly routesChanged: (clusterId: string) => void;
}

/** What there must be of a server to reach it. */
export type Reachable = Pick<Server, "kind" | "addresses" | "proxy" | "login">;

/** What a session is opened with that belongs to no member yet. */
export interface SessionSecrets {
  readonly secret: () => Promise<Secret | null>;
  readonly proxyPassword: () => Promise<Secret | null>;
}

export interface Members {
  snapshot(): { readonly revision: number; readonly items: Cluster[] };
  all(): readonly Member[];
  servers(): readonly Server[];
  /** Throws AppError cluster.notFound. */
  get(clusterId: string): Member;
  has(clusterId: string): boolean;
  describe(clusterId: string): Cluster;
  /** A session for a server that is not a member yet; its secrets are the typed ones. */
  openSession(server: Reachable, secrets: SessionSecrets): Session;
  /** A second session of a member, at one address alone, that never logs in by password. */
  openAt(member: Member, route: Route): Session;
  /** Takes over a session that is logged in, or opens one from the vault. */
  add(server: Server, session?: Session): Promise<Member>;
  /** After an edit: `reconnect` where address, trust or login changed. */
  replace(server: Server, reconnect: boolean): Promise<Member>;
  /** Puts what was newly seen and tells the windows. */
  observe(clusterId: string, seen: Partial<Observed>): void;
  /** Keeps the living ticket, so that a restart needs no new code. */
  keepTicket(clusterId: string): Promise<void>;
  /** Takes a kept ticket where the session has none: the vault may have been locked when it was opened. */
  takeTicket(clusterId: string): Promise<void>;
  /** Tells the windows again (a credential moved). */
  publish(clusterId: string): void;
  remove(clusterId: string): Promise<void>;
  close(): Promise<void>;
}

export function tunnelOf(proxy: Server["proxy"], password: () => Promise<Secret | null>): Tunnel | null {
  return proxy === null ? null : createTunnel(proxy, password);
}

export function createMembers(options: MembersOptions): Members {
  const { hub, servers, credentials } = options;
  const slots = new Map<string, Slot>();
  const live = createLiveSet<Cluster>(
    (cluster) => cluster.id,
    (change) => hub.emit("clusters.changed", change),
  );

  function slot(clusterId: string): Slot {
    const found = slots.get(clusterId);
    if (found === undefined) throw new AppError("cluster.notFound");
    return found;
  }

  function describe(member: Member): Cluster {
    const { permissions } = member.observed;
    return describeCluster(member.server, member.observed, {
      routes: member.session.routes(),
      credential: credentials.where(member.server.id),
      missingRights: permissions === null ? [] : missingRights(member.server.kind, permissions),
    });
  }

  function openSession(server: Reachable, { secret, proxyPassword }: SessionSecrets): Session {
    return options.createSession({
      kind: server.kind,
      routes: server.addresses,
      login: server.login,
      tunnel: tunnelOf(server.proxy, proxyPassword),
      secret,
    });
  }

  async function openKept(server: Server): Promise<Session> {
    const { id, kind } = server;
    const session: Session = options.createSession({
      kind,
      routes: server.addresses,
      login: server.login,
      tunnel: keptTunnel(server),
      secret: () => credentials.secret(id),
      onRoutes: () => {
        if (slots.get(id)?.session !== session) return;
        publish(id);
        options.routesChanged(id);
      },
    });
    await takeKept(id, session);
    return session;
  }

  function keptTunnel({ id, proxy }: Server): Tunnel | null {
    return tunnelOf(proxy, () => credentials.proxyPassword(id));
  }

  function openAt({ server, session, tunnel }: Member, route: Route): Session {
    const { login, id, kind } = server;
    const opened = options.createSession({
      kind,
      routes: [route],
      login,
      tunnel,
      secret: () => (login.kind === "token" ? credentials.secret(id) : Promise.resolve(null)),
    });
    const ticket = session.exportTicket();
    if (ticket !== null) opened.importTicket(ticket);
    return opened;
  }

  async function takeKept(clusterId: string, session: Session): Promise<void> {
    if (session.exportTicket() !== null) return;
    const ticket = await credentials.ticket(clusterId);
    if (ticket !== null) session.importTicket(ticket);
  }

  function publish(clusterId: string): void {
    live.upsert([describe(slot(clusterId))]);
  }

  function put(server: Server, session: Session, observed: Observed): Slot {
    const abort = new AbortController();
    const made: Slot = {
      server,
      session,
      tunnel: keptTunnel(server),
      observed,
      abort,
      get signal() {
        return this.abort.signal;
      },
      notedAt: server.lastAnswerAt ?? 0,
    };
    slots.set(server.id, made);
    publish(server.id);
    return made;
  }

  async function noteAnswer(member: Slot): Promise<void> {
    const at = member.observed.lastAnswerAt;
    if (options.readOnly || at === null || at - member.notedAt < noteAnswerMs) return;
    member.notedAt = at;
    try {
      await servers.noteAnswer(member.server.id, at);
    } catch (error) {
      // Only the age shown after a restart suffers; the store tells of its own trouble elsewhere.
      if (!isAppError(error)) throw error;
      options.log.warn({ cluster: member.server.id, code: error.code }, "the last answer could not be noted");
    }
  }

  return {
    snapshot: () => live.snapshot(),
    all: () => [...slots.values()],
    servers: () => [...slots.values()].map((member) => member.server),
    get: slot,
    has: (clusterId) => slots.has(clusterId),
    describe: (clusterId) => describe(slot(clusterId)),
    openSession,
    openAt,
    async add(server, session) {
      return put(server, session ?? (await openKept(server)), nothingObserved);
    },
    async replace(server, reconnect) {
      const member = slot(server.id);
      if (!reconnect) {
        member.server = server;
        publish(server.id);
        return member;
      }
      member.abort.abort(new AppError("cancelled"));
      await member.session.close();
      return put(server, await openKept(server), { ...nothingObserved, nodes: member.observed.nodes });
    },
    observe(clusterId, seen) {
      const member = slots.get(clusterId);
      if (member === undefined) return;
      member.observed = { ...member.observed, ...seen };
      publish(clusterId);
      void noteAnswer(member);
    },
    async keepTicket(clusterId) {
      const ticket = slot(clusterId).session.exportTicket();
      if (options.readOnly || ticket === null) return;
      try {
        await credentials.keepTicket(clusterId, ticket);
      } catch (error) {
        // The vault was locked meanwhile: the session goes on, and the next start asks for a login.
        if (!isAppError(error, "vault.locked", "vault.unavailable")) throw error;
      }
    },
    takeTicket: (clusterId) => takeKept(clusterId, slot(clusterId).session),
    publish,
    async remove(clusterId) {
      const member = slot(clusterId);
      slots.delete(clusterId);
      member.abort.abort(new AppError("cancelled"));
      await member.session.close();
      live.remove(clusterId);
    },
    async close() {
      const all = [...slots.values()];
      slots.clear();
      for (const member of all) member.abort.abort(new AppError("cancelled"));
      await Promise.all(all.map((member) => member.session.close()));
    },
  };
}
