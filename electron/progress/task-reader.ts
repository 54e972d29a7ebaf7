import type { Final, GuestProgress, GuestStatus, Operation, Progress } from "../../shared/progress.ts";
import type { Draft, GuestDraft } from "./draft.ts";
import { addWarning, guestOf, newDraft, raisePercent, setStep, settle, shorten } from "./draft.ts";
import { classifyExit } from "./exit.ts";
import type { Line } from "./line.ts";
import { parseLine } from "./line.ts";
import { createBackupServerReader } from "./backup-server.ts";
import { createMigrateReader } from "./migrate.ts";
import { createMoveReader } from "./move.ts";
import { createBulkReader, createStorageReader } from "./node-tasks.ts";
import { createSnapshotReader } from "./snapshot.ts";
import { operationOf } from "./operation.ts";
import { createRestoreReader } from "./restore.ts";
import { createVzdumpReader } from "./vzdump.ts";

export interface TaskReaderOptions {
  /** The guest the task's UPID names; without it the log's own words must do. */
  readonly vmid?: number;
  /** Guests of a job of many, where the caller knows better than the command line does. */
  readonly guestsExpected?: number;
  /** How many disks a clone will copy. */
  readonly disks?: number;
}

export interface TaskReader {
  /** Takes the next line. Never throws, whatever the line. */
  readonly push: (line: string) => void;
  /** The task is over: its exit status as the status endpoint gave it. Only this makes an end; log lines never do. */
  readonly end: (exitstatus: string | null | undefined) => void;
  readonly read: () => Progress;
}

type LineReader = (line: Line) => void;

/** The reader of each operation; what is not here has logs of no use to us, or none at all. */
function readerOf(draft: Draft, options: TaskReaderOptions): LineReader {
  switch (draft.operation) {
    case "vzdump":
      return createVzdumpReader(draft);
    case "qmrestore":
    case "vzrestore":
    case "qmcreate":
    case "vzcreate":
      return createRestoreReader(draft);
    case "qmclone":
    case "vzclone":
    case "qmmove":
    case "vzmove":
      return createMoveReader(draft, options.disks ?? null);
    case "qmigrate":
    case "vzmigrate":
      return createMigrateReader(draft);
    case "qmsnapshot":
    case "vzsnapshot":
      return createSnapshotReader(draft);
    case "bulk":
      return createBulkReader(draft);
    case "imgcopy":
    case "imgdel":
    case "download":
    case "prunebackups":
      return createStorageReader(draft);
    case "pbs-verify":
    case "pbs-gc":
    case "pbs-prune":
    case "pbs-sync":
    case "pbs-backup":
    case "pbs-reader":
      return createBackupServerReader(draft);
    case "power":
    case "other":
      return () => undefined;
    default:
      return draft.operation satisfies never;
  }
}

const GUEST_TYPES: Readonly<Partial<Record<Operation, GuestProgress["type"]>>> = {
  qmrestore: "qemu",
  qmcreate: "qemu",
  qmclone: "qemu",
  qmmove: "qemu",
  qmigrate: "qemu",
  qmsnapshot: "qemu",
  vzrestore: "lxc",
  vzcreate: "lxc",
  vzclone: "lxc",
  vzmove: "lxc",
  vzmigrate: "lxc",
  vzsnapshot: "lxc",
};

const toGuest = (guest: GuestDraft, vmid: number): GuestProgress => {
  const { startedAt: _, ...known } = guest;
  return { ...known, vmid, excluded: [...guest.excluded] };
};

const isOver = (guest: GuestDraft): boolean => guest.status !== "running" && guest.status !== "skipped";

/** Share of a job over many guests: those finished, plus the present one's part. Unknown while their number is. */
function jobPercent(draft: Draft): number | null {
  if (draft.operation !== "vzdump" || draft.guestsExpected === null || draft.guestsExpected === 0)
    return null;
  if (draft.guestsExpected === 1)
    return draft.current?.percent ?? [...draft.guests.values()].find(isOver)?.percent ?? null;
  // One that was stopped did not finish: nothing of it counts, and the job went no further.
  const finished = [...draft.guests.values()].filter(
    (guest) => isOver(guest) && guest.status !== "aborted",
  ).length;
  const part = draft.current?.status === "running" ? (draft.current.percent ?? 0) / 100 : 0;
  return ((finished + part) / draft.guestsExpected) * 100;
}

/** Sums over the guests begun so far. One without a total makes none for the job: half a sum would read as a whole one. */
function jobBytes(draft: Draft): Pick<Progress, "bytesDone" | "bytesTotal" | "bytesExact"> {
  const { bytesDone, bytesTotal, bytesExact } = draft;
  if (draft.operation !== "vzdump") return { bytesDone, bytesTotal, bytesExact };
  const nameless = (draft.current?.vmid ?? null) === null ? draft.current : null;
  const guests = [...draft.guests.values(), ...(nameless ? [nameless] : [])].filter(
    (guest) => guest.bytesDone !== null,
  );
  if (guests.length === 0) return { bytesDone, bytesTotal, bytesExact };
  const complete = guests.every((guest) => guest.bytesTotal !== null);
  return {
    bytesDone: guests.reduce((sum, guest) => sum + (guest.bytesDone ?? 0), 0),
    bytesTotal: complete ? guests.reduce((sum, guest) => sum + (guest.bytesTotal ?? 0), 0) : null,
    bytesExact: guests.every((guest) => guest.bytesExact),
  };
}

/** What the task's end says of a guest the log left unfinished. A job of many guests proves nothing of a single one. */
function verdictOf(operation: Operation, final: Final): GuestStatus {
  if (final.status === "aborted") return "aborted";
  if (final.status === "unknown" || operation === "vzdump" || operation === "bulk") return "unknown";
  if (final.status === "ok" || final.status === "warnings") return "ok";
  return operation === "pbs-verify" ? "unknown" : "failed";
}

function settleRest(draft: Draft, final: Final): void {
  const verdict = verdictOf(draft.operation, final);
  for (const guest of draft.guests.values()) {
    if (guest.status !== "running") continue;
    settle(guest, verdict);
    guest.rate = null;
    if (verdict === "ok" && guest.percent !== null) raisePercent(guest, 100);
    if (verdict === "failed" || verdict === "aborted") guest.error ??= draft.error ?? final.text;
  }
}

/**
 * Reads a task's log line by line in constant memory.
 * `kind` is an operation or the task type of a UPID; for a type without a reader the log is text and only the end counts.
 */
export function createTaskReader(kind: string, options: TaskReaderOptions = {}): TaskReader {
  const operation = operationOf(kind);
  const draft = newDraft(operation, options.guestsExpected ?? null);
  if (options.vmid !== undefined && operation !== "vzdump")
    draft.current = guestOf(draft, options.vmid, GUEST_TYPES[operation] ?? null);
  const readLine = readerOf(draft, options);
  let final: Final | null = null;
  let shownPercent: number | null = null;
  let shownDone: number | null = null;
  let lockWait = false;

  const tellCommon = (line: Line): void => {
    if (line.level === "warn" && line.text !== "") addWarning(draft, line.text);
    if (lockWait) {
      draft.waitingForLock = false;
      lockWait = false;
    }
    if (line.text === "trying to acquire lock...") {
      draft.waitingForLock = true;
      lockWait = true;
    }
    if (draft.linesRead === 1) {
      if (line.text === "no content") draft.logState = "empty";
      else if (line.text.startsWith("unable to open file - ")) draft.logState = "gone";
      return;
    }
    draft.logState = "lines";
  };

  return {
    push: (raw) => {
      if (final !== null) return;
      draft.linesRead += 1;
      const line = parseLine(raw);
      tellCommon(line);
      readLine(line);
    },
    end: (exitstatus) => {
      if (final !== null) return;
      final = classifyExit(exitstatus);
      draft.waitingForLock = false;
      // The reason may stand in the exit status alone, and with it the guest.
      if (final.status === "failed") readLine({ text: final.text, level: "error", at: null });
      if (final.status === "failed") draft.error ??= shorten(final.text);
      settleRest(draft, final);
      if (final.status === "ok" || final.status === "warnings") raisePercent(draft, 100);
      draft.rate = null;
      setStep(draft, "ended");
    },
    read: () => {
      const sums = jobBytes(draft);
      const { guests, current, warnings, archive, archiveSize, ...plain } = draft;
      const target = { percent: shownPercent };
      raisePercent(target, draft.percent);
      raisePercent(target, jobPercent(draft));
      shownPercent = target.percent;
      shownDone = sums.bytesDone === null ? shownDone : Math.max(shownDone ?? 0, sums.bytesDone);
      const busy = draft.operation === "vzdump" && current?.status === "running" ? current : null;
      return {
        ...plain,
        ...sums,
        bytesDone: shownDone,
        percent: shownPercent,
        rate: busy ? busy.rate : plain.rate,
        elapsedSeconds: busy ? busy.elapsedSeconds : plain.elapsedSeconds,
        guests: [...guests].map(([vmid, guest]) => toGuest(guest, vmid)),
        currentVmid: final === null ? (current?.vmid ?? null) : null,
        warnings: [...warnings],
        archive: busy?.archive ?? archive,
        archiveSize,
        final,
      };
    },
  };
}
