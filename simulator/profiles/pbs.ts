/** The Backup Servers that can be simulated, oldest first: those whose whole API is known. */
export const PBS_VERSIONS = ["3.4", "4.0", "4.1", "4.2"] as const;
export type PbsVersion = (typeof PBS_VERSIONS)[number];

/** Whether a server of `version` has what came with `since`. */
export const atLeast = (version: PbsVersion, since: PbsVersion): boolean =>
  PBS_VERSIONS.indexOf(version) >= PBS_VERSIONS.indexOf(since);

/** The answer of GET /version. */
export function pbsVersion(version: PbsVersion): {
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
} {
  const repoid: Readonly<Record<PbsVersion, string>> = {
    "3.4": "0ad5f0bd4ae9e0ce",
    "4.0": "f2f6c47b8e3d6a01",
    "4.1": "7ea5d3c0b1a94f22",
    "4.2": "c81d0e6f53b7a9d4",
  };
  return { version, release: "1", repoid: repoid[version] };
}
