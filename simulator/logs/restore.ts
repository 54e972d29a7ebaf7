import { configSize, ctimeText, MIB, tarSize } from "../format.ts";
import type { Random } from "../random.ts";
import type { BackupVolume, Guest, Storage } from "../world.ts";
import { archivePath, repositoryOf } from "./archive.ts";
import { planCopy } from "./copy.ts";
import { createScript, type Script } from "./timeline.ts";

export type RestoreSpec = {
  readonly volume: BackupVolume;
  readonly source: Pick<Storage, "storage" | "type" | "path" | "server">;
  /** The guest as it will be, with its new disks. */
  readonly guest: Guest;
  readonly targetTypes: ReadonlyMap<string, Storage["type"]>;
  readonly bwlimit: number;
  readonly random: Random;
  readonly timeZone: string;
  readonly pid: number;
};

export type RestoreLog = {
  readonly lines: readonly { readonly at: number; readonly line: string }[];
  readonly end: number;
  readonly failure: string | null;
};

function unpacker(path: string, limit: number): string {
  const read = limit > 0 ? `cstream -t ${limit * 1024} -- ${path} | ` : "";
  const last = limit > 0 ? "-" : path;
  if (path.endsWith(".zst")) return `${read}zstd -q -d -c ${last} | `;
  if (path.endsWith(".gz")) return `${read}zcat ${last} | `;
  if (path.endsWith(".lzo")) return `${read}lzop -d -c ${last} | `;
  return read;
}

function sayAllocation(script: Script, spec: RestoreSpec, disk: Guest["disks"][number]): string {
  const type = spec.targetTypes.get(disk.storage);
  if (type === "lvmthin") {
    script.say(`  Logical volume "${disk.volume}" created.`);
    return `/dev/${disk.storage}/${disk.volume}`;
  }
  if (type === "rbd") return `rbd:${disk.storage}/${disk.volume}`;
  const path = `/var/lib/vz/images/${disk.volume}`;
  script.say(
    `Formatting '${path}', fmt=qcow2 cluster_size=65536 extended_l2=off preallocation=metadata compression_type=zlib size=${disk.size} lazy_refcounts=off refcount_bits=16`,
  );
  return path;
}

function copyOf(spec: RestoreSpec, total: number, used: number): ReturnType<typeof planCopy> {
  return planCopy({ total, used, limit: spec.bwlimit * 1024, random: spec.random, rate: 210 * MIB });
}

/** Calls back at every whole percent, 1 to 100, with the millisecond it is reached. */
function eachPercent(
  copy: ReturnType<typeof planCopy>,
  say: (percent: number, read: number, at: number) => void,
): void {
  let milliseconds = 0;
  for (let percent = 1; percent <= 100; percent += 1) {
    const wanted = percent === 100 ? copy.total : Math.floor((copy.total * percent) / 100 / 65_536) * 65_536;
    while (milliseconds < copy.duration && copy.at(milliseconds).read < wanted)
      milliseconds += Math.max(20, copy.duration / 2000);
    say(percent, wanted, Math.min(milliseconds, copy.duration));
  }
}

/** A VM from a vma archive: one percentage over all its disks. */
function vmaRestore(script: Script, spec: RestoreSpec): void {
  const path = archivePath(spec.source, spec.volume.name);
  const fifo = `/var/tmp/vzdumptmp${spec.pid}`;
  const input = path.endsWith(".vma") && spec.bwlimit === 0 ? path : "-";
  if (spec.bwlimit > 0) script.say(`applying read rate limit: ${spec.bwlimit}`);
  script.say(
    `restore vma archive: ${unpacker(path, spec.bwlimit)}vma extract -v -r ${fifo}.fifo ${input} ${fifo}`,
  );
  script.wait(400);
  script.say(`CFG: size: ${380 + spec.guest.name.length} name: qemu-server.conf`);
  spec.guest.disks.forEach((disk, index) =>
    script.say(`DEV: dev_id=${index + 1} size: ${disk.size} devname: drive-${disk.key}`),
  );
  script.say(`CTIME: ${ctimeText(spec.volume.ctime, spec.timeZone)}`);
  const paths = new Map<string, string>();
  for (const disk of spec.guest.disks) {
    script.wait(300);
    if (spec.bwlimit > 0) script.say(`rate limit for storage ${disk.storage}: ${spec.bwlimit} KiB/s`);
    paths.set(disk.key, sayAllocation(script, spec, disk));
    script.say(`new volume ID is '${disk.storage}:${disk.volume}'`);
  }
  for (const disk of spec.guest.disks)
    script.say(`map 'drive-${disk.key}' to '${paths.get(disk.key) ?? ""}' (write zeros = 0)`);
  const total = spec.guest.disks.reduce((sum, disk) => sum + disk.size, 0);
  const used = spec.guest.disks.reduce((sum, disk) => sum + disk.used, 0);
  const begin = script.at();
  const copy = copyOf(spec, total, used);
  if (total > 0) {
    eachPercent(copy, (percent, read, at) => {
      script.wait(begin + at - script.at());
      script.say(`progress ${percent}% (read ${read} bytes, duration ${Math.floor(at / 1000)} sec)`);
    });
  }
  script.say(
    `total bytes read ${total}, sparse bytes ${copy.zeros} (${total === 0 ? 0 : Number(((copy.zeros / total) * 100).toPrecision(3))}%)`,
    "space reduction due to 4K zero blocks 0%",
    "rescan volumes...",
  );
  script.wait(500);
}

/** A VM from a Backup Server: all volumes are made first, then each disk counts its own percent. */
function snapshotRestore(script: Script, spec: RestoreSpec): void {
  const repository = repositoryOf(spec.source);
  const snapshot = spec.volume.name.replace(/^backup\//, "");
  const paths = spec.guest.disks.map((disk) => {
    const path = sayAllocation(script, spec, disk);
    script.say(`new volume ID is '${disk.storage}:${disk.volume}'`);
    script.wait(300);
    return path;
  });
  spec.guest.disks.forEach((disk, index) => {
    const path = paths[index] ?? "";
    script.say(
      `restore proxmox backup image: /usr/bin/pbs-restore --repository ${repository} ${snapshot} drive-${disk.key}.img.fidx ${path} --verbose --format raw --skip-zero`,
      `connecting to repository '${repository}'`,
      "using up to 4 threads",
      `open block backend for target '${path}'`,
      `starting to restore snapshot '${snapshot}'`,
      "download and verify backup index",
    );
    script.wait(600);
    const begin = script.at();
    const copy = copyOf(spec, disk.size, disk.used);
    eachPercent(copy, (percent, read, at) => {
      script.wait(begin + at - script.at());
      const zeros = Math.floor((copy.zeros * percent) / 100);
      const share = read === 0 ? 0 : Math.floor((zeros / read) * 100);
      script.say(
        `progress ${percent}% (read ${read} bytes, zeroes = ${share}% (${zeros} bytes), duration ${Math.floor(at / 1000)} sec)`,
      );
    });
    const seconds = Math.max(0.1, copy.duration / 1000);
    script.say(
      `restore image complete (bytes=${disk.size}, duration=${seconds.toFixed(2)}s, speed=${(disk.size / MIB / seconds).toFixed(2)}MB/s)`,
    );
  });
  script.say("rescan volumes...");
  script.wait(500);
}

/** A chunk is missing: the disk at work breaks off, its command with it. */
function brokenOff(spec: RestoreSpec, lines: RestoreLog["lines"], end: number): RestoreLog {
  const digest = spec.random.hex(64);
  const chunk = `/mnt/datastore/${spec.source.path}/.chunks/${digest.slice(0, 4)}/${digest}`;
  const words = `restore failed: HTTP Error 400 Bad Request: reading file "${chunk}" failed: No such file or directory (os error 2)`;
  const started = lines.findLast(({ line }) => line.startsWith("restore proxmox backup image: "));
  const command = started?.line.replace("restore proxmox backup image: ", "") ?? "/usr/bin/pbs-restore";
  return {
    lines: [...lines, { at: end, line: words }],
    end,
    failure: `command '${command}' failed: exit code 255`,
  };
}

/** The log of a VM restore (qemu-server, PVE/QemuServer.pm; wording of PVE 9.2). */
export function qemuRestore(spec: RestoreSpec): RestoreLog {
  const script = createScript();
  if (spec.source.type === "pbs") snapshotRestore(script, spec);
  else vmaRestore(script, spec);
  if (!spec.volume.truncated) return { lines: script.lines(), end: script.at(), failure: null };
  const cut = script.lines().slice(0, Math.ceil(script.lines().length / 2));
  const end = cut.at(-1)?.at ?? 0;
  if (spec.source.type === "pbs") return brokenOff(spec, cut, end);
  const lines = [
    ...cut,
    { at: end, line: "/*stdin*\\ : Read error (39) : premature end " },
    {
      at: end,
      line: `error before or during data restore, some or all disks were not completely restored. VM ${spec.guest.vmid} state is NOT cleaned up.`,
    },
  ];
  return {
    lines,
    end,
    failure: "command 'set -o pipefail && zstd -q -d -c | vma extract -v -r' failed: exit code 1",
  };
}

const EXTRACT =
  "lxc-usernsexec -m u:0:100000:65536 -m g:0:100000:65536 -- tar xpf - --zstd --totals --one-file-system -p --sparse --numeric-owner --acls --xattrs '--xattrs-include=user.*' '--xattrs-include=security.capability' '--warning=no-file-ignored' '--warning=no-xattr-write'";

/** The log of a container restore (pve-container, PVE/LXC/Create.pm): no percent, and from a Backup Server nothing at all in between. */
export function lxcRestore(spec: RestoreSpec): RestoreLog {
  const script = createScript();
  const volid = `${spec.volume.storage}:${spec.volume.name}`;
  script.say(`recovering backed-up configuration from '${volid}'`);
  script.wait(400);
  for (const disk of spec.guest.disks) {
    if (spec.targetTypes.get(disk.storage) !== "lvmthin") continue;
    script.say(
      `  Logical volume "${disk.volume}" created.`,
      `  Logical volume ${disk.storage}/${disk.volume} changed.`,
    );
    script.say(
      `Creating filesystem with ${Math.floor(disk.size / 4096)} 4k blocks and ${Math.floor(disk.size / 16_384)} inodes`,
    );
    script.say(
      `Filesystem UUID: ${spec.random.uuid()}`,
      "Superblock backups stored on blocks: ",
      `\t32768, 98304, 163840, 229376, 294912 (${configSize(disk.size)})`,
    );
  }
  script.wait(500);
  script.say(`restoring '${volid}' now..`);
  const path = archivePath(spec.source, spec.volume.name);
  if (spec.source.type !== "pbs") script.say(`extracting archive '${path}'`);
  const used = spec.guest.disks.reduce((sum, disk) => sum + disk.used, 0);
  const limit = spec.bwlimit > 0 ? spec.bwlimit * 1024 : Number.POSITIVE_INFINITY;
  const rate = Math.min(limit, (120 + spec.random.next() * 80) * MIB);
  script.wait((used / rate) * 1000);
  if (spec.volume.truncated && spec.source.type === "pbs") {
    const digest = spec.random.hex(64);
    script.say(
      `Error: error extracting archive - failed to read chunk '${digest}' - No such file or directory (os error 2)`,
    );
    const client = `/usr/bin/proxmox-backup-client restore ${spec.volume.name.replace(/^backup\//, "")} root.pxar`;
    const failure = `unable to restore CT ${spec.guest.vmid} - command 'lxc-usernsexec -m u:0:100000:65536 -m g:0:100000:65536 -- ${client}' failed: exit code 255`;
    return { lines: script.lines(), end: script.at(), failure };
  }
  if (spec.volume.truncated) {
    script.say(
      "/*stdin*\\ : Read error (39) : premature end ",
      "tar: Unexpected EOF in archive",
      "tar: Unexpected EOF in archive",
      "tar: Error is not recoverable: exiting now",
    );
    const failure = `unable to restore CT ${spec.guest.vmid} - command '${EXTRACT} -C /var/lib/lxc/${spec.guest.vmid}/rootfs --skip-old-files --anchored --exclude './dev/*'' failed: exit code 2`;
    return { lines: script.lines(), end: script.at(), failure };
  }
  if (spec.source.type !== "pbs") {
    const read = Math.ceil((used * 1.015) / 10_240) * 10_240;
    script.say(`Total bytes read: ${read} (${tarSize(read)}, ${tarSize(rate)}/s)`);
  }
  script.wait(300);
  script.say("merging backed-up and given configuration..");
  script.wait(300);
  return { lines: script.lines(), end: script.at(), failure: null };
}
