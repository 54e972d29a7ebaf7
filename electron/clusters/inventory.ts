import { guestKey } from "../../shared/guest.ts";
import { storageKey } from "../../shared/storage.ts";
import { readPermissions } from "../proxmox/pve/access.ts";
import { createLiveSet } from "./live-set.ts";
import { createPoll, maxSlackMs } from "./poll.ts";
import { guestsOf, storagesOf } from "./resources.ts";
import { createRounds } from "./rounds.ts";
import { resourcesEvery, watchBackupServer, watchCluster } from "./watch.ts";
import { isAnswering } from "./status.ts";

import type { Guest } from "../../shared/guest.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Storage } from "../../shared/storage.ts";
import type { Hub } from "../hub.ts";
import type { Log } from "../log.ts";
import type { Clock } from "../proxmox/clock.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { Resources } from "../proxmox/pve/cluster.ts";
import type { Audience, Gaze } from "./attention.ts";
import type { GuestIdentity } from "./backup-reader.ts";
import type { Datastores } from "./datastores.ts";
import type { LiveSet } from "./live-set.ts";
import type { Member, Members } from "./members.ts";
import type { Poll } from "./poll.ts";
import type { LastBackup } from "./resources.ts";
import type { TaskLists } from "./task-lists.ts";
import type { Watch } from "./watch.ts";

/** Rights rarely change; a changed one is also learnt by the refusal it causes. */
const permissionsEveryMs = 10 * 60_000;
/** The server's own figures are up to 10 s old: what a nudge was about may only show in the look after the next one. */
const livelyMs = 2 * resourcesEvery.seen;

export interface Inventory {
  readonly guests: LiveSet<Guest>;
  readonly storages: LiveSet<Storage>;
  /** Begins the polls of a member, or begins them anew after its session was replaced. */
  start(clusterId: string): void;
  /** Asks once, now; several who ask at once share one round. Never throws for what the server says: see the status. */
  pollNow(clusterId: string): Promise<void>;
  /** Something changed there: wakes polls that sleep or wait for a login, and looks again until it must show. */
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
  readonly audience: Audience;
  readonly datastores: Datastores;
  readonly taskLists: TaskLists;
  readonly lastBackupOf: (clusterId: string, guest: GuestIdentity) => LastBackup;
  /** A cluster answers that did not before (or for the first time). */
  readonly reachable: (clusterId: string) => void;
}

/** A member with its polls. */
interface Watched {
  readonly member: Member;
  readonly watch: Watch;
  readonly permissions: Poll<Permissions>;
  readonly tasks: Poll<unknown>;
  /** Somebody wants the state of now. */
  nudged: boolean;
  /** How many guests its last list had. */
  guests: number;
  /** Something has just changed there: looked at as if it were seen until then, ms by our clock. */
  lively: number;
}

export function createInventory(options: InventoryOptions): Inventory {
  const { hub, members, clock, audience, datastores } = options;
  const guests = createLiveSet<Guest>(guestKey, (change) => hub.emit("guests.changed", change));
  const storages = createLiveSet<Storage>(storageKey, (change) => hub.emit("storages.changed", change));
  const all = new Map<string, Watched>();
  const rounds = createRounds({ clock, dueAt, round });
  const unlisten = audience.onChange(() => {
    for (const clusterId of all.keys()) rounds.recount(clusterId);
  });

  function watched(member: Member): Watched {
    const { session, signal, server } = member;
    const gaze = (): Gaze => (clock.now() < made.lively ? "seen" : audience.gazeOf(server.id));
    const base = { member, clock, gaze, seenGuests };
    const made: Watched = {
      member,
      watch:
        server.kind === "pve"
          ? watchCluster({
              ...base,
              take: (resources) => {
                made.guests = resources.guests.length;
                take(server.id, resources, clock.now());
              },
            })
          : watchBackupServer({ ...base, datastores }),
      permissions: createPoll(
        clock,
        () => permissionsEveryMs,
        () => readPermissions(session, {}, signal),
      ),
      tasks: options.taskLists.watch(member),
      nudged: false,
      guests: 0,
      lively: Number.NEGATIVE_INFINITY,
    };
    return made;
  }

  function seenGuests(): number {
    let count = 0;
    for (const [clusterId, one] of all) if (audience.gazeOf(clusterId) === "seen") count += one.guests;
    return count;
  }

  function dueAt(clusterId: string): number {
    const now = all.get(clusterId);
    if (now === undefined) return Number.POSITIVE_INFINITY;
    if (now.nudged) return Number.NEGATIVE_INFINITY;
    // Lists of tasks are asked only of what answers.
    return isAnswering(now.member.observed)
      ? Math.min(now.watch.dueAt(), now.tasks.dueAt())
      : now.watch.dueAt();
  }

  function take(clusterId: ClusterId, resources: Resources, at: number): void {
    const scope = `${clusterId}/`;
    const lastBackup = (guest: GuestIdentity): LastBackup => options.lastBackupOf(clusterId, guest);
    guests.replace(scope, guestsOf(clusterId, resources, lastBackup, at));
    storages.replace(scope, storagesOf(clusterId, resources, at));
  }

  async function ask({ member, watch, permissions }: Watched, forced: boolean): Promise<void> {
    const { session, signal, server } = member;
    const { answered, error, seen } = await watch.ask(forced);
    const rights = answered && permissions.isDue() ? await permissions.ask() : null;
    if (signal.aborted) return;
    const wasReachable = isAnswering(member.observed);
    members.observe(server.id, {
      ...seen,
      poll: { error, partial: answered },
      ...(rights === null ? {} : { permissions: rights }),
      clockOffset: session.clockOffset(),
      lastAnswerAt: session.lastAnswerAt() ?? member.observed.lastAnswerAt,
    });
    if (!answered) return;
    await members.keepTicket(server.id);
    if (!wasReachable) options.reachable(server.id);
  }

  async function round(clusterId: string, forced: boolean): Promise<void> {
    const now = all.get(clusterId);
    if (now === undefined) return;
    const isForced = forced || now.nudged;
    now.nudged = false;
    try {
      if (isForced || now.watch.dueAt() <= clock.now() + maxSlackMs) await ask(now, isForced);
      if (isAnswering(now.member.observed) && (isForced || now.tasks.isDue())) await now.tasks.ask();
    } catch (error) {
      if (!now.member.signal.aborted) options.log.error({ cluster: clusterId, error }, "a poll failed");
    }
  }

  return {
    guests,
    storages,
    start(clusterId) {
      const member = members.get(clusterId);
      all.set(clusterId, watched(member));
      rounds.start(clusterId, member.signal);
    },
    pollNow: rounds.now,
    nudge(clusterId) {
      const now = all.get(clusterId);
      if (now === undefined) return;
      now.nudged = true;
      now.lively = clock.now() + livelyMs;
      rounds.recount(clusterId);
    },
    refreshLastBackups(clusterId) {
      const own = [...guests.values()].filter((guest) => guest.clusterId === clusterId);
      guests.upsert(own.map((guest) => ({ ...guest, lastBackup: options.lastBackupOf(clusterId, guest) })));
    },
    forget(clusterId) {
      all.delete(clusterId);
      rounds.forget(clusterId);
      guests.remove(`${clusterId}/`);
      storages.remove(`${clusterId}/`);
      datastores.forget(clusterId);
      options.taskLists.forget(clusterId);
    },
    async close() {
      unlisten();
      await rounds.close();
    },
  };
}
