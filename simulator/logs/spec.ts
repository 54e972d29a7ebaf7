import type { Habits } from "../profiles/pve.ts";
import type { Random } from "../random.ts";
import type { Guest, Storage } from "../world.ts";

/** Everything a guest's section of a vzdump log depends on. */
export type SectionSpec = {
  readonly guest: Guest;
  readonly storage: Pick<Storage, "storage" | "type" | "path" | "server">;
  /** Whether the storages of its disks can make snapshots (a directory cannot). */
  readonly snapshots: boolean;
  readonly node: string;
  readonly mode: "snapshot" | "suspend" | "stop";
  /** File name extension of the compression: '', 'zst', 'gz', 'lzo'. */
  readonly extension: string;
  /** KiB a second; 0 = none. */
  readonly bwlimit: number;
  /** How this version writes. */
  readonly habits: Habits;
  readonly notes: boolean;
  /** Why the notes could not be written; null = they were. */
  readonly notesProblem: string | null;
  readonly protect: boolean;
  /** Retention to be shown, with what it removes. */
  readonly prune: { readonly text: string; readonly removed: readonly string[] } | null;
  /** Whether a valid dirty bitmap exists, and whether the storage holds an earlier backup. */
  readonly bitmap: boolean;
  readonly previous: boolean;
  readonly random: Random;
  readonly timeZone: string;
  /** The epoch second of a moment of this section. */
  readonly secondsAt: (milliseconds: number) => number;
};

export type Section = {
  readonly lines: readonly { readonly at: number; readonly line: string }[];
  /** When the data is complete and the backup appears on the storage; null = the section failed before. */
  readonly savedAt: number | null;
  /** Milliseconds between which the guest is paused or down; null = it is not disturbed. */
  readonly away: { readonly from: number; readonly to: number; readonly status: "paused" | "stopped" } | null;
  readonly end: number;
  /** Bytes on the storage. */
  readonly size: number;
  readonly failed: boolean;
};
