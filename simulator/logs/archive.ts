import { fileStamp, isoStamp } from "../format.ts";
import type { GuestType, Storage } from "../world.ts";

type Target = Pick<Storage, "type" | "path" | "server">;

/** What follows the colon in the volume id of a new backup. */
export function archiveName(
  target: Target,
  type: GuestType,
  vmid: number,
  seconds: number,
  timeZone: string,
  extension: string,
): string {
  if (target.type === "pbs") return `backup/${type === "qemu" ? "vm" : "ct"}/${vmid}/${isoStamp(seconds)}`;
  const suffix = `${type === "qemu" ? "vma" : "tar"}${extension ? `.${extension}` : ""}`;
  return `backup/vzdump-${type}-${vmid}-${fileStamp(seconds, timeZone)}.${suffix}`;
}

export function archiveFormat(target: Target, type: GuestType, extension: string): string {
  if (target.type === "pbs") return type === "qemu" ? "pbs-vm" : "pbs-ct";
  return `${type === "qemu" ? "vma" : "tar"}${extension ? `.${extension}` : ""}`;
}

/** The file of a backup on a directory storage. */
export const archivePath = (target: Target, name: string): string =>
  `${target.path}/${name.replace(/^backup\//, "dump/")}`;

/** `user@realm@server:datastore`, how a Backup Server storage is written in logs. */
export const repositoryOf = (target: Target, port = ""): string =>
  `backup@pbs@${target.server ?? ""}${port}:${target.path}`;

const MAPS = "lxc-usernsexec -m u:0:100000:65536 -m g:0:100000:65536 --";

/** The shell pipeline vzdump shows when packing a container fails. */
export function tarCommand(path: string, extension: string, bwlimit: number): string {
  const base = path.replace(/\.tar.*$/, "");
  const limit = bwlimit > 0 ? ` | cstream -t ${bwlimit * 1024}` : "";
  const pack =
    extension === "zst"
      ? " | zstd '--threads=1'"
      : extension === "gz"
        ? " | gzip --rsyncable"
        : extension === "lzo"
          ? " | lzop"
          : "";
  return (
    `set -o pipefail && ${MAPS} tar cpf - --totals --one-file-system -p --sparse --numeric-owner --acls --xattrs ` +
    `'--xattrs-include=user.*' '--xattrs-include=security.capability' '--warning=no-file-ignored' '--warning=no-xattr-write' ` +
    `--one-file-system '--warning=no-file-ignored' '--directory=${base}.tmp' ./etc/vzdump/pct.conf ./etc/vzdump/pct.fw ` +
    `'--directory=/mnt/vzsnap0' --no-anchored '--exclude=lost+found' --anchored '--exclude=./tmp/?*' '--exclude=./var/tmp/?*' ` +
    `'--exclude=./var/run/?*.pid' ./${limit}${pack} >${base}.tar.dat`
  );
}

/** The client command vzdump shows when it sends a container to a Backup Server. */
export function clientCommand(target: Target, vmid: number, seconds: number, directory: string): string {
  return (
    `${MAPS} /usr/bin/proxmox-backup-client backup --crypt-mode=none pct.conf:/var/tmp/vzdumptmp${vmid}/etc/vzdump/pct.conf ` +
    `root.pxar:${directory} --include-dev ${directory}/./ --skip-lost-and-found --exclude=/tmp/?* --exclude=/var/tmp/?* ` +
    `--exclude=/var/run/?*.pid --backup-type ct --backup-id ${vmid} --backup-time ${Math.floor(seconds)} --entries-max 1048576 ` +
    `--repository ${repositoryOf(target)}`
  );
}
