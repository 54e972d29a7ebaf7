import type { Values } from "../../schema.ts";
import type { BackupType, GcStatus, Snapshot } from "../world.ts";

type Place = {
  readonly store: string;
  readonly ns: string;
  readonly type: BackupType;
  readonly id: string;
};

/** A change that a task makes to its server at a moment of its course. Plain data, so that a task survives a restart. */
export type Effect =
  | {
      readonly kind: "verified";
      readonly place: Place;
      readonly time: number;
      readonly state: "ok" | "failed";
    }
  | { readonly kind: "snapshot-remove"; readonly place: Place; readonly time: number }
  | {
      readonly kind: "snapshot-add";
      readonly place: Place;
      readonly owner: string;
      readonly snapshot: Snapshot;
    }
  | { readonly kind: "collected"; readonly store: string; readonly status: GcStatus; readonly freed: number }
  | { readonly kind: "end"; readonly exit: string };

/** `at` is a moment of task time, in milliseconds. A warning counts for the end. */
export type Step =
  | { readonly at: number; readonly line: string; readonly warning?: boolean }
  | { readonly at: number; readonly effect: Effect };

export type BackupTask = {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly taskId: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string | null;
  /** The whole authentication id. */
  readonly user: string;
  readonly params: Values;
  /** The cluster's task that it works for. */
  readonly client: string | null;
  /** Each with its time stamp. */
  lines: string[];
  pending: Step[];
  exit: string | null;
  endtime: number | null;
  warnings: number;
  pausedAt: number | null;
  /** It was asked to stop and has not done so yet. */
  stopping: boolean;
  /** Its log and index entry were rotated away. */
  forgotten: boolean;
};
