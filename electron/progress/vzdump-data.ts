import type { Draft, GuestDraft } from "./draft.ts";
import { currentGuest, notePercent, raiseBytes, raisePercent, setStep } from "./draft.ts";
import type { Rule } from "./matcher.ts";
import { BYTES, DURATION, parseBytes, parseCount, parseDuration } from "./units.ts";

const SPEED = String.raw`${BYTES}/s`;
const PROGRESS = new RegExp(
  String.raw`^(\d+)% \((${BYTES}) of (${BYTES})\) in\s+(${DURATION}), read: (${SPEED}), write: ${SPEED}`,
);
const STATUS_UNITS = new RegExp(
  String.raw`^(\d+)% \((${BYTES}) of (${BYTES})\), duration (\d+), read: (${SPEED}), write: ${SPEED}`,
);
const STATUS_BYTES =
  /^(\d+)% \((\d+)\/(\d+)\),(?: sparse \d+% \(\d+\),)? duration (\d+),(?: read\/write)? (\d+)\/\d+ MB\/s/;
const UPLOADED = new RegExp(
  String.raw`^[\w.-]+: had to (?:backup|upload) ${BYTES} of (${BYTES}) (?:\(compressed ${BYTES}\) )?in (\d+(?:\.\d+)?) ?s`,
);
const REUSED = new RegExp(String.raw`^reused (${BYTES}) \((\d+(?:\.\d+)?)%\)`);
const ARCHIVE_REUSED = new RegExp(
  String.raw`^[\w.-]+: backup was done incrementally, reused (${BYTES}) \((\d+(?:\.\d+)?)%\)`,
);
const PROCESSED = new RegExp(String.raw`^(${BYTES}) in (${DURATION}), uploaded ${BYTES}`);
const DIRTY = new RegExp(String.raw`^(${BYTES}) dirty of ${BYTES} total`);
const TRANSFERRED = new RegExp(String.raw`^(${BYTES}|\d+ MB) in (?:(\d+)|<1) seconds`);

interface Told {
  readonly percent?: number | null;
  readonly done: number | null;
  readonly total?: number | null;
  /** Whole bytes as printed, not made from a rounded text. */
  readonly exact?: boolean;
  readonly elapsed?: number | null;
  readonly rate?: number | null;
}

const speedOf = (text: string | undefined): number | null => parseBytes(text?.replace(/\/s$/, ""));

function rateBetween(
  before: { done: number | null; elapsed: number | null },
  guest: GuestDraft,
): number | null {
  const seconds = (guest.elapsedSeconds ?? 0) - (before.elapsed ?? 0);
  return seconds > 0 && guest.bytesDone !== null ? (guest.bytesDone - (before.done ?? 0)) / seconds : null;
}

/** Fills in the guest at work from one line of figures. */
function tellData(draft: Draft, told: Told): void {
  const guest = currentGuest(draft);
  if (guest.status !== "running") return;
  const percent = told.percent ?? null;
  // Only VMs have percentages.
  if (percent !== null) guest.type ??= "qemu";
  notePercent(draft, percent);
  raisePercent(guest, percent);
  const before = { done: guest.bytesDone, elapsed: guest.elapsedSeconds };
  raiseBytes(guest, told.done, told.total ?? null, told.exact ?? false);
  if (typeof told.elapsed === "number")
    guest.elapsedSeconds = Math.max(guest.elapsedSeconds ?? 0, told.elapsed);
  guest.rate = told.rate ?? rateBetween(before, guest);
  setStep(draft, "copying");
}

/** Lines about the data of a VM: percent, done and base, in the spellings of all generations. */
function vmRules(draft: Draft): readonly Rule[] {
  const tellUnits = (found: readonly (string | undefined)[], elapsed: number | null): void => {
    const [, percent, done, total, , read] = found;
    tellData(draft, {
      percent: parseCount(percent),
      done: parseBytes(done),
      total: parseBytes(total),
      elapsed,
      rate: speedOf(read),
    });
  };
  return [
    [
      "status: ",
      STATUS_BYTES,
      ([, percent, done, total, elapsed, read]) =>
        tellData(draft, {
          percent: parseCount(percent),
          done: parseCount(done),
          total: parseCount(total),
          exact: true,
          elapsed: parseCount(elapsed),
          rate: parseBytes(`${read ?? ""}MB`),
        }),
    ],
    ["status: ", STATUS_UNITS, (found) => tellUnits(found, parseCount(found[4]))],
    [
      // Templates and guests without disks are written by vma itself, which counts bytes.
      "progress ",
      /^(\d+)% (\d+)\/(\d+) \d+$/,
      ([, percent, done, total]) =>
        tellData(draft, {
          percent: parseCount(percent),
          done: parseCount(done),
          total: parseCount(total),
          exact: true,
        }),
    ],
    [
      "transferred ",
      TRANSFERRED,
      ([, bytes, elapsed]) => {
        tellData(draft, { done: parseBytes(bytes), elapsed: parseCount(elapsed) });
        setStep(draft, "finishing");
      },
    ],
    ["", PROGRESS, (found) => tellUnits(found, parseDuration(found[4]))],
  ];
}

/** Rules about data, and what forgets the sums of the guest before. */
export interface DataRules {
  readonly rules: readonly Rule[];
  readonly nextGuest: () => void;
}

/** Lines about the data of VMs and containers, the backup client's among them. */
export function createVzdumpDataRules(draft: Draft): DataRules {
  let uploaded = 0;

  /** A container may upload several archives: bytes add up, the percentage is then of all of them. */
  const tellReuse = ([, bytes, percent]: readonly (string | undefined)[]): void => {
    const guest = currentGuest(draft);
    const several = guest.reusedBytes !== null && uploaded > 0;
    guest.reusedBytes = (guest.reusedBytes ?? 0) + (parseBytes(bytes) ?? 0);
    const share = several ? Math.round((guest.reusedBytes / uploaded) * 1000) / 10 : parseCount(percent);
    guest.reusedPercent = share === null ? null : Math.min(100, share);
  };
  const rules: readonly Rule[] = [
    [
      "Total bytes written: ",
      /^(\d+) \(/,
      ([, count]) => {
        const bytes = parseCount(count);
        tellData(draft, { done: bytes, total: bytes, exact: true });
        currentGuest(draft).type ??= "lxc";
      },
    ],
    [
      "processed ",
      PROCESSED,
      ([, done, elapsed]) => {
        tellData(draft, { done: parseBytes(done), elapsed: parseDuration(elapsed) });
        setStep(draft, "uploading");
      },
    ],
    ["backup was done incrementally, ", REUSED, tellReuse],
    [
      "using fast incremental mode (dirty-bitmap), ",
      DIRTY,
      ([, dirty]) => {
        // Known before the first percentage, which will count up to it.
        const guest = currentGuest(draft);
        if (guest.status === "running") raiseBytes(guest, 0, parseBytes(dirty), false);
        setStep(draft, "copying");
      },
    ],
    ...vmRules(draft),
    [
      "",
      UPLOADED,
      ([, total, elapsed]) => {
        uploaded += parseBytes(total) ?? 0;
        tellData(draft, { done: uploaded, elapsed: parseCount(String(Math.floor(Number(elapsed)))) });
        currentGuest(draft).type ??= "lxc";
        setStep(draft, "uploading");
      },
    ],
    ["", ARCHIVE_REUSED, tellReuse],
  ];
  return {
    rules,
    nextGuest: () => {
      uploaded = 0;
    },
  };
}
