import type { Behaviour } from "./behaviours.ts";
import type { Ailment } from "./http/daemons.ts";
import type { PveVersion } from "./profiles/pve.ts";
import { guestOf, nodeOf, storageOf, usageKey, volidOf, type State } from "./state.ts";
import { startTask } from "./tasks/engine.ts";
import { endTask, loseTask } from "./tasks/stop.ts";
import type { Task } from "./tasks/task.ts";
import type { Guest } from "./world.ts";

/** What can go wrong with a cluster, and what others do to it while a client looks away. All arguments are JSON. */
export type Mishaps = {
  /** Switches one of a real server's behaviours off or on again. */
  readonly setBehaviour: (behaviour: Behaviour, on: boolean) => void;
  /** The server is upgraded (or set back) while everything goes on. */
  readonly setVersion: (version: PveVersion) => void;
  /** The API daemon stops or hangs, or the cluster file system is down; null = all well again. */
  readonly setAilment: (ailment: Ailment | null) => void;
  /** Without quorum /etc/pve is read-only: writes fail, reads go on. */
  readonly setQuorum: (quorum: boolean) => void;
  /** Whether notes can be written on a storage. */
  readonly setNotesWork: (storage: string, work: boolean) => void;
  /** A fresh task answers "no such task" for so many seconds; 0 = never. */
  readonly hideFreshTasks: (seconds: number) => void;
  /** Ends a running task now, with any text. */
  readonly endTask: (upid: string, exit: string) => void;
  /** A backup that somebody else starts in the web interface. Returns its UPID. */
  readonly startForeignBackup: (wish: ForeignBackup) => string;
  /** The next worker gets this process id, as after the numbers have gone round. */
  readonly setNextPid: (pid: number) => void;
  /** The node starts anew: its workers are gone without a last line, locks stay, guests are started again. */
  readonly rebootNode: (node: string) => void;
  /** The node dies; the HA manager starts its resources on another one. */
  readonly failNode: (node: string) => void;
  /** The node leaves the cluster with everything on it. */
  readonly removeNode: (node: string) => void;
  readonly fillStorage: (storage: string) => void;
  readonly removeBackup: (volid: string) => void;
  /** Cuts a backup's file short: its restore fails. */
  readonly truncateBackup: (volid: string) => void;
  /** Somebody takes an id: a copy of another guest appears under it. */
  readonly addGuest: (vmid: number, like: number) => void;
  readonly changeGuest: (
    vmid: number,
    change: Partial<Pick<Guest, "name" | "memory" | "protection" | "description" | "tags">>,
  ) => void;
  readonly setUserEnabled: (userid: string, enabled: boolean) => void;
  readonly removeUser: (userid: string) => void;
  readonly removeToken: (id: string) => void;
  /** The token stops working now. */
  readonly expireToken: (id: string) => void;
  /** From now on the account needs a second factor too. */
  readonly requireTotp: (userid: string, secret: string) => void;
};

type ForeignBackup = {
  readonly node: string;
  readonly vmid: number;
  readonly storage: string;
  readonly user: string;
};

type Change = <T>(change: () => T) => T;

export const found = <T>(thing: T | undefined, name: string | number): T => {
  if (thing === undefined) throw new Error(`the simulated cluster has no ${name}`);
  return thing;
};

export const taskOf = (state: State, upid: string): Task =>
  found(
    state.tasks.find((one) => one.upid === upid),
    upid,
  );

function startForeign(state: State, { node, vmid, storage, user }: ForeignBackup): string {
  const params = { vmid: String(vmid), storage, mode: "snapshot", compress: "zstd" } as const;
  const run = { params, storage, guests: [vmid], current: null, failed: false };
  return startTask(state, {
    node,
    type: "vzdump",
    id: String(vmid),
    user,
    params,
    steps: [],
    run: { ...run, interrupted: "interrupted by signal" },
  }).upid;
}

function loseTasksOf(state: State, node: string): void {
  for (const task of state.tasks) if (task.node === node) loseTask(state, task);
}

function reboot(state: State, name: string): void {
  loseTasksOf(state, name);
  const seconds = state.clock.seconds();
  found(nodeOf(state.world, name), name).bootedAt = seconds;
  for (const guest of state.world.guests)
    if (guest.node === name && guest.status !== "stopped")
      Object.assign(guest, { startedAt: seconds, bitmaps: [] });
}

function fail(state: State, name: string): void {
  const { world } = state;
  loseTasksOf(state, name);
  Object.assign(found(nodeOf(world, name), name), { online: false, failure: "timeout" });
  const refuge = found(
    world.nodes.find((node) => node.online),
    "node that is left",
  );
  for (const { vmid } of world.ha) {
    const guest = guestOf(world, vmid);
    if (guest?.node === name) Object.assign(guest, { node: refuge.node, startedAt: state.clock.seconds() });
  }
}

function removeNode(state: State, name: string): void {
  const { world } = state;
  loseTasksOf(state, name);
  world.nodes.splice(world.nodes.indexOf(found(nodeOf(world, name), name)), 1);
  for (const guest of world.guests.filter((one) => one.node === name))
    world.guests.splice(world.guests.indexOf(guest), 1);
}

export function createMishaps(state: State, change: Change): Mishaps {
  const { world, settings } = state;
  const backup = (volid: string): (typeof world.backups)[number] =>
    found(
      world.backups.find((one) => volidOf(one) === volid),
      volid,
    );
  const user = (userid: string): (typeof world.users)[number] =>
    found(
      world.users.find((one) => one.userid === userid),
      userid,
    );
  const token = (id: string): (typeof world.tokens)[number] =>
    found(
      world.tokens.find((one) => one.id === id),
      id,
    );
  const toggle = <T>(list: readonly T[], one: T, present: boolean): T[] =>
    present ? [...new Set([...list, one])] : list.filter((other) => other !== one);
  return {
    setBehaviour: (behaviour, on) =>
      change(() => {
        settings.without = toggle(settings.without, behaviour, !on);
      }),
    setVersion: (version) =>
      change(() => {
        world.version = version;
      }),
    setAilment: (ailment) =>
      change(() => {
        settings.ailment = ailment;
      }),
    setQuorum: (quorum) =>
      change(() => {
        settings.quorum = quorum;
      }),
    setNotesWork: (storage, work) =>
      change(() => {
        settings.noteless = toggle(settings.noteless, storage, !work);
      }),
    hideFreshTasks: (seconds) =>
      change(() => {
        settings.shyTasks = seconds;
      }),
    endTask: (upid, exit) => change(() => endTask(state, taskOf(state, upid), exit)),
    startForeignBackup: (wish) => change(() => startForeign(state, wish)),
    setNextPid: (pid) =>
      change(() => {
        state.nextPid = pid;
      }),
    rebootNode: (node) => change(() => reboot(state, node)),
    failNode: (node) => change(() => fail(state, node)),
    removeNode: (node) => change(() => removeNode(state, node)),
    fillStorage: (id) =>
      change(() => {
        const storage = found(storageOf(world, id), id);
        for (const { node } of world.nodes) {
          const usage = storage.usage[usageKey(storage, node)];
          if (usage) usage.used = usage.total;
        }
      }),
    removeBackup: (volid) => change(() => void world.backups.splice(world.backups.indexOf(backup(volid)), 1)),
    truncateBackup: (volid) =>
      change(() => {
        backup(volid).truncated = true;
      }),
    addGuest: (vmid, like) =>
      change(() => {
        world.guests.push({ ...structuredClone(found(guestOf(world, like), like)), vmid });
      }),
    changeGuest: (vmid, wish) => change(() => void Object.assign(found(guestOf(world, vmid), vmid), wish)),
    setUserEnabled: (userid, enabled) => change(() => void Object.assign(user(userid), { enabled })),
    removeUser: (userid) => change(() => void world.users.splice(world.users.indexOf(user(userid)), 1)),
    removeToken: (id) => change(() => void world.tokens.splice(world.tokens.indexOf(token(id)), 1)),
    expireToken: (id) => change(() => void Object.assign(token(id), { expire: state.clock.seconds() })),
    requireTotp: (userid, totpSecret) => change(() => void Object.assign(user(userid), { totpSecret })),
  };
}
