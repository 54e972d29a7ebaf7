import { storageOf, type State } from "./state.ts";
import type { BackupVolume } from "./world.ts";

/** A backup as it stands on a Backup Server: what a cluster's storage adds to it is its own name. */
export type DepotVolume = Omit<BackupVolume, "storage" | "node">;

/** The place on a Backup Server that a storage of a cluster points to, as the storage's account may use it. */
export type Depot = {
  /** As the storage's configuration has it. */
  readonly config: () => {
    readonly server: string;
    readonly port: number;
    readonly fingerprint: string;
    readonly datastore: string;
    readonly namespace: string;
    readonly username: string;
  };
  /** Grows with every change there; asking brings the server's own tasks to the present. */
  readonly revision: () => number;
  readonly volumes: () => readonly DepotVolume[];
  readonly usage: () => { readonly total: number; readonly used: number };
  /** Why it cannot be used now; null = it can. */
  readonly problem: () => string | null;
  /** Why the account may not add to the group of a guest; null = it may. */
  readonly refusal: (volume: Pick<BackupVolume, "subtype" | "vmid">) => string | null;
  /** A backup begins, on behalf of a task of the cluster: an unfinished snapshot and a task of its own there. */
  readonly begin: (backup: BackupVolume, client: string) => void;
  readonly finish: (backup: BackupVolume, client: string) => void;
  /** A restore reads a backup: a task of its own there until the cluster's task ends. */
  readonly read: (backup: BackupVolume, client: string) => void;
  /** The cluster's task is gone or goes on without finishing what it had begun. */
  readonly abandon: (client: string) => void;
  readonly remove: (name: string) => void;
  readonly annotate: (backup: BackupVolume) => void;
};

/** A depot with what the cluster last saw of it. */
export type Link = { readonly depot: Depot; seen: number; problem: string | null };

export const linkTo = (depot: Depot): Link => ({ depot, seen: -1, problem: null });

function pull(state: State, id: string, link: Link): void {
  const { world } = state;
  const storage = storageOf(world, id);
  if (!storage) return;
  const { server, datastore } = link.depot.config();
  Object.assign(storage, { server, path: datastore });
  const problem = link.depot.problem();
  if (problem !== link.problem) storage.broken = problem === null ? null : `${id}: ${problem}`;
  link.problem = problem;
  const revision = link.depot.revision();
  if (revision === link.seen) return;
  link.seen = revision;
  const known = new Map(world.backups.filter((one) => one.storage === id).map((one) => [one.name, one]));
  const volumes = link.depot
    .volumes()
    .map((volume) => Object.assign(known.get(volume.name) ?? {}, { storage: id, node: null, ...volume }));
  world.backups = [...world.backups.filter((one) => one.storage !== id), ...volumes];
  storage.usage["*"] = { ...link.depot.usage() };
  state.changed();
}

/** Brings what the cluster knows of its Backup Servers to the present. */
export function pullDepots(state: State): void {
  for (const [id, link] of state.depots) pull(state, id, link);
}

/** Names a task beyond its cluster: two clusters may have tasks with the same UPID. */
export const clientOf = (state: State, upid: string): string => `${state.world.cluster ?? ""}/${upid}`;

/** Ends whatever a task of this cluster has going on at any of its Backup Servers. */
export function abandonAll(state: State, upid: string): void {
  for (const { depot } of state.depots.values()) depot.abandon(clientOf(state, upid));
}

export const depotOf = (state: State, storage: string): Depot | undefined => state.depots.get(storage)?.depot;
