import { AppError, isAppError } from "../../shared/errors.ts";
import { guestKey } from "../../shared/guest.ts";
import { storageKey } from "../../shared/storage.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { listResources, readClusterStatus } from "../proxmox/pve/cluster.ts";
import { createLiveSet } from "./live-set.ts";
import { guestsOf, nodesOf, storagesOf } from "./resources.ts";
import { isCertificateTrouble, needsLogin } from "./status.ts";

import type { Guest } from "../../shared/guest.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Storage } from "../../shared/storage.ts";
import type { Hub } from "../hub.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../proxmox/clock.ts";
import type { ClusterStatus, Resources } from "../proxmox/pve/cluster.ts";
import type { GuestIdentity } from "./backup-reader.ts";
import type { LiveSet } from "./live-set.ts";
import type { Member, Members } from "./members.ts";
import type { LastBackup } from "./resources.ts";
import type { Datastores } from "./datastores.ts";
import type { Observed } from "./status.ts";

/** The server itself refreshes its figures every 10 s; asking more often shows nothing new. */
export const pollEveryMs = 10_000;
/** Where nothing answers, the pause doubles up to this: a cluster that comes back is seen within a minute. */
const maxPauseMs = 60_000;
/** A backup server's figures change slowly (its own history has a value each half hour), and every answer carries a month of them. */
export const backupServerPollMs = 30_000;
/** Rights rarely change; a changed one is also learnt by the refusal it causes. */
const permissionsAgeMs = 10 * 60_000;

export interface Inventory {
  readonly guests: LiveSet<Guest>;
  readonly storages: LiveSet<Storage>;
  /** Begins the poll of a member, or begins it anew after its session was replaced. */
  start(clusterId: string): void;
  /** Polls once, now; several who ask at once share one poll. Never throws for what the server says: see the status. */
  pollNow(clusterId: string): Promise<void>;
  /** Wakes a poll that sleeps or waits for a login. */
  nudge(clusterId: string): void;
  /** The backups cache changed. */
  refreshLastBackups(clusterId: string): void;
  /** Drops what is shown of a cluster that was deregistered. */
  forget(clusterId: string): void;
  close(): Promise<void>;
}

export interface InventoryOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly clock: Clock;
  readonly members: Members;
  readonly datastores: Datastores;
  readonly lastBackupOf: (clusterId: string, guest: GuestIdentity) => LastBackup;
  /** A cluster answers that did not before (or for the first time). */
  readonly reachable: (clusterId: string) => void;
  /** What an unusable certificate looks like, for the user to judge. */
  readonly seeCertificate: (member: Member) => Promise<Observed["seenCertificate"]>;
}

/** Why a sleeping loop is woken only to count its pause anew. */
const justPolled = "polled";

interface Loop {
  readonly signal: AbortSignal;
  wake: AbortController;
  flight: Promise<void> | null;
  permissionsAt: number;
  failures: number;
  /** Duration of the last good round trip, ms. */
  roundTrip: number;
}

export function createInventory(options: InventoryOptions): Inventory {
  const { hub, members, clock } = options;
  const guests = createLiveSet<Guest>(guestKey, (change) => hub.emit("guests.changed", change));
  const storages = createLiveSet<Storage>(storageKey, (change) => hub.emit("storages.changed", change));
  const loops = new Map<string, Loop>();
  const running = new Set<Promise<void>>();

  function take(clusterId: ClusterId, resources: Resources, at: number): void {
    const scope = `${clusterId}/`;
    const lastBackup = (guest: GuestIdentity): LastBackup => options.lastBackupOf(clusterId, guest);
    guests.replace(scope, guestsOf(clusterId, resources, lastBackup, at));
    storages.replace(scope, storagesOf(clusterId, resources, at));
  }

  async function poll(member: Member, loop: Loop): Promise<void> {
    const { session, signal, server } = member;
    const before = clock.now();
    const { answered, error, seen } = await (server.kind === "pve"
      ? askCluster(member)
      : askBackupServer(member));
    const permissions = answered ? await freshPermissions(member, loop) : null;
    if (signal.aborted) return;
    if (answered) loop.roundTrip = clock.now() - before;
    loop.failures = answered ? 0 : loop.failures + 1;
    const wasReachable = isReachable(member.observed);
    members.observe(server.id, {
      ...seen,
      poll: { error, partial: answered },
      ...(permissions === null ? {} : { permissions }),
      clockOffset: session.clockOffset(),
      lastAnswerAt: session.lastAnswerAt() ?? member.observed.lastAnswerAt,
    });
    if (!answered) return seeTrouble(member, error);
    await members.keepTicket(server.id);
    if (!wasReachable) options.reachable(server.id);
  }

  async function askCluster(member: Member): Promise<Asked> {
    const { session, signal, server } = member;
    const [resources, status] = await Promise.all([
      settle(listResources(session, {}, signal)),
      settle(readClusterStatus(session, signal)),
    ]);
    if (resources.value !== null && !signal.aborted) take(server.id, resources.value, clock.now());
    const answered = [resources, status].some((part) => part.value !== null);
    return {
      answered,
      error: problemOf(resources, status, session.address),
      seen: {
        ...(answered ? { nodes: nodesOf(resources.value, status.value) } : {}),
        ...(status.value === null ? {} : { quorate: status.value.quorate }),
      },
    };
  }

  async function askBackupServer(member: Member): Promise<Asked> {
    const { value, error } = await settle(options.datastores.poll(member, () => clock.now()));
    const badRows =
      value !== null && value.bad > 0
        ? new AppError("server.badAnswer", { params: { address: member.session.address, reason: "rows" } })
        : null;
    return { answered: value !== null, error: error ?? badRows, seen: {} };
  }

  /** Read with the first good poll and now and then; null = nothing new. */
  async function freshPermissions(member: Member, loop: Loop): Promise<Observed["permissions"]> {
    const known = member.observed.permissions !== null;
    if (known && clock.now() - loop.permissionsAt < permissionsAgeMs) return null;
    const { value } = await settle(readPermissions(member.session, {}, member.signal));
    if (value !== null) loop.permissionsAt = clock.now();
    return value;
  }

  async function seeTrouble(member: Member, error: AppError | null): Promise<void> {
    if (error === null || !isCertificateTrouble(error.code)) return;
    const seenCertificate = await options.seeCertificate(member);
    if (!member.signal.aborted) members.observe(member.server.id, { seenCertificate });
  }

  function pollShared(clusterId: string): Promise<void> {
    const loop = loops.get(clusterId);
    if (loop === undefined || !members.has(clusterId)) return Promise.resolve();
    loop.flight ??= poll(members.get(clusterId), loop)
      .catch((error: unknown) => {
        if (!loop.signal.aborted) options.log.error({ cluster: clusterId, error }, "a poll failed");
      })
      .finally(() => {
        loop.flight = null;
      });
    return loop.flight;
  }

  function pauseOf(clusterId: string, loop: Loop): number {
    const {
      observed: { poll: last },
      server,
    } = members.get(clusterId);
    // Asking again changes nothing before somebody has acted: a login, a re-trust, `check` wake it.
    if (last?.error && !last.partial && waitsForHuman(last.error)) return Number.POSITIVE_INFINITY;
    if (loop.failures === 0)
      return (server.kind === "pve" ? pollEveryMs : backupServerPollMs) + 2 * loop.roundTrip;
    return Math.min(pollEveryMs * 2 ** (loop.failures - 1), maxPauseMs);
  }

  async function run(clusterId: string, loop: Loop): Promise<void> {
    let polled = false;
    while (!loop.signal.aborted) {
      if (!polled) await pollShared(clusterId);
      if (loop.signal.aborted) return;
      loop.wake = new AbortController();
      await sleep(pauseOf(clusterId, loop), AbortSignal.any([loop.signal, loop.wake.signal]));
      polled = loop.wake.signal.reason === justPolled;
    }
  }

  /** Ends early and quietly. */
  async function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (!Number.isFinite(ms)) return aborted(signal);
    try {
      await clock.sleep(ms, signal);
    } catch {
      // Woken or closed: the caller looks which.
    }
  }

  return {
    guests,
    storages,
    start(clusterId) {
      const { signal } = members.get(clusterId);
      const loop: Loop = {
        signal,
        wake: new AbortController(),
        flight: null,
        permissionsAt: Number.NEGATIVE_INFINITY,
        failures: 0,
        roundTrip: 0,
      };
      loops.set(clusterId, loop);
      const work = run(clusterId, loop).finally(() => running.delete(work));
      running.add(work);
    },
    async pollNow(clusterId) {
      // One that is under way may have asked before the change that the caller wants to see.
      await loops.get(clusterId)?.flight;
      await pollShared(clusterId);
      loops.get(clusterId)?.wake.abort(justPolled);
    },
    nudge(clusterId) {
      loops.get(clusterId)?.wake.abort();
    },
    refreshLastBackups(clusterId) {
      const own = [...guests.values()].filter((guest) => guest.clusterId === clusterId);
      guests.upsert(own.map((guest) => ({ ...guest, lastBackup: options.lastBackupOf(clusterId, guest) })));
    },
    forget(clusterId) {
      loops.delete(clusterId);
      guests.remove(`${clusterId}/`);
      storages.remove(`${clusterId}/`);
      options.datastores.forget(clusterId);
    },
    async close() {
      await Promise.all(running);
    },
  };
}

/** What one poll brought, whatever kind of server it asked. */
interface Asked {
  /** At least a part of it was answered. */
  readonly answered: boolean;
  readonly error: AppError | null;
  readonly seen: Partial<Observed>;
}

interface Settled<T> {
  readonly value: T | null;
  readonly error: AppError | null;
}

async function settle<T>(read: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await read, error: null };
  } catch (error) {
    if (isAppError(error)) return { value: null, error };
    throw error;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function waitsForHuman(error: AppError): boolean {
  return needsLogin(error.code) || error.code === "server.certificateChanged";
}

function isReachable({ poll }: Observed): boolean {
  return poll !== null && (poll.error === null || poll.partial);
}

/** What the two parts of a poll say together. A part that the account may not see is no trouble. */
function problemOf(
  resources: Settled<Resources>,
  status: Settled<ClusterStatus>,
  address: string,
): AppError | null {
  if (resources.error !== null) return resources.error;
  if (resources.value !== null && resources.value.bad > 0) {
    return new AppError("server.badAnswer", {
      params: { address, reason: "rows", count: resources.value.bad },
    });
  }
  return status.error === null || isAppError(status.error, "server.forbidden") ? null : status.error;
}
