import { clientOf, depotOf, pullDepots } from "../depots.ts";
import { guestOf, storageOf, usageKey, volidOf, type State } from "../state.ts";
import type { Guest } from "../world.ts";
import type { Effect } from "./task.ts";

type WorldEffect = Exclude<Effect, { kind: "end" | "next-guest" | "task" }>;

/** Adds to (or with a negative number frees) the bytes used on a storage. */
function occupy(state: State, storageId: string, node: string | null, bytes: number): void {
  const storage = storageOf(state.world, storageId);
  const usage = storage?.usage[usageKey(storage, node ?? "*")];
  if (usage) usage.used = Math.min(usage.total, Math.max(0, usage.used + bytes));
}

/** A Backup Server stores chunks once: a further backup costs a fraction of its size. */
const stored = (size: number, format: string): number =>
  format.startsWith("pbs-") ? Math.ceil(size * 0.04) : size;

function setPower(state: State, guest: Guest, status: Guest["status"]): void {
  if (status === "running" && guest.status === "stopped") guest.startedAt = state.clock.seconds();
  if (status === "stopped") {
    guest.startedAt = 0;
    guest.bitmaps = [];
  }
  guest.status = status;
}

function removeBackup(state: State, volid: string): void {
  const index = state.world.backups.findIndex((backup) => volidOf(backup) === volid);
  const backup = state.world.backups[index];
  if (!backup) return;
  const depot = depotOf(state, backup.storage);
  if (depot) {
    depot.remove(backup.name);
    pullDepots(state);
    return;
  }
  state.world.backups.splice(index, 1);
  occupy(state, backup.storage, backup.node, -stored(backup.size, backup.format));
}

function putGuest(state: State, guest: Guest): void {
  const index = state.world.guests.findIndex((one) => one.vmid === guest.vmid);
  if (index === -1) state.world.guests.push(structuredClone(guest));
  else state.world.guests[index] = structuredClone(guest);
}

/** Changes the world as the effect says; an effect on a guest that is gone does nothing. */
export function applyEffect(state: State, effect: WorldEffect, upid: string): void {
  switch (effect.kind) {
    case "lock": {
      const guest = guestOf(state.world, effect.vmid);
      if (guest) guest.lock = effect.lock;
      return;
    }
    case "power": {
      const guest = guestOf(state.world, effect.vmid);
      if (guest) setPower(state, guest, effect.status);
      return;
    }
    case "bitmap": {
      const guest = guestOf(state.world, effect.vmid);
      if (guest?.status === "running" && !guest.bitmaps.includes(effect.storage))
        guest.bitmaps.push(effect.storage);
      return;
    }
    case "depot-begin":
      depotOf(state, effect.backup.storage)?.begin(effect.backup, clientOf(state, upid));
      pullDepots(state);
      return;
    case "depot-read":
      depotOf(state, effect.backup.storage)?.read(effect.backup, clientOf(state, upid));
      return;
    case "backup-add":
      if (depotOf(state, effect.backup.storage)) {
        depotOf(state, effect.backup.storage)?.finish(effect.backup, clientOf(state, upid));
        pullDepots(state);
        return;
      }
      state.world.backups.push(structuredClone(effect.backup));
      occupy(
        state,
        effect.backup.storage,
        effect.backup.node,
        stored(effect.backup.size, effect.backup.format),
      );
      return;
    case "backup-remove":
      removeBackup(state, effect.volid);
      return;
    case "guest-put":
      putGuest(state, effect.guest);
      return;
    case "guest-remove":
      state.world.guests.splice(
        0,
        state.world.guests.length,
        ...state.world.guests.filter((guest) => guest.vmid !== effect.vmid),
      );
      return;
    case "snapshot-add":
      guestOf(state.world, effect.vmid)?.snapshots.push(effect.snapshot);
      return;
    case "snapshot-remove": {
      const guest = guestOf(state.world, effect.vmid);
      if (guest) guest.snapshots = guest.snapshots.filter((snapshot) => snapshot.name !== effect.name);
      return;
    }
    case "disk-use":
      occupy(state, effect.storage, effect.node, effect.bytes);
      return;
    default:
      effect satisfies never;
  }
}
