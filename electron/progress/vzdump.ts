import type { GuestProgress } from "../../shared/progress.ts";
import type { Draft, GuestDraft } from "./draft.ts";
import {
  currentGuest,
  guestOf,
  identify,
  LIMITS,
  newGuest,
  notePercent,
  raiseBytes,
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
import { BYTES, DURATION, parseBytes, parseClock, parseCount, parseDuration, parseVmid } from "./units.ts";
import { readCommandLine } from "./vzdump-command.ts";

const SPEED = String.raw`(?:${BYTES}|0 B)/s`;
const PROGRESS = new RegExp(
  String.raw`^(\d+)% \((${BYTES}) of (${BYTES})\) in\s+(${DURATION}), read: (${SPEED}), write: ${SPEED}`,
);
const STATUS_UNITS = new RegExp(
  String.raw`^(\d+)% \((${BYTES}) of (${BYTES})\), duration (\d+), read: (${SPEED}), write: ${SPEED}`,
);
const STATUS_BYTES = /^(\d+)% \((\d+)\/(\d+)\),(?: sparse \d+% \(\d+\),)? duration (\d+),(?: read\/write)? (\d+)\/\d+ MB\/s/;
const UPLOADED = new RegExp(
  String.raw`^[\w.-]+: had to (?:backup|upload) (?:${BYTES}) of (${BYTES}) (?:\(compressed ${BYTES}\) )?in (\d+(?:\.\d+)?) ?s`,
);
const REUSED = new RegExp(String.raw`reused (${BYTES}) \((\d+(?:\.\d+)?)%\)`);
const PROCESSED = new RegExp(String.raw`^(${BYTES}) in (${DURATION}), uploaded ${BYTES}`);

const withoutPerSecond = (speed: string | undefined): number | null => parseBytes(speed?.replace(/\/s$/, ""));

/** Fills in the guest at work from one progress figure. */
function tellData(
  draft: Draft,
  told: {
    percent: number | null;
    done: number | null;
    total: number | null;
    exact: boolean;
    elapsed: number | null;
    rate: number | null;
  },
): void {
  const guest = currentGuest(draft);
  if (guest.status !== "running") return;
  guest.type ??= told.percent === null ? null : "qemu";
  notePercent(draft, told.percent);
  raisePercent(guest, told.percent);
  const before = { done: guest.bytesDone, elapsed: guest.elapsedSeconds };
  raiseBytes(guest, told.done, told.total, told.exact);
  if (told.elapsed !== null) guest.elapsedSeconds = Math.max(guest.elapsedSeconds ?? 0, told.elapsed);
  guest.rate = told.rate ?? rateBetween(before, guest);
  setStep(draft, "copying");
}

function rateBetween(before: { done: number | null; elapsed: number | null }, guest: GuestDraft): number | null {
  const seconds = (guest.elapsedSeconds ?? 0) - (before.elapsed ?? 0);
  return seconds > 0 && guest.bytesDone !== null ? (guest.bytesDone - (before.done ?? 0)) / seconds : null;
}

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

const secondsBetween = (start: number | null, end: number | null): number | null =>
  start === null || end === null || end < start ? null : end - start;

/** Reads the lines of vzdump, of all generations: the job's own, a VM's, a container's and those of the backup client. */
export function createVzdumpReader(draft: Draft): (line: Line) => void {
  let last: GuestDraft | null = null;
  /** An error of several lines has the level word on each; it ends with the next line of another level. */
  let errorOf: GuestDraft | null = null;
  let clientBytes = 0;
  let firstAt: number | null = null;
  let skipped: readonly number[] = [];
  let asked: readonly number[] | null = null;

  const step = (code: Parameters<typeof setStep>[1]) => (): void => setStep(draft, code);
  const setMode = (mode: string | undefined): void => {
    if (mode === "snapshot" || mode === "suspend" || mode === "stop") currentGuest(draft).mode = mode;
  };
  const expect = (): void => {
    if (asked !== null) draft.guestsExpected = asked.filter((vmid) => !skipped.includes(vmid)).length;
  };
  const exclude = (what: string | undefined): void => {
    const { excluded } = currentGuest(draft);
    if (what !== undefined && excluded.length < LIMITS.excluded && !excluded.includes(what)) excluded.push(what);
  };
  const finish = (guest: GuestDraft | null, line: Line, seconds: number | null): void => {
    if (!guest) return;
    guest.durationSeconds ??= seconds ?? secondsBetween(guest.startedAt, line.at);
    guest.rate = null;
    last = guest;
    if (draft.current === guest || draft.current?.vmid == null) draft.current = null;
    clientBytes = 0;
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
        asked = command.vmids;
        if (draft.guestsExpected === null) expect();
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
        clientBytes = 0;
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
        if (vmid === null) return;
        if (!draft.guests.has(vmid)) identify(draft, vmid, null);
        const guest = guestOf(draft, vmid, null);
        if (guest) {
          settle(guest, "ok");
          if (guest.percent !== null) raisePercent(guest, 100);
        }
        finish(guest, line, parseClock(clock));
        draft.durationSeconds = secondsBetween(firstAt, line.at) ?? draft.durationSeconds ?? guest?.durationSeconds ?? null;
        setStep(draft, "guest-finished", { vmid });
      },
    ],
    ["Backup finished at ", null, (_, line) => endTime(parseNodeTime(line.text.slice("Backup finished at ".length)))],
    ["Failed at ", null, (_, line) => endTime(parseNodeTime(line.text.slice("Failed at ".length)))],
    [
      "Backup of VM ",
      /^(\d+) failed - (.*)$/,
      ([, id, reason = ""], line) => {
        const vmid = parseVmid(id);
        if (vmid === null || line.level === "info") return;
        if (!draft.guests.has(vmid) && draft.current?.vmid == null) identify(draft, vmid, null);
        const guest = guestOf(draft, vmid, null);
        if (guest) {
          guest.error ??= shorten(reason);
          settle(guest, saysAborted(reason) ? "aborted" : "failed");
        }
        draft.error ??= shorten(reason);
        finish(guest, line, null);
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
    ["Backup job finished ", null, step("finishing")],
    ["status = ", null, step("preparing")],
    ["backup mode: ", /^(\w+)$/, ([, mode]) => setMode(mode)],
    ["VM Name: ", /^(.+)$/, ([, name = ""]) => tellName("qemu", name)],
    ["CT Name: ", /^(.+)$/, ([, name = ""]) => tellName("lxc", name)],
    ["exclude disk '", /^([^']+)'/, ([, disk]) => exclude(disk)],
    ["excluding ", /^\w+ mount point (\S+) \(/, ([, mount]) => exclude(mount)],
    ["stopping virtual guest", null, step("stopping-guest")],
    ["suspending guest", null, step("suspending-guest")],
    ["suspend vm", null, step("suspending-guest")],
    ["resuming guest", null, step("resuming-guest")],
    ["resume vm", null, step("resuming-guest")],
    ["restarting vm", null, step("resuming-guest")],
    ["starting kvm to execute backup task", null, step("starting-guest")],
    ["stopping kvm after backup task", null, step("cleaning-up")],
    ["issuing guest-agent 'fs-freeze'", null, step("freezing-guest")],
    ["create storage snapshot ", null, step("snapshotting")],
    ["cleanup temporary 'vzdump' snapshot", null, step("cleaning-up")],
    ["remove vzdump snapshot", null, step("cleaning-up")],
    ["starting first sync ", null, step("first-sync")],
    ["starting final sync ", null, step("final-sync")],
    ["started backup task ", null, step("copying")],
    ["starting template backup", null, step("copying")],
    ["starting diskless backup", null, step("copying")],
    ["aborting backup job", null, step("aborting")],
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
    ["Upload directory ", null, step("uploading")],
    ["using fast incremental mode (dirty-bitmap)", null, step("copying")],
    ["Waiting for server to finish backup validation", null, step("validating")],
    ["adding notes to backup", null, step("adding-notes")],
    ["marking backup as protected", null, step("protecting")],
    ["prune older backups with retention", null, step("pruning")],
    ["delete old backup ", null, step("pruning")],
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
    [
      "Total bytes written: ",
      /^(\d+) \(/,
      ([, count]) => {
        const bytes = parseCount(count);
        tellData(draft, {
          percent: null,
          done: bytes,
          total: bytes,
          exact: true,
          elapsed: null,
          rate: null,
        });
        currentGuest(draft).type ??= "lxc";
      },
    ],
    [
      "processed ",
      PROCESSED,
      ([, done, elapsed]) => {
        tellData(draft, {
          percent: null,
          done: parseBytes(done),
          total: null,
          exact: false,
          elapsed: parseDuration(elapsed),
          rate: null,
        });
        setStep(draft, "uploading");
      },
    ],
    ["backup was done incrementally, ", REUSED, ([, bytes, percent]) => tellReuse(bytes, percent)],
    [
      "transferred ",
      new RegExp(String.raw`^(${BYTES}|\d+ MB) in (?:(\d+)|<1) seconds`),
      ([, bytes, elapsed]) => {
        const done = parseBytes(bytes);
        tellData(draft, {
          percent: null,
          done,
          total: null,
          exact: false,
          elapsed: parseCount(elapsed),
          rate: null,
        });
        setStep(draft, "finishing");
      },
    ],
    [
      "status: ",
      STATUS_BYTES,
      ([, percent, done, total, elapsed, read]) => {
        const rate = parseCount(read);
        tellData(draft, {
          percent: parseCount(percent),
          done: parseCount(done),
          total: parseCount(total),
          exact: true,
          elapsed: parseCount(elapsed),
          rate: rate === null ? null : rate * 1_000_000,
        });
      },
    ],
    [
      "status: ",
      STATUS_UNITS,
      ([, percent, done, total, elapsed, read]) => tellUnits(percent, done, total, parseCount(elapsed), read),
    ],
    [
      "progress ",
      /^(\d+)% (\d+)\/(\d+) \d+$/,
      ([, percent, done, total]) =>
        tellData(draft, {
          percent: parseCount(percent),
          done: parseCount(done),
          total: parseCount(total),
          exact: true,
          elapsed: null,
          rate: null,
        }),
    ],
    ["", PROGRESS, ([, percent, done, total, elapsed, read]) => tellUnits(percent, done, total, parseDuration(elapsed), read)],
    [
      "",
      UPLOADED,
      ([, total, elapsed]) => {
        clientBytes += parseBytes(total) ?? 0;
        const seconds = Math.floor(Number(elapsed));
        tellData(draft, {
          percent: null,
          done: clientBytes,
          total: null,
          exact: false,
          elapsed: parseCount(String(seconds)),
          rate: null,
        });
        currentGuest(draft).type ??= "lxc";
        setStep(draft, "uploading");
      },
    ],
    [
      "",
      /^[\w.-]+: backup was done incrementally, reused (.+) \((\d+(?:\.\d+)?)%\)$/,
      ([, bytes, percent]) => tellReuse(bytes, percent),
    ],
  ];

  function tellName(type: "qemu" | "lxc", name: string): void {
    const guest = currentGuest(draft);
    guest.name ??= shorten(name);
    guest.type ??= type;
  }

  function tellUnits(
    percent: string | undefined,
    done: string | undefined,
    total: string | undefined,
    elapsed: number | null,
    read: string | undefined,
  ): void {
    const rate = withoutPerSecond(read);
    tellData(draft, {
      percent: parseCount(percent),
      done: parseBytes(done),
      total: parseBytes(total),
      exact: false,
      elapsed,
      rate,
    });
  }

  /** A container may upload several archives: bytes add up, the percentage is then of all of them. */
  function tellReuse(bytes: string | undefined, percent: string | undefined): void {
    const guest = currentGuest(draft);
    const reused = parseBytes(bytes);
    const several = guest.reusedBytes !== null && clientBytes > 0;
    guest.reusedBytes = (guest.reusedBytes ?? 0) + (reused ?? 0);
    const share = several ? Math.round((guest.reusedBytes / clientBytes) * 1000) / 10 : parseCount(percent);
    guest.reusedPercent = share === null ? null : Math.min(100, share);
  }

  const match = createMatcher(rules);
  return (line) => {
    if (errorOf !== null && line.level === "error" && !line.text.startsWith("Backup ")) {
      if (line.text !== "" && errorOf.error !== null) errorOf.error = shorten(`${errorOf.error}\n${line.text}`);
      return;
    }
    errorOf = null;
    match(line);
  };
}
