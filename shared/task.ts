import { z } from "zod";

/** A parsed UPID, numbers in upper-case hex. Proxmox VE: `UPID:node:pid:pstart:starttime:type:id:user:`; a backup server has one field more. */
export interface Upid {
  readonly upid: string;
  /** Whose grammar it has. */
  readonly product: "pve" | "pbs";
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch on the node's clock. */
  readonly startTime: number;
  readonly type: string;
  /** The vmid where exactly one guest is concerned, `store:vm/100` and the like of a backup server; may be empty or hold other text. */
  readonly id: string;
  /** `user@realm` or `user@realm!token`. */
  readonly user: string;
}

const pveUpid =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+@[^:\s/]+):$/u;

/** With a counter of the daemon's own behind pstart (proxmox-schema, upid.rs). */
const pbsUpid =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-F]{8}):([0-9A-F]{8,9}):[0-9A-F]{8,16}:([0-9A-F]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+@[^:\s/]+):$/u;

const maxUpidLength = 512;

/** A backup server writes the id as systemd escapes a unit's name: `-` for `/`, `\x3a` for `:`. */
function unescapeId(id: string): string {
  return id
    .replaceAll("-", "/")
    .replaceAll(/\\x([0-9a-f]{2})/gu, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Reads a UPID as Proxmox VE (pve-common, PVE::UPID) and Backup Server write it; null for anything that is not exactly one. */
export function parseUpid(text: unknown): Upid | null {
  if (typeof text !== "string" || text.length > maxUpidLength) return null;
  const ofPve = pveUpid.exec(text);
  const match = ofPve ?? pbsUpid.exec(text);
  if (match === null) return null;
  const [upid, node = "", pid = "", pstart = "", startTime = "", type = "", id = "", user = ""] = match;
  return {
    upid,
    product: ofPve === null ? "pbs" : "pve",
    node,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    startTime: Number.parseInt(startTime, 16),
    type,
    id: ofPve === null ? unescapeId(id) : id,
    user,
  };
}

export const taskStates = ["running", "ok", "warnings", "failed", "aborted", "unknown"] as const;
export const taskStateSchema = z.enum(taskStates);
