import { PBS_BACKUP } from "../../credentials.ts";
import { GIB } from "../../format.ts";
import type { PbsVersion } from "../../profiles/pbs.ts";
import { createRandom, type Random } from "../../random.ts";
import type { BackupWorld, Group, Snapshot } from "../world.ts";
import { accounts, datastore } from "./build.ts";

export type GeneratedBackupWish = {
  /** The same seed gives the same world. */
  readonly seed: number;
  readonly datastores: number;
  /** In each datastore, besides the root. */
  readonly namespaces: number;
  /** In each namespace, the root included; three of four are VMs, the ids count from 100 in each. */
  readonly groups: number;
  /** In each group, one a day. */
  readonly snapshots: number;
  readonly version?: PbsVersion;
  /** Milliseconds since the epoch; absent = now. */
  readonly now?: number;
};

const DAY = 86_400;
/** One snapshot of so many failed its verification, and of so many is protected. */
const FAILED = 97;
const PROTECTED = 50;

function snapshotOf(random: Random, isVm: boolean, time: number, number: number): Snapshot {
  const size = random.between(8, 400) * GIB;
  const upid = `UPID:pbs:000004B7:00000F47:0000003D:${(time + 7200).toString(16).toUpperCase()}:verificationjob:store\\x3av\\x2dall:root@pam:`;
  const state = number % FAILED === FAILED - 1 ? "failed" : "ok";
  return {
    time,
    files: isVm
      ? [
          { filename: "drive-scsi0.img.fidx", size, crypt: "none" },
          { filename: "qemu-server.conf.blob", size: 431, crypt: "none" },
        ]
      : [
          { filename: "catalog.pcat1.didx", size: Math.ceil(size / 20_000), crypt: "none" },
          { filename: "pct.conf.blob", size: 287, crypt: "none" },
          { filename: "root.pxar.didx", size, crypt: "none" },
        ],
    finished: true,
    notes: `guest of the seed, copy ${number}`,
    protected: number % PROTECTED === PROTECTED - 1,
    verification: number % 3 === 0 ? null : { state, upid },
    fingerprint: null,
    corrupt: state === "failed",
    guest: null,
  };
}

function groupsOf(wish: GeneratedBackupWish, random: Random, ns: string, now: number): Group[] {
  return Array.from({ length: wish.groups }, (_, index): Group => {
    const isVm = index % 4 !== 3;
    return {
      ns,
      type: isVm ? "vm" : "ct",
      id: String(100 + index),
      owner: PBS_BACKUP.username,
      notes: "",
      snapshots: Array.from({ length: wish.snapshots }, (__, number) =>
        snapshotOf(random, isVm, now - number * DAY - index, index * wish.snapshots + number),
      ),
    };
  });
}

/** A Backup Server of any size: so much that reading all of it at once would be tens of megabytes. */
export function generatedBackupWorld(wish: GeneratedBackupWish): BackupWorld {
  const now = Math.floor((wish.now ?? Date.now()) / 1000);
  const random = createRandom(wish.seed);
  const namespaces = Array.from({ length: wish.namespaces }, (_, index) => `site-${index + 1}`);
  const stores = Array.from({ length: wish.datastores }, (_, index) =>
    datastore({
      store: `store-${index + 1}`,
      totalGib: 100_000,
      usedGib: random.between(20_000, 95_000),
      growth: 0.02,
      gcSchedule: "daily",
      namespaces,
      groups: ["", ...namespaces].flatMap((ns) => groupsOf(wish, random, ns, now)),
    }),
  );
  return {
    version: wish.version ?? "4.2",
    node: "pbs",
    timeZone: "UTC",
    bootedAt: now - 30 * DAY,
    daemon: { pid: 1207, pstart: 3911, nextTask: 0 },
    datastores: stores,
    jobs: {
      sync: [],
      verify: stores.map((one) => ({ id: `v-${one.store}`, store: one.store, schedule: "daily" })),
      prune: stores.map((one) => ({
        id: `p-${one.store}`,
        store: one.store,
        schedule: "03:00",
        "keep-daily": 30,
      })),
    },
    lastRuns: {},
    remotes: [],
    ...accounts(),
    history: [],
  };
}
