import { localTime, zoneOffset } from "../format.ts";
import { pastJob, type PastGuest, type PastJob } from "../logs/recipe.ts";
import { createRandom, type Random } from "../random.ts";
import { markBackups } from "../retention.ts";
import { formatUpid } from "../tasks/upid.ts";
import type { BackupVolume, FinishedTask, Guest, Storage, World } from "../world.ts";
import { backup } from "./build.ts";

const DAY = 86_400;
/** How far the history reaches back. */
const DAYS = 25;
const NIGHTLY_HOUR = 1;
const WEEKLY_HOUR = 4;
const SUNDAY = 0;

type Past = { readonly tasks: FinishedTask[]; readonly backups: BackupVolume[] };

/** The epoch second of an hour on the day that lies so many days back, in the world's zone. */
function at(now: number, daysAgo: number, hour: number, timeZone: string): number {
  const noon = now - daysAgo * DAY;
  const day = localTime(noon, timeZone);
  const asUtc = Date.UTC(day.year, day.month - 1, day.day, hour) / 1000;
  return asUtc - zoneOffset(asUtc, timeZone);
}

function upid(
  random: Random,
  node: string,
  starttime: number,
  type: string,
  id: string,
  user: string,
): string {
  return formatUpid({
    node,
    pid: random.between(20_000, 4_000_000),
    pstart: random.between(1_000_000, 400_000_000),
    starttime,
    type,
    id,
    user,
  });
}

function finished(
  world: World,
  random: Random,
  job: PastJob,
): { readonly task: FinishedTask; readonly began: ReadonlyMap<number, number> } {
  const id = job.guests.length === 1 ? String(job.guests[0]?.vmid) : "";
  const { end, exit, began } = pastJob(world, job);
  const task = {
    upid: upid(random, job.node, job.start, "vzdump", id, "root@pam"),
    endtime: job.start + Math.ceil(end / 1000),
    exit,
    log: job,
  };
  return { task, began };
}

/** What went wrong with a guest in a night; null = nothing. */
function failure(of: Guest, daysAgo: number): string | null {
  if (of.vmid === 131 && daysAgo <= 4) return "VM is locked (backup)";
  if (of.vmid === 129 && daysAgo === 11)
    return "command 'set -o pipefail && lxc-usernsexec -- proxmox-backup-client backup' failed: exit code 255";
  if (of.vmid === 107 && daysAgo === 6)
    return "backup write data failed: command error: write_data upload error: pipelined request failed: No space left on device (os error 28)";
  return null;
}

function warning(node: string, daysAgo: number): string | null {
  if (node === "harbor-2" && daysAgo % 9 === 3)
    return "unable to add notes - proxmox-backup-client failed: Error: http request timed out";
  return null;
}

type Night = {
  readonly world: World;
  readonly random: Random;
  readonly now: number;
  readonly storage: Storage;
  readonly guests: readonly Guest[];
  readonly hour: number;
};

/** One job of one night on every node: a task each, and a backup of each guest that did not fail. */
function night(given: Night, daysAgo: number, past: Past): void {
  const { world, random, storage } = given;
  world.nodes.forEach(({ node }, index) => {
    const guests = given.guests.filter(
      (one) => one.node === node && one.createdAt < given.now - daysAgo * DAY,
    );
    const start = at(given.now, daysAgo, given.hour, world.timeZone) + index * 2;
    const params = {
      storage: storage.storage,
      quiet: true,
      mode: "snapshot",
      all: true,
      "notes-template": "{{guestname}}",
      ...(storage.type === "pbs" ? {} : { compress: "zstd" }),
    };
    if (start > given.now - 3600 || guests.length === 0) return;
    if (storage.type === "pbs" && daysAgo === 16) {
      const exit = `could not activate storage '${storage.storage}': ${storage.storage}: error fetching datastores - 500 Can't connect to ${storage.server ?? ""}:8007 (Connection timed out)`;
      past.tasks.push({
        upid: upid(random, node, start, "vzdump", "", "root@pam"),
        endtime: start + 60,
        exit,
        log: { kind: "lines", lines: [`TASK ERROR: ${exit}`] },
      });
      return;
    }
    const rows: readonly PastGuest[] = guests.map((one) => ({
      vmid: one.vmid,
      failure: failure(one, daysAgo),
      incremental: storage.type === "pbs" && one.status === "running",
    }));
    const job: PastJob = {
      kind: "vzdump",
      node,
      params,
      start,
      guests: rows,
      warning: warning(node, daysAgo),
      seed: daysAgo * 31 + index,
    };
    const { task, began } = finished(world, random, job);
    past.tasks.push(task);
    for (const one of guests) {
      const ctime = began.get(one.vmid);
      if (ctime === undefined || rows.some((row) => row.vmid === one.vmid && row.failure !== null)) continue;
      const verified =
        storage.type === "pbs" && daysAgo > 1 ? (one.vmid === 114 && daysAgo === 5 ? "failed" : "ok") : null;
      past.backups.push(
        backup(one, storage, ctime, world.timeZone, {
          ...(verified ? { verified } : {}),
          ...(one.vmid === 105 ? { encrypted: "9f:3a:1c:77:0e:42:b8:d1" } : {}),
        }),
      );
    }
  });
}

/** What a retention rule leaves of all that was ever made on a storage. */
function kept(backups: readonly BackupVolume[], storage: Storage, timeZone: string): readonly BackupVolume[] {
  const groups = Map.groupBy(backups, (one) => one.vmid);
  return [...groups.values()].flatMap((group) => {
    const marks = markBackups(group, storage.prune, timeZone);
    return group.filter((one) => marks.get(one) !== "remove");
  });
}

const PEOPLE = ["admin@pve", "operator@pve", "admin@pve"] as const;
const DAYTIME: readonly (readonly [qemu: string, lxc: string, seconds: number, exit: string])[] = [
  ["qmstart", "vzstart", 3, "OK"],
  ["qmshutdown", "vzshutdown", 9, "OK"],
  ["vncproxy", "vncproxy", 240, "OK"],
  ["qmsnapshot", "vzsnapshot", 4, "OK"],
  ["qmreboot", "vzreboot", 14, "OK"],
  ["qmshutdown", "vzshutdown", 60, "VM quit/powerdown failed - got timeout"],
];

/** What people did by day: starts, shutdowns, consoles, now and then a failure. */
function daytime(world: World, random: Random, now: number, daysAgo: number, past: Past): void {
  const busy = daysAgo % 7 === 5 || daysAgo % 7 === 6 ? 2 : 6;
  for (let count = 0; count < busy; count += 1) {
    const one = world.guests[random.between(0, world.guests.length - 1)];
    const kind = DAYTIME[random.between(0, DAYTIME.length - 1)];
    if (!one || !kind || one.template) continue;
    const [qemu, lxc, seconds, exit] = kind;
    if (exit !== "OK" && one.type === "lxc") continue;
    const start = at(now, daysAgo, 8, world.timeZone) + random.between(0, 32_000);
    if (start > now - 1800) continue;
    const line = exit === "OK" ? "TASK OK" : `TASK ERROR: ${exit}`;
    const user = PEOPLE[random.between(0, PEOPLE.length - 1)] ?? "admin@pve";
    past.tasks.push({
      upid: upid(random, one.node, start, one.type === "qemu" ? qemu : lxc, String(one.vmid), user),
      endtime: start + seconds,
      exit,
      log: { kind: "lines", lines: [line] },
    });
  }
}

/** A few weeks of nights and days of the demo cluster, and the backups that are left of them. */
export function demoHistory(world: World, now: number, pbs: Storage, nas: Storage): Past {
  const random = createRandom(20_261_121);
  const past: Past = { tasks: [], backups: [] };
  const nightly = world.guests.filter((one) => ![150, 151, 152, 154].includes(one.vmid));
  const weekly = world.guests.filter((one) => one.pool === "production" && one.disks.length === 1);
  for (let daysAgo = DAYS; daysAgo >= 0; daysAgo -= 1) {
    night({ world, random, now, storage: pbs, guests: nightly, hour: NIGHTLY_HOUR }, daysAgo, past);
    const weekday = new Date((now - daysAgo * DAY) * 1000).getUTCDay();
    if (weekday === SUNDAY)
      night({ world, random, now, storage: nas, guests: weekly, hour: WEEKLY_HOUR }, daysAgo, past);
    daytime(world, random, now, daysAgo, past);
  }
  const left = [pbs, nas].flatMap((storage) =>
    kept(
      past.backups.filter((one) => one.storage === storage.storage),
      storage,
      world.timeZone,
    ),
  );
  return { tasks: past.tasks.toSorted((one, other) => other.endtime - one.endtime), backups: left };
}
