type UpidParts = {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  readonly taskId: number;
  readonly starttime: number;
  readonly type: string;
  readonly id: string | null;
  readonly user: string;
};

const hexed = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");

/** As systemd escapes a unit's name: `/` becomes `-`, what is no letter, digit, `_` or `.` becomes `\x3a`. */
function escaped(id: string): string {
  return [...Buffer.from(id)]
    .map((byte, index) => {
      const letter = String.fromCharCode(byte);
      if (letter === "/") return "-";
      const plain = /[\w.]/.test(letter) && !(index === 0 && letter === ".");
      return plain ? letter : `\\x${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

const unescaped = (text: string): string =>
  Buffer.from(
    text
      .replaceAll("-", "/")
      .replaceAll(/\\x([0-9a-fA-F]{2})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      ),
    "latin1",
  ).toString("utf8");

/** `UPID:<node>:<pid>:<pstart>:<task-id>:<starttime>:<type>:<worker-id>:<auth>:`, one field more than Proxmox VE's. */
export function formatUpid(parts: UpidParts): string {
  const numbers = [parts.pid, parts.pstart, parts.taskId, parts.starttime].map(hexed).join(":");
  return `UPID:${parts.node}:${numbers}:${parts.type}:${escaped(parts.id ?? "")}:${parts.user}:`;
}

export const UPID_SHAPE =
  /^UPID:([a-zA-Z0-9][\w-]*):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8,16}):([0-9A-Fa-f]{8}):([^:\s]+):([^:\s]*):([^:\s]+):$/;

/** The fields of a UPID, or null when the text is none (prs, proxmox-schema/src/upid.rs). */
export function parseUpid(text: string): UpidParts | null {
  const found = UPID_SHAPE.exec(text);
  if (!found) return null;
  const [, node = "", pid = "", pstart = "", taskId = "", starttime = "", type = "", id = "", user = ""] =
    found;
  const number = (digits: string): number => Number.parseInt(digits, 16);
  return {
    node,
    pid: number(pid),
    pstart: number(pstart),
    taskId: number(taskId),
    starttime: number(starttime),
    type,
    id: id === "" ? null : unescaped(id),
    user,
  };
}
