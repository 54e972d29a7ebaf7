const POWERS: Readonly<Record<string, number>> = { B: 0, K: 1, M: 2, G: 3, T: 4, P: 5 };
const SECONDS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };

/** Pieces of pattern for the figures in task logs; all are linear in the length of the line. */
export const BYTES = String.raw`\d+(?:\.\d+)? (?:B|KiB|MiB|GiB|TiB|PiB)`;
export const DURATION = String.raw`(?:\d+[wdhms]\s*)+`;

/** A figure that can be counted on, or null: overlong digits must not become Infinity. */
export function parseCount(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  return countable(Number(text));
}

const countable = (value: number): number | null =>
  value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;

/** `1.4 GiB`, `430MB`, `18.64GB`, `2.74G`, `528K` to bytes. Proxmox counts by 1024 under either spelling. */
export function parseBytes(text: string | undefined): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([BKMGTP]?)(?:i?B)?$/i.exec(text?.trim() ?? "");
  if (!match) return null;
  const power = POWERS[(match[2] ?? "").toUpperCase()] ?? 0;
  return countable(Math.round(Number(match[1]) * 1024 ** power));
}

/** `1h 2m 3s` (also padded: `1m  3s`) to seconds. */
export function parseDuration(text: string | undefined): number | null {
  let seconds = 0;
  let found = false;
  for (const match of (text ?? "").matchAll(/(\d+)([wdhms])/g)) {
    seconds += Number(match[1]) * (SECONDS[match[2] ?? ""] ?? 0);
    found = true;
  }
  return found ? countable(seconds) : null;
}

/** `HH:MM:SS` to seconds; the hours may exceed 24. */
export function parseClock(text: string | undefined): number | null {
  const match = /^(\d+):(\d\d):(\d\d)$/.exec(text ?? "");
  return match ? countable(Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3])) : null;
}

/** A guest's number, or null for what cannot be one. */
export function parseVmid(text: string | undefined): number | null {
  const value = parseCount(text);
  return value !== null && Number.isInteger(value) && value >= 1 && value <= 999_999_999 ? value : null;
}
