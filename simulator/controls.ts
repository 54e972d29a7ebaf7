import type { Faults, FaultWish } from "./faults.ts";
import { createMishaps, found, taskOf, type Mishaps } from "./mishaps.ts";
import { parsePruneRule } from "./retention.ts";
import { guestOf, nodeOf, storageOf, type State } from "./state.ts";
import { holdTask, letGoTask } from "./tasks/due.ts";
import { advance } from "./tasks/engine.ts";
import { loseTask, stopTask } from "./tasks/stop.ts";
import type { Task } from "./tasks/task.ts";
import type { NodeFailure } from "./world.ts";
import { wakeWaiting } from "./tasks/vzdump-run.ts";

/** Everything a test may do to the cluster behind its back. All arguments are JSON, so that another process can call them too. */
export type Controls = Mishaps & {
  readonly addFault: (wish: FaultWish) => number;
  readonly removeFault: (id: number) => void;
  readonly releaseFault: (id: number) => void;
  readonly clearFaults: () => void;
  readonly faultHits: (id: number) => number;
  /** Task time per real time. */
  readonly setSpeed: (speed: number) => void;
  readonly setClockOffset: (milliseconds: number) => void;
  readonly setNodeOnline: (node: string, online: boolean, failure?: NodeFailure) => void;
  /** Somebody unseen takes the node's vzdump lock: backups wait. */
  readonly holdVzdumpLock: (node: string) => void;
  readonly releaseVzdumpLock: (node: string) => void;
  /** A retention rule (`keep-last=1`) or null: forces or lifts the backup limit. */
  readonly setStoragePrune: (storage: string, rule: string | null) => void;
  /** Makes a storage unusable with this message, or whole again with null. */
  readonly breakStorage: (storage: string, message: string | null) => void;
  readonly setGuestLock: (vmid: number, lock: string | null) => void;
  readonly setGuestStatus: (vmid: number, status: "running" | "stopped") => void;
  readonly moveGuest: (vmid: number, node: string) => void;
  readonly removeGuest: (vmid: number) => void;
  readonly pauseTask: (upid: string) => void;
  readonly resumeTask: (upid: string) => void;
  readonly stopTask: (upid: string) => void;
  /** Kills the worker hard: it ends with `unexpected status`. */
  readonly loseTask: (upid: string) => void;
  /** Rotates a task's log and index entry away: status 400, log `unable to open file`. */
  readonly forgetTask: (upid: string) => void;
  /** Somebody logs in at the provider: where his browser is sent then. */
  readonly consentOpenId: (authUrl: string, name: string) => string;
  readonly setTaskIndexSize: (count: number) => void;
};

/** The live objects themselves: change them only through the functions above. */
function changer(state: State): <T>(change: () => T) => T {
  return (change) => {
    advance(state);
    const result = change();
    advance(state);
    state.changed();
    return result;
  };
}

export function createControls(state: State, faults: Faults): Controls {
  const change = changer(state);
  const { world } = state;
  const task = (upid: string): Task => taskOf(state, upid);
  return {
    ...createMishaps(state, change),
    addFault: faults.add,
    removeFault: faults.remove,
    releaseFault: faults.release,
    clearFaults: faults.clear,
    faultHits: faults.hits,
    setSpeed: (speed) => change(() => state.clock.setSpeed(speed)),
    setClockOffset: (milliseconds) => change(() => state.clock.setOffset(milliseconds)),
    setNodeOnline: (node, online, failure = "refused") =>
      change(() => void Object.assign(found(nodeOf(world, node), node), { online, failure })),
    holdVzdumpLock: (node) => change(() => void state.settings.heldLocks.push(node)),
    releaseVzdumpLock: (node) =>
      change(() => {
        state.settings.heldLocks = state.settings.heldLocks.filter((one) => one !== node);
        wakeWaiting(state, node, state.clock.taskTime());
      }),
    setStoragePrune: (storage, rule) =>
      change(() => {
        found(storageOf(world, storage), storage).prune = rule === null ? null : parsePruneRule(rule);
      }),
    breakStorage: (storage, message) =>
      change(() => {
        found(storageOf(world, storage), storage).broken = message;
      }),
    setGuestLock: (vmid, lock) =>
      change(() => {
        found(guestOf(world, vmid), vmid).lock = lock;
      }),
    setGuestStatus: (vmid, status) =>
      change(() => {
        Object.assign(found(guestOf(world, vmid), vmid), {
          status,
          startedAt: status === "running" ? state.clock.seconds() : 0,
        });
      }),
    moveGuest: (vmid, node) =>
      change(() => {
        found(guestOf(world, vmid), vmid).node = node;
      }),
    removeGuest: (vmid) =>
      change(() => {
        world.guests.splice(world.guests.indexOf(found(guestOf(world, vmid), vmid)), 1);
      }),
    pauseTask: (upid) => change(() => holdTask(task(upid), state.clock.taskTime())),
    resumeTask: (upid) => change(() => letGoTask(task(upid), state.clock.taskTime())),
    stopTask: (upid) => change(() => stopTask(state, task(upid))),
    loseTask: (upid) => change(() => loseTask(state, task(upid))),
    forgetTask: (upid) =>
      change(() => {
        const index = world.history.findIndex((one) => one.upid === upid);
        if (index === -1) task(upid).forgotten = true;
        else world.history.splice(index, 1);
      }),
    consentOpenId: state.openid.consent,
    setTaskIndexSize: (count) =>
      change(() => {
        state.settings.taskIndexSize = count;
      }),
  };
}
