import type { GuestResult, Job, JobProgress } from "../../shared/job.ts";
import type { GuestProgress, Progress } from "../../shared/progress.ts";
import type { EarlierRun } from "../progress/earlier-runs.ts";
import { createCurveRecorder } from "../progress/curve.ts";
import { createEstimator } from "../progress/estimate.ts";

const states: Readonly<Record<GuestProgress["status"], GuestResult["state"]>> = {
  running: "running",
  ok: "ok",
  failed: "failed",
  aborted: "aborted",
  skipped: "skipped",
  unknown: "unknown",
};

const types: Readonly<Record<string, GuestResult["type"]>> = {
  qemu: "qemu",
  vm: "qemu",
  lxc: "lxc",
  ct: "lxc",
};

function resultOf(progress: GuestProgress, before: GuestResult | undefined): GuestResult {
  return {
    vmid: progress.vmid,
    type: (progress.type === null ? null : types[progress.type]) ?? before?.type ?? null,
    name: progress.name ?? before?.name ?? "",
    state: states[progress.status],
    seconds: progress.durationSeconds,
    size: progress.archiveSize,
    archive: progress.archive,
    error: progress.error,
  };
}

/** The guests that were asked for, each with what the log says of it, and those that only the log knows. */
export function guestResults(job: Job, progress: Progress): GuestResult[] {
  const told = new Map(progress.guests.map((guest) => [guest.vmid, guest]));
  const asked = job.guests.map((guest) => {
    const news = told.get(guest.vmid);
    told.delete(guest.vmid);
    return news === undefined ? guest : resultOf(news, guest);
  });
  return [...asked, ...[...told.values()].map((guest) => resultOf(guest, undefined))];
}

/** The guests that a log tells of, where nobody asked for any. */
export function guestsOf(progress: Progress): GuestResult[] {
  return progress.guests.map((guest) => resultOf(guest, undefined));
}

/** What the user sees of a task's log so far; the time left is reckoned from its pace and from earlier runs. */
export type ShowProgress = (progress: Progress, now: number) => JobProgress;

/** Our own figure never claims the end: only the server does. */
const mostEstimated = 99;

function fractionOf({ percent, bytesDone, bytesTotal }: Progress): number | null {
  if (percent !== null) return percent / 100;
  return bytesDone !== null && bytesTotal !== null && bytesTotal > 0 ? bytesDone / bytesTotal : null;
}

/** `startedAt` by our own clock (ms). Neither the server's percent nor ours ever goes back, nor does one fall behind the other. */
export function createProgressView(startedAt: number, history: readonly EarlierRun[]): ShowProgress {
  const estimator = createEstimator(startedAt, history);
  const curve = createCurveRecorder();
  let shown: number | null = null;

  /** Without a figure of the server's, the share of the time that it should take. */
  const estimated = (secondsLeft: number | null, now: number): number | null => {
    if (secondsLeft === null) return null;
    const elapsed = Math.max(0, now - startedAt) / 1000;
    return elapsed + secondsLeft === 0
      ? null
      : Math.min(mostEstimated, (100 * elapsed) / (elapsed + secondsLeft));
  };

  return (progress, now) => {
    const { bytesDone, bytesTotal, final } = progress;
    const fraction = fractionOf(progress);
    // The log's own count goes on through a restart of ours.
    if (fraction !== null && final === null)
      curve.add(fraction, progress.elapsedSeconds ?? Math.max(0, now - startedAt) / 1000);
    estimator.add({
      at: now,
      fraction,
      bytesDone,
      bytesTotal,
      waiting: progress.waitingForLock,
    });
    const left = final === null ? estimator.estimate(now) : null;
    const own =
      progress.percent === null && final === null ? estimated(left?.secondsLeft ?? null, now) : null;
    const percent = progress.percent ?? own;
    if (percent !== null) shown = Math.max(shown ?? 0, percent);
    return {
      step: progress.step.code,
      stepParams: { ...progress.step.params },
      percent: shown,
      estimated: progress.percent === null && shown !== null,
      bytesDone,
      bytesTotal,
      rate: progress.rate,
      secondsLeft: left?.secondsLeft ?? null,
      secondsLeftLow: left?.low ?? null,
      secondsLeftHigh: left?.high ?? null,
      stalledSince: final === null ? (estimator.stalled(now)?.since ?? null) : null,
      waitingForLock: progress.waitingForLock,
      warnings: [...progress.warnings],
      guestsExpected: progress.guestsExpected,
      ...(final !== null && { curve: curve.read() }),
      seenAt: now,
    };
  };
}
