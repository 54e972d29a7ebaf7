import type { Draft } from "./draft.ts";
import { LIMITS, notePercent, raisePercent } from "./draft.ts";

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
  /** The largest single disk seen, bytes. */
  readonly largest: () => number | null;
}

/** Keeps a task's disks apart: their percentages restart at each one, so none alone is the task's. */
export function createDrives(draft: Draft): Drives {
  const drives = new Map<string, Drive>();
  let expected: number | null = null;
  const sum = (of: (drive: Drive) => number): number => [...drives.values()].reduce((total, drive) => total + of(drive), 0);
  const percent = (): number | null =>
    expected === null ? null : sum((drive) => drive.percent ?? 0) / Math.max(expected, drives.size, 1);
  return {
    tell: (name, told, done, total) => {
      let drive = drives.get(name);
      if (!drive) {
        if (drives.size >= LIMITS.drives) return;
        drive = { percent: null, done: 0, total: 0 };
        drives.set(name, drive);
      }
      notePercent(draft, told);
      raisePercent(drive, told);
      drive.total = Math.max(drive.total, total ?? 0);
      drive.done = Math.max(drive.done, done ?? 0);
      const all = {
        done: sum((one) => (one.total > 0 ? Math.min(one.done, one.total) : one.done)),
        total: sum((one) => one.total),
      };
      draft.bytesDone = Math.max(draft.bytesDone ?? 0, all.done);
      if (all.total > 0) draft.bytesTotal = Math.max(draft.bytesTotal ?? 0, all.total);
      raisePercent(draft, percent());
    },
    expect: (count) => {
      if (count > 0) expected = Math.max(expected ?? 0, Math.min(count, LIMITS.drives));
    },
    percent,
    largest: () => {
      const most = Math.max(0, ...[...drives.values()].map((drive) => drive.total));
      return most > 0 ? most : null;
    },
  };
}
