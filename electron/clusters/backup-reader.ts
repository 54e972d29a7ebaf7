import { isAppError } from "../../shared/errors.ts";
import { hasPrivilege } from "../proxmox/pve/access.ts";
import { listBackups } from "../proxmox/pve/storage.ts";
import { holdsAnywhere, holdsThroughout } from "./rights.ts";

import type { Coverage } from "../../shared/backup.ts";
import type { AppError } from "../../shared/errors.ts";
import type { Guest } from "../../shared/guest.ts";
import type { ClusterId } from "../../shared/ids.ts";
import type { Storage } from "../../shared/storage.ts";
import type { Hub } from "../hub.ts";
import type { Log } from "../log.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { StoredBackup } from "../proxmox/pve/storage.ts";
import type { Backups, CachedBackup, NewestBackup, StorageReading } from "../store/backups.ts";
import type { Inventory } from "./inventory.ts";
import { isAnswering } from "./status.ts";
import type { Member, Members } from "./members.ts";
import type { LastBackup } from "./resources.ts";

/** Lists of backups change a few times a day and are dear to read: looked at again when older than this and somebody asks. */
export const listAgeMs = 5 * 60_000;
/** Without anybody asking, for the column "last backup". */
export const backgroundAgeMs = 30 * 60_000;

/** Storages that this account cannot even list stand in the coverage under this name. */
export const unseenStorages = "*";

export interface BackupReader {
  /** Reads every storage of a cluster whose list is older than `maxAgeMs`; resolves when all are read. */
  refresh(clusterId: string, maxAgeMs: number): Promise<void>;
  /** Reads one storage again (a backup has just been made there). */
  refreshStorage(clusterId: string, storage: string): Promise<void>;
  lastBackupOf(clusterId: string, guest: GuestIdentity): LastBackup;
  /** Beside the storages that were read: those not read yet, and what cannot be seen for want of rights. */
  coverageOf(clusterId: string, read: readonly Coverage[]): readonly Coverage[];
  /** Takes what the cache knows from earlier runs. */
  load(clusterId: string): Promise<void>;
  forget(clusterId: string): void;
}

export interface BackupReaderOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly now: () => number;
  readonly members: Members;
  readonly inventory: () => Inventory;
  readonly backups: Backups;
  readonly readOnly: boolean;
}

export type GuestIdentity = Pick<Guest, "type" | "vmid">;

/** What is known of one cluster's backups, for the guests' table. */
interface Known {
  newest: ReadonlyMap<string, LastBackup>;
  coverage: readonly Coverage[];
}

export function createBackupReader(options: BackupReaderOptions): BackupReader {
  const { members, backups, now } = options;
  const known = new Map<string, Known>();
  /** One reading per storage at a time; who asks meanwhile gets that one. */
  const flights = new Map<string, Promise<void>>();

  function targets(clusterId: string): readonly Storage[] {
    const storages = [...options.inventory().storages.values()].filter(
      (storage) => storage.clusterId === clusterId && storage.content.includes("backup"),
    );
    const online = new Set(
      members
        .get(clusterId)
        .observed.nodes.filter((n) => n.online)
        .map((n) => n.node),
    );
    return oneReaderEach(storages, (storage) => storage.active && online.has(storage.node));
  }

  async function takeStock(clusterId: string): Promise<void> {
    const [newest, coverage] = await Promise.all([backups.newest(clusterId), backups.coverage([clusterId])]);
    known.set(clusterId, {
      newest: new Map(newest.map((row) => [identityOf(row), lastBackupFrom(row)])),
      coverage,
    });
  }

  async function read(member: Member, storage: Storage): Promise<void> {
    const reading = readingOf(storage);
    const permissions = member.observed.permissions;
    try {
      const { rows, bad } = await listBackups(
        member.session,
        { node: storage.node, storage: storage.storage },
        member.signal,
      );
      const seenAt = now();
      const cached = rows.map((row) => cachedOf(row, storage, seenAt));
      const byRights = coverageByRights(permissions, storage.storage);
      const state = bad > 0 && byRights.state === "read" ? unreadable : byRights;
      const names = guestNames(member.server.id);
      await backups.replace(
        reading,
        cached,
        { ...bare(storage), ...state, seenAt },
        ({ vmid }) => names.get(vmid ?? 0) ?? "",
      );
    } catch (error) {
      if (!isAppError(error) || member.signal.aborted) throw error;
      await backups.noteCoverage(reading, failedCoverage(storage, error, known.get(member.server.id)));
    }
  }

  function guestNames(clusterId: string): ReadonlyMap<number, string> {
    const guests = [...options.inventory().guests.values()];
    return new Map(
      guests.filter((guest) => guest.clusterId === clusterId).map(({ vmid, name }) => [vmid, name]),
    );
  }

  function readOnce(member: Member, storage: Storage): Promise<void> {
    const key = `${member.server.id}/${storage.storage}/${storage.shared ? "" : storage.node}`;
    const flight =
      flights.get(key) ??
      read(member, storage).finally(() => {
        flights.delete(key);
      });
    flights.set(key, flight);
    return flight;
  }

  async function readAll(clusterId: string, due: readonly Storage[]): Promise<void> {
    const member = members.get(clusterId);
    try {
      // One after the other: lists of many storages may all lie on the same disks.
      for (const storage of due) {
        if (member.signal.aborted) return;
        await readOnce(member, storage);
      }
    } catch (error) {
      if (member.signal.aborted) return;
      throw error;
    }
    if (due.length > 0) await changed(clusterId);
  }

  async function changed(clusterId: string): Promise<void> {
    if (!members.has(clusterId)) return;
    await takeStock(clusterId);
    options.inventory().refreshLastBackups(clusterId);
    options.hub.emit("backups.changed", { clusterId });
  }

  function isDue(storage: Storage, maxAgeMs: number): boolean {
    const row = known.get(storage.clusterId)?.coverage.find((entry) => covers(entry, storage));
    return row?.seenAt === null || row === undefined || now() - row.seenAt >= maxAgeMs;
  }

  async function refresh(clusterId: string, maxAgeMs: number): Promise<void> {
    if (options.readOnly || !isAnswering(members.get(clusterId).observed)) return;
    const all = targets(clusterId);
    const gone = await backups.keepOnly(clusterId, all.map(readingOf));
    if (gone) await changed(clusterId);
    await readAll(
      clusterId,
      all.filter((storage) => isDue(storage, maxAgeMs)),
    );
  }

  return {
    refresh,
    async refreshStorage(clusterId, storage) {
      if (options.readOnly || !members.has(clusterId)) return;
      await readAll(
        clusterId,
        targets(clusterId).filter((target) => target.storage === storage),
      );
    },
    lastBackupOf(clusterId, guest) {
      const stock = known.get(clusterId);
      const newest = stock?.newest.get(identityOf(guest));
      if (newest !== undefined) return newest;
      if (stock === undefined || stock.coverage.length === 0)
        return { state: "unknown", reason: "notLooked" };
      const permissions = members.has(clusterId) ? members.get(clusterId).observed.permissions : null;
      return whyNone(stock.coverage, permissions, guest.vmid);
    },
    coverageOf(clusterId, read) {
      const { permissions } = members.get(clusterId).observed;
      const own = read.filter((row) => row.clusterId === clusterId);
      const unread = targets(clusterId)
        .filter((storage) => !own.some((row) => covers(row, storage)))
        .map((storage): Coverage => ({ ...bare(storage), state: "notRead", privilege: null, seenAt: null }));
      if (permissions === null) return unread;
      return [...unread, ...unseen(members.get(clusterId).server.id, permissions)];
    },
    load: takeStock,
    forget(clusterId) {
      known.delete(clusterId);
    },
  };
}

/** The same object at each poll, so that thousands of guests are not told apart by its fields. */
function lastBackupFrom({ at, storage, volid }: NewestBackup): LastBackup {
  return { state: "known", at, storage, volid };
}

/** A container is not the guest that a VM's backup of the same id was made of. */
function identityOf({ type, vmid }: GuestIdentity): string {
  return `${type}/${String(vmid)}`;
}

function readingOf({ clusterId, storage, node, shared }: Storage): StorageReading {
  return { clusterId, storage, node, shared };
}

function covers(row: Coverage, storage: Storage): boolean {
  return row.storage === storage.storage && (storage.shared || row.node === storage.node);
}

function bare({ clusterId, storage, node }: Storage): Pick<Coverage, "clusterId" | "storage" | "node"> {
  return { clusterId, storage, node };
}

/** A shared storage is read once, through the first node that can; a local one on each node. */
function oneReaderEach(storages: readonly Storage[], can: (storage: Storage) => boolean): readonly Storage[] {
  const readers = new Map<string, Storage>();
  for (const storage of storages) {
    const key = storage.shared ? storage.storage : `${storage.storage}/${storage.node}`;
    const present = readers.get(key);
    if (present === undefined || (!can(present) && can(storage))) readers.set(key, storage);
  }
  return [...readers.values()];
}

function cachedOf(row: StoredBackup, storage: Storage, seenAt: number): CachedBackup {
  return {
    ...row,
    clusterId: storage.clusterId,
    storageType: storage.type,
    shared: storage.shared,
    createdAt: row.createdAt ?? 0,
    seenAt,
  };
}

/** Entries were listed that could not be understood: any of them may be the copy that somebody looks for. */
const unreadable: Pick<Coverage, "state" | "privilege"> = { state: "unreadable", privilege: null };

/** Rows that the account may not see are missing without a hint (pve-storage, check_volume_access): its rights tell. */
export function coverageByRights(
  permissions: Permissions | null,
  storage: string,
): Pick<Coverage, "state" | "privilege"> {
  if (permissions === null) return { state: "read", privilege: null };
  const path = `/storage/${storage}`;
  if (hasPrivilege(permissions, path, "Datastore.Allocate")) return { state: "read", privilege: null };
  if (!hasPrivilege(permissions, path, "Datastore.AllocateSpace")) {
    return { state: "mayNotSee", privilege: "Datastore.AllocateSpace" };
  }
  if (holdsThroughout(permissions, "/vms", "VM.Backup")) return { state: "read", privilege: null };
  const some = holdsAnywhere(permissions, "/vms", "VM.Backup");
  return { state: some ? "partial" : "mayNotSee", privilege: "VM.Backup" };
}

function failedCoverage(storage: Storage, error: AppError, known: Known | undefined): Coverage {
  // The age stays that of the last good reading, whose rows are still shown.
  const before = known?.coverage.find((row) => covers(row, storage));
  const seenAt = before?.seenAt ?? null;
  if (error.code !== "server.forbidden") {
    return { ...bare(storage), state: "unreachable", privilege: null, seenAt };
  }
  const privilege = error.details.params?.["privilege"];
  return {
    ...bare(storage),
    state: "mayNotSee",
    privilege: typeof privilege === "string" && privilege !== "" ? privilege : "Datastore.Audit",
    seenAt,
  };
}

/** Storages without any right are not even listed: said once for the cluster, since their names are not known. */
function unseen(clusterId: ClusterId, permissions: Permissions): readonly Coverage[] {
  const privileges = ["Datastore.Audit", "Datastore.AllocateSpace"] as const;
  if (privileges.some((privilege) => holdsThroughout(permissions, "/storage", privilege))) return [];
  const some = privileges.some((privilege) => holdsAnywhere(permissions, "/storage", privilege));
  return [
    {
      clusterId,
      storage: unseenStorages,
      node: unseenStorages,
      state: some ? "partial" : "mayNotSee",
      privilege: "Datastore.Audit",
      seenAt: null,
    },
  ];
}

/** "None" is only said where everything was looked at and nothing can be hidden. */
function whyNone(coverage: readonly Coverage[], permissions: Permissions | null, vmid: number): LastBackup {
  const mayBackUp = permissions !== null && hasPrivilege(permissions, `/vms/${String(vmid)}`, "VM.Backup");
  const hidden = coverage.some((row) => row.state === "mayNotSee" || (row.state === "partial" && !mayBackUp));
  if (hidden) return { state: "unknown", reason: "mayNotSee" };
  if (coverage.some((row) => row.state === "unreachable" || row.state === "unreadable"))
    return { state: "unknown", reason: "storageUnread" };
  if (coverage.some((row) => row.state === "notRead")) return { state: "unknown", reason: "notLooked" };
  if (permissions !== null && !holdsThroughoutEither(permissions)) {
    return { state: "unknown", reason: "mayNotSee" };
  }
  return { state: "none" };
}

function holdsThroughoutEither(permissions: Permissions): boolean {
  return (
    holdsThroughout(permissions, "/storage", "Datastore.Audit") ||
    holdsThroughout(permissions, "/storage", "Datastore.AllocateSpace")
  );
}
