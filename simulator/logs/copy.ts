import { MIB } from "../format.ts";
import type { Random } from "../random.ts";

/** A stretch of a disk: data is read at the storage's pace, zeros much faster and without being written. */
type Stretch = { readonly size: number; readonly zero: boolean; readonly rate: number };

export type Copy = {
  readonly total: number;
  readonly zeros: number;
  /** Milliseconds until all is copied. */
  readonly duration: number;
  /** Bytes read and written after so many milliseconds. */
  readonly at: (milliseconds: number) => { readonly read: number; readonly written: number };
};

type CopyWish = {
  readonly total: number;
  readonly used: number;
  /** Bytes a second; 0 = no limit. */
  readonly limit: number;
  readonly random: Random;
  /** Bytes a second of data, before it wavers. */
  readonly rate?: number;
};

const ZERO_RATE = 1700 * MIB;
const STRETCHES = 8;

function stretches(wish: CopyWish): readonly Stretch[] {
  const zeros = Math.max(0, wish.total - wish.used);
  const capped = (rate: number): number => (wish.limit > 0 ? Math.min(rate, wish.limit) : rate);
  return Array.from({ length: STRETCHES }, (_, index) => {
    // The file system sits at the front of a disk, its free room mostly at the end.
    const dataShare = index === STRETCHES - 1 ? 0.02 : 0.98 / (STRETCHES - 1);
    const zeroShare = index === STRETCHES - 1 ? 0.7 : 0.3 / (STRETCHES - 1);
    const rate = (wish.rate ?? 160 * MIB) * (0.75 + wish.random.next() * 0.5);
    return [
      { size: Math.round(wish.used * dataShare), zero: false, rate: capped(rate) },
      { size: Math.round(zeros * zeroShare), zero: true, rate: capped(ZERO_RATE) },
    ];
  }).flat();
}

/** The course of copying disks: pure in its wish, so the same backup has the same course after a restart. */
export function planCopy(wish: CopyWish): Copy {
  const parts = stretches(wish);
  const duration = parts.reduce((sum, part) => sum + (part.size / part.rate) * 1000, 0);
  const at = (milliseconds: number): { read: number; written: number } => {
    let [left, read, written] = [milliseconds / 1000, 0, 0];
    for (const part of parts) {
      const done = Math.min(part.size, Math.max(0, left) * part.rate);
      read += done;
      if (!part.zero) written += done;
      left -= part.size / part.rate;
      if (left <= 0) break;
    }
    return milliseconds >= duration
      ? { read: wish.total, written: wish.used }
      : { read: Math.round(read), written: Math.round(written) };
  };
  return { total: wish.total, zeros: Math.max(0, wish.total - wish.used), duration, at };
}
