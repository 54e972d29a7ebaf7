import { datastoreOf, groupOf, sizeOf, snapshotOf, type BackupState } from "../state.ts";
import type { Datastore, Group, Snapshot } from "../world.ts";
import type { BackupTask, Effect } from "./task.ts";

/** A further backup shares most of its chunks with the one before. */
const STORED_SHARE = 0.04;

/** Bytes a snapshot adds to its datastore: all of a first one, a fraction of each further one. */
export function storedSize(snapshot: Snapshot, first: boolean): number {
  return Math.ceil(sizeOf(snapshot) * (first ? 0.5 : STORED_SHARE));
}

/** Puts a snapshot into its group, which is made when it is new. */
export function addSnapshot(
  datastore: Datastore,
  group: Omit<Group, "snapshots" | "notes">,
  snapshot: Snapshot,
): void {
  let found = groupOf(datastore, group.ns, group.type, group.id);
  if (!found) {
    found = { ...group, notes: "", snapshots: [] };
    datastore.groups.push(found);
  }
  datastore.used = Math.min(
    datastore.total,
    datastore.used + storedSize(snapshot, found.snapshots.length === 0),
  );
  found.snapshots = [...found.snapshots.filter((one) => one.time !== snapshot.time), snapshot];
}

/** Takes a snapshot away, and its group with the last one. Its chunks stay until the next garbage collection. */
export function removeSnapshot(datastore: Datastore, group: Group, snapshot: Snapshot): void {
  group.snapshots = group.snapshots.filter((one) => one !== snapshot);
  if (group.snapshots.length === 0) datastore.groups = datastore.groups.filter((one) => one !== group);
  datastore.gc["pending-bytes"] += storedSize(snapshot, group.snapshots.length === 0);
}

/** Changes the world as the effect says; one on a snapshot that is gone does nothing. */
export function applyEffect(
  state: BackupState,
  task: BackupTask,
  effect: Exclude<Effect, { kind: "end" }>,
): void {
  if (effect.kind === "collected") {
    const datastore = datastoreOf(state.world, effect.store);
    if (!datastore) return;
    datastore.gc = { ...effect.status };
    datastore.used = Math.max(0, datastore.used - effect.freed);
    return;
  }
  const { place } = effect;
  const datastore = datastoreOf(state.world, place.store);
  if (!datastore) return;
  if (effect.kind === "snapshot-add") {
    addSnapshot(
      datastore,
      { ns: place.ns, type: place.type, id: place.id, owner: effect.owner },
      effect.snapshot,
    );
    return;
  }
  const group = groupOf(datastore, place.ns, place.type, place.id);
  const snapshot = group && snapshotOf(group, effect.time);
  if (!group || !snapshot) return;
  if (effect.kind === "verified") snapshot.verification = { state: effect.state, upid: task.upid };
  else if (!snapshot.protected) removeSnapshot(datastore, group, snapshot);
}
