import { PBS_ADMIN, PBS_BACKUP, PBS_OPERATOR, PBS_OPERATOR_TOKEN } from "../../credentials.ts";
import type { PbsVersion } from "../../profiles/pbs.ts";
import { smallGuests } from "../../worlds/small-guests.ts";
import type { BackupWorld, Datastore, Group, Snapshot } from "../world.ts";
import { collected } from "../logs/collect.ts";
import { accounts, datastore, group, past, snapshot } from "./build.ts";

const DAY = 86_400;
const KEY = "9f:3a:1c:77:0e:42:b8:d1";

/** A host's own backup, which belongs to a token. */
function laptop(seconds: number, type: "host", id: string, owner: string): Group {
  const files: Snapshot["files"] = [
    { filename: "catalog.pcat1.didx", size: 812_344, crypt: "none" },
    { filename: "home.pxar.didx", size: 7_340_032_000, crypt: "none" },
  ];
  const one = (days: number): Snapshot => ({
    time: seconds - days * DAY,
    files,
    finished: true,
    notes: null,
    protected: false,
    verification: null,
    fingerprint: null,
    corrupt: false,
    guest: null,
  });
  return { ns: "", type, id, owner, notes: "home of the operator\nsecond line", snapshots: [one(9), one(2)] };
}

/** `main`: groups of two clusters with equal ids, in the root and in a namespace; a damaged, an encrypted, an unfinished snapshot. */
function main(seconds: number, verified: string): Datastore {
  const [app, , web] = smallGuests(seconds);
  if (!app || !web) throw new Error("the small world has its guests");
  const ok = { verification: { state: "ok", upid: verified } } as const;
  const nightly = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
  return datastore({
    store: "main",
    comment: "nightly backups",
    totalGib: 4096,
    usedGib: 1900,
    growth: 0.05,
    gcSchedule: "daily",
    namespaces: ["second", "second/archive"],
    groups: [
      group(app, "", PBS_BACKUP.username, [
        ...nightly(6).map((days) => snapshot(app, seconds - days * DAY, days > 1 ? ok : {})),
        snapshot(app, seconds - 40 * DAY, {
          ...ok,
          protected: true,
          notes: "kept for the auditor\nsecond line",
        }),
      ]),
      group(web, "", PBS_BACKUP.username, [
        snapshot(web, seconds - DAY - 300, { corrupt: true }),
        snapshot(web, seconds - 2 * DAY - 300, ok),
        snapshot(web, seconds - 3 * DAY - 300, { verification: { state: "failed", upid: verified } }),
      ]),
      group({ ...app, name: "other-app" }, "second", PBS_ADMIN.username, [
        snapshot({ ...app, name: "other-app" }, seconds - DAY - 60, { fingerprint: KEY }),
        snapshot({ ...app, name: "other-app" }, seconds - 2 * DAY - 60, { fingerprint: KEY, ...ok }),
        snapshot({ ...app, name: "other-app" }, seconds - 1800, { finished: false, notes: null }),
      ]),
      laptop(seconds, "host", "laptop", PBS_OPERATOR_TOKEN.id),
      laptop(seconds - 3600, "host", "workstation", PBS_OPERATOR.username),
    ],
  });
}

/** What the other house has: two snapshots that this one has not yet. */
function mirror(seconds: number): Datastore {
  const [app] = smallGuests(seconds);
  if (!app) throw new Error("the small world has its guests");
  const far = { ...app, vmid: 700, name: "far-away" };
  return datastore({
    store: "mirror",
    totalGib: 2048,
    usedGib: 300,
    groups: [
      group(
        far,
        "",
        "sync@pbs",
        [2, 1].map((days) => snapshot(far, seconds - days * DAY)),
      ),
    ],
  });
}

/**
 * A Backup Server for tests. `main` is in use, `vault` is read-only for maintenance, `shelf` is a removable disk that is not
 * there. Three jobs on `main`, one remote; a few finished tasks, one of them failed and one lost with the daemon.
 */
export function smallBackupWorld(
  options: { readonly now?: number; readonly version?: PbsVersion } = {},
): BackupWorld {
  const seconds = Math.floor((options.now ?? Date.now()) / 1000);
  const world: BackupWorld = {
    version: options.version ?? "4.2",
    node: "pbs1",
    timeZone: "Europe/Vienna",
    bootedAt: seconds - 90 * DAY,
    daemon: { pid: 1142, pstart: 4711, nextTask: 0 },
    datastores: [],
    jobs: {
      sync: [
        {
          id: "s-offsite",
          store: "main",
          remote: "offsite",
          "remote-store": "mirror",
          ns: "second/archive",
          "remove-vanished": false,
          schedule: "sat 18:15",
          comment: "weekly from the other house",
          owner: PBS_ADMIN.username,
        },
      ],
      verify: [
        { id: "v-main", store: "main", schedule: "daily", "ignore-verified": true, "outdated-after": 30 },
      ],
      prune: [
        {
          id: "p-main",
          store: "main",
          schedule: "02:00",
          "keep-last": 3,
          "keep-daily": 7,
          "keep-monthly": 6,
        },
      ],
    },
    lastRuns: {},
    remotes: [
      {
        name: "offsite",
        datastores: [mirror(seconds)],
        host: "192.0.2.40",
        "auth-id": "sync@pbs",
        password: "simulator-sync",
        fingerprint: Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0")).join(":"),
        comment: "the other house",
      },
    ],
    ...accounts(),
    history: [],
  };
  const verify = past(world, {
    type: "verificationjob",
    id: "main:v-main",
    start: seconds - DAY,
    seconds: 940,
    lines: [
      "Starting datastore verify job 'main:v-main'",
      "task triggered by schedule 'daily'",
      "verify datastore main",
      "found 5 groups",
      "percentage done: 100.00% (5/5 groups)",
    ],
  });
  const gc = past(world, {
    type: "garbage_collection",
    id: "main",
    start: seconds - DAY + 3600,
    seconds: 611,
    lines: [
      "starting garbage collection on store main",
      "task triggered by schedule 'daily'",
      "Start GC phase1 (mark used chunks)",
      "marked 100% (21 of 21 index files)",
      "Start GC phase2 (sweep unused chunks)",
      "processed 99% (481203 chunks)",
      "Removed garbage: 3.21 GiB",
      "Removed chunks: 1840",
      "Original data usage: 412.5 GiB",
    ],
  });
  const prune = past(world, {
    type: "prunejob",
    id: "main:p-main",
    start: seconds - DAY + 7200,
    seconds: 4,
    lines: [
      "prune job 'p-main'",
      "Starting datastore prune on datastore 'main', root namespace, down to full depth",
    ],
  });
  const sync = past(world, {
    type: "syncjob",
    id: "offsite:mirror:main:second/archive:s-offsite",
    start: seconds - 3 * DAY,
    seconds: 31,
    exit: "sync failed with some errors.",
    lines: [
      "Starting datastore sync job 'offsite:mirror:main:second/archive:s-offsite'",
      "task triggered by schedule 'sat 18:15'",
      "sync datastore 'main' from 'offsite/mirror'",
      "sync group vm/100 failed - connection error: connection reset",
    ],
  });
  const lost = past(world, {
    type: "verify",
    id: "main",
    user: PBS_ADMIN.username,
    start: seconds - 5 * DAY,
    seconds: 0,
    exit: "unknown",
    lines: ["verify datastore main", "found 5 groups"],
  });
  world.history = [prune, gc, verify, sync, lost];
  world.lastRuns = {
    "verify:v-main": verify.upid,
    "gc:main": gc.upid,
    "prune:p-main": prune.upid,
    "sync:s-offsite": sync.upid,
  };
  const store = main(seconds, verify.upid);
  store.gc = collected(store, gc.upid);
  world.datastores = [
    store,
    datastore({
      store: "vault",
      totalGib: 512,
      usedGib: 511,
      growth: -0.01,
      maintenance: { type: "read-only", message: "disk is being replaced" },
    }),
    datastore({
      store: "shelf",
      comment: "the disk in the safe",
      totalGib: 0,
      usedGib: 0,
      mountStatus: "notmounted",
    }),
  ];
  return world;
}
