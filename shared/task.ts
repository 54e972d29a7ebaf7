import { z } from "zod";

/** A parsed UPID of Proxmox VE: `UPID:node:pid:pstart:starttime:type:id:user:`, numbers in upper-case hex. */
export interface Upid {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch on the node's clock. */
  readonly startTime: number;
  readonly type: string;
  /** The vmid where exactly one guest is concerned; may be empty or hold other text. */
  readonly id: string;
  /** `user@realm` or `user@realm!token`. */
  readonly user: string;
}

const pveUpid =
  /^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+@[^:\s/]+):$/u;

const maxUpidLength = 512;

/** Reads a UPID as Proxmox VE writes it (pve-common, PVE::UPID); null for anything that is not exactly one. */
export function parseUpid(text: unknown): Upid | null {
  if (typeof text !== "string" || text.length > maxUpidLength) return null;
  const match = pveUpid.exec(text);
  if (match === null) return null;
  const [upid, node = "", pid = "", pstart = "", startTime = "", type = "", id = "", user = ""] = match;
  return {
    upid,
    node,
    pid: Number.parseInt(pid, 16),
    pstart: Number.parseInt(pstart, 16),
    startTime: Number.parseInt(startTime, 16),
    type,
    id,
    user,
  };
}

export const taskStates = ["running", "ok", "warnings", "failed", "aborted", "unknown"] as const;
export const taskStateSchema = z.enum(taskStates);
