import { AppError, isAppError } from "../../shared/errors.ts";
import { readVzdumpDefaults } from "../proxmox/pve/backup.ts";
import { isFreeId, listResources } from "../proxmox/pve/cluster.ts";
import { readGuestStatus } from "../proxmox/pve/guests.ts";
import { listBackups, readBackupVolume, readStorageStatus } from "../proxmox/pve/storage.ts";
import { readServerTime } from "../proxmox/pve/version.ts";

import type { JobRequest } from "../../shared/job.ts";
import type { Session } from "../proxmox/session.ts";

type BackupRequest = Extract<JobRequest, { kind: "backup" }>;
type RestoreRequest = Extract<JobRequest, { kind: "restore" }>;

/**
 * Fresh reads just before a launch; writes nothing. Throws AppError with what stands against it: guest.notFound, guest.ambiguous,
 * guest.elsewhere, guest.locked, backup.storageUnfit, backup.limitReached, backup.notFound, restore.idTaken, restore.storageUnfit.
 */
export async function preflight(
  session: Session,
  request: JobRequest,
  signal: AbortSignal,
): Promise<{ readonly serverTime: number }> {
  switch (request.kind) {
    case "backup":
      await checkGuest(session, request, signal);
      await checkBackupStorage(session, request, signal);
      await checkLimit(session, request, signal);
      break;
    case "restore":
      await checkBackup(session, request, signal);
      await checkTarget(session, request, signal);
      await checkId(session, request.guest.vmid, signal);
      break;
    case "power":
      await checkGuest(session, request, signal);
      break;
    default:
      request satisfies never;
  }
  return { serverTime: await readServerTime(session, signal) };
}

async function checkGuest(session: Session, { guest }: JobRequest, signal: AbortSignal): Promise<void> {
  const { vmid, node, type } = guest;
  const { guests } = await listResources(session, { type: "vm" }, signal);
  const found = guests.filter((row) => row.vmid === vmid);
  const [only] = found;
  if (only === undefined) throw new AppError("guest.notFound", { params: { vmid } });
  if (found.length > 1 || only.conflict) throw new AppError("guest.ambiguous", { params: { vmid } });
  if (only.node !== node || only.type !== type) {
    throw new AppError("guest.elsewhere", { params: { vmid, node } });
  }
  const { lock } = await readGuestStatus(session, { node, vmid, type }, signal);
  if (lock !== null) throw new AppError("guest.locked", { params: { vmid, lock } });
}

async function checkBackupStorage(
  session: Session,
  { guest: { node }, storage }: BackupRequest,
  signal: AbortSignal,
): Promise<void> {
  const unfit = (cause?: unknown): AppError =>
    new AppError("backup.storageUnfit", { params: { storage, node }, cause });
  try {
    const status = await readStorageStatus(session, { node, storage }, signal);
    if (!status.enabled || !status.active || !status.content.includes("backup")) throw unfit();
  } catch (error) {
    if (isAppError(error, "server.notFound", "server.error")) throw unfit(error);
    throw error;
  }
}

/** Without keep-all or protection the server would refuse the copy only after its task has begun. */
async function checkLimit(session: Session, request: BackupRequest, signal: AbortSignal): Promise<void> {
  if (request.keepAll || request.protect) return;
  const { node, vmid } = request.guest;
  const { storage } = request;
  const { maxBackups: max } = await readVzdumpDefaults(session, { node, storage }, signal);
  if (max === null) return;
  const { rows } = await listBackups(session, { node, storage, vmid }, signal);
  const copies = rows.filter((row) => !row.protected && row.guestType === request.guest.type).length;
  if (copies >= max) throw new AppError("backup.limitReached", { params: { max, copies, storage } });
}

async function checkBackup(
  session: Session,
  { guest: { node }, volid }: RestoreRequest,
  signal: AbortSignal,
): Promise<void> {
  try {
    await readBackupVolume(session, { node, volid }, signal);
  } catch (error) {
    if (isAppError(error, "server.notFound")) throw new AppError("backup.notFound", { cause: error });
    throw error;
  }
}

async function checkTarget(
  session: Session,
  { guest: { node, type }, targetStorage }: RestoreRequest,
  signal: AbortSignal,
): Promise<void> {
  if (targetStorage === null) return;
  const content = type === "qemu" ? "images" : "rootdir";
  const {
    active,
    enabled,
    content: takes,
  } = await readStorageStatus(session, { node, storage: targetStorage }, signal);
  if (!active || !enabled || !takes.includes(content)) {
    throw new AppError("restore.storageUnfit", { params: { storage: targetStorage, node } });
  }
}

async function checkId(session: Session, vmid: number, signal: AbortSignal): Promise<void> {
  if (!(await isFreeId(session, { vmid }, signal))) {
    throw new AppError("restore.idTaken", { params: { vmid } });
  }
}
