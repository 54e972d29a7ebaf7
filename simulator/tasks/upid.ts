type UpidParts = {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  readonly user: string;
};

const hexed = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");

export function formatUpid(parts: UpidParts): string {
  return `UPID:${parts.node}:${hexed(parts.pid)}:${hexed(parts.pstart)}:${hexed(parts.starttime)}:${parts.type}:${parts.id}:${parts.user}:`;
}

const SHAPE =
  /^UPID:([a-zA-Z0-9][\w-]*):([0-9A-F]{8}):([0-9A-F]{8,9}):([0-9A-F]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** The fields of a UPID, or null when the text is none (pve-common, PVE/UPID.pm). */
export function parseUpid(text: string): UpidParts | null {
  const found = SHAPE.exec(text);
  if (!found) return null;
  const [, node = "", pid = "", pstart = "", starttime = "", type = "", id = "", user = ""] = found;
  const number = (digits: string): number => Number.parseInt(digits, 16);
  return { node, pid: number(pid), pstart: number(pstart), starttime: number(starttime), type, id, user };
}
