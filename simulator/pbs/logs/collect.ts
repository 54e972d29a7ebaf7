import { clientBytes, isoStamp } from "../../format.ts";
import type { Step } from "../tasks/task.ts";
import type { Datastore, GcStatus } from "../world.ts";

/** Half of a chunk's 4 MiB: what one takes on disk on average, compressed. */
const CHUNK_BYTES = 2 * 1024 * 1024;
/** Index files marked and chunks swept in a second. */
const MARKS_A_SECOND = 2;
const SWEEPS_A_SECOND = 20_000;
/** Chunks younger than this stay, as somebody may be using them just now: a day and five minutes. */
const CUTOFF_SECONDS = 86_700;

/** What a collection of this datastore counts at its end: what was pending before is removed now. */
export function collected(datastore: Datastore, upid: string | null): GcStatus {
  const files = datastore.groups
    .flatMap((group) => group.snapshots)
    .flatMap((snapshot) => snapshot.files)
    .filter((file) => /\.[fd]idx$/.test(file.filename));
  const removed = Math.min(datastore.used, datastore.gc["pending-bytes"]);
  const left = datastore.used - removed;
  return {
    upid,
    "index-file-count": files.length,
    "index-data-bytes": files.reduce((sum, file) => sum + file.size, 0),
    "disk-bytes": left,
    "disk-chunks": Math.ceil(left / CHUNK_BYTES),
    "removed-bytes": removed,
    "removed-chunks": Math.ceil(removed / CHUNK_BYTES),
    "pending-bytes": 0,
    "pending-chunks": 0,
    "removed-bad": 0,
    "still-bad": 0,
  };
}

function summary(status: GcStatus): readonly string[] {
  const { "index-data-bytes": original, "disk-bytes": disk, "disk-chunks": chunks } = status;
  return [
    `Removed garbage: ${clientBytes(status["removed-bytes"])}`,
    `Removed chunks: ${status["removed-chunks"]}`,
    `Original data usage: ${clientBytes(original)}`,
    ...(original > 0
      ? [`On-Disk usage: ${clientBytes(disk)} (${((disk / original) * 100).toFixed(2)}%)`]
      : []),
    `On-Disk chunks: ${chunks}`,
    ...(disk > 0 ? [`Deduplication factor: ${(original / disk).toFixed(2)}`] : []),
    ...(chunks > 0 ? [`Average chunk size: ${clientBytes(disk / chunks)}`] : []),
  ];
}

/** A garbage collection from its first line to its end, in the words of PBS 3.4 and later. */
export function collectSteps(
  datastore: Datastore,
  upid: string,
  now: number,
  schedule: string | null,
): readonly Step[] {
  const { store } = datastore;
  const status = collected(datastore, upid);
  const steps: Step[] = [];
  const say = (at: number, ...lines: readonly string[]): void => {
    for (const line of lines) steps.push({ at, line });
  };
  say(
    0,
    `starting garbage collection on store ${store}`,
    ...(schedule === null ? [] : [`task triggered by schedule '${schedule}'`]),
    "Access time update check successful, proceeding with GC.",
    `Using access time cutoff 1d 5m, minimum access time is ${isoStamp(now - CUTOFF_SECONDS)}`,
    "Using chunk digest cache capacity of 1048576.",
    "Start GC phase1 (mark used chunks)",
  );
  const files = status["index-file-count"];
  const marking = Math.max(1000, (files / MARKS_A_SECOND) * 1000);
  let marked = 0;
  for (let percent = 1; percent <= 100; percent += 1) {
    const done = Math.floor((files * percent) / 100);
    if (done === marked && percent < 100) continue;
    marked = done;
    say((marking * percent) / 100, `marked ${percent}% (${done} of ${files} index files)`);
  }
  say(marking, "Start GC phase2 (sweep unused chunks)");
  const chunks = status["disk-chunks"] + status["removed-chunks"];
  const sweeping = Math.max(1000, (chunks / SWEEPS_A_SECOND) * 1000);
  for (let percent = 1; percent <= 99; percent += 1) {
    const done = Math.floor((chunks * percent) / 100);
    say(marking + (sweeping * percent) / 100, `processed ${percent}% (${done} chunks)`);
  }
  const end = marking + sweeping;
  say(end, ...summary(status));
  return [
    ...steps,
    { at: end, effect: { kind: "collected", store, status, freed: status["removed-bytes"] } },
    { at: end, effect: { kind: "end", exit: "OK" } },
  ];
}
