import { z } from "zod";

import type { Backup } from "../../../shared/backup.ts";
import type { GuestType } from "../../../shared/guest.ts";
import type { Storage } from "../../../shared/storage.ts";
import { storageRequests } from "../requests/pve/storage.ts";
import {
  amountField,
  fingerprintField,
  flagField,
  noteField,
  numberField,
  plainTextField,
  requiredText,
  rowsOf,
  textField,
  timeField,
  wordsField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";

export type NodeStorage = Omit<Storage, "clusterId" | "seenAt">;

const storageFields = {
  type: plainTextField,
  content: wordsField,
  shared: flagField,
  enabled: flagField,
  active: flagField,
  total: amountField,
  used: amountField,
  avail: amountField,
};

type StorageFields = z.infer<z.ZodObject<typeof storageFields>>;

function storageFrom(node: string, storage: string, row: StorageFields): NodeStorage {
  // A storage that is not active reports zeros: that is "not known", not "full".
  const isKnown = row.active && row.total !== null && row.total > 0;
  return {
    node,
    storage,
    type: row.type,
    content: row.content,
    shared: row.shared,
    enabled: row.enabled,
    active: row.active,
    total: isKnown ? row.total : null,
    used: isKnown ? row.used : null,
    available: isKnown ? row.avail : null,
  };
}

const storageRowSchema = z.object({ storage: requiredText, ...storageFields });

/** Storages of one node that this account may see (Datastore.Audit or AllocateSpace). A dead NFS server makes it slow. Throws AppError `server.*`. */
export async function listStorages(
  session: Session,
  input: { readonly node: string; readonly content?: "backup" | "images" | "rootdir" },
  signal: AbortSignal,
): Promise<Rows<NodeStorage>> {
  const { node } = input;
  const { value } = await session.read(
    { request: storageRequests.onNode, values: input, schema: rowsOf(storageRowSchema) },
    signal,
  );
  return { rows: value.rows.map(({ storage, ...row }) => storageFrom(node, storage, row)), bad: value.bad };
}

/** Throws AppError `server.notFound`, `server.*`. */
export async function readStorageStatus(
  session: Session,
  input: { readonly node: string; readonly storage: string },
  signal: AbortSignal,
): Promise<NodeStorage> {
  const { node, storage } = input;
  const { value } = await session.read(
    { request: storageRequests.status, values: input, schema: z.object(storageFields) },
    signal,
  );
  return storageFrom(node, storage, value);
}

export type StoredBackup = Pick<
  Backup,
  | "storage"
  | "node"
  | "volid"
  | "vmid"
  | "guestType"
  | "size"
  | "format"
  | "notes"
  | "protected"
  | "verification"
  | "encrypted"
> & {
  /** ms since the epoch; null where the server gave none that can be. */
  readonly createdAt: number | null;
};

/** The key's fingerprint, or a word for yes where it is not known (pve-storage, PBSPlugin). */
const encryptedField = z
  .unknown()
  .optional()
  .transform((value) => ![undefined, null, "", "0", 0, false].includes(value as null));

const backupRowSchema = z.object({
  volid: requiredText,
  vmid: numberField,
  ctime: timeField,
  size: amountField,
  format: plainTextField,
  subtype: textField,
  notes: plainTextField,
  protected: flagField,
  verification: z.object({ state: textField }).optional().catch(undefined),
  encrypted: encryptedField,
});

function guestTypeOf(subtype: string | null, volid: string): GuestType | null {
  if (subtype === "qemu" || subtype === "lxc") return subtype;
  if (/:backup\/(?:vzdump-qemu-|vm\/)/u.test(volid)) return "qemu";
  return /:backup\/(?:vzdump-(?:lxc|openvz)-|ct\/)/u.test(volid) ? "lxc" : null;
}

function verificationOf(state: string | null | undefined): Backup["verification"] {
  return state === "ok" || state === "failed" ? state : "none";
}

/** Backups on one storage as one node sees it; `notes` is the first line only. */
export interface StoredBackups extends Rows<StoredBackup> {
  readonly serverTime: number | null;
}

/**
 * Backups of one guest or of all. Rows that this account may not see are missing without a hint: each needs
 * Datastore.Allocate, or AllocateSpace and VM.Backup on its guest. Throws AppError `server.notFound`, `server.*`.
 */
export async function listBackups(
  session: Session,
  input: { readonly node: string; readonly storage: string; readonly vmid?: number },
  signal: AbortSignal,
): Promise<StoredBackups> {
  const { node, storage } = input;
  const { value, serverTime } = await session.read(
    {
      request: storageRequests.content,
      values: { ...input, content: "backup" },
      schema: rowsOf(backupRowSchema),
      lane: `${node}/${storage}`,
    },
    signal,
  );
  const byVolid = new Map(value.rows.map((row) => [row.volid, row]));
  const rows = [...byVolid.values()].map((row): StoredBackup => ({
    storage,
    node,
    volid: row.volid,
    vmid: row.vmid !== null && Number.isInteger(row.vmid) && row.vmid > 0 ? row.vmid : null,
    guestType: guestTypeOf(row.subtype, row.volid),
    createdAt: row.ctime,
    // A backup server says 1 while it does not know it.
    size: row.size === null || row.size <= 1 ? null : row.size,
    format: row.format,
    notes: row.notes,
    protected: row.protected,
    verification: verificationOf(row.verification?.state),
    encrypted: row.encrypted,
  }));
  // One volume id is one file: listed twice it is one copy, of which the server says two things.
  return { rows, bad: value.bad + value.rows.length - rows.length, serverTime };
}

/** `STORAGE:backup/NAME` → STORAGE. */
export function storageOfVolume(volid: string): string {
  return volid.slice(0, Math.max(0, volid.indexOf(":")));
}

export interface BackupVolume {
  /** All lines. */
  readonly notes: string;
  readonly protected: boolean;
  readonly size: number | null;
}

const volumeSchema = z.object({ notes: noteField, protected: flagField, size: amountField });

/** One backup with its whole notes. Throws AppError `input.invalid`, `server.notFound`, `server.*`. */
export async function readBackupVolume(
  session: Session,
  input: { readonly node: string; readonly volid: string },
  signal: AbortSignal,
): Promise<BackupVolume> {
  const { node, volid: volume } = input;
  const storage = storageOfVolume(volume);
  const { value } = await session.read(
    {
      request: storageRequests.volume,
      values: { node, storage, volume },
      schema: volumeSchema,
      lane: `${node}/${storage}`,
    },
    signal,
  );
  return value;
}

/** A storage of type `pbs` as the cluster's configuration has it. */
export interface BackupServerStorage {
  readonly storage: string;
  /** Host name or address, without a port. */
  readonly server: string;
  readonly port: number;
  readonly datastore: string;
  /** Empty = the root. */
  readonly namespace: string;
  /** SHA-256 of the backup server's certificate; null where the system's authorities vouch for it. */
  readonly fingerprint: string | null;
}

const defaultBackupServerPort = 8007;

const backupServerStorageSchema = z
  .object({
    storage: requiredText,
    type: plainTextField,
    server: plainTextField,
    port: numberField,
    datastore: plainTextField,
    namespace: plainTextField,
    fingerprint: fingerprintField,
  })
  .transform(({ port, ...row }): BackupServerStorage & { readonly type: string } => ({
    ...row,
    port: port ?? defaultBackupServerPort,
  }));

/** Storages on backup servers, as far as this account may see the configuration (Datastore.Audit). Throws AppError `server.*`. */
export async function listBackupServerStorages(
  session: Session,
  signal: AbortSignal,
): Promise<readonly BackupServerStorage[]> {
  const { value } = await session.read(
    {
      request: storageRequests.configured,
      values: { type: "pbs" },
      schema: rowsOf(backupServerStorageSchema),
    },
    signal,
  );
  return value.rows.filter((row) => row.type === "pbs" && row.server !== "" && row.datastore !== "");
}
