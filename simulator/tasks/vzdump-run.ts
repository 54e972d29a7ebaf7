import { holds } from "../behaviours.ts";
import { archiveFormat, archiveName, archivePath, clientCommand, tarCommand } from "../logs/archive.ts";
import { NOTIFIED, sectionBasics } from "../logs/recipe.ts";
import type { Section } from "../logs/spec.ts";
import { guestSection, jobLine } from "../logs/vzdump.ts";
import { profileOf } from "../profiles/pve.ts";
import { createRandom } from "../random.ts";
import {
  keepsAll,
  keepSum,
  markBackups,
  parsePruneRule,
  pruneRuleText,
  type PruneRule,
} from "../retention.ts";
import { clientOf, depotOf } from "../depots.ts";
import { has } from "../access/rights.ts";
import { stamp } from "../format.ts";
import { backupsOn, guestOf, storageOf, usageKey, volidOf, wordOf, type State } from "../state.ts";
import type { BackupVolume, Guest, Storage } from "../world.ts";
import type { Step, Task } from "./task.ts";

const LOCK_FILE = "/var/run/vzdump.lock";
/** lockwait of vzdump.conf, in minutes. */
const LOCKWAIT_MINUTES = 180;
const EXTENSIONS: Readonly<Record<string, string>> = {
  "0": "",
  "1": "lzo",
  gzip: "gz",
  lzo: "lzo",
  zstd: "zst",
};
const MAX_PROTECTED = 5;
const NOTES_PROBLEM = "proxmox-backup-client failed: Error: http request timed out";

function lockTaken(state: State, task: Task): boolean {
  const others = state.tasks.some(
    (other) =>
      other !== task &&
      other.node === task.node &&
      other.run !== null &&
      other.exit === null &&
      !other.waiting,
  );
  return others || state.settings.heldLocks.includes(task.node);
}

/** Takes the node's vzdump lock or begins to wait for it. The job line, and any trace in it, appears only once the lock is held. */
export function acquireLock(state: State, task: Task, at: number): void {
  if (!lockTaken(state, task) || !holds(state, "P3")) {
    begin(state, task, at);
    return;
  }
  task.waiting = true;
  task.lines.push("INFO: trying to get global lock - waiting...");
  const minutes = Number(task.run?.params["lockwait"] ?? LOCKWAIT_MINUTES);
  const text = `can't acquire lock '${LOCK_FILE}' - got timeout`;
  task.pending = [
    { at: at + minutes * 60_000, line: `ERROR: ${text}` },
    { at: at + minutes * 60_000, effect: { kind: "end", exit: text } },
  ];
}

/** Lets the task that has waited longest have the lock. */
export function wakeWaiting(state: State, node: string, at: number): void {
  const next = state.tasks.find((task) => task.node === node && task.waiting && task.exit === null);
  if (!next || lockTaken(state, next)) return;
  next.waiting = false;
  next.lines.push("INFO: got global lock");
  begin(state, next, at);
}

function begin(state: State, task: Task, at: number): void {
  const run = task.run;
  if (!run) return;
  const storage = storageOf(state.world, run.storage);
  const problem = storage
    ? (storage.broken ?? (storage.enabled ? null : `storage '${run.storage}' is disabled`))
    : `storage '${run.storage}' does not exist`;
  if (problem !== null) {
    const verb = storage?.enabled ? "could not activate storage" : "could not get storage information for";
    task.pending = [{ at: at + 200, effect: { kind: "end", exit: `${verb} '${run.storage}': ${problem}` } }];
    return;
  }
  task.pending = [
    { at, line: jobLine({ ...run.params, node: task.node }) },
    { at, effect: { kind: "next-guest" } },
  ];
}

/** The rule that counts for a run: its own, else the storage's. */
function ruleOf(task: Task, storage: Storage): PruneRule | null {
  const given = task.run?.params["prune-backups"];
  return typeof given === "string" ? parsePruneRule(given) : storage.prune;
}

/** Why vzdump does not even begin with a guest; null when it does. */
function refusal(state: State, task: Task, storage: Storage, guest: Guest): string | null {
  const params = task.run?.params ?? {};
  const copies = backupsOn(state.world, storage, task.node).filter(
    (backup) => backup.vmid === guest.vmid && backup.subtype === guest.type,
  );
  const limit =
    params["remove"] === false && params["protected"] !== true ? keepSum(ruleOf(task, storage)) : 0;
  if (limit > 0 && copies.filter((backup) => !backup.protected).length >= limit) {
    return `There is a max backup limit of ${limit} enforced by the target storage or the vzdump parameters. Either increase the limit or delete old backup(s).`;
  }
  if (params["protected"] !== true) return null;
  const unlimited = has(state.world, task.user, `/storage/${storage.storage}`, ["Datastore.Allocate"]);
  const most = storage.maxProtected ?? (unlimited ? -1 : MAX_PROTECTED);
  if (most < 0 || copies.filter((backup) => backup.protected).length < most) return null;
  return `The number of protected backups per guest is limited to ${most} on storage '${storage.storage}'`;
}

function failedSteps(
  state: State,
  at: number,
  vmid: number,
  reason: string,
  before: readonly string[],
): readonly Step[] {
  const failedAt = stamp(state.clock.secondsAt(at), state.world.timeZone);
  const lines = [...before, `ERROR: Backup of VM ${vmid} failed - ${reason}`, `INFO: Failed at ${failedAt}`];
  return [...lines.map((line) => ({ at, line })), { at, effect: { kind: "next-guest" as const } }];
}

/** Goes on with the next guest of a run, or ends it. */
export function nextGuest(state: State, task: Task, at: number): void {
  const run = task.run;
  const storage = run ? storageOf(state.world, run.storage) : undefined;
  if (!run || !storage) return;
  depotOf(state, run.storage)?.abandon(clientOf(state, task.upid));
  const vmid = run.guests.shift();
  run.current = vmid ?? null;
  if (vmid === undefined) {
    task.pending = endSteps(state, run.failed && holds(state, "P5"), at);
    return;
  }
  const guest = guestOf(state.world, vmid);
  if (!guest || guest.node !== task.node) {
    run.failed = true;
    task.pending = [...failedSteps(state, at, vmid, `unable to find VM '${vmid}'`, [])];
    return;
  }
  task.pending = [...guestSteps(state, task, storage, guest, at)];
}

function endSteps(state: State, failed: boolean, at: number): Step[] {
  const { notified } = profileOf(state.world.version).habits;
  return [
    { at, line: failed ? "INFO: Backup job finished with errors" : "INFO: Backup job finished successfully" },
    ...(notified ? [{ at: at + 100, line: NOTIFIED }] : []),
    { at: at + 100, effect: { kind: "end", exit: failed ? "job errors" : "OK" } },
  ];
}

function guestSteps(state: State, task: Task, storage: Storage, guest: Guest, at: number): readonly Step[] {
  const run = task.run;
  if (!run) return [];
  const refused = refusal(state, task, storage, guest);
  if (refused !== null) {
    run.failed = true;
    return failedSteps(state, at, guest.vmid, refused, []);
  }
  if (guest.lock !== null) {
    run.failed = true;
    const reason = `${wordOf(guest)} is locked (${guest.lock})`;
    return failedSteps(state, at, guest.vmid, reason, beginLines(state, guest, at));
  }
  const denied = depotOf(state, storage.storage)?.refusal({ vmid: guest.vmid, subtype: guest.type }) ?? null;
  if (denied !== null) {
    run.failed = true;
    const reason = `backup connect failed: command error: ${denied}`;
    return failedSteps(state, at, guest.vmid, reason, beginLines(state, guest, at));
  }
  const usage = storage.usage[usageKey(storage, task.node)];
  if (usage && usage.used >= usage.total) {
    run.failed = true;
    return fullSteps(state, storage, guest, at);
  }
  return sectionSteps(state, task, storage, structuredClone(guest), at);
}

/** What a guest's section begins with, whatever becomes of it. */
function beginLines(state: State, guest: Guest, at: number): readonly string[] {
  return [
    `INFO: Starting Backup of VM ${guest.vmid} (${guest.type})`,
    `INFO: Backup started at ${stamp(state.clock.secondsAt(at), state.world.timeZone)}`,
    `INFO: status = ${guest.status === "stopped" ? "stopped" : "running"}`,
  ];
}

/** No room is left: the archive is begun and the first block of it fails (seen on PVE 9.2; on a Backup Server as its client says it). */
function fullSteps(state: State, storage: Storage, guest: Guest, at: number): readonly Step[] {
  const seconds = state.clock.secondsAt(at);
  const before = beginLines(state, guest, at);
  if (storage.type === "pbs") {
    const reason =
      "backup write data failed: command error: write_data upload error: pipelined request failed: No space left on device (os error 28)";
    return failedSteps(state, at, guest.vmid, reason, before);
  }
  const name = archiveName(storage, guest.type, guest.vmid, seconds, state.world.timeZone, "zst");
  const path = archivePath(storage, name);
  const reason =
    guest.type === "qemu"
      ? "vma_queue_write: write error - Broken pipe"
      : `command '${tarCommand(path, "zst", 0)}' failed: exit code 70`;
  return failedSteps(state, at, guest.vmid, reason, [
    ...before,
    `INFO: creating vzdump archive '${path}'`,
    "INFO: zstd: error 70 : Write error : cannot write block : No space left on device ",
  ]);
}

function templateNotes(template: unknown, guest: Guest, state: State): string | null {
  if (typeof template !== "string") return null;
  const values: Readonly<Record<string, string>> = {
    cluster: state.world.cluster ?? "standalone node",
    guestname: guest.name,
    node: guest.node,
    vmid: String(guest.vmid),
  };
  const filled = template.replaceAll(
    /\{\{([^}]+)\}\}/g,
    (whole, name: string) => values[name.trim()] ?? whole,
  );
  return filled.replaceAll(/\\(n|\\)/g, (_, letter: string) => (letter === "n" ? "\n" : "\\"));
}

/** Where the copy that is being made will stand, and what a retention rule takes away for it. */
function pruned(
  state: State,
  task: Task,
  storage: Storage,
  backup: BackupVolume,
): { readonly text: string; readonly removed: readonly string[] } | null {
  const rule = ruleOf(task, storage);
  if (task.run?.params["remove"] === false || rule === null || keepsAll(rule)) return null;
  const others = backupsOn(state.world, storage, task.node).filter(
    (one) => one.vmid === backup.vmid && one.subtype === backup.subtype,
  );
  const marks = markBackups([...others, backup], rule, state.world.timeZone);
  const removed = [...marks].filter(([, mark]) => mark === "remove").map(([one]) => volidOf(one));
  return { text: pruneRuleText(rule, ", "), removed: removed.toSorted() };
}

/** Fast task time can bring two backups of a guest into one second, which a real server never sees: the later one moves on. */
function freeSecond(copies: readonly BackupVolume[], seconds: number): number {
  let free = seconds;
  while (copies.some((copy) => copy.ctime === free)) free += 1;
  return free;
}

function sectionSteps(state: State, task: Task, storage: Storage, guest: Guest, at: number): readonly Step[] {
  const run = task.run;
  if (!run) return [];
  const params = run.params;
  const extension = storage.type === "pbs" ? "" : (EXTENSIONS[String(params["compress"] ?? "0")] ?? "");
  const previous = backupsOn(state.world, storage, task.node).filter(
    (one) => one.vmid === guest.vmid && one.subtype === guest.type,
  );
  const seconds = freeSecond(previous, state.clock.secondsAt(at));
  const wanted = templateNotes(params["notes-template"], guest, state);
  const noteless = wanted !== null && state.settings.noteless.includes(storage.storage);
  const notes = noteless ? null : wanted;
  if (noteless && !holds(state, "P6")) {
    run.failed = true;
    return failedSteps(state, at, guest.vmid, NOTES_PROBLEM, []);
  }
  const backup: BackupVolume = {
    storage: storage.storage,
    node: storage.shared ? null : task.node,
    name: archiveName(storage, guest.type, guest.vmid, seconds, state.world.timeZone, extension),
    vmid: guest.vmid,
    subtype: guest.type,
    ctime: seconds,
    format: archiveFormat(storage, guest.type, extension),
    size: 0,
    notes,
    protected: params["protected"] === true,
    verification: null,
    encrypted: null,
    guest,
    truncated: false,
  };
  const prune = pruned(state, task, storage, backup);
  const section = guestSection({
    ...sectionBasics(state.world, guest, storage.storage),
    node: task.node,
    mode: (params["mode"] as "snapshot" | "suspend" | "stop" | undefined) ?? "snapshot",
    extension,
    bwlimit: Number(params["bwlimit"] ?? 0),
    notes: wanted !== null && wanted !== "",
    notesProblem: noteless ? NOTES_PROBLEM : null,
    protect: backup.protected,
    prune,
    bitmap: guest.bitmaps.includes(storage.storage),
    previous: previous.length > 0,
    random: createRandom(state.seed + guest.vmid * 7919 + task.pid),
    secondsAt: (moment) => Math.max(seconds, state.clock.secondsAt(at + moment)),
  });
  const path = archivePath(storage, backup.name);
  const command =
    storage.type === "pbs"
      ? clientCommand(storage, guest.vmid, seconds, "/mnt/vzsnap0")
      : tarCommand(path, extension, Number(params["bwlimit"] ?? 0));
  run.interrupted =
    guest.type === "qemu" ? "interrupted by signal" : `command '${command}' failed: interrupted by signal`;
  if (section.failed) run.failed = true;
  return withEffects(section, { ...backup, size: section.size }, prune?.removed ?? [], at);
}

/** Lines and effects of a section on the task's own clock. A line and an effect of the same moment keep this order: effect last. */
function withEffects(
  section: Section,
  backup: BackupVolume,
  removed: readonly string[],
  at: number,
): readonly Step[] {
  const { vmid, storage } = backup;
  const steps: Step[] = section.lines.map((one) => ({ at: at + one.at, line: one.line }));
  steps.unshift(
    { at, effect: { kind: "lock", vmid, lock: "backup" } },
    { at, effect: { kind: "depot-begin", backup } },
  );
  if (section.away) {
    const { from, to, status } = section.away;
    steps.push({ at: at + from, effect: { kind: "power", vmid, status } });
    steps.push({ at: at + to, effect: { kind: "power", vmid, status: "running" } });
  }
  if (section.savedAt !== null) {
    const saved = at + section.savedAt;
    steps.push({ at: saved, effect: { kind: "backup-add", backup } });
    if (backup.format === "pbs-vm") steps.push({ at: saved, effect: { kind: "bitmap", vmid, storage } });
    for (const volid of removed)
      steps.push({ at: at + section.end, effect: { kind: "backup-remove", volid } });
  }
  const end = at + section.end;
  steps.push({ at: end, effect: { kind: "lock", vmid, lock: null } });
  steps.push({ at: end, effect: { kind: "next-guest" } });
  return steps.toSorted((left, right) => left.at - right.at);
}
