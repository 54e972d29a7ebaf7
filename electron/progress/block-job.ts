import type { Draft } from "./draft.ts";
import { setStep } from "./draft.ts";
import type { Drives } from "./drives.ts";
import type { Rule } from "./matcher.ts";
import { createRate } from "./rate.ts";
import { BYTES, DURATION, parseBytes, parseCount, parseDuration } from "./units.ts";

const JOB = String.raw`^([\w.-]+): `;
const TRANSFERRED = new RegExp(
  String.raw`${JOB}transferred (${BYTES}) of (${BYTES}) \((\d+(?:\.\d+)?)%\) in (${DURATION})(?:, (ready|still busy))?`,
);
const RAW =
  /^([\w.-]+): transferred: (\d+) bytes remaining: \d+ bytes total: (\d+) bytes progression: (\d+(?:\.\d+)?) ?%/;
const OFFLINE = new RegExp(String.raw`^(${BYTES}) of (${BYTES}) \((\d+(?:\.\d+)?)%\)$`);
const OFFLINE_RAW = /^(\d+) bytes remaining: \d+ bytes total: (\d+) bytes progression: (\d+(?:\.\d+)?) ?%/;
const JOB_PREFIX = /^(?:drive|mirror|restore-drive)-/;

/**
 * Lines of QEMU's block jobs and of qemu-img: clone, move, storage migration, live-restore.
 * Each disk has its own series; jobs are called `drive-…` up to PVE 8 and `mirror-…` since 9.
 */
export function createBlockJobRules(
  draft: Draft,
  drives: Drives,
  onJob: (job: string) => void = () => undefined,
): readonly Rule[] {
  const rate = createRate();
  let offline = 0;
  const tellDisk = (job: string, percent: number | null, done: number | null, total: number | null): void => {
    drives.tell(job, percent, done, total);
    onJob(job);
    setStep(draft, "mirroring", {
      disk: job.replace(JOB_PREFIX, ""),
      ...(percent === null ? {} : { percent }),
    });
  };
  const tellOffline = (percent: string | undefined, done: number | null, total: number | null): void => {
    drives.tell(`image ${offline}`, parseCount(percent), done, total);
    setStep(draft, "copying-disks", { disk: offline });
  };
  return [
    [
      "create full clone of drive ",
      /^(\S+) \(/,
      ([, disk = ""]) => {
        offline += 1;
        setStep(draft, "mirroring", { disk });
      },
    ],
    ["create linked clone of drive ", null, () => setStep(draft, "copying-disks")],
    [
      "drive mirror is starting for ",
      /^(\S+)/,
      ([, disk = ""]) => setStep(draft, "mirroring", { disk: disk.replace(JOB_PREFIX, "") }),
    ],
    [
      "transferred ",
      OFFLINE,
      ([, done, total, percent]) => tellOffline(percent, parseBytes(done), parseBytes(total)),
    ],
    [
      "transferred: ",
      OFFLINE_RAW,
      ([, done, total, percent]) => {
        draft.bytesExact = true;
        tellOffline(percent, parseCount(done), parseCount(total));
      },
    ],
    ["all 'mirror' jobs are ready", null, () => setStep(draft, "completing")],
    ["all mirroring jobs are ready", null, () => setStep(draft, "completing")],
    ["Cancelling block job", null, () => setStep(draft, "aborting")],
    ["", /^[\w.-]+: Cancelling block job/, () => setStep(draft, "aborting")],
    [
      "",
      TRANSFERRED,
      ([, job = "", done, total, percent, elapsed]) => {
        const seconds = parseDuration(elapsed);
        draft.rate = rate(parseBytes(done), seconds);
        if (seconds !== null) draft.elapsedSeconds = seconds;
        tellDisk(job, parseCount(percent), parseBytes(done), parseBytes(total));
      },
    ],
    [
      "",
      RAW,
      ([, job = "", done, total, percent]) => {
        draft.bytesExact = true;
        tellDisk(job, parseCount(percent), parseCount(done), parseCount(total));
      },
    ],
    [
      "",
      /^([\w.-]+): (?:Completing block job|Completed successfully|(?:mirror|stream)-job finished)/,
      ([, job = ""]) => setStep(draft, "completing", { disk: job.replace(JOB_PREFIX, "") }),
    ],
  ];
}
