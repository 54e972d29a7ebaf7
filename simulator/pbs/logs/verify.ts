import { isoStamp } from "../../format.ts";
import type { Random } from "../../random.ts";
import { createCourse, groupName, progress, type Course } from "../tasks/steps.ts";
import type { Step } from "../tasks/task.ts";
import { parseUpid } from "../tasks/upid.ts";
import type { Group, Snapshot } from "../world.ts";

const MIB = 1024 * 1024;
const DAY = 86_400;
/** Chunks of a snapshot that an earlier one of the same run has not read yet. */
const FRESH_SHARE = 0.04;
const COMPRESSED = 0.5;
const DECODED_A_SECOND = 380 * MIB;

export type VerifyWish = {
  readonly store: string;
  /** In the order in which they are looked at; a snapshot or a group alone is a list of one. */
  readonly groups: readonly Group[];
  /** Only this snapshot of the only group. */
  readonly time: number | null;
  /** What stands before everything else. */
  readonly head: readonly string[];
  /** Whether snapshots that were verified before are left out, and after how many days that is forgotten. */
  readonly ignoreVerified: boolean;
  readonly outdatedAfter: number | null;
  readonly now: number;
  readonly random: Random;
};

/** Whether a snapshot is due (proxmox-backup, src/backup/verify.rs, verify_filter). */
function isDue(snapshot: Snapshot, wish: VerifyWish): boolean {
  if (!wish.ignoreVerified || snapshot.verification === null) return true;
  if (wish.outdatedAfter === null) return false;
  const verifiedAt = parseUpid(snapshot.verification.upid)?.starttime ?? 0;
  return (wish.now - verifiedAt) / DAY > wish.outdatedAfter;
}

const nameOf = (group: Group, snapshot: Snapshot): string =>
  `${group.ns === "" ? "" : `${group.ns}:`}${groupName(group)}/${isoStamp(snapshot.time)}`;

/** Reads one snapshot's files. Returns whether all were whole. */
function check(course: Course, wish: VerifyWish, group: Group, snapshot: Snapshot, share: number): boolean {
  const name = `${wish.store}:${groupName(group)}/${isoStamp(snapshot.time)}`;
  const damaged = snapshot.corrupt
    ? snapshot.files.findLast((file) => /\.[fd]idx$/.test(file.filename))
    : null;
  course.say(`verify ${name}`);
  for (const file of snapshot.files) {
    course.say(`  check ${file.filename}`);
    if (file.filename.endsWith(".blob")) continue;
    const decoded = file.size * share;
    const seconds = Math.max(0.01, (decoded / DECODED_A_SECOND) * (0.85 + wish.random.next() * 0.3));
    course.wait(seconds * 1000);
    const broken = file === damaged;
    if (broken) {
      const digest = wish.random.hex(64);
      course.say(
        `can't verify chunk, load failed - store '${wish.store}', unable to load chunk '${digest}' - blob crc mismatch`,
      );
    }
    const [read, whole] = [(decoded * COMPRESSED) / MIB, decoded / MIB];
    course.say(
      `  verified ${read.toFixed(2)}/${whole.toFixed(2)} MiB in ${seconds.toFixed(2)} seconds, ` +
        `speed ${(read / seconds).toFixed(2)}/${(whole / seconds).toFixed(2)} MiB/s (${broken ? 1 : 0} errors)`,
    );
    if (broken) course.say(`verify ${name}/${file.filename} failed: chunks could not be verified`);
  }
  const { store } = wish;
  const place = { store, ns: group.ns, type: group.type, id: group.id };
  const state = damaged ? "failed" : "ok";
  course.do({ kind: "verified", place, time: snapshot.time, state });
  return !damaged;
}

/** A verification from its first line to its end. */
export function verifySteps(wish: VerifyWish): readonly Step[] {
  const course = createCourse();
  const bad: string[] = [];
  course.say(...wish.head);
  for (const [index, group] of wish.groups.entries()) {
    const wanted = group.snapshots
      .filter((one) => one.finished && (wish.time === null || one.time === wish.time))
      .toSorted((left, right) => right.time - left.time);
    if (wish.time === null)
      course.say(`verify group ${wish.store}:${groupName(group)} (${wanted.length} snapshots)`);
    let share = 1;
    for (const [position, snapshot] of wanted.entries()) {
      if (isDue(snapshot, wish)) {
        if (!check(course, wish, group, snapshot, share)) bad.push(nameOf(group, snapshot));
        share = FRESH_SHARE;
      } else {
        const name = `${wish.store}:${groupName(group)}/${isoStamp(snapshot.time)}`;
        course.say(`SKIPPED: verify ${name} (recently verified)`);
      }
      if (wish.time !== null) continue;
      const [done, total] = [index, wish.groups.length];
      course.say(progress({ done, total }, { done: position + 1, total: wanted.length }));
    }
  }
  if (bad.length === 0) return course.end("OK");
  course.say("Failed to verify the following snapshots/groups:", ...bad.map((name) => `\t${name}`));
  return course.end("verification failed - please check the log for details");
}
