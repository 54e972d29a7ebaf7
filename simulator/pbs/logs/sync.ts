import { clientBytes, isoStamp } from "../../format.ts";
import { groupOf, sizeOf, snapshotOf } from "../state.ts";
import { createCourse, groupName, placeName, progress } from "../tasks/steps.ts";
import { storedSize } from "../tasks/effects.ts";
import type { Step } from "../tasks/task.ts";
import type { Datastore, Group, Job, Snapshot } from "../world.ts";

const MIB = 1024 * 1024;
const BYTES_A_SECOND = 110 * MIB;
const CHUNK_BYTES = 2 * MIB;

export type SyncWish = {
  readonly job: Job;
  /** Whether it is a job that runs, and by which schedule. */
  readonly schedule: string | null;
  readonly source: Datastore;
  readonly target: Datastore;
  readonly owner: string;
  readonly now: number;
};

const text = (job: Job, key: string): string => (typeof job[key] === "string" ? job[key] : "");

/** Newer than what the target has, or with a failed verification that is to be mended. */
function missing(target: Group | undefined, source: Group): readonly Snapshot[] {
  const newest = Math.max(0, ...(target?.snapshots.map((one) => one.time) ?? []));
  return source.snapshots
    .filter((one) => one.finished && one.time > newest && !(target && snapshotOf(target, one.time)))
    .toSorted((left, right) => left.time - right.time);
}

/** A pull from another server or datastore, from its first line to its end. */
export function syncSteps(wish: SyncWish): readonly Step[] {
  const { job, source, target } = wish;
  const [ns, remoteNs] = [text(job, "ns"), text(job, "remote-ns")];
  const from = text(job, "remote") === "" ? source.store : `${text(job, "remote")}/${source.store}`;
  const groups = source.groups.filter((group) => group.ns === remoteNs);
  const course = createCourse();
  course.say(`Starting datastore sync job '${syncWorkerId(job)}'`);
  if (wish.schedule !== null) course.say(`task triggered by schedule '${wish.schedule}'`);
  course.say(`sync datastore '${target.store}' from '${from}'`, "----");
  course.say(`Syncing ${placeName(source.store, remoteNs)} into ${placeName(target.store, ns)}`);
  course.say(`found ${groups.length} groups to sync`);
  let bytes = 0;
  for (const [index, group] of groups.entries()) {
    const local = groupOf(target, ns, group.type, group.id);
    const wanted = missing(local, group);
    const old = group.snapshots
      .filter((one) => !wanted.includes(one))
      .toSorted((one, other) => one.time - other.time);
    const [first, last] = [old[0], old.at(-1)];
    if (first && last)
      course.say(
        `skipped: ${old.length} snapshot(s) (${isoStamp(first.time)} .. ${isoStamp(last.time)}) - older than the newest local snapshot`,
      );
    for (const [position, snapshot] of wanted.entries()) {
      const size = storedSize(snapshot, local === undefined && position === 0);
      const name = `${groupName(group)}/${isoStamp(snapshot.time)}`;
      course.say(`sync snapshot ${name}`);
      for (const file of snapshot.files) {
        const part = Math.ceil((size * file.size) / Math.max(1, sizeOf(snapshot)));
        course.say(`sync archive ${file.filename}`);
        course.wait((part / BYTES_A_SECOND) * 1000);
        course.say(`downloaded ${clientBytes(part)} (${clientBytes(BYTES_A_SECOND)}/s)`);
      }
      course.say(`got backup log file client.log.blob`, `sync snapshot ${name} done`);
      bytes += size;
      const place = { store: target.store, ns, type: group.type, id: group.id };
      const copy = { ...snapshot, protected: false, verification: null };
      course.do({ kind: "snapshot-add", place, owner: wish.owner, snapshot: copy });
      const [done, total] = [index, groups.length];
      course.say(progress({ done, total }, { done: position + 1, total: wanted.length }));
    }
    if (wanted.length === 0) {
      const [done, total] = [index, groups.length];
      course.say(progress({ done, total }, { done: 0, total: 0 }));
    }
  }
  const chunks = Math.ceil(bytes / CHUNK_BYTES);
  course.say(
    bytes === 0
      ? "Summary: sync job found no new data to pull"
      : `Summary: sync job pulled ${clientBytes(bytes)} in ${chunks} chunks (average rate: ${clientBytes(BYTES_A_SECOND)}/s)`,
  );
  course.say(`sync job '${job.id}' end`);
  return course.end("OK");
}

/** `<remote or ->:<its store>:<store>[:<ns>]:<id>`, by which the server later knows whose task it was. */
export function syncWorkerId(job: Job): string {
  const ns = text(job, "ns");
  const parts = [
    text(job, "remote") || "-",
    text(job, "remote-store"),
    job.store,
    ...(ns === "" ? [] : [ns]),
    job.id,
  ];
  return parts.join(":");
}
