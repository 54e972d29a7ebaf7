import { clientBytes, ctimeText, duration, isoStamp, MIB, tarSize } from "../format.ts";
import { archiveName, archivePath, clientCommand, repositoryOf } from "./archive.ts";
import { sayAfterData, sayFinished, sayPriority, sayStart } from "./section-ends.ts";
import type { Section, SectionSpec } from "./spec.ts";
import { createScript, type Script } from "./timeline.ts";

const usedOf = (spec: SectionSpec): number => spec.guest.disks.reduce((sum, disk) => sum + disk.used, 0);

function sayContents(script: Script, spec: SectionSpec): void {
  script.say(`INFO: CT Name: ${spec.guest.name}`);
  for (const disk of spec.guest.disks) {
    script.say(
      `INFO: including mount point ${disk.key} ('${disk.key === "rootfs" ? "/" : "/srv/data"}') in backup`,
    );
  }
}

/** What comes before the data, by mode. Without snapshots on the storage, snapshot mode falls back to suspend mode in the same section. */
function prepare(
  script: Script,
  spec: SectionSpec,
  running: boolean,
): readonly [from: number, to: number] | null {
  if (!running || spec.mode === "stop") {
    sayPriority(script, spec, "stop");
    sayContents(script, spec);
    if (!running) return null;
    script.say("INFO: stopping virtual guest");
    const from = script.at();
    script.wait(4000);
    return [from, from];
  }
  if (spec.mode === "snapshot") {
    sayContents(script, spec);
    if (spec.snapshots) {
      sayPriority(script, spec, "snapshot");
      script.say(
        "INFO: create storage snapshot 'vzdump'",
        `  Logical volume "snap_vm-${spec.guest.vmid}-disk-0_vzdump" created.`,
      );
      script.wait(700);
      return null;
    }
    script.say(
      "INFO: mode failure - some volumes do not support snapshots",
      "INFO: trying 'suspend' mode instead",
    );
  }
  sayPriority(script, spec, "suspend");
  sayContents(script, spec);
  return syncTwice(script, spec);
}

function syncTwice(script: Script, spec: SectionSpec): readonly [from: number, to: number] {
  const used = usedOf(spec);
  const seconds = Math.ceil(used / (180 * MIB));
  const paths = `/proc/${16_000 + spec.guest.vmid}/root/ to ${spec.storage.type === "pbs" ? "/var/tmp" : `${spec.storage.path}/dump`}/vzdumptmp${spec.guest.vmid}`;
  script.say(`INFO: starting first sync ${paths}`);
  script.wait(seconds * 1000);
  script.say(
    `INFO: first sync finished - transferred ${(used / MIB).toFixed(2)}M bytes in ${seconds}s`,
    "INFO: suspending guest",
  );
  const from = script.at();
  script.say(`INFO: starting final sync ${paths}`);
  script.wait(1000);
  script.say(
    "INFO: final sync finished - transferred 0 bytes in 1s",
    "INFO: resuming guest",
    "INFO: guest is online again after 1 seconds",
  );
  return [from, script.at()];
}

/** A tar archive: not a word until the totals at the end. */
function sayTar(script: Script, spec: SectionSpec): number {
  const used = usedOf(spec);
  const limit = spec.bwlimit > 0 ? spec.bwlimit * 1024 : Number.POSITIVE_INFINITY;
  const rate = Math.min(limit, (90 + spec.random.next() * 70) * MIB);
  const name = archiveName(
    spec.storage,
    "lxc",
    spec.guest.vmid,
    spec.secondsAt(0),
    spec.timeZone,
    spec.extension,
  );
  script.say(`INFO: creating vzdump archive '${archivePath(spec.storage, name)}'`);
  script.wait((used / rate) * 1000);
  const written = Math.ceil((used * 1.015) / 10_240) * 10_240;
  script.say(`INFO: Total bytes written: ${written} (${tarSize(written)}, ${tarSize(rate)}/s)`);
  return spec.extension === "" ? written : Math.floor(used * (0.35 + spec.random.next() * 0.2));
}

/** The Backup Server client: a `processed` line each minute, without a total. */
function sayClient(script: Script, spec: SectionSpec): number {
  const used = usedOf(spec);
  const uploaded = spec.previous ? Math.floor(used * (0.02 + spec.random.next() * 0.1)) : used;
  const rate = (70 + spec.random.next() * 60) * MIB;
  const started = spec.secondsAt(0);
  const id = `ct/${spec.guest.vmid}/${isoStamp(started)}`;
  const target = repositoryOf(spec.storage, ":8007");
  script.say(
    `INFO: creating Proxmox Backup Server archive '${id}'`,
    "INFO: set max number of entries in memory for file-based backups to 1048576",
    `INFO: run: ${clientCommand(spec.storage, spec.guest.vmid, started, "/mnt/vzsnap0")}`,
  );
  script.wait(900);
  script.say(
    `INFO: Starting backup: ${id}    `,
    `INFO: Client name: ${spec.node}    `,
    `INFO: Starting backup protocol: ${ctimeText(spec.secondsAt(script.at()), spec.timeZone)}    `,
    spec.previous
      ? `INFO: Downloading previous manifest (${ctimeText(started - 86_400, spec.timeZone)})    `
      : "INFO: No previous manifest available.    ",
    `INFO: Upload config file '/var/tmp/vzdumptmp${spec.guest.vmid}/etc/vzdump/pct.conf' to '${target}' as pct.conf.blob    `,
    `INFO: Upload directory '/mnt/vzsnap0' to '${target}' as root.pxar.didx    `,
  );
  const seconds = used / rate;
  for (let minute = 1; minute * 60 < seconds; minute += 1) {
    script.wait(60_000);
    const share = (minute * 60) / seconds;
    if (spec.habits.clientProgress)
      script.say(
        `INFO: processed ${clientBytes(used * share)} in ${duration(minute * 60)}, uploaded ${clientBytes(uploaded * share)}`,
      );
  }
  script.wait((seconds % 60) * 1000);
  const known = Math.max(0, used - uploaded);
  const amounts = `had to backup ${clientBytes(uploaded)} of ${clientBytes(used)} (compressed ${clientBytes(uploaded * 0.4)})`;
  const average = `${clientBytes(uploaded / Math.max(0.1, seconds))}/s`;
  if (spec.habits.clientProgress)
    script.say(`INFO: root.pxar: ${amounts} in ${seconds.toFixed(2)} s (average ${average})`);
  else
    script.say(
      `INFO: root.pxar: ${amounts} in ${seconds.toFixed(2)}s`,
      `INFO: root.pxar: average backup speed: ${average}`,
    );
  if (known > 0)
    script.say(
      `INFO: root.pxar: backup was done incrementally, reused ${clientBytes(known)} (${((known / used) * 100).toFixed(1)}%)`,
    );
  script.say(
    `INFO: Uploaded backup catalog (${clientBytes(480_000 + spec.random.between(0, 900_000))})`,
    `INFO: Duration: ${(seconds + 0.4).toFixed(2)}s    `,
    `INFO: End Time: ${ctimeText(spec.secondsAt(script.at()), spec.timeZone)}    `,
  );
  return used;
}

/** The section of one container in a vzdump log (pve-container, PVE/VZDump/LXC.pm; wording of PVE 9.2). */
export function lxcSection(spec: SectionSpec): Section {
  const script = createScript();
  const running = spec.guest.status !== "stopped" && !spec.guest.template;
  sayStart(script, spec);
  const away = prepare(script, spec, running);
  const size = spec.storage.type === "pbs" ? sayClient(script, spec) : sayTar(script, spec);
  const savedAt = script.at();
  const stopped = running && spec.mode === "stop";
  sayAfterData(script, spec, size);
  if (stopped) {
    script.say("INFO: restarting vm");
    script.wait(2000);
    script.say(`INFO: guest is online again after ${Math.ceil(script.at() / 1000)} seconds`);
  }
  const back = script.at();
  if (running && spec.mode === "snapshot" && spec.snapshots) {
    script.say(
      "INFO: cleanup temporary 'vzdump' snapshot",
      `  Logical volume "snap_vm-${spec.guest.vmid}-disk-0_vzdump" successfully removed.`,
    );
  }
  sayFinished(script, spec);
  return {
    lines: script.lines(),
    savedAt,
    away: away && {
      from: away[0],
      to: stopped ? back : away[1],
      status: stopped ? "stopped" : "paused",
    },
    end: script.at(),
    size,
    failed: false,
  };
}
