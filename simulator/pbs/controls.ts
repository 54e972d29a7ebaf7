import type { Faults, FaultWish } from "../faults.ts";
import { holdTask, letGoTask } from "../tasks/due.ts";
import { datastoreOf, groupOf, snapshotOf, type BackupState } from "./state.ts";
import { advance } from "./tasks/engine.ts";
import { restartDaemon, stopTask } from "./tasks/stop.ts";
import type { BackupTask } from "./tasks/task.ts";
import type { BackupType, Datastore, Maintenance, Snapshot } from "./world.ts";

export type SnapshotName = {
  readonly store: string;
  readonly ns?: string;
  readonly type: BackupType;
  readonly id: string;
  readonly time: number;
};

/** Everything a test may do to the server behind its back. All arguments are JSON, so that another process can call them too. */
export type BackupControls = {
  readonly addFault: (wish: FaultWish) => number;
  readonly removeFault: (id: number) => void;
  readonly releaseFault: (id: number) => void;
  readonly clearFaults: () => void;
  readonly faultHits: (id: number) => number;
  /** Task time per real time. */
  readonly setSpeed: (speed: number) => void;
  readonly setClockOffset: (milliseconds: number) => void;
  readonly pauseTask: (upid: string) => void;
  readonly resumeTask: (upid: string) => void;
  readonly stopTask: (upid: string) => void;
  /** Rotates a task's log and index entry away: its state is `unknown`, its log is gone. */
  readonly forgetTask: (upid: string) => void;
  /** Somebody logs in at the provider: where his browser is sent then. */
  readonly consentOpenId: (authUrl: string, name: string) => string;
  readonly setTaskIndexSize: (count: number) => void;
  /** The proxy daemon is restarted: every running task is lost and stays `unknown`. */
  readonly restartDaemon: () => void;
  /** Damages a chunk of a snapshot, or mends it: the next verification finds that. */
  readonly corruptSnapshot: (name: SnapshotName, corrupt?: boolean) => void;
  readonly setMaintenance: (store: string, maintenance: Maintenance | null) => void;
  readonly setMounted: (store: string, mounted: boolean) => void;
  /** Bytes used, as the file system counts them. */
  readonly setUsed: (store: string, bytes: number) => void;
};

const found = <T>(thing: T | undefined, name: string): T => {
  if (thing === undefined) throw new Error(`the simulated Backup Server has no ${name}`);
  return thing;
};

export function createBackupControls(state: BackupState, faults: Faults): BackupControls {
  const change = (work: () => void): void => {
    advance(state);
    work();
    advance(state);
    state.changed();
  };
  const store = (name: string): Datastore => found(datastoreOf(state.world, name), name);
  const task = (upid: string): BackupTask =>
    found(
      state.tasks.find((one) => one.upid === upid),
      upid,
    );
  const snapshot = (name: SnapshotName): Snapshot => {
    const group = groupOf(store(name.store), name.ns ?? "", name.type, name.id);
    return found(group && snapshotOf(group, name.time), `${name.type}/${name.id} of ${name.time}`);
  };
  return {
    addFault: faults.add,
    removeFault: faults.remove,
    releaseFault: faults.release,
    clearFaults: faults.clear,
    faultHits: faults.hits,
    setSpeed: (speed) => change(() => state.clock.setSpeed(speed)),
    setClockOffset: (milliseconds) => change(() => state.clock.setOffset(milliseconds)),
    pauseTask: (upid) => change(() => holdTask(task(upid), state.clock.taskTime())),
    resumeTask: (upid) => change(() => letGoTask(task(upid), state.clock.taskTime())),
    stopTask: (upid) => change(() => stopTask(state, task(upid))),
    forgetTask: (upid) =>
      change(() => {
        const index = state.world.history.findIndex((one) => one.upid === upid);
        if (index === -1) task(upid).forgotten = true;
        else state.world.history.splice(index, 1);
      }),
    consentOpenId: state.openid.consent,
    setTaskIndexSize: (count) =>
      change(() => {
        state.settings.taskIndexSize = count;
      }),
    restartDaemon: () => change(() => restartDaemon(state)),
    corruptSnapshot: (name, corrupt = true) =>
      change(() => {
        snapshot(name).corrupt = corrupt;
      }),
    setMaintenance: (name, maintenance) =>
      change(() => {
        store(name).maintenance = maintenance;
      }),
    setMounted: (name, mounted) =>
      change(() => {
        store(name).mountStatus = mounted ? "mounted" : "notmounted";
      }),
    setUsed: (name, bytes) =>
      change(() => {
        store(name).used = bytes;
      }),
  };
}
