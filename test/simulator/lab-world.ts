import { accounts, backup, guest, node, storage } from "../../simulator/worlds/build.ts";
import type { Guest, World } from "../../simulator/world.ts";
import { formatUpid } from "../../simulator/tasks/upid.ts";

const DAY = 86_400;
const NODES = ["pve1"];

/** The one-node lab in which the reference requests were recorded, as far as their paths name it. */
export function labWorld(now: number): World {
  const seconds = Math.floor(now / 1000);
  const disk = (gib: number) => [{ storage: "local", gib, used: 0.4 }];
  const guests: Guest[] = [
    guest(
      {
        vmid: 101,
        type: "lxc",
        node: "pve1",
        name: "ct-web",
        running: false,
        tags: ["lab", "web"],
        cores: 1,
        memory: 300,
        pool: "labpool",
        disks: disk(4),
        description: "tiny test container\nsecond line\n",
      },
      seconds,
    ),
    guest(
      {
        vmid: 102,
        type: "lxc",
        node: "pve1",
        name: "ct-db",
        cores: 2,
        memory: 512,
        pool: "labpool",
        disks: disk(4),
      },
      seconds,
    ),
    guest(
      {
        vmid: 110,
        type: "qemu",
        node: "pve1",
        name: "vm-app",
        tags: ["app", "lab"],
        cores: 1,
        memory: 640,
        disks: disk(1),
        agent: false,
        obeysShutdown: false,
      },
      seconds,
    ),
    guest(
      { vmid: 111, type: "qemu", node: "pve1", name: "vm-nodisk", running: false, cores: 1, memory: 256 },
      seconds,
    ),
    guest(
      {
        vmid: 210,
        type: "qemu",
        node: "pve1",
        name: "vm-app",
        running: false,
        cores: 1,
        memory: 640,
        disks: disk(1),
      },
      seconds,
    ),
    guest(
      {
        vmid: 211,
        type: "qemu",
        node: "pve1",
        name: "vm-app",
        cores: 1,
        memory: 640,
        disks: disk(1),
        agent: false,
      },
      seconds,
    ),
  ];
  const local = storage(
    {
      storage: "local",
      type: "dir",
      path: "/var/lib/vz",
      content: ["iso", "images", "rootdir", "snippets", "backup", "vztmpl"],
      totalGib: 250,
      usedGib: 38,
      prune: { "keep-all": 1 },
    },
    NODES,
  );
  const backup2 = storage(
    {
      storage: "backup2",
      type: "dir",
      path: "/var/lib/vz-backup2",
      content: ["backup"],
      totalGib: 250,
      usedGib: 38,
      prune: { "keep-last": 2, "keep-daily": 3 },
    },
    NODES,
  );
  const storages = [
    local,
    backup2,
    storage(
      {
        storage: "nas-offline",
        type: "nfs",
        server: "127.0.0.9",
        content: ["backup"],
        totalGib: 1,
        usedGib: 0,
        enabled: false,
      },
      NODES,
    ),
    storage(
      {
        storage: "small",
        type: "dir",
        path: "/var/lib/vz-small",
        content: ["backup"],
        totalGib: 1,
        usedGib: 0,
        broken:
          "unable to activate storage 'small' - directory is expected to be a mount point but is not mounted: '/var/lib/vz-small'",
      },
      NODES,
    ),
  ];
  const [web, db, app] = guests;
  const named = (
    name: string,
    of: Guest | undefined,
    wish: { readonly protected?: boolean; readonly truncated?: boolean } = {},
  ) =>
    of
      ? [
          {
            ...backup(of, local, seconds - DAY, "UTC", { notes: "first line\nsecond ünï line", ...wish }),
            name: `backup/${name}`,
          },
        ]
      : [];
  const backups = [
    ...named("vzdump-lxc-101-2026_11_20-14_38_01.tar.zst", web),
    ...named("vzdump-lxc-101-2026_11_20-14_39_04.tar.zst", web),
    ...named("vzdump-lxc-101-2026_11_01-01_00_00.tar.zst", web, { truncated: true }),
    ...named("vzdump-lxc-102-2026_11_20-15_15_38.tar.zst", db),
    ...named("vzdump-qemu-110-2026_11_20-14_58_51.vma.zst", app, { protected: true }),
    ...(web
      ? [1, 3, 4, 9, 22].map((days) =>
          backup(web, backup2, seconds - days * DAY, "UTC", { protected: days === 9 }),
        )
      : []),
  ];
  const done = (pid: number, type: string, id: string, exit: string, lines: number) => ({
    upid: formatUpid({
      node: "pve1",
      pid,
      pstart: 400_000 + pid,
      starttime: seconds - 7200 + pid,
      type,
      id,
      user: "admin@pve",
    }),
    endtime: seconds - 7200 + pid + 60,
    exit,
    log: {
      kind: "lines" as const,
      lines: [
        ...Array.from({ length: lines - 1 }, (_, index) => `INFO: line ${index + 1}`),
        exit === "OK" ? "TASK OK" : `TASK ERROR: ${exit}`,
      ],
    },
  });
  return {
    version: "9.2",
    cluster: null,
    timeZone: "UTC",
    nodes: [
      node(1, {
        node: "pve1",
        address: "10.99.99.1",
        cores: 2,
        memoryGib: 24,
        load: 0.1,
        bootedAt: seconds - DAY,
      }),
    ],
    guests,
    storages,
    backups,
    pools: [{ poolid: "labpool", comment: null }],
    jobs: [
      {
        id: "backup-nightly",
        type: "vzdump",
        enabled: 1,
        schedule: "daily",
        storage: "local",
        mode: "snapshot",
        compress: "zstd",
        all: 1,
        mailto: "root@localhost",
        mailnotification: "failure",
        "notes-template": "{{guestname}}",
        comment: "nightly all",
        "prune-backups": { "keep-daily": "7", "keep-weekly": "4" },
        "next-run": seconds + DAY,
      },
    ],
    ...accounts(),
    ha: [],
    history: [
      done(1, "vzdump", "101", "job errors", 42),
      done(2, "vzdump", "101", "WARNINGS: 1", 20),
      done(3, "qmrestore", "210", "OK", 111),
      done(4, "vzdump", "", "OK", 30),
      done(5, "vzstart", "102", "OK", 1),
    ],
  };
}
