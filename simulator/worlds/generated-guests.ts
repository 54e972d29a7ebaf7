import type { Random } from "../random.ts";
import type { Guest } from "../world.ts";
import { guest } from "./build.ts";

const TRADES = ["web", "db", "mail", "files", "build", "cache", "queue", "auth", "monitor", "desk"] as const;
const TAGS = ["prod", "test", "office", "edge", "legacy"] as const;
const MEMORY = [512, 1024, 2048, 4096, 8192, 16_384] as const;
const GIB_SIZES = [4, 8, 16, 32, 64, 128] as const;

/** The first id that Proxmox gives. */
const FIRST_VMID = 100;

export const GENERATED_POOLS = ["production", "staging", "office"] as const;

function disksOf(
  random: Random,
): { readonly storage: string; readonly gib: number; readonly used: number }[] {
  const storage = random.pick(["ceph", "local-lvm"]);
  const count = random.next() < 0.8 ? 1 : 2;
  return Array.from({ length: count }, () => ({
    storage,
    gib: random.pick(GIB_SIZES),
    used: 0.1 + random.next() * 0.6,
  }));
}

/** Guests with ids from 100 on, spread over the nodes; about a third containers, a tenth off, a few templates. */
export function generatedGuests(
  random: Random,
  nodes: readonly string[],
  count: number,
  seconds: number,
): Guest[] {
  return Array.from({ length: count }, (_, index) => {
    const vmid = FIRST_VMID + index;
    const type = random.next() < 0.65 ? "qemu" : "lxc";
    const template = type === "qemu" && random.next() < 0.02;
    const pool = random.next() < 0.6 ? { pool: random.pick(GENERATED_POOLS) } : {};
    return guest(
      {
        vmid,
        type,
        node: nodes[index % nodes.length] ?? "",
        name: `${random.pick(TRADES)}-${vmid}`,
        running: random.next() < 0.9,
        template,
        tags: TAGS.filter(() => random.next() < 0.2),
        ...pool,
        cores: random.between(1, 8),
        memory: random.pick(MEMORY),
        disks: disksOf(random),
      },
      seconds,
    );
  });
}
