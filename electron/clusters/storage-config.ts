import { z } from "zod";

import { storageRequests } from "../proxmox/requests/pve/storage.ts";
import { numberField, requiredText, rowsOf } from "../proxmox/schema.ts";

import type { Session } from "../proxmox/session.ts";

/** Protected copies per guest where the storage says nothing, for accounts without Datastore.Allocate (pve-storage, Plugin.pm). */
const defaultMaxProtected = 5;

const storageSchema = z.object({ storage: requiredText, "max-protected-backups": numberField });

/** How many protected copies of one guest a storage allows; null = any number. */
export type ProtectedLimits = (storage: string, mayAllocate: boolean) => number | null;

/** Reads the storages' configuration, as far as this account may see it. Throws AppError `server.*`. */
export async function readProtectedLimits(session: Session, signal: AbortSignal): Promise<ProtectedLimits> {
  const { value } = await session.read(
    { request: storageRequests.configured, values: {}, schema: rowsOf(storageSchema) },
    signal,
  );
  const limits = new Map(value.rows.map((row) => [row.storage, row["max-protected-backups"]]));
  return (storage, mayAllocate) => {
    const limit = limits.get(storage) ?? null;
    if (limit === null) return mayAllocate ? null : defaultMaxProtected;
    // -1 is Proxmox's word for "unlimited".
    return limit < 0 ? null : limit;
  };
}
