import { bytes, configSize, duration, isoStamp, speed } from "../format.ts";
import { archiveName, archivePath } from "./archive.ts";
import { planCopy, type Copy } from "./copy.ts";
import { sayAfterData, sayFailed, sayFinished, sayPriority, sayStart } from "./section-ends.ts";
import type { Section, SectionSpec } from "./spec.ts";
import { createScript, type Script } from "./timeline.ts";

/** qemu-server looks once a second and prints a changed percentage at most every three seconds. */
const LOOK_SECONDS = 1;
const PRINT_SECONDS = 3;

function sayProgress(script: Script, copy: Copy): void {
  const total = bytes(copy.total, 1);
  let [printedAt, printedRead, printedWritten, percent] = [0, 0, 0, 0];
  const line = (second: number): void => {
    const { read, written } = copy.at(second * 1000);
    const share = copy.total === 0 ? 100 : Math.floor((read / copy.total) * 100);
    const done = read >= copy.total;
    if (!done && (share === percent || second - printedAt < PRINT_SECONDS)) return;
    const elapsed = Math.max(1, second - printedAt);
    const speeds = `read: ${speed((read - printedRead) / elapsed)}, write: ${speed((written - printedWritten) / elapsed)}`;
    script.say(
      `INFO: ${String(share).padStart(3)}% (${bytes(read, 1)} of ${total}) in ${duration(second)}, ${speeds}`,
    );
    [printedAt, printedRead, printedWritten, percent] = [second, read, written, share];
  };
  const seconds = Math.max(1, Math.ceil(copy.duration / 1000));
  for (let second = LOOK_SECONDS; second <= seconds; second += LOOK_SECONDS) {
    script.wait(LOOK_SECONDS * 1000);
    line(second);
  }
}

function sayDisks(script: Script, spec: SectionSpec): void {
  for (const disk of spec.guest.disks) {
    script.say(`INFO: include disk '${disk.key}' '${disk.storage}:${disk.volume}' ${configSize(disk.size)}`);
  }
}

function sayArchive(script: Script, spec: SectionSpec): void {
  const seconds = spec.secondsAt(0);
  if (spec.storage.type === "pbs") {
    script.say(`INFO: creating Proxmox Backup Server archive 'vm/${spec.guest.vmid}/${isoStamp(seconds)}'`);
    return;
  }
  const name = archiveName(spec.storage, "qemu", spec.guest.vmid, seconds, spec.timeZone, spec.extension);
  script.say(`INFO: creating vzdump archive '${archivePath(spec.storage, name)}'`);
}

function sayLaunch(script: Script, spec: SectionSpec, running: boolean, resumes: boolean): void {
  const freezes = running && spec.guest.agent;
  if (!running) script.say("INFO: starting kvm to execute backup task");
  if (!running) script.wait(1500);
  if (freezes) script.say("INFO: issuing guest-agent 'fs-freeze' command");
  if (running && !freezes && spec.habits.qmp)
    script.say("INFO: skipping guest filesystem freeze - disabled in VM options");
  if (spec.habits.qmp) script.say("INFO: starting backup via QMP command");
  if (freezes) script.wait(500);
  if (freezes) script.say("INFO: issuing guest-agent 'fs-thaw' command");
  script.say(`INFO: started backup task '${spec.random.uuid()}'`);
  if (resumes) script.say("INFO: resuming VM again");
}

/** Sizes to be copied: all of it, or with a dirty bitmap the part written since the last backup. */
function workOf(spec: SectionSpec): {
  readonly total: number;
  readonly used: number;
  readonly fast: boolean;
} {
  const total = spec.guest.disks.reduce((sum, disk) => sum + disk.size, 0);
  const used = spec.guest.disks.reduce((sum, disk) => sum + disk.used, 0);
  if (spec.storage.type !== "pbs" || !spec.bitmap) return { total, used, fast: false };
  const dirty = Math.max(
    4_194_304,
    Math.floor((used * (0.01 + spec.random.next() * 0.06)) / 4_194_304) * 4_194_304,
  );
  return { total: dirty, used: dirty, fast: true };
}

function sayBitmaps(script: Script, spec: SectionSpec, work: ReturnType<typeof workOf>): void {
  if (spec.storage.type !== "pbs") return;
  const all = spec.guest.disks.reduce((sum, disk) => sum + disk.size, 0);
  for (const disk of spec.guest.disks) {
    const dirty = Math.round((work.total * disk.size) / Math.max(1, all));
    const state = work.fast ? `OK (${bytes(dirty, 1)} of ${bytes(disk.size, 1)} dirty)` : "created new";
    script.say(`INFO: ${disk.key}: dirty-bitmap status: ${state}`);
  }
  if (work.fast)
    script.say(
      `INFO: using fast incremental mode (dirty-bitmap), ${bytes(work.total, 1)} dirty of ${bytes(all, 1)} total`,
    );
}

function saySummary(script: Script, spec: SectionSpec, copy: Copy, reused: number): void {
  const seconds = Math.max(1, Math.ceil(copy.duration / 1000));
  const percent = (part: number): number => (copy.total === 0 ? 0 : Math.floor((part / copy.total) * 100));
  if (spec.storage.type === "pbs") {
    script.say("INFO: Waiting for server to finish backup validation...");
    script.wait(1200);
  }
  if (copy.zeros > 0)
    script.say(`INFO: backup is sparse: ${bytes(copy.zeros, 2)} (${percent(copy.zeros)}%) total zero data`);
  if (spec.storage.type === "pbs")
    script.say(`INFO: backup was done incrementally, reused ${bytes(reused, 2)} (${percent(reused)}%)`);
  script.say(
    `INFO: transferred ${bytes(copy.total, 2)} in ${seconds} seconds (${speed(copy.total / seconds)})`,
  );
}

function diskless(script: Script, spec: SectionSpec): Section {
  const name = archiveName(
    spec.storage,
    "qemu",
    spec.guest.vmid,
    spec.secondsAt(0),
    spec.timeZone,
    spec.extension,
  );
  const path = archivePath(spec.storage, name);
  script.say("INFO: backup contains no disks", "INFO: starting diskless backup");
  if (spec.storage.type !== "pbs") {
    const base = path.replace(/\.vma.*$/, "");
    script.say(
      `INFO: /usr/bin/vma create -v -c ${base}.tmp/qemu-server.conf exec:zstd --threads=1 > ${base}.vma.dat`,
    );
  }
  script.wait(300);
  const savedAt = script.at();
  sayAfterData(script, spec, 700);
  sayFinished(script, spec);
  return { lines: script.lines(), savedAt, away: null, end: script.at(), size: 700, failed: false };
}

/** A VM that does not go down when asked makes a backup in stop mode fail (seen on PVE 9.2). */
function stopRefused(script: Script, spec: SectionSpec): Section {
  script.say("INFO: stopping virtual guest");
  script.wait(600_000);
  script.say("INFO: VM quit/powerdown failed - got timeout");
  sayFailed(
    script,
    spec,
    `command 'qm shutdown ${spec.guest.vmid} --skiplock --keepActive --timeout 600' failed: exit code 255`,
  );
  return { lines: script.lines(), savedAt: null, away: null, end: script.at(), size: 0, failed: true };
}

/** In suspend mode the VM sleeps while it is copied, in stop mode it is down until QEMU runs again for the backup. */
function absence(running: boolean, mode: SectionSpec["mode"], from: number, to: number): Section["away"] {
  if (!running || mode === "snapshot") return null;
  return { from, to, status: mode === "suspend" ? "paused" : "stopped" };
}

/** The section of one VM in a vzdump log (qemu-server, PVE/VZDump/QemuServer.pm; wording of PVE 9.2). */
export function qemuSection(spec: SectionSpec): Section {
  const script = createScript();
  const running = spec.guest.status !== "stopped" && !spec.guest.template;
  const mode = running ? spec.mode : "stop";
  sayStart(script, spec);
  if (mode === "snapshot") {
    script.say(`INFO: VM Name: ${spec.guest.name}`);
    sayDisks(script, spec);
    sayPriority(script, spec, mode);
  } else {
    sayPriority(script, spec, mode);
    script.say(`INFO: VM Name: ${spec.guest.name}`);
    sayDisks(script, spec);
  }
  if (running && mode === "stop" && !spec.guest.obeysShutdown) return stopRefused(script, spec);
  if (running && mode === "stop") script.say("INFO: stopping virtual guest");
  if (running && mode === "stop") script.wait(6000);
  if (mode === "suspend") script.say("INFO: suspending guest");
  const awayFrom = script.at();
  sayArchive(script, spec);
  if (spec.guest.disks.length === 0) return diskless(script, spec);
  script.wait(400);
  sayLaunch(script, spec, running && mode !== "stop", running);
  const awayTo = script.at();
  const work = workOf(spec);
  sayBitmaps(script, spec, work);
  const copy = planCopy({
    total: work.total,
    used: work.used,
    limit: spec.bwlimit * 1024,
    random: spec.random,
  });
  sayProgress(script, copy);
  const reused = copy.zeros + (spec.previous && !work.fast ? Math.floor(work.used * 0.85) : 0);
  saySummary(script, spec, copy, reused);
  if (!running) script.say("INFO: stopping kvm after backup task");
  if (!running) script.wait(800);
  const savedAt = script.at();
  const packed =
    spec.extension === "" ? work.used : Math.floor(work.used * (0.42 + spec.random.next() * 0.25));
  const size =
    spec.storage.type === "pbs" ? spec.guest.disks.reduce((sum, disk) => sum + disk.size, 0) : packed;
  sayAfterData(script, spec, size);
  if (mode === "suspend") script.say("INFO: resume vm");
  sayFinished(script, spec);
  const away = absence(running, mode, awayFrom, mode === "suspend" ? script.at() : awayTo);
  return { lines: script.lines(), savedAt, away, end: script.at(), size, failed: false };
}
