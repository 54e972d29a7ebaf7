import { displayText } from "../../../shared/display-text.ts";
import { formatPercent } from "../../../shared/format.ts";
import { jobStateSchema } from "../../../shared/job.ts";
import type { GuestResult, Job, JobEvent, JobProgress, JobRequest, JobState } from "../../../shared/job.ts";
import { durationText, isMessageId, locale, t } from "../../ui/text.ts";
import type { MessageValues } from "../../ui/text.ts";

/** What a job is about, without its guest: "Backup", "Restore", "Shut down". */
export function kindText(request: JobRequest): string {
  switch (request.kind) {
    case "backup":
      return t("job.kind.backup");
    case "restore":
      return t("job.kind.restore");
    case "power":
      return t(`job.power.${request.action}`);
    default:
      return request satisfies never;
  }
}

/** `101 web-1`: the id always stands beside the name, since names repeat. */
export function guestText(guest: { readonly vmid: number; readonly name: string }): string {
  const name = displayText(guest.name.trim());
  return name === "" ? String(guest.vmid) : `${guest.vmid} ${name}`;
}

/** One line that names the job: what is done, and to which guest. */
export function jobTitle(job: Job): string {
  const guest = guestText(job.request.guest);
  switch (job.request.kind) {
    case "backup":
      return t("job.title.backup", { guest });
    case "restore":
      return t("job.title.restore", { guest });
    case "power":
      return t(`job.title.${job.request.action}`, { guest });
    default:
      return job.request satisfies never;
  }
}

export function stateText(state: JobState): string {
  return t(`status.job.${state}`);
}

/** The step in words; a step that this version has no words for is "working". */
export function stepText(progress: JobProgress | null): string {
  if (progress === null) return t("step.starting");
  const id = `step.${progress.step}`;
  return isMessageId(id) ? t(id, progress.stepParams) : t("step.unknown");
}

/** What an open job is doing, in one line: the most telling thing first. */
export function doingText(job: Job): string {
  if (job.pause !== null) return t(`job.pause.${job.pause}`, { cluster: displayText(job.clusterName) });
  const silent = job.progress === null || job.progress.step === "starting";
  // The task of a power action writes nothing while it waits.
  if (job.state === "running" && job.request.kind === "power" && silent) return t("step.guest-action");
  if (job.state === "running") return stepText(job.progress);
  return stateText(job.state);
}

/** The result as a sentence: what happened and what it means for the data. Only for jobs that have ended. */
export function resultText(job: Job): string {
  const { request } = job;
  const key = `job.result.${request.kind}.${job.state}`;
  if (!isMessageId(key)) return stateText(job.state);
  return t(key, resultValues(job));
}

function resultValues(job: Job): MessageValues {
  const { request } = job;
  return {
    guest: guestText(request.guest),
    vmid: request.guest.vmid,
    node: request.guest.node,
    cluster: displayText(job.clusterName),
    storage: request.kind === "backup" ? request.storage : "",
    source: request.kind === "restore" ? (request.sourceVmid ?? "–") : "",
    action: request.kind === "power" ? t(`job.power.${request.action}`) : "",
    warnings: job.warnings.length,
    duration: job.durationSeconds === null ? "–" : (durationText(job.durationSeconds) ?? "–"),
  };
}

/** What a human can check where only a human can judge; null where nothing is open. */
export function checkText(job: Job): string | null {
  if (job.state === "unconfirmed") return t("job.check.unconfirmed");
  if (job.state !== "indeterminate") return null;
  return t(`job.check.${job.request.kind}`, resultValues(job));
}

/** Notes that the app writes for itself; they tell a reader nothing. */
const ownNotes: readonly string[] = ["announced"];

/** The story as told to a person. */
export function toldEvents(events: readonly JobEvent[]): readonly JobEvent[] {
  return events.filter((event) => !ownNotes.includes(event.type));
}

/** One row of a job's story. A type without words of its own is shown as it stands: nothing is hidden. */
export function eventText(event: JobEvent): string {
  const id = `job.event.${event.type}`;
  if (!isMessageId(id)) return event.type;
  const state = jobStateSchema.safeParse(event.params["state"]);
  return t(id, { ...event.params, state: state.success ? stateText(state.data) : "" });
}

/** How far an estimate has been counted down since it was made. Seconds. */
function counted(seconds: number | null, { seenAt }: JobProgress, now: number): number | null {
  return seconds === null ? null : Math.max(0, seconds - Math.max(0, now - seenAt) / 1000);
}

/**
 * Time left, counted down to this second, and its range where that is wide enough to be worth saying; null where nothing is known.
 * `soon`: the figure is used up, but only the server tells the end.
 */
export function timeLeft(
  progress: JobProgress,
  now: number,
): { readonly text: string; readonly range: string | null; readonly soon: boolean } | null {
  const left = counted(progress.secondsLeft, progress, now);
  if (left === null) return null;
  if (left < 1) return { text: t("job.leftSoon"), range: null, soon: true };
  const text = durationText(left);
  if (text === null) return null;
  const lowest = counted(progress.secondsLeftLow, progress, now);
  const highest = counted(progress.secondsLeftHigh, progress, now);
  const low = lowest === null ? null : durationText(coarse(lowest));
  const high = highest === null ? null : durationText(coarse(highest));
  const range = low === null || high === null || low === high ? null : t("job.leftRange", { low, high });
  return { text, range, soon: false };
}

/** The percentage in figures; one that we reckoned ourselves says so. Null where there is none. */
export function percentText(progress: JobProgress | null, percent: number | null): string | null {
  const text = percent === null ? null : formatPercent(percent, locale());
  return text !== null && progress?.estimated === true ? t("job.percentEstimated", { percent: text }) : text;
}

const isOver = (state: GuestResult["state"]): boolean => state !== "pending" && state !== "running";

/**
 * Where a task over several guests is: "Guest 3 of 12, one failed so far". Null for a task of one, and where no guest was begun.
 * Of a task that is not ours only the guests begun are listed; how many there will be its command line may tell.
 */
export function guestsText(
  told: readonly Pick<GuestResult, "state">[],
  progress: JobProgress | null,
): string | null {
  const guests = told.filter(({ state }) => state !== "skipped");
  const over = guests.filter(({ state }) => isOver(state)).length;
  const expected = progress?.guestsExpected ?? null;
  const total = Math.max(guests.length, expected ?? 0);
  if (total < 2 || guests.length === 0) return null;
  const failed = guests.filter(({ state }) => state === "failed" || state === "aborted").length;
  const known = expected !== null || guests.some(({ state }) => state === "pending");
  return t("job.guestsSoFar", {
    number: Math.min(over + 1, total),
    total,
    failed,
    known: known ? "yes" : "no",
  });
}

/** The ends of a range are not known to the second: said as finely as they can be meant, so that they do not jitter. Seconds. */
function coarse(seconds: number): number {
  const step = seconds >= 3600 ? 300 : seconds >= 600 ? 60 : seconds >= 60 ? 10 : 1;
  return Math.round(seconds / step) * step;
}
