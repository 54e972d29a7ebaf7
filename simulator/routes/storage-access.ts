import { died } from "../errors.ts";
import { backupsOn, guestOf, seesStorage, storageOf, volidOf } from "../state.ts";
import type { BackupVolume, Storage } from "../world.ts";
import { demand, may, text, type Call } from "./route.ts";

/** The declared permission of a storage's reads. */
export const READ = {
  path: "/storage/{storage}",
  privileges: ["Datastore.Audit", "Datastore.AllocateSpace"],
  any: true,
} as const;

/** The storage of the path, usable on the node of the path. Throws Proxmox's words for unknown, disabled and broken ones. */
export function usableStorage(call: Call, id: string): Storage {
  const storage = storageOf(call.state.world, id);
  if (!storage) throw died(`storage '${id}' does not exist`);
  if (!seesStorage(storage, text(call, "node")))
    throw died(`storage '${id}' is not available on node '${text(call, "node")}'`);
  if (!storage.enabled) throw died(`storage '${id}' is disabled`);
  if (storage.broken !== null) throw died(storage.broken);
  return storage;
}

/** Whether the caller sees one backup; the others are missing from lists without a hint. */
export function readable(call: Call, backup: BackupVolume): boolean {
  const path = `/storage/${backup.storage}`;
  if (may(call, path, ["Datastore.Allocate"])) return true;
  return may(call, path, ["Datastore.AllocateSpace"]) && may(call, `/vms/${backup.vmid}`, ["VM.Backup"]);
}

/** Throws the 403 that names what is missing for reading a backup. */
export function demandReadable(call: Call, storage: string, vmid: number): void {
  if (may(call, `/storage/${storage}`, ["Datastore.Allocate"])) return;
  demand(call, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  demand(call, `/vms/${vmid}`, ["VM.Backup"]);
}

/** The backup a restore names, with the rights its reading needs. Throws the refusals of an unknown storage or missing rights. */
export function backupToRestore(
  call: Call,
  volid: string,
): { readonly storage: Storage; readonly backup: BackupVolume | undefined } {
  const storage = usableStorage(call, volid.split(":")[0] ?? "");
  const backup = backupsOn(call.state.world, storage, text(call, "node")).find(
    (one) => volidOf(one) === volid,
  );
  demandReadable(call, storage.storage, backup?.vmid ?? 0);
  return { storage, backup };
}

/** The guest inside a backup. */
export const guestInside = (call: Call, backup: BackupVolume): ReturnType<typeof guestOf> =>
  backup.guest ?? guestOf(call.state.world, backup.vmid);
