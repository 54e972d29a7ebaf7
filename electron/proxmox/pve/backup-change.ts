import { z } from "zod";

import type { GuestType } from "../../../shared/guest.ts";
import { storageRequests } from "../requests/pve/storage.ts";
import { numberField, plainTextField, requiredText, rowsOf, timeField } from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";
import { launch, settled } from "./launch.ts";
import type { LaunchOutcome } from "./launch.ts";
import { storageOfVolume } from "./storage.ts";

export interface BackupPlace {
  readonly node: string;
  readonly volid: string;
}

const valuesOf = ({ node, volid }: BackupPlace) => ({ node, storage: storageOfVolume(volid), volume: volid });

/**
 * Writes a backup's notes (whole, any lines) or its protection; what is left out stays. Protection counts against the
 * storage's limit for the guest, 5 where none is set. Throws AppError `server.unsupported` (protection before 7), `server.*`.
 */
export async function changeBackup(
  session: Session,
  input: BackupPlace & { readonly notes?: string; readonly protected?: boolean },
  signal: AbortSignal,
): Promise<void> {
  const values = { ...valuesOf(input), notes: input.notes, protected: input.protected };
  settled(await session.write({ request: storageRequests.changeVolume, values }, signal));
}

/**
 * Starts the deletion of one backup, for good. Only sends: whoever calls this has had it confirmed. That the backup is
 * protected or gone is found out by the task (seen on PVE 9.2: a missing one ends well).
 */
export async function removeBackup(
  session: Session,
  input: BackupPlace,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const request = { request: storageRequests.removeVolume, values: valuesOf(input) };
  return await launch(session, request, { node: input.node, types: ["imgdel"] }, signal);
}

export interface PruneQuery {
  readonly node: string;
  readonly storage: string;
  /** `keep-last=3,keep-daily=7`; absent = the storage's own rule. */
  readonly rule?: string;
  readonly vmid?: number;
  readonly type?: GuestType;
}

export interface PruneMark {
  readonly volid: string;
  readonly vmid: number | null;
  /** ms since the epoch. */
  readonly createdAt: number | null;
  /** `renamed`: no name that vzdump gives, never pruned. Another word of a newer server is no removal either, but unknown. */
  readonly mark: "keep" | "remove" | "protected" | "renamed" | "unknown";
}

const marks = ["keep", "remove", "protected", "renamed"] as const;
const markSchema = z
  .object({ volid: requiredText, vmid: numberField, ctime: timeField, mark: plainTextField })
  .transform(({ volid, vmid, ctime, mark }): PruneMark => ({
    volid,
    vmid,
    createdAt: ctime,
    mark: marks.find((one) => one === mark) ?? "unknown",
  }));

const pruneValues = ({ rule, ...query }: PruneQuery) => ({ ...query, "prune-backups": rule });

/** What a rule would take away; removes nothing. Backups that this account may not see are missing. Throws AppError `server.*`. */
export async function previewPrune(
  session: Session,
  input: PruneQuery,
  signal: AbortSignal,
): Promise<Rows<PruneMark>> {
  const request = {
    request: storageRequests.prunePreview,
    values: pruneValues(input),
    schema: rowsOf(markSchema),
  };
  return (await session.read(request, signal)).value;
}

/** Starts the removal of what `previewPrune` marks now, for good. Only sends: whoever calls this has had it confirmed. */
export async function pruneBackups(
  session: Session,
  input: PruneQuery,
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const request = { request: storageRequests.prune, values: pruneValues(input) };
  return await launch(session, request, { node: input.node, types: ["prunebackups"] }, signal);
}
