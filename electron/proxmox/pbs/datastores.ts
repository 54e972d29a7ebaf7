import { z } from "zod";

import type { BackupCounts, Datastore, FullDate, GcStatus, UsageHistory } from "../../../shared/datastore.ts";
import { datastoreRequests } from "../requests/pbs/datastores.ts";
import {
  amountField,
  mapOf,
  numberField,
  plainTextField,
  propertyString,
  requiredInteger,
  requiredText,
  rowsOf,
  textField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";

export type ListedDatastore = Pick<Datastore, "store" | "comment" | "maintenance" | "mount" | "backend">;

/** `nonremovable` is the server's word for the ordinary case; servers before 3.3 say nothing. */
const mountField = z
  .unknown()
  .optional()
  .transform((value): Datastore["mount"] => {
    if (value === "mounted") return "mounted";
    if (value === "notmounted") return "notMounted";
    return value === "nonremovable" ? "fixed" : null;
  });

/** `offline`, `type=read-only,message="new disks"`. */
const maintenanceField = textField.transform((text): Datastore["maintenance"] => {
  if (text === null || text === "") return null;
  const parts = propertyString(text, "type");
  return {
    type: parts.get("type") ?? text,
    message: (parts.get("message") ?? "").replaceAll(/^"|"$/gu, ""),
  };
});

const listedSchema = z
  .object({
    store: requiredText,
    comment: plainTextField,
    maintenance: maintenanceField,
    "mount-status": mountField,
    "backend-type": textField,
  })
  .transform((row): ListedDatastore => {
    const { "mount-status": mount, "backend-type": backend, ...rest } = row;
    return { ...rest, mount, backend };
  });

/** Datastores that this account may see anything of. Throws AppError `server.*`. */
export async function listDatastores(session: Session, signal: AbortSignal): Promise<Rows<ListedDatastore>> {
  const { value } = await session.read(
    { request: datastoreRequests.list, values: {}, schema: rowsOf(listedSchema) },
    signal,
  );
  return value;
}

export interface DatastoreUsage extends Pick<
  Datastore,
  "store" | "total" | "used" | "available" | "problem"
> {
  /** null: the server gave no history. */
  readonly history: UsageHistory | null;
  /** Its estimate as it stands, seconds since the epoch; an estimate in the past means that usage is not growing. */
  readonly fullAt: number | null;
}

/** A measured share; anything else is a gap. */
const shareField = numberField.transform((value) => (value === null || value < 0 ? null : value));
/** A month of half hours has 1440 values; nobody keeps more than this. */
const maxHistory = 10_000;

const usageSchema = z
  .object({
    store: requiredText,
    total: amountField,
    used: amountField,
    avail: amountField,
    error: textField,
    history: z.array(shareField).max(maxHistory).nullish().catch(null),
    "history-start": numberField,
    "history-delta": numberField,
    "estimated-full-date": numberField,
  })
  .transform((row): DatastoreUsage => {
    const { "history-start": start, "history-delta": step } = row;
    const isDated = start !== null && start > 0 && step !== null && step > 0;
    return {
      store: row.store,
      total: row.total,
      used: row.used,
      available: row.avail,
      problem: row.error === "" ? null : row.error,
      history:
        isDated && row.history !== null && row.history !== undefined
          ? { start: start * 1000, step: step * 1000, values: row.history }
          : null,
      fullAt: row["estimated-full-date"],
    };
  });

/** Figures of all datastores at once, with a month of history. Throws AppError `server.*`. */
export async function readDatastoreUsage(
  session: Session,
  signal: AbortSignal,
): Promise<Rows<DatastoreUsage> & { readonly serverTime: number | null }> {
  const { value, serverTime } = await session.read(
    { request: datastoreRequests.usage, values: {}, schema: rowsOf(usageSchema) },
    signal,
  );
  return { ...value, serverTime };
}

/** What the estimate says at a time of the server's clock (proxmox-backup, api2/status: linear regression over the last month). */
export function fullDateOf(fullAt: number | null, now: number): FullDate {
  if (fullAt === null || !Number.isFinite(fullAt)) return { kind: "unknown" };
  const at = Math.round(fullAt * 1000);
  if (at <= now) return { kind: "notFilling" };
  return Number.isSafeInteger(at) ? { kind: "at", at } : { kind: "notFilling" };
}

const countTypes = ["vm", "ct", "host", "other"] as const;

const countSchema = z.object({
  type: z.enum(countTypes),
  groups: requiredInteger,
  snapshots: requiredInteger,
});

/** All that is said or nothing: a sum without one of its parts would be too small. */
const countsField = mapOf
  .transform((types): unknown[] =>
    countTypes.flatMap((type) => {
      const count = types.get(type) ?? null;
      if (count === null) return [];
      return [typeof count === "object" ? { ...count, type } : count];
    }),
  )
  .pipe(z.array(countSchema))
  .nullish()
  .catch(null)
  .transform((counts): BackupCounts[] => counts ?? []);

const gcField = z
  .object({
    "disk-bytes": amountField,
    "index-data-bytes": amountField,
    "removed-bytes": amountField,
    "pending-bytes": amountField,
    "still-bad": amountField,
    upid: textField,
  })
  .transform((row): GcStatus => ({
    diskBytes: row["disk-bytes"],
    indexBytes: row["index-data-bytes"],
    removedBytes: row["removed-bytes"],
    pendingBytes: row["pending-bytes"],
    stillBad: row["still-bad"],
    upid: row.upid,
  }));

const statusSchema = z
  .object({
    total: amountField,
    used: amountField,
    avail: amountField,
    counts: countsField,
    "gc-status": gcField.nullish().catch(null),
  })
  .transform(({ avail, "gc-status": gc, ...row }) => ({ ...row, available: avail, gc: gc ?? null }));

export type DatastoreStatus = z.infer<typeof statusSchema>;

/** One datastore with its counts and what its last GC left; the server counts every snapshot for it. Throws AppError `server.*`. */
export async function readDatastoreStatus(
  session: Session,
  input: { readonly store: string },
  signal: AbortSignal,
): Promise<DatastoreStatus> {
  const { value } = await session.read(
    { request: datastoreRequests.status, values: { ...input, verbose: true }, schema: statusSchema },
    signal,
  );
  return value;
}
