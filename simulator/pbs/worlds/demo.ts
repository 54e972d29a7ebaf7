import { PBS_BACKUP } from "../../credentials.ts";
import { isoStamp } from "../../format.ts";
import { createRandom } from "../../random.ts";
import { nextRun } from "../../schedule.ts";
import { storageOf } from "../../state.ts";
import type { BackupVolume, World } from "../../world.ts";
import { backupBegins, backupEnds } from "../logs/backup.ts";
import { collected, collectSteps } from "../logs/collect.ts";
import { verifySteps } from "../logs/verify.ts";
import type { Step } from "../tasks/task.ts";
import type { BackupWorld, Datastore, FinishedTask, Group, Snapshot } from "../world.ts";
import { accounts, datastore, group, past, snapshot } from "./build.ts";

const DAY = 86_400;
const TIME_ZONE = "Europe/Berlin";
const STORAGE = "pbs-main";
/** How far the tasks of the nights go back. */
const NIGHTS = 7;

const linesOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap((step) => ("line" in step ? [step.line] : []));
const secondsOf = (steps: readonly Step[]): number => Math.ceil((steps.at(-1)?.at ?? 0) / 1000);

/** What the cluster has on its storage, as the server keeps it. */
function groupsOf(world: World): Group[] {
  const volumes = world.backups.filter((one) => one.storage === STORAGE);
  const made = Map.groupBy(volumes, (one) => `${one.subtype}/${one.vmid}`);
  return [...made.values()].flatMap((copies) => {
    const of = guestIn(world, copies[0]);
    if (!of) return [];
    return [
      group(
        of,
        "",
        PBS_BACKUP.username,
        copies.map((one) => snapshotOf(world, one)),
      ),
    ];
  });
}

const guestIn = (world: World, volume: BackupVolume | undefined): World["guests"][number] | undefined =>
  volume?.guest ?? world.guests.find((one) => one.vmid === volume?.vmid);

function snapshotOf(world: World, volume: BackupVolume): Snapshot {
  const of = guestIn(world, volume);
  if (!of) throw new Error(`no guest ${volume.vmid} for ${volume.name}`);
  return snapshot(of, volume.ctime, {
    notes: volume.notes,
    protected: volume.protected,
    verification: volume.verification,
    fingerprint: volume.encrypted,
    corrupt: volume.verification?.state === "failed",
  });
}

/** Copies in the other house: of what the company lives on, a week old. */
function offsite(main: Datastore): Datastore {
  const groups = main.groups
    .filter((one) => Number(one.id) < 110)
    .map((one): Group => ({ ...one, ns: "harbor", owner: "sync@pbs", snapshots: one.snapshots.slice(0, 2) }));
  return datastore({
    store: "offsite",
    comment: "copies of the most important guests",
    totalGib: 4000,
    usedGib: 3710,
    growth: 0.06,
    gcSchedule: "sat 12:00",
    namespaces: ["harbor"],
    groups,
  });
}

function backupTask(world: BackupWorld, store: Datastore, of: Group, one: Snapshot): FinishedTask {
  const name = `${of.type}/${of.id}`;
  const random = createRandom(Number(of.id) + one.time);
  const begins = backupBegins(store.store, `${name}/${isoStamp(one.time)}`, one.files, true);
  return past(world, {
    type: "backup",
    id: `${store.store}:${name}`,
    user: PBS_BACKUP.username,
    start: one.time,
    seconds: 40 + random.between(0, 400),
    lines: linesOf([...begins, ...backupEnds(one, random, false)]),
  });
}

/** When a schedule came the last time but `ago` days. */
const cameAt = (schedule: string, now: number, ago: number): number =>
  nextRun(schedule, now - (ago + 1) * DAY, TIME_ZONE) ?? now;

/** The nights of the server: backups come in, at three everything old is pruned, at four swept, at five verified; on Sundays it copies. */
function nights(world: BackupWorld, main: Datastore, now: number): FinishedTask[] {
  const found: FinishedTask[] = [];
  const random = createRandom(20_261_122);
  const copies = main.groups.flatMap((of) => of.snapshots.map((one) => ({ of, one })));
  for (const { of, one } of copies)
    if (one.time > now - NIGHTS * DAY) found.push(backupTask(world, main, of, one));
  const task = (start: number, type: string, id: string, steps: readonly Step[], exit = "OK"): void => {
    const seconds = Math.max(2, secondsOf(steps));
    if (start + seconds > now) return;
    found.push(past(world, { type, id, start: start + 5, seconds, exit, lines: linesOf(steps) }));
  };
  for (let ago = NIGHTS; ago >= 0; ago -= 1) {
    const [pruned, swept, verified] = ["03:00", "04:00", "05:00"].map((schedule) =>
      cameAt(schedule, now, ago),
    );
    task(pruned ?? now, "prunejob", main.store, [
      { at: 0, line: "prune job 'p-main'" },
      { at: 0, line: "task triggered by schedule '03:00'" },
      {
        at: 0,
        line: `Starting datastore prune on datastore '${main.store}', root namespace, down to full depth`,
      },
      { at: 4000, line: "retention options: --keep-daily 7 --keep-weekly 4" },
    ]);
    task(swept ?? now, "garbage_collection", main.store, collectSteps(main, "", swept ?? now, "04:00"));
    const failed = ago === 4;
    const steps = verifySteps({
      store: main.store,
      groups: main.groups.slice(0, 6),
      time: null,
      head: [`Starting datastore verify job '${main.store}:v-main'`, "task triggered by schedule '05:00'"],
      ignoreVerified: !failed,
      outdatedAfter: 30,
      now: verified ?? now,
      random,
    });
    const exit = failed ? "verification failed - please check the log for details" : "OK";
    task(verified ?? now, "verificationjob", `${main.store}:v-main`, steps, exit);
  }
  const sunday = nextRun("sun 08:00", now - 7 * DAY, TIME_ZONE) ?? now;
  task(sunday, "syncjob", "-:main:offsite:harbor:s-offsite", [
    { at: 0, line: "Starting datastore sync job '-:main:offsite:harbor:s-offsite'" },
    { at: 0, line: "task triggered by schedule 'sun 08:00'" },
    { at: 0, line: "sync datastore 'offsite' from 'main'" },
    { at: 340_000, line: "percentage done: 100.00% (10/10 groups)" },
    { at: 340_000, line: "Summary: sync job pulled 34.2 GiB in 17510 chunks (average rate: 103 MiB/s)" },
    { at: 340_000, line: "sync job 's-offsite' end" },
  ]);
  return found.toSorted((one, other) => other.endtime - one.endtime);
}

/**
 * The Backup Server of the demo cluster: the datastore behind its storage with all its copies, one of them damaged, and a
 * smaller one in the other house that will soon be full; a week of nights.
 */
export function demoBackupWorld(cluster: World, options: { readonly now?: number } = {}): BackupWorld {
  const now = Math.floor((options.now ?? Date.now()) / 1000);
  const usage = storageOf(cluster, STORAGE)?.usage["*"] ?? { total: 0, used: 0 };
  const main = datastore({
    store: "main",
    comment: "everything, nightly",
    totalGib: usage.total / 2 ** 30,
    usedGib: usage.used / 2 ** 30,
    growth: 0.03,
    gcSchedule: "04:00",
    groups: groupsOf(cluster),
  });
  main.gc = collected(main, null);
  const other = offsite(main);
  other.gc = collected(other, null);
  const world: BackupWorld = {
    version: "4.2",
    node: "harbor-backup",
    timeZone: TIME_ZONE,
    bootedAt: now - 61 * DAY,
    daemon: { pid: 1207, pstart: 3911, nextTask: 0 },
    datastores: [main, other],
    jobs: {
      sync: [
        {
          id: "s-offsite",
          store: "offsite",
          "remote-store": "main",
          ns: "harbor",
          schedule: "sun 08:00",
          comment: "weekly to the other house",
          owner: "sync@pbs",
        },
      ],
      verify: [{ id: "v-main", store: "main", schedule: "05:00", "outdated-after": 30 }],
      prune: [
        { id: "p-main", store: "main", schedule: "03:00", "keep-daily": 7, "keep-weekly": 4 },
        { id: "p-offsite", store: "offsite", schedule: "sat 11:00", "keep-weekly": 8, disable: true },
      ],
    },
    lastRuns: {},
    remotes: [],
    ...accounts(),
    history: [],
  };
  world.history = nights(world, main, now);
  const last = (type: string): string =>
    world.history.find((one) => one.upid.includes(`:${type}:`))?.upid ?? "";
  world.lastRuns = {
    "verify:v-main": last("verificationjob"),
    "prune:p-main": last("prunejob"),
    "sync:s-offsite": last("syncjob"),
    "gc:main": last("garbage_collection"),
  };
  return world;
}
