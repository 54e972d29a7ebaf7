import type { GuestProgress, GuestStatus, Operation, Progress, StepCode } from "../../shared/progress.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A guest while its lines are read. Without a vmid it is one whose beginning we have not seen. */
export type GuestDraft = Mutable<Omit<GuestProgress, "vmid" | "excluded">> & {
  vmid: number | null;
  excluded: string[];
  startedAt: number | null;
};

/** What the readers of one log write into. Only `raise…` and `settle` touch what must never go backwards. */
export type Draft = Mutable<
  Omit<Progress, "guests" | "warnings" | "currentVmid" | "archive" | "archiveSize" | "final">
> & {
  warnings: string[];
  guests: Map<number, GuestDraft>;
  current: GuestDraft | null;
  archive: string | null;
  archiveSize: number | null;
};

/** Memory stays the same however long or strange a log is. */
export const LIMITS = {
  guests: 20_000,
  warnings: 100,
  excluded: 64,
  text: 4000,
  drives: 256,
} as const;

export function newDraft(operation: Operation, guestsExpected: number | null): Draft {
  return {
    operation,
    step: { code: "starting", params: {} },
    percent: null,
    highestPercent: null,
    highestTotal: null,
    bytesDone: null,
    bytesTotal: null,
    bytesExact: false,
    rate: null,
    elapsedSeconds: null,
    durationSeconds: null,
    guests: new Map(),
    guestsExpected,
    current: null,
    warnings: [],
    warningCount: 0,
    waitingForLock: false,
    archive: null,
    archiveSize: null,
    commandLine: null,
    error: null,
    looksComplete: false,
    logState: "lines",
    linesRead: 0,
  };
}

export function newGuest(vmid: number | null, type: GuestProgress["type"]): GuestDraft {
  return {
    vmid,
    type,
    name: null,
    status: "running",
    percent: null,
    durationSeconds: null,
    error: null,
    mode: null,
    archive: null,
    archiveSize: null,
    archiveSizeText: null,
    bytesDone: null,
    bytesTotal: null,
    bytesExact: false,
    rate: null,
    elapsedSeconds: null,
    reusedBytes: null,
    reusedPercent: null,
    excluded: [],
    target: null,
    downtimeMs: null,
    disk: null,
    startedAt: null,
  };
}

/** Keeps the beginning and the end of an overlong text: the end of an error often has the reason. */
export function shorten(text: string): string {
  return text.length <= LIMITS.text ? text : `${text.slice(0, LIMITS.text - 1000)} … ${text.slice(-990)}`;
}

export function setStep(
  draft: Draft,
  code: StepCode,
  params: Readonly<Record<string, string | number>> = {},
): void {
  draft.step = { code, params };
}

const clampPercent = (percent: number): number => Math.min(100, Math.max(0, percent));

/** Raises a percentage; lower ones and nonsense change nothing. */
export function raisePercent(target: { percent: number | null }, percent: number | null): void {
  if (percent === null || !Number.isFinite(percent)) return;
  target.percent = Math.max(target.percent ?? 0, clampPercent(percent));
}

/** Notes a percentage as the log printed it, whatever it counts. */
export function notePercent(draft: Draft, percent: number | null): void {
  if (percent === null || !Number.isFinite(percent)) return;
  draft.highestPercent = Math.max(draft.highestPercent ?? 0, clampPercent(percent));
}

interface Bytes {
  bytesDone: number | null;
  bytesTotal: number | null;
  bytesExact: boolean;
}

/** Raises done and total; done stays within a known total. */
export function raiseBytes(target: Bytes, done: number | null, total: number | null, exact: boolean): void {
  if (total !== null) target.bytesTotal = Math.max(target.bytesTotal ?? 0, total);
  if (done === null) return;
  target.bytesExact = exact;
  target.bytesDone = Math.max(target.bytesDone ?? 0, Math.min(done, target.bytesTotal ?? done));
}

/** Worse news may follow good news (pruning can fail after the data is safe), never the other way round. */
const RANK: Readonly<Record<GuestStatus, number>> = {
  running: 0,
  unknown: 1,
  skipped: 2,
  ok: 3,
  aborted: 4,
  failed: 5,
};

export function settle(guest: GuestDraft, status: GuestStatus): void {
  if (RANK[status] > RANK[guest.status]) guest.status = status;
}

/** The guest of that number, made when new; null when there are more than any real task has. */
export function guestOf(draft: Draft, vmid: number, type: GuestProgress["type"]): GuestDraft | null {
  const known = draft.guests.get(vmid);
  if (known) {
    known.type ??= type;
    return known;
  }
  if (draft.guests.size >= LIMITS.guests) return null;
  const guest = newGuest(vmid, type);
  draft.guests.set(vmid, guest);
  return guest;
}

/** Gives the guest at work its number, once a line names it. */
export function identify(draft: Draft, vmid: number | null, type: GuestProgress["type"]): void {
  if (vmid === null) return;
  const { current } = draft;
  if (current === null) {
    draft.current = guestOf(draft, vmid, type);
    return;
  }
  if (current.vmid !== null || draft.guests.has(vmid) || draft.guests.size >= LIMITS.guests) return;
  current.vmid = vmid;
  current.type ??= type;
  draft.guests.set(vmid, current);
}

/** The guest at work, or a nameless one when the log begins in its middle. */
export function currentGuest(draft: Draft): GuestDraft {
  draft.current ??= newGuest(null, null);
  return draft.current;
}

export function addWarning(draft: Draft, text: string): void {
  draft.warningCount += 1;
  if (draft.warnings.length < LIMITS.warnings) draft.warnings.push(shorten(text));
}
