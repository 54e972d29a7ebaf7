import type { Draft } from "./draft.ts";
import { LIMITS, notePercent, raiseBytes, raisePercent } from "./draft.ts";

interface Drive {
  percent: number | null;
  done: number;
  total: number;
}

/** Disks that are copied one after the other or at the same time, each with its own figures. */
export interface Drives {
  /** Tells how far a disk is; null figures leave what is known. Bytes and percent of a disk never fall. */
  readonly tell: (name: string, percent: number | null, done: number | null, total: number | null) => void;
  /** Ground for the percentage of the whole: how many disks there will be. */
  readonly expect: (count: number) => void;
  /** Of all disks, 0–100, each weighing the same; null while their number is unknown. */
  readonly percent: () => number | null;
  /** Bytes of all disks seen. */
  readonly bytes: () => { readonly done: number; readonly total: number };
}

/**
 * Keeps a task's disks apart: their percentages restart at each one, so none alone is the task's.
 * `share` is the disks' part (0–1) in the whole task's percentage.
 */
export function createDrives(draft: Draft, share = 1): Drives {
  const drives = new Map<string, Drive>();
  let expected: number | null = null;
  const sum = (of: (drive: Drive) => number): number =>
    [...drives.values()].reduce((total, drive) => total + of(drive), 0);
  const percent = (): number | null =>
    expected === null ? null : sum((drive) => drive.percent ?? 0) / Math.max(expected, drives.size, 1);
  const bytes = (): { done: number; total: number } => ({
    done: sum((drive) => (drive.total > 0 ? Math.min(drive.done, drive.total) : drive.done)),
    total: sum((drive) => drive.total),
  });
  const driveOf = (name: string): Drive | null => {
    const known = drives.get(name);
    if (known || drives.size >= LIMITS.drives) return known ?? null;
    const drive = { percent: null, done: 0, total: 0 };
    drives.set(name, drive);
    return drive;
  };
  return {
    tell: (name, told, done, total) => {
      const drive = driveOf(name);
      if (!drive) return;
      notePercent(draft, told);
      raisePercent(drive, told);
      drive.total = Math.max(drive.total, total ?? 0);
      drive.done = Math.max(drive.done, done ?? 0);
      const all = bytes();
      raiseBytes(draft, all.done, all.total > 0 ? all.total : null, draft.bytesExact);
      if (total !== null) draft.highestTotal = Math.max(draft.highestTotal ?? 0, total);
      const whole = percent();
      raisePercent(draft, whole === null ? null : whole * share);
    },
    expect: (count) => {
      if (count > 0) expected = Math.max(expected ?? 0, Math.min(count, LIMITS.drives));
    },
    percent,
    bytes,
  };
}
