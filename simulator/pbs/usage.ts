import type { Datastore } from "./world.ts";

/** Fewer values than this give no estimate. */
const ENOUGH = 7;

/** Epoch second of the first value of the history, whose last one is now. */
export function historyStart(datastore: Datastore, now: number): number {
  const end = now - (now % datastore.historyDelta);
  return end - (datastore.history.length - 1) * datastore.historyDelta;
}

/**
 * When the datastore will be full: a straight line by least squares through the recorded shares, which lies in the past
 * when the use falls, and is 0 when it does not change. null = too few values (proxmox-backup, src/api2/status.rs).
 */
export function estimatedFullDate(datastore: Datastore, now: number): number | null {
  const start = historyStart(datastore, now);
  const points = datastore.history.flatMap((share, index) =>
    share === null ? [] : [{ time: start + index * datastore.historyDelta, share }],
  );
  if (points.length < ENOUGH) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const [meanTime, meanShare] = [mean(points.map((one) => one.time)), mean(points.map((one) => one.share))];
  const spread = points.reduce((sum, one) => sum + (one.time - meanTime) ** 2, 0);
  const slope =
    points.reduce((sum, one) => sum + (one.time - meanTime) * (one.share - meanShare), 0) / spread;
  if (slope === 0) return 0;
  return Math.floor((1 - (meanShare - slope * meanTime)) / slope);
}
