import type { LogRecipe } from "../logs/recipe.ts";
import type { Values } from "../schema.ts";
import type { BackupVolume, Guest, Snapshot } from "../world.ts";

/** A change that a task makes to its cluster at a moment of its course. Plain data, so that a task survives a restart. */
export type Effect =
  | { readonly kind: "lock"; readonly vmid: number; readonly lock: string | null }
  | { readonly kind: "power"; readonly vmid: number; readonly status: Guest["status"] }
  | { readonly kind: "bitmap"; readonly vmid: number; readonly storage: string }
  | { readonly kind: "depot-begin"; readonly backup: BackupVolume }
  | { readonly kind: "depot-read"; readonly backup: BackupVolume }
  | { readonly kind: "backup-add"; readonly backup: BackupVolume }
  | { readonly kind: "backup-remove"; readonly volid: string }
  | { readonly kind: "guest-put"; readonly guest: Guest }
  | { readonly kind: "guest-remove"; readonly vmid: number }
  | { readonly kind: "snapshot-add"; readonly vmid: number; readonly snapshot: Snapshot }
  | { readonly kind: "snapshot-remove"; readonly vmid: number; readonly name: string }
  | { readonly kind: "disk-use"; readonly node: string; readonly storage: string; readonly bytes: number }
  | {
      readonly kind: "task";
      readonly type: string;
      readonly vmid: number;
      readonly user: string;
      readonly requestedBy: "user" | "ha";
    }
  | { readonly kind: "next-guest" }
  | { readonly kind: "end"; readonly exit: string };

/** `at` is a moment of task time, in milliseconds. */
export type Step =
  | { readonly at: number; readonly line: string }
  | { readonly at: number; readonly effect: Effect };

/** What is left of a vzdump run: the guests not yet begun. */
type VzdumpRun = {
  readonly params: Values;
  readonly storage: string;
  guests: number[];
  current: number | null;
  failed: boolean;
  /** Text of the failure when the guest at work is interrupted. */
  interrupted: string;
};

export type Task = {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  /** The whole authentication id, `user@realm` or `user@realm!token`. */
  readonly user: string;
  lines: string[];
  pending: Step[];
  exit: string | null;
  endtime: number | null;
  warnings: number;
  run: VzdumpRun | null;
  /** Waits for the node's vzdump lock. */
  waiting: boolean;
  /** The moment of task time at which a fault paused it. */
  pausedAt: number | null;
  /** Its log file and status were rotated away. */
  forgotten: boolean;
  /** The guest that has to be put right when the task is stopped. */
  vmid: number | null;
  recipe: LogRecipe | null;
};
