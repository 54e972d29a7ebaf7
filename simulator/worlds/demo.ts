import type { PveVersion } from "../profiles/pve.ts";
import type { Storage, World } from "../world.ts";
import { accounts, backup, node, storage } from "./build.ts";
import { deletedGuest, demoGuests } from "./demo-guests.ts";
import { demoHistory } from "./demo-history.ts";

const DAY = 86_400;
const TIME_ZONE = "Europe/Berlin";
const NODES = ["harbor-1", "harbor-2", "harbor-3"];

function storages(): {
  readonly all: Storage[];
  readonly local: Storage;
  readonly nas: Storage;
  readonly pbs: Storage;
} {
  const local = storage(
    {
      storage: "local",
      type: "dir",
      path: "/var/lib/vz",
      content: ["backup", "iso", "vztmpl", "snippets"],
      totalGib: 94,
      usedGib: 22,
      prune: { "keep-last": 2 },
    },
    NODES,
  );
  const lvm = storage(
    {
      storage: "local-lvm",
      type: "lvmthin",
      path: "pve/data",
      content: ["images", "rootdir"],
      totalGib: 820,
      usedGib: 310,
    },
    NODES,
  );
  const ceph = storage(
    {
      storage: "ceph-vm",
      type: "rbd",
      path: "vm",
      content: ["images", "rootdir"],
      totalGib: 7200,
      usedGib: 3380,
    },
    NODES,
  );
  const nas = storage(
    {
      storage: "nas-backup",
      type: "nfs",
      server: "192.0.2.40",
      content: ["backup", "iso"],
      totalGib: 4000,
      usedGib: 3680,
      prune: { "keep-last": 3 },
    },
    NODES,
  );
  const pbs = storage(
    {
      storage: "pbs-main",
      type: "pbs",
      server: "192.0.2.50",
      content: ["backup"],
      totalGib: 12_000,
      usedGib: 6900,
      prune: { "keep-daily": 7, "keep-weekly": 4 },
    },
    NODES,
  );
  const offsite = storage(
    {
      storage: "offsite",
      type: "nfs",
      server: "198.51.100.7",
      content: ["backup"],
      totalGib: 8000,
      usedGib: 0,
      broken: "storage 'offsite' is not online",
    },
    NODES,
  );
  return { all: [local, lvm, ceph, nas, pbs, offsite], local, nas, pbs };
}

/** harbor-3 is the node in trouble: its processors and memory are worn out and its root file system is nearly full. */
function nodes(seconds: number): World["nodes"] {
  const third = node(3, {
    node: "harbor-3",
    address: "192.0.2.33",
    cores: 16,
    memoryGib: 80,
    load: 0.9,
    bootedAt: seconds - 213 * DAY,
  });
  third.rootUsed = Math.round(third.rootTotal * 0.955);
  return [
    node(1, {
      node: "harbor-1",
      address: "192.0.2.31",
      cores: 32,
      memoryGib: 128,
      load: 0.24,
      bootedAt: seconds - 61 * DAY,
    }),
    node(2, {
      node: "harbor-2",
      address: "192.0.2.32",
      cores: 32,
      memoryGib: 192,
      load: 0.31,
      bootedAt: seconds - 61 * DAY - 4000,
    }),
    third,
  ];
}

function jobs(seconds: number): World["jobs"] {
  const midnight = seconds - (seconds % DAY) + DAY;
  return [
    {
      id: "backup-nightly",
      type: "vzdump",
      enabled: 1,
      schedule: "01:00",
      storage: "pbs-main",
      mode: "snapshot",
      all: 1,
      exclude: "150,151,152,154",
      comment: "every night to the backup server",
      "notes-template": "{{guestname}}",
      "prune-backups": { "keep-daily": "7", "keep-weekly": "4" },
      "next-run": midnight,
    },
    {
      id: "backup-weekly",
      type: "vzdump",
      enabled: 1,
      schedule: "sun 04:00",
      storage: "nas-backup",
      mode: "snapshot",
      compress: "zstd",
      pool: "production",
      "notes-template": "{{guestname}}",
      "next-run": midnight + 3 * DAY + 10_800,
    },
    {
      id: "backup-offsite",
      type: "vzdump",
      enabled: 0,
      schedule: "sat 12:00",
      storage: "offsite",
      mode: "snapshot",
      compress: "zstd",
      vmid: "105,127",
      "next-run": midnight + 5 * DAY,
    },
  ];
}

/**
 * The cluster a new user finds without having one: three nodes, forty guests, several storages and a backup server, some weeks
 * of history, and troubles worth seeing: a worn-out node, a full and an unreachable storage, a guest locked since a killed backup,
 * one left out of the nightly job, one never backed up, a copy that failed its verification, a deleted guest's last copies.
 */
export function demoWorld(options: { readonly now?: number; readonly version?: PveVersion } = {}): World {
  const seconds = Math.floor((options.now ?? Date.now()) / 1000);
  const { all, local, nas, pbs } = storages();
  const guests = demoGuests(seconds);
  const world: World = {
    version: options.version ?? "9.2",
    cluster: "harbor",
    timeZone: TIME_ZONE,
    nodes: nodes(seconds),
    guests,
    storages: all,
    backups: [],
    pools: [
      { poolid: "production", comment: "what the company lives on" },
      { poolid: "office", comment: null },
      { poolid: "platform", comment: "builds and clusters" },
    ],
    jobs: jobs(seconds),
    ...accounts(),
    ha: [
      { sid: "vm:104", vmid: 104, state: "started", group: null },
      { sid: "vm:100", vmid: 100, state: "started", group: null },
    ],
    history: [],
  };
  const past = demoHistory(world, seconds, pbs, nas);
  // The nightly job left its dirty bitmaps in every VM that has been running since.
  for (const one of guests)
    if (one.type === "qemu" && one.status === "running" && ![113, 131, 150, 151].includes(one.vmid))
      one.bitmaps = ["pbs-main"];
  const byId = (vmid: number): World["guests"][number] | undefined => guests.find((one) => one.vmid === vmid);
  const extra = [
    [150, pbs, 47.3, {}],
    [110, local, 20.4, { notes: "before the move to the new mail gateway" }],
    [110, local, 3.2, {}],
    [127, nas, 88.2, { protected: true, notes: "year end, keep\nasked for by the auditor" }],
    [154, nas, 120.9, { truncated: true, notes: "cut short when the NAS was full" }],
  ] as const;
  const gone = deletedGuest(seconds);
  world.history = past.tasks;
  world.backups = [
    ...past.backups,
    ...extra.flatMap(([vmid, on, days, wish]) => {
      const one = byId(vmid);
      return one ? [backup(one, on, Math.floor(seconds - days * DAY), TIME_ZONE, wish)] : [];
    }),
    ...[61, 68].map((days) => ({
      ...backup(gone, pbs, seconds - days * DAY, TIME_ZONE, { verified: "ok", protected: days === 61 }),
      guest: gone,
    })),
  ];
  return world;
}
