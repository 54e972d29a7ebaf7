import type { GuestResult, Job, JobProgress } from "../../shared/job.ts";
import type { GuestProgress, Progress } from "../../shared/progress.ts";

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

function left(progress: Progress): number | null {
  const { bytesDone, bytesTotal, rate } = progress;
  if (bytesDone === null || bytesTotal === null || rate === null || rate <= 0) return null;
  return Math.max(0, (bytesTotal - bytesDone) / rate);
}

/** What the user sees of a task's log so far. */
export function jobProgress(progress: Progress, seenAt: number): JobProgress {
  const secondsLeft = left(progress);
  return {
    step: progress.step.code,
    stepParams: { ...progress.step.params },
    percent: progress.percent,
    estimated: false,
    bytesDone: progress.bytesDone,
    bytesTotal: progress.bytesTotal,
    rate: progress.rate,
    secondsLeft,
    secondsLeftLow: secondsLeft,
    secondsLeftHigh: secondsLeft,
    stalledSince: null,
    waitingForLock: progress.waitingForLock,
    warnings: [...progress.warnings],
    seenAt,
  };
}
