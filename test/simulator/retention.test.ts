import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { markGroup } from "../../simulator/pbs/prune.ts";
import type { Group, Snapshot } from "../../simulator/pbs/world.ts";
import {
  keepsAll,
  keepSum,
  markBackups,
  parsePruneRule,
  type Mark,
  type PruneRule,
} from "../../simulator/retention.ts";
import { factsFolder } from "./recordings.ts";

type Case = {
  readonly id: number;
  readonly timeZone: string;
  readonly keep: PruneRule;
  readonly backups: readonly { readonly ctime: number; readonly protected?: boolean; readonly mark: Mark }[];
};

const snapshotAt = (time: number, isProtected: boolean): Snapshot => ({
  time,
  files: [],
  finished: true,
  notes: null,
  protected: isProtected,
  verification: null,
  fingerprint: null,
  corrupt: false,
  guest: null,
});

const folder = factsFolder();
const file = folder === null ? null : join(folder, "facts", "retention-cases.json");

describe("a retention rule", () => {
  it.skipIf(file === null)("marks every recorded set of backups as Proxmox's own code did", () => {
    if (file === null || !existsSync(file))
      throw new Error("the folder of reference data has no retention cases");
    const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];
    const wrong: number[] = [];
    let backups = 0;
    for (const one of cases) {
      const marks = markBackups(one.backups, one.keep, one.timeZone);
      backups += one.backups.length;
      if (one.backups.some((backup) => marks.get(backup) !== backup.mark)) wrong.push(one.id);
    }
    process.stdout.write(`retention: ${cases.length} sets, ${backups} backups\n`);
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(500);
  });

  it.skipIf(file === null)("marks the same sets alike on a Backup Server", () => {
    if (file === null) throw new Error("no reference data");
    const cases = JSON.parse(readFileSync(file, "utf8")) as readonly Case[];
    const wrong = cases.filter((one) => {
      const snapshots = one.backups.map((backup) => snapshotAt(backup.ctime, backup.protected === true));
      const group: Group = { ns: "", type: "vm", id: "100", owner: "root@pam", notes: "", snapshots };
      const keepAll = keepsAll(one.keep);
      const marks = markGroup(group, one.keep, one.timeZone);
      const wanted = new Map(one.backups.map((backup) => [backup.ctime, backup.mark]));
      return marks.some(
        ({ snapshot, mark }) => wanted.get(snapshot.time) !== (keepAll && mark === "remove" ? "keep" : mark),
      );
    });
    expect(wrong.map((one) => one.id)).toEqual([]);
  });

  it.runIf(file === null)("is compared with nothing here", () => {
    process.stdout.write("retention: skipped: no reference data\n");
    expect(file).toBeNull();
  });

  it("allows as many copies as its numbers add up to, and any number without one above zero", () => {
    expect(keepSum(parsePruneRule("keep-last=2,keep-daily=3"))).toBe(5);
    expect(keepSum(parsePruneRule("keep-all=1"))).toBe(0);
    expect(keepSum(parsePruneRule("keep-last=0"))).toBe(0);
    expect(keepSum(null)).toBe(0);
  });

  it("refuses keep-all beside a number", () => {
    expect(() => parsePruneRule("keep-all=1,keep-last=3")).toThrow(
      "keep-all cannot be set together with other options",
    );
  });
});
