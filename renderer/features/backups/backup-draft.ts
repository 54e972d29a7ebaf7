import type { Input, Output } from "../../../shared/operations.ts";

export type BackupOffer = Output<"backups.prepare">;
export type StorageOffer = BackupOffer["storages"][number];
type Run = Input<"backups.run">;

/** What stands in the dialog "Back up now". `limitWay` is only asked for where the storage's keep-N rule is reached. */
export interface BackupDraft {
  readonly storage: string | null;
  readonly mode: Run["mode"];
  readonly compress: Run["compress"];
  readonly note: string;
  readonly protect: boolean;
  readonly limitWay: LimitWay | null;
}

/** Ways past a reached keep-N rule. There is none that deletes an older copy. */
export type LimitWay = "keepAll" | "protect";

export const modes = ["snapshot", "suspend", "stop"] as const;
export const compressions = ["zstd", "lzo", "gzip", "0"] as const;

export const noteVariables = ["cluster", "guestname", "node", "vmid"] as const;
export const noteMaxLength = 900;
/** The note that Proxmox's own dialog proposes. */
export const defaultNote = "{{guestname}}";

/** The storage that the dialog proposes: the server's default if it can be used, else the one with the most room. */
export function proposeStorage(offer: BackupOffer): string | null {
  const usable = offer.storages.filter((storage) => storage.problem === null);
  const wanted = usable.find((storage) => storage.storage === offer.defaults.storage);
  if (wanted !== undefined) return wanted.storage;
  const roomy = [...usable].sort((a, b) => (b.available ?? -1) - (a.available ?? -1));
  return roomy[0]?.storage ?? null;
}

export function newBackupDraft(offer: BackupOffer): BackupDraft {
  return {
    storage: proposeStorage(offer),
    mode: offer.defaults.mode,
    // A node without a setting of its own says "none"; the server's own web interface proposes zstd then.
    compress: offer.defaults.compress === "0" ? "zstd" : offer.defaults.compress,
    note: offer.notes ? defaultNote : "",
    protect: false,
    limitWay: null,
  };
}

export function chosenStorage(offer: BackupOffer, draft: BackupDraft): StorageOffer | null {
  return offer.storages.find((storage) => storage.storage === draft.storage) ?? null;
}

/** Protected copies neither count towards a keep-N rule nor are refused by it, as long as their own limit has room. */
export function mayProtect(offer: BackupOffer, storage: StorageOffer): boolean {
  if (!offer.protect) return false;
  const limit = storage.protectedLimit;
  return limit === null || limit.copies < limit.max;
}

/** The ways past a reached limit that this account has here; empty = only stopping is left. */
export function limitWays(offer: BackupOffer, storage: StorageOffer): readonly LimitWay[] {
  const ways: LimitWay[] = [];
  if (storage.mayKeepAll) ways.push("keepAll");
  if (mayProtect(offer, storage)) ways.push("protect");
  return ways;
}

export function limitReached(storage: StorageOffer | null): boolean {
  return storage?.limit?.reached === true;
}

/** Variables in a note that the server would refuse: it knows only four. */
export function unknownVariables(note: string): readonly string[] {
  const found = [...note.matchAll(/\{\{([^{}]*)\}\}/gu)].map((match) => match[1] ?? "");
  const known: readonly string[] = noteVariables;
  return found.filter((name) => !known.includes(name));
}

export type RoomVerdict = "enough" | "tight" | "unknown";

/** Compares the free room with the newest copy of this guest: a guess, so it only warns. */
export function judgeRoom(available: number | null, lastSize: number | null): RoomVerdict {
  if (available === null || lastSize === null) return "unknown";
  return available < lastSize ? "tight" : "enough";
}

export type DraftProblem = "noStorage" | "limitUndecided" | "unknownVariable" | "noteTooLong" | "noteLines";

/** What stands against starting, or null. */
export function draftProblem(offer: BackupOffer, draft: BackupDraft): DraftProblem | null {
  const storage = chosenStorage(offer, draft);
  if (storage === null || storage.problem !== null) return "noStorage";
  if (offer.notes && unknownVariables(draft.note).length > 0) return "unknownVariable";
  if (draft.note.length > noteMaxLength) return "noteTooLong";
  if (/[\r\n]/u.test(draft.note)) return "noteLines";
  const ways = limitWays(offer, storage);
  const passed = draft.limitWay !== null && ways.includes(draft.limitWay);
  const protectedAnyway = draft.protect && mayProtect(offer, storage);
  if (limitReached(storage) && !passed && !protectedAnyway) return "limitUndecided";
  return null;
}

/** The fields of `backups.run` that come from the dialog. Call it only where `draftProblem` is null. */
export function backupInput(
  offer: BackupOffer,
  draft: BackupDraft,
): Pick<Run, "storage" | "mode" | "compress" | "note" | "protect" | "keepAll"> {
  const storage = chosenStorage(offer, draft);
  const way = limitReached(storage) ? draft.limitWay : null;
  return {
    storage: draft.storage ?? "",
    mode: draft.mode,
    compress: storage?.compressionApplies === false ? offer.defaults.compress : draft.compress,
    note: offer.notes ? draft.note : "",
    protect: storage !== null && mayProtect(offer, storage) && (draft.protect || way === "protect"),
    keepAll: way === "keepAll",
  };
}

/** Fields of the dialog at which something can be said. */
export type BackupField = "storage" | "mode" | "compress" | "note" | "protect";

/** The server's names for them, and the operation's. */
export const backupFieldNames: Readonly<Record<string, BackupField>> = {
  storage: "storage",
  mode: "mode",
  compress: "compress",
  "notes-template": "note",
  note: "note",
  protected: "protect",
  protect: "protect",
};
