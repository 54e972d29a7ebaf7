import type { Output } from "../../shared/operations.ts";

/** What the dialog shows of a guest's configuration as it lies in a backup. */
export interface SavedConfig {
  readonly name: string;
  /** Bytes. */
  readonly memory: number | null;
  readonly cores: number | null;
  readonly disks: Output<"restore.prepare">["disks"];
}

const mebibyte = 1024 * 1024;
const diskKey = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate|mp)\d+$|^rootfs$/u;

/**
 * Reads `vzdump/extractconfig`: lines of `key: value`, comments of `#`, and sections of snapshots behind `[name]`, which are not
 * the guest as it was backed up.
 */
export function parseSavedConfig(text: string): SavedConfig {
  const lines = currentLines(text);
  const number = (key: string): number | null => {
    const value = Number(lines.get(key)?.replace(/^current=/u, "") ?? "");
    return Number.isFinite(value) && value > 0 ? value : null;
  };
  const cores = number("cores");
  const memory = number("memory");
  return {
    name: lines.get("name") ?? lines.get("hostname") ?? "",
    memory: memory === null ? null : memory * mebibyte,
    cores: cores === null ? null : cores * (number("sockets") ?? 1),
    disks: [...lines].flatMap(([key, value]) => (diskKey.test(key) ? diskOf(key, value) : [])),
  };
}

function currentLines(text: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line.startsWith("[")) break;
    const match = /^([a-z][a-z0-9_-]*):\s*(.*)$/u.exec(line);
    if (match !== null) lines.set(match[1] ?? "", (match[2] ?? "").trim());
  }
  return lines;
}

/** A drive without a storage (a bind mount, an empty drive) and a CD are no disks that are restored. */
function diskOf(key: string, value: string): SavedConfig["disks"] {
  const [volume = "", ...options] = value.split(",");
  const colon = volume.indexOf(":");
  if (colon <= 0 || options.includes("media=cdrom")) return [];
  const size = options.find((option) => option.startsWith("size="))?.slice("size=".length) ?? null;
  return [{ key, storage: volume.slice(0, colon), size }];
}
