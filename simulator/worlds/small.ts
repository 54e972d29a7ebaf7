import { smallGuests } from "./small-guests.ts";
import { accounts, backup, node, storage } from "./build.ts";
import type { PveVersion } from "../profiles/pve.ts";
import type { World } from "../world.ts";

const DAY = 86_400;
const TIME_ZONE = "UTC";

/**
 * Two nodes and a handful of guests, for tests. VM 100 and CT 102 run on pve1, VM 101 is off, CT 103 and template 900 are on pve2.
 * `local` keeps one copy (keep-last=1) and holds one of VM 100, so a backup there with remove=0 meets the limit;
 * `nas` and `pbs` keep all; `old-nas` cannot be reached.
 */
export function smallWorld(options: { readonly now?: number; readonly version?: PveVersion } = {}): World {
  const seconds = Math.floor((options.now ?? Date.now()) / 1000);
  const nodes = ["pve1", "pve2"];
  const guests = smallGuests(seconds);
  const storages = [
    storage(
      {
        storage: "local",
        type: "dir",
        path: "/var/lib/vz",
        content: ["backup", "iso", "vztmpl", "snippets", "images", "rootdir"],
        totalGib: 94,
        usedGib: 18,
        prune: { "keep-last": 1 },
      },
      nodes,
    ),
    storage(
      {
        storage: "local-lvm",
        type: "lvmthin",
        path: "pve/data",
        content: ["images", "rootdir"],
        totalGib: 400,
        usedGib: 61,
      },
      nodes,
    ),
    storage(
      {
        storage: "nas",
        type: "nfs",
        server: "192.0.2.20",
        content: ["backup", "iso"],
        totalGib: 2048,
        usedGib: 700,
      },
      nodes,
    ),
    storage(
      {
        storage: "pbs",
        type: "pbs",
        server: "192.0.2.30",
        content: ["backup"],
        totalGib: 4096,
        usedGib: 1900,
      },
      nodes,
    ),
    storage(
      {
        storage: "old-nas",
        type: "nfs",
        server: "192.0.2.29",
        content: ["backup"],
        totalGib: 1024,
        usedGib: 0,
        broken: "storage 'old-nas' is not online",
      },
      nodes,
    ),
  ];
  const [local, , nas, pbs] = storages;
  const [app, , web] = guests;
  const backups =
    local && nas && pbs && app && web
      ? [
          backup(app, local, seconds - DAY, TIME_ZONE, { notes: "app before the update" }),
          backup(app, nas, seconds - 9 * DAY, TIME_ZONE, {
            protected: true,
            notes: "kept for the auditor\nsecond line",
          }),
          backup(app, nas, seconds - 2 * DAY, TIME_ZONE),
          backup(app, pbs, seconds - DAY - 600, TIME_ZONE, { verified: "ok" }),
          backup(web, nas, seconds - 2 * DAY - 900, TIME_ZONE),
          backup(web, nas, seconds - 12 * DAY, TIME_ZONE, {
            truncated: true,
            notes: "cut short by a full disk",
          }),
          backup(web, pbs, seconds - DAY - 300, TIME_ZONE, { verified: "ok" }),
        ]
      : [];
  return {
    version: options.version ?? "9.2",
    cluster: "small",
    timeZone: TIME_ZONE,
    nodes: [
      node(1, {
        node: "pve1",
        address: "192.0.2.11",
        cores: 8,
        memoryGib: 32,
        load: 0.18,
        bootedAt: seconds - 40 * DAY,
      }),
      node(2, {
        node: "pve2",
        address: "192.0.2.12",
        cores: 8,
        memoryGib: 32,
        load: 0.09,
        bootedAt: seconds - 12 * DAY,
      }),
    ],
    guests,
    storages,
    backups,
    pools: [{ poolid: "office", comment: "the office guests" }],
    jobs: [
      {
        id: "backup-nightly",
        type: "vzdump",
        enabled: 1,
        schedule: "02:30",
        storage: "pbs",
        mode: "snapshot",
        vmid: "100,102",
        "notes-template": "{{guestname}}",
        "prune-backups": { "keep-daily": "7", "keep-weekly": "4" },
        "next-run": seconds - (seconds % DAY) + DAY + 9000,
      },
    ],
    ...accounts(),
    ha: [],
    history: [],
  };
}
