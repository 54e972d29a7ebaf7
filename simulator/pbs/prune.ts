import { markBackups, type PruneRule } from "../retention.ts";
import type { Values } from "../schema.ts";
import { KEEPS } from "./schema.ts";
import type { Group, Snapshot } from "./world.ts";

export type PruneMark = "keep" | "keep-partial" | "remove" | "protected";
export type Marked = { readonly snapshot: Snapshot; readonly mark: PruneMark };

/** The keep options among parameters or a job's configuration. */
export function keepsOf(values: Readonly<Record<string, Values[string]>>): PruneRule {
  return Object.fromEntries(
    Object.keys(KEEPS).flatMap((key) => (typeof values[key] === "number" ? [[key, values[key]]] : [])),
  );
}

/**
 * What a rule does to a group, oldest first; one that keeps all prunes nothing, whatever the marks say (proxmox-backup, pbs-datastore/src/prune.rs): Proxmox VE's own passes over the
 * finished snapshots; of the unfinished ones only the very newest snapshot stays.
 */
export function markGroup(group: Group, rule: PruneRule, timeZone: string): readonly Marked[] {
  const newest = group.snapshots.toSorted((left, right) => right.time - left.time);
  const finished = newest
    .filter((one) => one.finished)
    .map((snapshot) => ({ snapshot, ctime: snapshot.time, protected: snapshot.protected }));
  const marks = new Map(
    [...markBackups(finished, rule, timeZone)].map(([one, mark]) => [one.snapshot, mark]),
  );
  return newest
    .map((snapshot, index): Marked => {
      if (snapshot.protected) return { snapshot, mark: "protected" };
      if (!snapshot.finished) return { snapshot, mark: index === 0 ? "keep-partial" : "remove" };
      return { snapshot, mark: marks.get(snapshot) === "keep" ? "keep" : "remove" };
    })
    .toReversed();
}
