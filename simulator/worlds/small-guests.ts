import type { Guest } from "../world.ts";
import { guest } from "./build.ts";

/** The guests of the small world; a GiB or two each, so that a test at speed 50 takes parts of a second. */
export function smallGuests(seconds: number): Guest[] {
  return [
    guest(
      {
        vmid: 100,
        type: "qemu",
        node: "pve1",
        name: "app",
        tags: ["office", "prod"],
        pool: "office",
        cores: 2,
        memory: 4096,
        disks: [{ storage: "local-lvm", gib: 8, used: 0.45 }],
        description: "the application server\nsecond line",
      },
      seconds,
    ),
    guest(
      {
        vmid: 101,
        type: "qemu",
        node: "pve1",
        name: "spare",
        running: false,
        agent: false,
        disks: [{ storage: "local-lvm", gib: 4, used: 0.3 }],
      },
      seconds,
    ),
    guest(
      {
        vmid: 102,
        type: "lxc",
        node: "pve1",
        name: "web",
        tags: ["prod"],
        pool: "office",
        memory: 1024,
        disks: [{ storage: "local-lvm", gib: 8, used: 0.35 }],
      },
      seconds,
    ),
    guest(
      {
        vmid: 103,
        type: "lxc",
        node: "pve2",
        name: "dns",
        memory: 512,
        disks: [{ storage: "local-lvm", gib: 4, used: 0.3 }],
      },
      seconds,
    ),
    guest(
      {
        vmid: 104,
        type: "qemu",
        node: "pve2",
        name: "stubborn",
        agent: false,
        obeysShutdown: false,
        disks: [
          { storage: "local-lvm", gib: 2, used: 0.5 },
          { storage: "local-lvm", gib: 2, used: 0.1 },
        ],
      },
      seconds,
    ),
    guest(
      {
        vmid: 900,
        type: "qemu",
        node: "pve2",
        name: "debian-template",
        template: true,
        running: false,
        disks: [{ storage: "local-lvm", gib: 4, used: 0.25 }],
      },
      seconds,
    ),
  ];
}
