import { AppError, isAppError } from "../../shared/errors.ts";
import { listResources, readClusterStatus } from "../proxmox/pve/cluster.ts";
import { createPoll } from "./poll.ts";
import { nodesOf } from "./resources.ts";
import { isSilence, needsLogin } from "./status.ts";

import type { Clock } from "../proxmox/clock.ts";
import type { Resources } from "../proxmox/pve/cluster.ts";
import type { Gaze } from "./attention.ts";
import type { Datastores } from "./datastores.ts";
import type { Member } from "./members.ts";
import type { Poll } from "./poll.ts";
import type { Observed } from "./status.ts";

const second = 1000;
const minute = 60 * second;

type Cadence = Readonly<Record<Gaze, number>>;
/** The server itself refreshes its figures every 10 s; asking more often shows nothing new. */
export const resourcesEvery: Cadence = { seen: 10 * second, unseen: minute, away: 2 * minute };
/** Who is in the cluster and whether it has a quorum: the resources tell of a dead node, too. */
const statusEvery: Cadence = { seen: 30 * second, unseen: 2 * minute, away: 4 * minute };
/** A backup server's figures change slowly (its own history has a value each half hour), and every answer carries a month of them. */
export const datastoresEvery: Cadence = { seen: 30 * second, unseen: 2 * minute, away: 4 * minute };

/**
 * Where many guests are on view at once, each cluster is asked less often, so that this computer never reads more than about so
 * many of them a second: no screen shows ten thousand rows, and reading them all takes a processor's time. Up to 2,500 guests
 * change nothing.
 */
const guestsPerSecond = 250;

/** What one round brought, whatever kind of server it asked. */
export interface Asked {
  /** At least a part of it was answered. */
  readonly answered: boolean;
  readonly error: AppError | null;
  readonly seen: Partial<Observed>;
}

/** The polls of one registered server. */
export interface Watch {
  /** When the next round is wanted, ms by our clock; Infinity = not before somebody acts. */
  dueAt(): number;
  /** One round of what is due, or of everything: one question after the other, so that they share one socket. */
  ask(forced: boolean): Promise<Asked>;
}

export interface WatchOptions {
  readonly member: Member;
  readonly clock: Clock;
  readonly gaze: () => Gaze;
  /** Guests of all clusters that are seen now, as far as they are known. */
  readonly seenGuests: () => number;
}

export function watchCluster(
  options: WatchOptions & { readonly take: (resources: Resources) => void },
): Watch {
  const { member, clock, gaze, seenGuests } = options;
  const { session, signal } = member;
  const pace = (): number => (gaze() === "seen" ? (seenGuests() / guestsPerSecond) * second : 0);
  const resources = createPoll(
    clock,
    () => Math.max(resourcesEvery[gaze()], pace()),
    () => listResources(session, {}, signal),
  );
  const status = createPoll(
    clock,
    // With slow lists it goes along with them, on the same connection.
    () => Math.max(statusEvery[gaze()], pace()),
    () => readClusterStatus(session, signal),
  );

  /** What says nothing to one question says nothing to the next one; what refuses one may answer the other. */
  function asksStatus(forced: boolean): boolean {
    const trouble = resources.problem();
    if (trouble === null) return forced || status.isDue() || isTrouble(status.problem());
    return !isSilence(trouble.code) && !waitsForHuman(trouble);
  }

  function problem(): AppError | null {
    const other = status.problem();
    return (
      resources.problem() ??
      badRows(member, resources.last()?.value ?? null) ??
      (isTrouble(other) ? other : null)
    );
  }

  return {
    dueAt: () => (isWell(resources) ? Math.min(resources.dueAt(), status.dueAt()) : nextTry(resources)),
    async ask(forced) {
      const listed = forced || resources.isDue() ? await resources.ask() : null;
      if (listed !== null && !signal.aborted) options.take(listed);
      const state = asksStatus(forced) ? await status.ask() : null;
      const answered = listed !== null || state !== null;
      const known = { resources: resources.last()?.value ?? null, status: status.last()?.value ?? null };
      return {
        answered,
        error: problem(),
        seen: {
          ...(answered ? { nodes: nodesOf(known.resources, known.status, state !== null) } : {}),
          ...(state === null ? {} : { quorate: state.quorate }),
        },
      };
    },
  };
}

export function watchBackupServer(options: WatchOptions & { readonly datastores: Datastores }): Watch {
  const { member, clock, gaze } = options;
  const stores = createPoll(
    clock,
    () => datastoresEvery[gaze()],
    () => options.datastores.poll(member, () => clock.now()),
  );
  return {
    dueAt: () => nextTry(stores),
    async ask() {
      const found = await stores.ask();
      return { answered: found !== null, error: stores.problem() ?? badRows(member, found), seen: {} };
    },
  };
}

function isWell(poll: Poll<unknown>): boolean {
  return poll.problem() === null;
}

/** Asking again changes nothing before somebody has acted: a login, a re-trust, `check` wake it. */
function nextTry(poll: Poll<unknown>): number {
  const problem = poll.problem();
  return problem !== null && waitsForHuman(problem) ? Number.POSITIVE_INFINITY : poll.dueAt();
}

function waitsForHuman(error: AppError): boolean {
  return needsLogin(error.code) || error.code === "server.certificateChanged";
}

/** A part that the account may not see is no trouble. */
function isTrouble(error: AppError | null): boolean {
  return error !== null && !isAppError(error, "server.forbidden");
}

function badRows({ session }: Member, answer: { readonly bad: number } | null): AppError | null {
  if (answer === null || answer.bad === 0) return null;
  return new AppError("server.badAnswer", {
    params: { address: session.address, reason: "rows", count: answer.bad },
  });
}
