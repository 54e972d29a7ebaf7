import { z } from "zod";

import { requiredText } from "./schema.ts";

/** `9.2.11` of PVE 8 and 9, `7.4-17` before. */
export interface ServerVersion {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

export const versionSchema = z
  .object({ version: requiredText })
  .transform(({ version }, context): ServerVersion => {
    const [, major, minor] = /^(\d{1,3})\.(\d{1,4})/u.exec(version) ?? [];
    if (major === undefined || minor === undefined) {
      context.addIssue({ code: "custom", message: "no version number", path: ["version"] });
      return z.NEVER;
    }
    return { text: version, major: Number(major), minor: Number(minor) };
  });

/** An unknown, newer version counts as knowing everything. */
export function isAtLeast(version: ServerVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
