import { z } from "zod";

import { plainTextField, requiredText } from "./schema.ts";

/** `9.2.11` of PVE 8 and 9, `7.4-17` before; `4.2.1` of the Backup Server, which gives its last number as `release`. */
export interface ServerVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** null for a text that does not begin with two numbers. */
export function parseVersion(text: string): ServerVersion | null {
  const [, major, minor] = /^(\d{1,3})\.(\d{1,4})/u.exec(text) ?? [];
  if (major === undefined || minor === undefined) return null;
  return { text, major: Number(major), minor: Number(minor) };
}

export const versionSchema = z
  .object({ version: requiredText, release: plainTextField })
  .transform(({ version, release }, context): ServerVersion => {
    const isShort = /^\d+\.\d+$/u.test(version) && /^\d+$/u.test(release);
    const parsed = parseVersion(isShort ? `${version}.${release}` : version);
    if (parsed !== null) return parsed;
    context.addIssue({ code: "custom", message: "no version number", path: ["version"] });
    return z.NEVER;
  });

/** An unknown, newer version counts as knowing everything. */
export function isAtLeast(version: ServerVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
