import { createBlockJobRules } from "./block-job.ts";
import type { Draft } from "./draft.ts";
import { identify, raiseBytes, setStep, settle, shorten } from "./draft.ts";
import type { Drives } from "./drives.ts";
import { createDrives } from "./drives.ts";
import { saysAborted } from "./exit.ts";
import type { Line } from "./line.ts";
import type { Rule } from "./matcher.ts";
import { createMatcher } from "./matcher.ts";
import { parseCount, parseVmid } from "./units.ts";

const VOLUME = /\b(?:vm|subvol|base)-(\d{1,9})-disk/;

/** Notes why the work broke off, at the task and at its one guest. */
export function tellFailure(draft: Draft, reason: string): void {
  draft.error ??= shorten(reason);
  if (draft.current === null) return;
  draft.current.error ??= shorten(reason);
  settle(draft.current, saysAborted(reason) ? "aborted" : "failed");
}

/** Carries the task's figures over to its one guest. */
export function mirrorToGuest(draft: Draft): void {
  const guest = draft.current;
  if (guest === null || guest.status !== "running") return;
  guest.percent = draft.percent;
  guest.rate = draft.rate;
  guest.elapsedSeconds = draft.elapsedSeconds;
  raiseBytes(guest, draft.bytesDone, draft.bytesTotal, draft.bytesExact);
}

/** Lines of rsync's statistics, printed once at the end when a container is moved or cloned. */
function rsyncRules(draft: Draft): readonly Rule[] {
  return [
    ["Number of files: ", null, () => setStep(draft, "copying-disks")],
    [
      "Total file size: ",
      /^([\d,]+) bytes/,
      ([, size]) => raiseBytes(draft, null, parseCount(size?.replaceAll(",", "")), true),
    ],
    [
      "Total transferred file size: ",
      /^([\d,]+) bytes/,
      ([, size]) => raiseBytes(draft, parseCount(size?.replaceAll(",", "")), null, true),
    ],
  ];
}

/**
 * Reads clones and moved disks of VMs and containers. A clone copies disk after disk and does not say how many are to come:
 * `disks` does, else the whole has no percentage (the disk at work has one, in the step).
 */
export function createMoveReader(draft: Draft, disks: number | null): (line: Line) => void {
  const drives: Drives = createDrives(draft);
  const moves = draft.operation === "qmmove" || draft.operation === "vzmove";
  const expected = moves ? 1 : disks;
  if (expected !== null) drives.expect(expected);
  let job: string | null = null;
  const rules: readonly Rule[] = [
    ["block job (mirror) error: ", /^(.*)$/, ([, reason = ""]) => tellFailure(draft, reason)],
    ["storage migration failed: ", /^(.*)$/, ([, reason = ""]) => tellFailure(draft, reason)],
    ["clone failed: ", /^(.*)$/, ([, reason = ""]) => tellFailure(draft, reason)],
    ...rsyncRules(draft),
    ...createBlockJobRules(draft, drives, (name) => {
      job = name;
    }),
  ];
  const match = createMatcher(rules);
  return (line) => {
    match(line);
    // Only a move's volumes are surely the guest's own: a clone's lines name source and copy alike.
    if (moves && draft.current === null)
      identify(draft, parseVmid(VOLUME.exec(line.text)?.[1]), draft.operation === "qmmove" ? "qemu" : "lxc");
    if (draft.current === null) return;
    mirrorToGuest(draft);
    draft.current.disk = job;
    draft.current.durationSeconds = draft.elapsedSeconds;
  };
}
