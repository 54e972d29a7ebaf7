import type { PveVersion } from "../profiles/pve.ts";
import { createRandom, seedOf, type Random } from "../random.ts";
import { formatUpid } from "../tasks/upid.ts";
import type { BackupVolume, FinishedTask, Guest, Storage, World } from "../world.ts";
import { accounts, backup, node, storage } from "./build.ts";
import { GENERATED_POOLS, generatedGuests } from "./generated-guests.ts";

export type GeneratedWish = {
  /** The same seed gives the same world. */
  readonly seed: number;
  readonly nodes: number;
  /** In the whole cluster. */
  readonly guests: number;
  /** In the whole cluster, spread evenly over its guests. */
  readonly backups: number;
  /** Finished tasks on each node; absent = 50. */
  readonly tasks?: number;
  readonly cluster?: string;
  readonly version?: PveVersion;
  /** Milliseconds since the epoch; absent = now. */
  readonly now?: number;
};

const DAY = 86_400;
const HOUR = 3600;
const TASKS = 50;
/** A PBS datastore and a share take turns: two copies of three are on the first. */
const SHARE_OF_NAS = 3;

function storagesOf(nodes: readonly string[], wish: GeneratedWish): readonly Storage[] {
  const disk = { content: ["images", "rootdir"], totalGib: 24_000, usedGib: 9000 };
  const room = { totalGib: 90_000, usedGib: Math.min(80_000, wish.backups * 4) };
  return [
    storage(
      {
        storage: "local",
        type: "dir",
        path: "/var/lib/vz",
        content: ["iso", "vztmpl", "snippets"],
        totalGib: 94,
        usedGib: 21,
      },
      nodes,
    ),
    storage({ ...disk, storage: "local-lvm", type: "lvmthin", path: "pve/data" }, nodes),
    storage({ ...disk, storage: "ceph", type: "rbd", path: "vm" }, nodes),
    storage(
      { ...room, storage: "nas", type: "nfs", server: "192.0.2.40", content: ["backup", "iso"] },
      nodes,
    ),
    storage({ ...room, storage: "pbs", type: "pbs", server: "192.0.2.50", content: ["backup"] }, nodes),
  ];
}

/** Copies go back a day each, a second apart from guest to guest, so that no two have the same name. */
function backupsOf(
  guests: readonly Guest[],
  nas: Storage,
  pbs: Storage,
  wish: GeneratedWish,
  seconds: number,
): BackupVolume[] {
  if (guests.length === 0) return [];
  return Array.from({ length: wish.backups }, (_, index) => {
    const round = Math.floor(index / guests.length);
    const of = guests[index % guests.length] as Guest;
    const on = round % SHARE_OF_NAS === 0 ? nas : pbs;
    const ctime = seconds - HOUR - round * DAY - (index % guests.length);
    const marks = round === 1 && of.vmid % 10 === 0 ? { protected: true } : {};
    return backup(of, on, ctime, "UTC", { ...marks, ...(on.type === "pbs" ? { verified: "ok" } : {}) });
  });
}

type Kind = readonly [qemu: string, lxc: string];
const KINDS: readonly [Kind, ...Kind[]] = [
  ["qmstart", "vzstart"],
  ["qmshutdown", "vzshutdown"],
  ["vzdump", "vzdump"],
];

/** Single tasks of the past, newest first; one in twenty failed. */
function historyOf(
  random: Random,
  guests: readonly Guest[],
  wish: GeneratedWish,
  seconds: number,
): FinishedTask[] {
  const byNode = Map.groupBy(guests, (one) => one.node);
  const tasks = [...byNode].flatMap(([name, here]) =>
    Array.from({ length: wish.tasks ?? TASKS }, (_, index) => {
      const of = here[random.between(0, here.length - 1)] as Guest;
      const type = random.pick(KINDS)[of.type === "qemu" ? 0 : 1];
      const starttime = seconds - (index + 1) * HOUR;
      const exit = random.next() < 0.05 ? (type === "vzdump" ? "job errors" : "got timeout") : "OK";
      const pid = random.between(20_000, 4_000_000);
      const parts = {
        node: name,
        pid,
        pstart: pid * 90,
        starttime,
        type,
        id: String(of.vmid),
        user: "root@pam",
      };
      const last = exit === "OK" ? "TASK OK" : `TASK ERROR: ${exit}`;
      const log = { kind: "lines", lines: [last] } as const;
      return { upid: formatUpid(parts), endtime: starttime + random.between(2, 600), exit, log };
    }),
  );
  return tasks.toSorted((one, other) => other.endtime - one.endtime);
}

/**
 * A cluster of any size from a few numbers: nodes `pve1`… share `ceph`, the share `nas` and the Backup Server `pbs`.
 * Fast: 100,000 backups take about a second. All clusters have the same vmids, as real ones do.
 */
export function generatedWorld(wish: GeneratedWish): World {
  const random = createRandom(wish.seed);
  const seconds = Math.floor((wish.now ?? Date.now()) / 1000);
  const names = Array.from({ length: wish.nodes }, (_, index) => `pve${index + 1}`);
  const guests = generatedGuests(random, names, wish.guests, seconds);
  const storages = storagesOf(names, wish);
  const [nas, pbs] = storages.slice(-2) as [Storage, Storage];
  return {
    version: wish.version ?? "9.2",
    cluster: wish.nodes === 1 ? null : (wish.cluster ?? `generated-${wish.seed}`),
    timeZone: "UTC",
    nodes: names.map((name, index) =>
      node(index + 1, {
        node: name,
        address: `192.0.2.${11 + index}`,
        cores: 64,
        memoryGib: 1024,
        load: 0.1 + (seedOf(`${name}${wish.seed}`) % 50) / 100,
        bootedAt: seconds - random.between(2, 200) * DAY,
      }),
    ),
    guests,
    storages: [...storages],
    backups: backupsOf(guests, nas, pbs, wish, seconds),
    pools: GENERATED_POOLS.map((poolid) => ({ poolid, comment: null })),
    jobs: [
      {
        id: "backup-all",
        type: "vzdump",
        enabled: 1,
        schedule: "22:00",
        storage: "pbs",
        mode: "snapshot",
        all: 1,
        "next-run": seconds - (seconds % DAY) + 22 * HOUR + DAY,
      },
    ],
    ...accounts(),
    ha: guests
      .filter((one) => one.vmid % 25 === 0 && !one.template)
      .map((one) => ({
        sid: `${one.type === "qemu" ? "vm" : "ct"}:${one.vmid}`,
        vmid: one.vmid,
        state: one.status === "stopped" ? "stopped" : "started",
        group: null,
      })),
    history: historyOf(random, guests, wish, seconds),
  };
}
