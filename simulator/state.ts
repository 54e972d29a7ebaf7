import type { Behaviour } from "./behaviours.ts";
import type { OpenId } from "./access/openid.ts";
import type { Clock } from "./clock.ts";
import type { Link } from "./depots.ts";
import type { Ailment } from "./http/daemons.ts";
import type { Ledger } from "./ledger.ts";
import type { Task } from "./tasks/task.ts";
import type { BackupVolume, Guest, NodeState, Storage, World } from "./world.ts";

/** What the server is at this moment. Everything but the functions is plain data. */
export type State = {
  readonly world: World;
  readonly tasks: Task[];
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly settings: Settings;
  /** Storages that stand on a simulated Backup Server. */
  readonly depots: ReadonlyMap<string, Link>;
  readonly openid: OpenId;
  /** Called after each change that a restart must not lose. */
  readonly changed: () => void;
  nextPid: number;
};

/** Switches that tests turn; kept over restarts. */
export type Settings = {
  /** Finished tasks a node remembers. */
  taskIndexSize: number;
  /** Nodes whose vzdump lock is held by somebody unseen. */
  heldLocks: string[];
  /** Delay of a failed login in milliseconds. */
  loginFailureDelay: number;
  /** Behaviours that are switched off. */
  without: Behaviour[];
  /** Storages on which notes cannot be written. */
  noteless: string[];
  /** What of its services is not well; null = nothing. */
  ailment: Ailment | null;
  /** Whether writing to the cluster file system is possible. */
  quorum: boolean;
  /** Wall-clock seconds for which a fresh task is not found yet. */
  shyTasks: number;
};

export const volidOf = (backup: BackupVolume): string => `${backup.storage}:${backup.name}`;

/** Where each guest stood when it was last looked for: a hint only, since guests come and go and change their ids. */
const places = new WeakMap<readonly Guest[], Map<number, number>>();

/** A large cluster's lists look for a guest once a row, so this must not walk through all of them each time. */
export function guestOf(world: World, vmid: number): Guest | undefined {
  const { guests } = world;
  const hints = places.get(guests) ?? new Map<number, number>();
  places.set(guests, hints);
  const hinted = guests[hints.get(vmid) ?? -1];
  if (hinted?.vmid === vmid) return hinted;
  const index = guests.findIndex((guest) => guest.vmid === vmid);
  if (index !== -1) hints.set(vmid, index);
  return guests[index];
}
export const storageOf = (world: World, id: string): Storage | undefined =>
  world.storages.find((storage) => storage.storage === id);
export const nodeOf = (world: World, name: string): NodeState | undefined =>
  world.nodes.find((node) => node.node === name);

export const seesStorage = (storage: Storage, node: string): boolean =>
  storage.nodes === null || storage.nodes.includes(node);

/** The key under which a storage counts its bytes. */
export const usageKey = (storage: Storage, node: string): string => (storage.shared ? "*" : node);

export const haOf = (world: World, vmid: number): World["ha"][number] | undefined =>
  world.ha.find((resource) => resource.vmid === vmid);

/** Backups of a storage as seen from a node. */
export function backupsOn(world: World, storage: Storage, node: string): readonly BackupVolume[] {
  return world.backups.filter(
    (backup) => backup.storage === storage.storage && (storage.shared || backup.node === node),
  );
}

/** PVE's word for a guest in messages. */
export const wordOf = (guest: Pick<Guest, "type">): string => (guest.type === "qemu" ? "VM" : "CT");

export const configFile = (node: string, type: Guest["type"], vmid: number): string =>
  `Configuration file 'nodes/${node}/${type === "qemu" ? "qemu-server" : "lxc"}/${vmid}.conf' does not exist`;
