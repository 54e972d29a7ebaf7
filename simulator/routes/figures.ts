import { haOf, nodeOf, type State } from "../state.ts";
import { GIB, MIB } from "../format.ts";
import { seedOf } from "../random.ts";
import type { Guest, NodeState, Storage } from "../world.ts";
import { usageKey } from "../state.ts";

export const tagsOf = (guest: Guest): Record<string, string> =>
  guest.tags.length > 0 ? { tags: guest.tags.toSorted().join(";") } : {};
export const lockOf = (guest: Guest): Record<string, string> =>
  guest.lock === null ? {} : { lock: guest.lock };

/** A slow wave around a guest's or node's average, so that figures move but never jump. */
function wave(average: number, name: string, seconds: number): number {
  const phase = seedOf(name) % 600;
  return Math.max(
    0,
    Math.min(
      1,
      average * (1 + 0.35 * Math.sin((seconds + phase) / 47) + 0.1 * Math.sin((seconds + phase) / 7)),
    ),
  );
}

type GuestFigures = {
  readonly cpu: number;
  readonly mem: number;
  readonly maxmem: number;
  readonly disk: number;
  readonly maxdisk: number;
  readonly uptime: number;
  readonly netin: number;
  readonly netout: number;
  readonly diskread: number;
  readonly diskwrite: number;
  readonly memhost: number;
};

const rootDisk = (guest: Guest): { size: number; used: number } => guest.disks[0] ?? { size: 0, used: 0 };

/** What pvestatd would report of a guest now. A VM's `disk` is always 0. */
export function figuresOf(state: State, guest: Guest): GuestFigures {
  const seconds = state.clock.seconds();
  const on = guest.status !== "stopped";
  const uptime = on ? Math.max(0, seconds - guest.startedAt) : 0;
  const maxmem = guest.memory * MIB;
  const mem = on ? Math.round(maxmem * wave(guest.memoryShare, `m${guest.vmid}`, seconds)) : 0;
  const traffic = (rate: number): number => Math.round(uptime * rate * (1 + guest.load * 20));
  return {
    cpu: on ? wave(guest.load, `c${guest.vmid}`, seconds) : 0,
    mem,
    maxmem,
    disk: guest.type === "lxc" && on ? rootDisk(guest).used : 0,
    maxdisk: rootDisk(guest).size,
    uptime,
    netin: traffic(900),
    netout: traffic(1400),
    diskread: traffic(2600),
    diskwrite: traffic(1800),
    memhost: guest.type === "qemu" && on ? Math.min(maxmem, mem + 90 * MIB) : 0,
  };
}

type NodeFigures = {
  readonly cpu: number;
  readonly mem: number;
  readonly maxmem: number;
  readonly disk: number;
  readonly maxdisk: number;
  readonly uptime: number;
};

export function nodeFigures(state: State, node: NodeState): NodeFigures {
  const seconds = state.clock.seconds();
  const guests = state.world.guests.filter((guest) => guest.node === node.node && guest.status !== "stopped");
  const used = guests.reduce((sum, guest) => sum + figuresOf(state, guest).mem, 0);
  return {
    cpu: wave(node.load, node.node, seconds),
    mem: Math.min(node.memory, used + 2 * GIB),
    maxmem: node.memory,
    disk: node.rootUsed,
    maxdisk: node.rootTotal,
    uptime: Math.max(0, seconds - node.bootedAt),
  };
}

/** Bytes of a storage on a node; nothing while it cannot be reached. */
export function usageOf(
  storage: Storage,
  node: string,
): { readonly total: number; readonly used: number; readonly avail: number; readonly active: boolean } {
  const usage = storage.usage[usageKey(storage, node)];
  if (!storage.enabled || storage.broken !== null || !usage)
    return { total: 0, used: 0, avail: 0, active: false };
  return { total: usage.total, used: usage.used, avail: usage.total - usage.used, active: true };
}

/** What the resource list says about the HA manager's view of a guest. */
export function haState(state: State, guest: Guest): Record<string, string> {
  const resource = haOf(state.world, guest.vmid);
  if (!resource) return {};
  return { hastate: resource.state === "started" ? "started" : "stopped" };
}

export const isOnline = (state: State, node: string): boolean => nodeOf(state.world, node)?.online ?? false;
