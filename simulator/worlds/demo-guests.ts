import type { Guest, GuestType } from "../world.ts";
import { guest, type GuestWish } from "./build.ts";

const A = "harbor-1";
const B = "harbor-2";
const C = "harbor-3";

type Row = readonly [
  vmid: number,
  type: GuestType,
  node: string,
  name: string,
  cores: number,
  memoryMib: number,
  disks: readonly (readonly [storage: string, gib: number, used: number])[],
  tags: string,
  more?: Partial<GuestWish>,
];

const K8S = { pool: "platform" } as const;
const PROD = { pool: "production" } as const;
const OFFICE = { pool: "office" } as const;

/** Storage names are those of demo-storages.ts. */
const ROWS: readonly Row[] = [
  [100, "qemu", A, "gateway", 2, 2048, [["ceph-vm", 16, 0.3]], "network prod", PROD],
  [101, "lxc", A, "dns-1", 1, 512, [["local-lvm", 4, 0.35]], "network prod", PROD],
  [102, "lxc", B, "dns-2", 1, 512, [["local-lvm", 4, 0.35]], "network prod", PROD],
  [103, "lxc", A, "proxy", 2, 1024, [["local-lvm", 8, 0.4]], "prod web", PROD],
  [
    104,
    "qemu",
    A,
    "mail",
    4,
    8192,
    [
      ["ceph-vm", 32, 0.4],
      ["ceph-vm", 120, 0.55],
    ],
    "mail prod",
    { ...PROD, description: "Postfix and Dovecot. Restarted by the HA manager." },
  ],
  [
    105,
    "qemu",
    B,
    "erp-db",
    8,
    32768,
    [
      ["ceph-vm", 40, 0.4],
      ["ceph-vm", 200, 0.6],
    ],
    "database prod",
    PROD,
  ],
  [106, "qemu", B, "erp-app", 4, 16384, [["ceph-vm", 60, 0.45]], "prod", PROD],
  [
    107,
    "qemu",
    C,
    "files",
    4,
    8192,
    [
      ["ceph-vm", 32, 0.4],
      ["ceph-vm", 240, 0.7],
    ],
    "prod storage",
    PROD,
  ],
  [108, "lxc", C, "wiki", 2, 2048, [["local-lvm", 16, 0.4]], "office", OFFICE],
  [109, "lxc", A, "chat", 2, 4096, [["local-lvm", 24, 0.45]], "office", OFFICE],
  [110, "qemu", A, "tickets", 2, 4096, [["ceph-vm", 32, 0.35]], "office", OFFICE],
  [111, "qemu", B, "windows-dc-1", 4, 8192, [["ceph-vm", 64, 0.5]], "prod windows", PROD],
  [112, "qemu", C, "windows-dc-2", 4, 8192, [["ceph-vm", 64, 0.5]], "prod windows", PROD],
  [
    113,
    "qemu",
    C,
    "terminal-1",
    8,
    24576,
    [["ceph-vm", 100, 0.5]],
    "office windows",
    { ...OFFICE, obeysShutdown: false, agent: false, description: "Ignores ACPI: shut it down from inside." },
  ],
  [114, "lxc", B, "print", 1, 1024, [["local-lvm", 8, 0.4]], "office", OFFICE],
  [115, "lxc", A, "time", 1, 256, [["local-lvm", 2, 0.5]], "network prod", PROD],
  [120, "qemu", A, "k8s-control", 4, 8192, [["ceph-vm", 40, 0.35]], "k8s platform", K8S],
  [121, "qemu", A, "k8s-worker-1", 8, 16384, [["ceph-vm", 80, 0.4]], "k8s platform", K8S],
  [122, "qemu", B, "k8s-worker-2", 8, 16384, [["ceph-vm", 80, 0.4]], "k8s platform", K8S],
  [123, "qemu", C, "k8s-worker-3", 8, 16384, [["ceph-vm", 80, 0.4]], "k8s platform", K8S],
  [124, "lxc", B, "registry", 2, 4096, [["local-lvm", 32, 0.6]], "platform", K8S],
  [125, "lxc", C, "ci-runner-1", 4, 8192, [["local-lvm", 32, 0.5]], "ci platform", K8S],
  [126, "lxc", C, "ci-runner-2", 4, 8192, [["local-lvm", 32, 0.5]], "ci platform", K8S],
  [
    127,
    "qemu",
    B,
    "git",
    4,
    8192,
    [["ceph-vm", 64, 0.5]],
    "platform prod",
    { ...PROD, description: "Source of everything.\nSnapshots before each upgrade." },
  ],
  [128, "lxc", A, "monitoring", 4, 8192, [["local-lvm", 24, 0.55]], "platform", K8S],
  [129, "lxc", B, "logs", 4, 8192, [["local-lvm", 60, 0.7]], "platform", K8S],
  [130, "qemu", A, "vpn", 2, 2048, [["ceph-vm", 16, 0.3]], "network prod", PROD],
  [
    131,
    "qemu",
    C,
    "shop-db",
    4,
    16384,
    [["ceph-vm", 80, 0.5]],
    "database prod shop",
    { ...PROD, lock: "backup", description: "Locked since a backup was killed: nightly backups fail." },
  ],
  [132, "lxc", C, "shop-web", 4, 4096, [["local-lvm", 16, 0.4]], "prod shop web", PROD],
  [133, "lxc", B, "newsletter", 1, 1024, [["local-lvm", 8, 0.4]], "office", OFFICE],
  [140, "qemu", B, "staging-erp", 4, 8192, [["ceph-vm", 60, 0.45]], "staging", { running: false }],
  [141, "lxc", C, "staging-web", 2, 1024, [["local-lvm", 8, 0.4]], "staging", { running: false }],
  [142, "lxc", C, "staging-db", 2, 2048, [["local-lvm", 12, 0.4]], "database staging"],
  [
    150,
    "qemu",
    A,
    "archive",
    2,
    4096,
    [
      ["ceph-vm", 32, 0.3],
      ["ceph-vm", 300, 0.8],
    ],
    "storage",
    { description: "Left out of the nightly job by mistake." },
  ],
  [
    151,
    "qemu",
    B,
    "sandbox-ml",
    8,
    32768,
    [["ceph-vm", 120, 0.6]],
    "sandbox",
    { ageDays: 19, description: "Never backed up." },
  ],
  [152, "lxc", A, "sandbox-js", 2, 2048, [["local-lvm", 8, 0.3]], "sandbox", { running: false }],
  [153, "qemu", C, "phone", 2, 4096, [["ceph-vm", 32, 0.4]], "office", OFFICE],
  [154, "lxc", B, "cups-old", 1, 512, [["local-lvm", 4, 0.4]], "office", { running: false }],
  [900, "qemu", A, "debian-13-template", 2, 2048, [["ceph-vm", 8, 0.3]], "template", { template: true }],
  [
    901,
    "qemu",
    B,
    "windows-2025-template",
    4,
    4096,
    [["ceph-vm", 32, 0.4]],
    "template windows",
    { template: true },
  ],
];

function fromRow(row: Row, seconds: number): Guest {
  const [vmid, type, node, name, cores, memory, disks, tags, more] = row;
  const wish: GuestWish = {
    vmid,
    type,
    node,
    name,
    cores,
    memory,
    disks: disks.map(([storage, gib, used]) => ({ storage, gib, used })),
    tags: tags.split(" "),
    ...more,
  };
  return guest(wish, seconds);
}

export function demoGuests(seconds: number): Guest[] {
  return ROWS.map((row) => {
    const made = fromRow(row, seconds);
    if (made.vmid === 127)
      made.snapshots = [
        {
          name: "before-upgrade",
          description: "before the upgrade",
          snaptime: seconds - 9 * 86_400,
          vmstate: false,
        },
      ];
    if (made.vmid === 113) Object.assign(made, { load: 0.91, memoryShare: 0.94 });
    if (made.vmid === 107) made.protection = true;
    return made;
  });
}

/** A guest that is gone; its backups are all that is left of it. */
export function deletedGuest(seconds: number): Guest {
  return guest(
    {
      vmid: 160,
      type: "qemu",
      node: B,
      name: "old-crm",
      running: false,
      disks: [{ storage: "ceph-vm", gib: 48, used: 0.4 }],
      ageDays: 900,
    },
    seconds,
  );
}
