import { isAppError } from "../../shared/errors.ts";
import { backupModeSchema, compressionSchema } from "../../shared/backup.ts";
import { readProtectedLimits } from "../clusters/storage-config.ts";
import { hasPrivilege, readPermissions } from "../proxmox/pve/access.ts";
import { canProtect, carriesNotes, readVzdumpDefaults } from "../proxmox/pve/backup.ts";
import { listBackups, listStorages } from "../proxmox/pve/storage.ts";
import { historyPage } from "../store/history.ts";

import type { Guest } from "../../shared/guest.ts";
import type { Output } from "../../shared/operations.ts";
import type { ProtectedLimits } from "../clusters/storage-config.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { VzdumpDefaults } from "../proxmox/pve/backup.ts";
import type { NodeStorage, StoredBackup } from "../proxmox/pve/storage.ts";
import type { Session } from "../proxmox/session.ts";
import type { Deps } from "./deps.ts";

type Prepared = Output<"backups.prepare">;
type Choice = Prepared["storages"][number];

interface Asked {
  readonly choice: Choice;
  readonly defaults: VzdumpDefaults | null;
  readonly copies: readonly StoredBackup[];
}

/**
 * What the dialog must know before it offers anything: storages with their free room, the rule that would refuse a copy, the
 * account's rights. A storage that does not answer is shown without its numbers and hides no other.
 */
export async function prepareBackup(
  deps: Pick<Deps, "clusters" | "store">,
  guest: Guest,
  signal: AbortSignal,
): Promise<Prepared> {
  const { session, observed } = deps.clusters.member(guest.clusterId);
  const [permissions, version, { rows }, limits] = await Promise.all([
    // At most ten minutes old; the launch itself asks the server anew.
    observed.permissions ?? readPermissions(session, {}, signal),
    session.version(signal),
    listStorages(session, { node: guest.node, content: "backup" }, signal),
    protectedLimits(session, signal),
  ]);
  const asked = await Promise.all(
    rows.filter((row) => row.enabled).map((row) => ask(session, guest, row, permissions, limits, signal)),
  );
  const newest = asked.flatMap(({ copies }) => copies).sort(byAge)[0];
  const defaults = asked.find((one) => one.defaults !== null)?.defaults;
  const { data: mode = "snapshot" } = backupModeSchema.safeParse(defaults?.mode);
  const { data: compress = "zstd" } = compressionSchema.safeParse(compressionOf(defaults?.compress));
  return {
    storages: asked.map(({ choice }) => choice).sort((a, b) => a.storage.localeCompare(b.storage)),
    defaults: { mode, compress, storage: newest?.storage ?? null },
    notes: carriesNotes(version),
    protect: canProtect(version),
    lastSize: newest?.size ?? null,
    lastSeconds: await lastDuration(deps, guest),
  };
}

async function ask(
  session: Session,
  guest: Guest,
  row: NodeStorage,
  permissions: Permissions,
  limits: ProtectedLimits | null,
  signal: AbortSignal,
): Promise<Asked> {
  const path = `/storage/${row.storage}`;
  const mayAllocate = hasPrivilege(permissions, path, "Datastore.Allocate");
  const place = { node: guest.node, storage: row.storage };
  const [defaults, listed] = row.active
    ? await Promise.all([
        known(readVzdumpDefaults(session, place, signal)),
        known(listBackups(session, { ...place, vmid: guest.vmid }, signal)),
      ])
    : [null, null];
  const copies = (listed?.rows ?? []).filter((copy) => copy.guestType === guest.type);
  const unprotected = copies.filter((copy) => !copy.protected).length;
  const max = defaults?.maxBackups ?? null;
  const maxProtected = limits?.(row.storage, mayAllocate) ?? null;
  return {
    defaults,
    copies,
    choice: {
      storage: row.storage,
      type: row.type,
      available: row.available,
      total: row.total,
      compressionApplies: row.type !== "pbs",
      problem: problemOf(guest, row, permissions),
      limit:
        max === null || listed === null ? null : { max, copies: unprotected, reached: unprotected >= max },
      mayKeepAll: mayAllocate,
      protectedLimit:
        maxProtected === null || listed === null
          ? null
          : { max: maxProtected, copies: copies.length - unprotected },
    },
  };
}

function problemOf(guest: Guest, row: NodeStorage, permissions: Permissions): Choice["problem"] {
  const mayBackUp = hasPrivilege(permissions, `/vms/${String(guest.vmid)}`, "VM.Backup");
  const mayWrite = hasPrivilege(permissions, `/storage/${row.storage}`, "Datastore.AllocateSpace");
  if (!mayBackUp || !mayWrite) return "noRight";
  return row.active ? null : "inactive";
}

/** null where this part is not to be had now; what stands against the whole passes. */
async function known<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isAppError(error, "cancelled") || !isAppError(error)) throw error;
    return null;
  }
}

function protectedLimits(session: Session, signal: AbortSignal): Promise<ProtectedLimits | null> {
  return known(readProtectedLimits(session, signal));
}

/** `1` is vzdump's old word for its default, lzo. */
function compressionOf(word: string | undefined): string | undefined {
  return word === "1" ? "lzo" : word;
}

function byAge(a: StoredBackup, b: StoredBackup): number {
  return (b.createdAt ?? 0) - (a.createdAt ?? 0);
}

async function lastDuration({ store }: Pick<Deps, "store">, guest: Guest): Promise<number | null> {
  const { rows } = await historyPage(store.jobs, {
    offset: 0,
    limit: 1,
    clusterId: guest.clusterId,
    vmid: guest.vmid,
    text: "",
    kinds: ["backup"],
    states: ["succeeded", "warnings"],
    sort: "createdAt",
    descending: true,
  });
  return rows[0]?.durationSeconds ?? null;
}
