import type { GuestProgress, StepCode } from "../../shared/progress.ts";
import type { Draft, GuestDraft } from "./draft.ts";
import {
  currentGuest,
  guestOf,
  identify,
  LIMITS,
  newGuest,
  raisePercent,
  setStep,
  settle,
  shorten,
} from "./draft.ts";
import { saysAborted } from "./exit.ts";
import type { Line } from "./line.ts";
import { parseNodeTime } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { parseBytes, parseClock, parseVmid } from "./units.ts";
import { readCommandLine } from "./vzdump-command.ts";
import { createVzdumpDataRules } from "./vzdump-data.ts";

/** Lines that tell no more than what is being done. */
const STEPS: readonly (readonly [starts: string, code: StepCode])[] = [
  ["Backup job finished ", "finishing"],
  ["status = ", "preparing"],
  ["stopping virtual guest", "stopping-guest"],
  ["suspending guest", "suspending-guest"],
  ["suspend vm", "suspending-guest"],
  ["resuming guest", "resuming-guest"],
  ["resume vm", "resuming-guest"],
  ["restarting vm", "resuming-guest"],
  ["starting kvm to execute backup task", "starting-guest"],
  ["stopping kvm after backup task", "cleaning-up"],
  ["issuing guest-agent 'fs-freeze'", "freezing-guest"],
  ["create storage snapshot ", "snapshotting"],
  ["cleanup temporary 'vzdump' snapshot", "cleaning-up"],
  ["remove vzdump snapshot", "cleaning-up"],
  ["starting first sync ", "first-sync"],
  ["starting final sync ", "final-sync"],
  ["started backup task ", "copying"],
  ["starting template backup", "copying"],
  ["starting diskless backup", "copying"],
  ["aborting backup job", "aborting"],
  ["Upload directory ", "uploading"],
  ["Waiting for server to finish backup validation", "validating"],
  ["adding notes to backup", "adding-notes"],
  ["marking backup as protected", "protecting"],
  ["prune older backups with retention", "pruning"],
  ["delete old backup ", "pruning"],
];

function beginGuest(draft: Draft, vmid: number | null, type: GuestProgress["type"], line: Line): void {
  if (vmid === null || draft.current?.vmid === vmid) return;
  const guest = guestOf(draft, vmid, type);
  draft.waitingForLock = false;
  draft.current = guest?.status === "running" ? guest : newGuest(null, type);
  draft.current.startedAt = line.at;
  setStep(draft, "preparing", { vmid });
}

function archiveOf(path: string): { vmid: number | null; type: GuestProgress["type"] } {
  const match = /(?:^|\/)vzdump-(qemu|lxc)-(\d+)-|^(vm|ct)\/(\d+)\//.exec(path);
  if (!match) return { vmid: null, type: null };
  const type = match[1] === "qemu" || match[3] === "vm" ? "qemu" : "lxc";
  return { vmid: parseVmid(match[2] ?? match[4]), type };
}

function tellArchive(draft: Draft, path: string | undefined): void {
  if (path === undefined) return;
  const { vmid, type } = archiveOf(path);
  identify(draft, vmid, type);
  const guest = currentGuest(draft);
  if (guest.status !== "running") return;
  guest.archive = path;
  guest.type ??= type;
  draft.archive = path;
  setStep(draft, guest.type === "lxc" ? "archiving" : "preparing");
}

const DAY = 86_400;

/** Null when a clock was set back. Stamps without a year all lie in one, a leap year: a far step back is New Year's Eve. */
function secondsBetween(start: number | null, end: number | null): number | null {
  if (start === null || end === null) return null;
  const seconds = end < start - 300 * DAY ? end + 366 * DAY - start : end - start;
  return seconds < 0 ? null : seconds;
}

/** Reads the lines of vzdump, of all generations: the job's own, a VM's, a container's and those of the backup client. */
export function createVzdumpReader(draft: Draft): (line: Line) => void {
  let last: GuestDraft | null = null;
  /** An error of several lines has the level word on each; it ends with the next line of another level. */
  let errorOf: GuestDraft | null = null;
  /** The latest error of the guest at work: some verdicts only point at it (`error pruning backups - check log`). */
  let lastError: string | null = null;
  const data = createVzdumpDataRules(draft);
  let firstAt: number | null = null;
  let skipped: readonly number[] = [];
  let asked: readonly number[] | null = null;

  const setMode = (mode: string | undefined): void => {
    if (mode === "snapshot" || mode === "suspend" || mode === "stop") currentGuest(draft).mode = mode;
  };
  const expect = (): void => {
    if (asked !== null) draft.guestsExpected = asked.filter((vmid) => !skipped.includes(vmid)).length;
  };
  const exclude = (what: string | undefined): void => {
    const { excluded } = currentGuest(draft);
    if (what !== undefined && excluded.length < LIMITS.excluded && !excluded.includes(what))
      excluded.push(what);
  };
  const finish = (guest: GuestDraft | null, line: Line, seconds: number | null): void => {
    if (!guest) return;
    guest.durationSeconds ??= seconds ?? secondsBetween(guest.startedAt, line.at);
    guest.rate = null;
    last = guest;
    if (draft.current === guest || (draft.current?.vmid ?? null) === null) draft.current = null;
    data.nextGuest();
  };
  const endTime = (at: number | null): void => {
    if (last !== null) last.durationSeconds ??= secondsBetween(last.startedAt, at);
    draft.durationSeconds = secondsBetween(firstAt, at) ?? draft.durationSeconds;
  };

  const rules: readonly Rule[] = [
    [
      "starting new backup job: ",
      null,
      (_, line) => {
        const command = readCommandLine(line.text.slice("starting new backup job: ".length));
        draft.waitingForLock = false;
        if (draft.commandLine !== null) return;
        draft.commandLine = command.text;
        // What the caller knows stands: the server leaves guests out without a word.
        asked = draft.guestsExpected === null ? command.vmids : null;
        expect();
      },
    ],
    [
      "skip external VMs: ",
      null,
      (_, line) => {
        skipped = (line.text.match(/\d+/g) ?? []).slice(0, LIMITS.guests).map(Number);
        expect();
        for (const vmid of skipped) {
          const guest = parseVmid(String(vmid)) === null ? null : guestOf(draft, vmid, null);
          if (guest) settle(guest, "skipped");
        }
      },
    ],
    [
      "trying to get global lock - waiting",
      null,
      () => {
        draft.waitingForLock = true;
        setStep(draft, "waiting-for-lock");
      },
    ],
    [
      "got global lock",
      null,
      () => {
        draft.waitingForLock = false;
        setStep(draft, "starting");
      },
    ],
    [
      "can't acquire lock ",
      null,
      (_, line) => {
        draft.waitingForLock = false;
        draft.error ??= shorten(line.text);
      },
    ],
    [
      "Starting Backup of VM ",
      /^(\d+) \((qemu|lxc)\)$/,
      ([, vmid, type], line) => {
        data.nextGuest();
        lastError = null;
        firstAt ??= line.at;
        beginGuest(draft, parseVmid(vmid), type === "lxc" ? "lxc" : "qemu", line);
      },
    ],
    [
      "Backup started at ",
      null,
      (_, line) => {
        const at = parseNodeTime(line.text.slice("Backup started at ".length));
        const guest = currentGuest(draft);
        guest.startedAt ??= at;
        firstAt ??= at;
      },
    ],
    [
      "Finished Backup of VM ",
      /^(\d+) \((\d+:\d\d:\d\d)\)$/,
      ([, id, clock], line) => {
        const vmid = parseVmid(id);
        // Without vzdump's own prefix some tool printed it: no proof of a backup.
        if (vmid === null || line.level !== "info") return;
        if (!draft.guests.has(vmid)) identify(draft, vmid, null);
        const guest = guestOf(draft, vmid, null);
        if (guest) {
          settle(guest, "ok");
          if (guest.percent !== null) raisePercent(guest, 100);
        }
        finish(guest, line, parseClock(clock));
        draft.durationSeconds =
          secondsBetween(firstAt, line.at) ?? draft.durationSeconds ?? guest?.durationSeconds ?? null;
        setStep(draft, "guest-finished", { vmid });
      },
    ],
    [
      "Backup finished at ",
      null,
      (_, line) => endTime(parseNodeTime(line.text.slice("Backup finished at ".length))),
    ],
    ["Failed at ", null, (_, line) => endTime(parseNodeTime(line.text.slice("Failed at ".length)))],
    [
      "Backup of VM ",
      /^(\d+) failed - (.*)$/,
      ([, id, reason = ""], line) => {
        const vmid = parseVmid(id);
        if (vmid === null || line.level !== "error") return;
        if (!draft.guests.has(vmid) && (draft.current?.vmid ?? null) === null) identify(draft, vmid, null);
        const guest = guestOf(draft, vmid, null);
        if (guest) {
          const pointed = reason.endsWith("check log") ? lastError : null;
          guest.error ??= shorten(pointed === null ? reason : `${reason}\n${pointed}`);
          settle(guest, saysAborted(reason) ? "aborted" : "failed");
        }
        draft.error ??= shorten(reason);
        finish(guest, line, null);
        draft.durationSeconds = secondsBetween(firstAt, line.at) ?? draft.durationSeconds;
        errorOf = guest;
        setStep(draft, "guest-failed", { vmid });
      },
    ],
    [
      "Backup job failed - ",
      null,
      (_, line) => {
        const reason = line.text.slice("Backup job failed - ".length);
        draft.error ??= shorten(reason);
        if (draft.current !== null) {
          draft.current.error ??= shorten(reason);
          settle(draft.current, saysAborted(reason) ? "aborted" : "failed");
          finish(draft.current, line, null);
        }
        setStep(draft, "finishing");
      },
    ],
    ["backup mode: ", /^(\w+)$/, ([, mode]) => setMode(mode)],
    ["VM Name: ", /^(.+)$/, ([, name = ""]) => tellName("qemu", name)],
    ["CT Name: ", /^(.+)$/, ([, name = ""]) => tellName("lxc", name)],
    ["exclude disk '", /^([^']+)'/, ([, disk]) => exclude(disk)],
    ["excluding ", /^\w+ mount point (\S+) \(/, ([, mount]) => exclude(mount)],
    [
      "creating ",
      /^(?:vzdump |Proxmox Backup Server |[\w .-]{1,80} )?archive '([^']+)'$/,
      ([, path]) => tellArchive(draft, path),
    ],
    [
      "Starting backup: ",
      /^(?:\[[^\]]*\]:)?((?:ct|vm)\/(\d+)\/\S+)$/,
      ([, path, id]) => {
        identify(draft, parseVmid(id), path?.startsWith("vm/") ? "qemu" : "lxc");
        setStep(draft, "uploading");
      },
    ],
    [
      "running 'proxmox-backup-client prune' for '",
      /^(vm|ct)\/(\d+)'/,
      ([, kind, id]) => identify(draft, parseVmid(id), kind === "vm" ? "qemu" : "lxc"),
    ],
    [
      "archive file size: ",
      /^((\d+(?:\.\d+)?)(?:[KMGT]?B))$/,
      ([, text = ""]) => {
        const guest = currentGuest(draft);
        guest.archiveSizeText = text;
        guest.archiveSize = parseBytes(text);
        draft.archiveSize = guest.archiveSize;
      },
    ],
    ...data.rules,
    ...STEPS.map(([starts, code]): Rule => [starts, null, () => setStep(draft, code)]),
  ];

  function tellName(type: "qemu" | "lxc", name: string): void {
    const guest = currentGuest(draft);
    guest.name ??= shorten(name);
    guest.type ??= type;
  }

  const match = createMatcher(rules);
  return (line) => {
    if (errorOf !== null && line.level === "error" && !line.text.startsWith("Backup ")) {
      if (line.text !== "" && errorOf.error !== null)
        errorOf.error = shorten(`${errorOf.error}\n${line.text}`);
      return;
    }
    errorOf = null;
    if (!match(line) && line.level === "error" && line.text !== "") lastError = line.text;
  };
}
