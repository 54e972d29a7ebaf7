import { archiveSize, clockTime, stamp } from "../format.ts";
import type { SectionSpec } from "./spec.ts";
import type { Script } from "./timeline.ts";

/** What vzdump says once the data is written: size, notes, protection, pruning. */
export function sayAfterData(script: Script, spec: SectionSpec, size: number): void {
  if (spec.storage.type !== "pbs") script.say(`INFO: archive file size: ${archiveSize(size)}`);
  if (spec.notes) script.say("INFO: adding notes to backup");
  if (spec.notesProblem !== null) script.say(`WARN: unable to add notes - ${spec.notesProblem}`);
  if (spec.protect) script.say("INFO: marking backup as protected");
  if (spec.prune) sayPrune(script, spec, spec.prune);
}

function sayPrune(script: Script, spec: SectionSpec, prune: NonNullable<SectionSpec["prune"]>): void {
  script.wait(400);
  if (spec.habits.retention) script.say(`INFO: prune older backups with retention: ${prune.text}`);
  if (spec.storage.type === "pbs") {
    script.say(
      `INFO: running 'proxmox-backup-client prune' for '${spec.guest.type === "qemu" ? "vm" : "ct"}/${spec.guest.vmid}'`,
    );
  } else {
    for (const volid of prune.removed) script.say(`INFO: removing backup '${volid}'`);
  }
  script.wait(300);
  if (!spec.habits.retention) return;
  const count = prune.removed.length;
  script.say(`INFO: pruned ${count} backup(s)${count > 0 ? " not covered by keep-retention policy" : ""}`);
}

export function sayStart(script: Script, spec: SectionSpec): void {
  script.say(
    `INFO: Starting Backup of VM ${spec.guest.vmid} (${spec.guest.type})`,
    `INFO: Backup started at ${stamp(spec.secondsAt(script.at()), spec.timeZone)}`,
    `INFO: status = ${spec.guest.status === "stopped" ? "stopped" : "running"}`,
  );
}

export function sayFinished(script: Script, spec: SectionSpec): void {
  script.wait(250);
  script.say(
    `INFO: Finished Backup of VM ${spec.guest.vmid} (${clockTime(script.at() / 1000)})`,
    `INFO: Backup finished at ${stamp(spec.secondsAt(script.at()), spec.timeZone)}`,
  );
}

export function sayFailed(script: Script, spec: SectionSpec, reason: string): void {
  script.say(
    `ERROR: Backup of VM ${spec.guest.vmid} failed - ${reason}`,
    `INFO: Failed at ${stamp(spec.secondsAt(script.at()), spec.timeZone)}`,
  );
}

/** `ionice priority` and the limit above it, which come in this order on PVE 9.2. */
export function sayPriority(script: Script, spec: SectionSpec, mode: string): void {
  script.say(`INFO: backup mode: ${mode}`);
  if (spec.bwlimit > 0) script.say(`INFO: bandwidth limit: ${spec.bwlimit} KiB/s`);
  script.say("INFO: ionice priority: 7");
}
