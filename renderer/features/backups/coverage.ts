import type { Coverage } from "../../../shared/backup.ts";

export interface CoverageSummary {
  /** Storages that this list is about. */
  readonly count: number;
  readonly read: number;
  /** Those that may hide a backup, the worst first. */
  readonly gaps: readonly Coverage[];
  /** The oldest look at a storage that was read: the list is as of then. */
  readonly asOf: number | null;
}

const rank: Readonly<Record<Coverage["state"], number>> = {
  unreachable: 0,
  mayNotSee: 1,
  unreadable: 2,
  partial: 3,
  notRead: 4,
  read: 5,
};

/** Stands for all storages whose names are not even told to this account. */
const unnamedStorages = "*";

/** A storage that nodes share has one entry, a local one has one a node. Storages without a name count as a gap only. */
export function summarize(coverage: readonly Coverage[]): CoverageSummary {
  const named = coverage.filter((one) => one.storage !== unnamedStorages);
  const read = named.filter((one) => one.state === "read");
  const gaps = coverage
    .filter((one) => one.state !== "read")
    .toSorted((a, b) => rank[a.state] - rank[b.state]);
  const seen = read.flatMap((one) => (one.seenAt === null ? [] : [one.seenAt]));
  return {
    count: named.length,
    read: read.length,
    gaps,
    asOf: seen.length === 0 ? null : Math.min(...seen),
  };
}

export function isUnnamed(gap: Coverage): boolean {
  return gap.storage === unnamedStorages;
}

/** Where the missing privilege has to be given: guests' backups hang on the guest, the rest on the storage. */
export function pathOf(gap: Coverage): string {
  if (gap.privilege?.startsWith("VM.") === true) return "/vms";
  return isUnnamed(gap) ? "/storage" : `/storage/${gap.storage}`;
}
