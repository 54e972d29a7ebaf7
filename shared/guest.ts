import { z } from "zod";

import { clusterIdSchema, timeSchema } from "./ids.ts";

export const guestTypeSchema = z.enum(["qemu", "lxc"]);
export type GuestType = z.infer<typeof guestTypeSchema>;

/** One guest as `/cluster/resources` shows it. Sizes in bytes, cpu as a share of `maxCpu`, uptime in seconds; null = not said. */
export const guestSchema = z.object({
  clusterId: clusterIdSchema,
  node: z.string(),
  vmid: z.number().int(),
  type: guestTypeSchema,
  name: z.string(),
  /** `running`, `stopped`, `unknown` or whatever word the server used. */
  status: z.string(),
  template: z.boolean(),
  cpu: z.number().nullable(),
  maxCpu: z.number().nullable(),
  memory: z.number().nullable(),
  maxMemory: z.number().nullable(),
  /** Used disk: containers only, the server does not know it of VMs. */
  disk: z.number().nullable(),
  maxDisk: z.number().nullable(),
  uptime: z.number().nullable(),
  tags: z.array(z.string()),
  lock: z.string().nullable(),
  /** HA state, null = not managed by HA. */
  ha: z.string().nullable(),
  pool: z.string().nullable(),
  /**
   * The newest backup that this account can see. `undefined` time states: known (at set) · none (looked everywhere, nothing) ·
   * unknown (not looked yet, or a storage could not be read, or rights are missing).
   */
  lastBackup: z.discriminatedUnion("state", [
    z.object({ state: z.literal("known"), at: timeSchema, storage: z.string(), volid: z.string() }),
    z.object({ state: z.literal("none") }),
    z.object({ state: z.literal("unknown"), reason: z.enum(["notLooked", "storageUnread", "mayNotSee"]) }),
  ]),
  /** The same vmid was reported twice: shown, but nothing can be done with it. */
  conflict: z.boolean(),
  /** When the server said all this. */
  seenAt: timeSchema,
});
export type Guest = z.infer<typeof guestSchema>;

export function guestKey(guest: {
  readonly clusterId: string;
  readonly node: string;
  readonly vmid: number;
}): string {
  return `${guest.clusterId}/${guest.node}/${guest.vmid}`;
}

export const powerActionSchema = z.enum(["start", "shutdown", "stop", "reboot"]);
export type PowerAction = z.infer<typeof powerActionSchema>;

/** Stop cuts the power of a running system; shutdown and reboot end its services. Start hurts nobody. */
export function powerNeedsConfirmation(action: PowerAction): boolean {
  return action !== "start";
}

export function canPower(
  guest: Pick<Guest, "status" | "template" | "conflict" | "lock">,
  action: PowerAction,
): boolean {
  if (guest.template || guest.conflict || guest.lock !== null) return false;
  if (action === "start") return guest.status === "stopped";
  return guest.status === "running";
}

/** A guest's page: what the node itself says now, and the lines of its configuration that an admin looks for. */
export const guestDetailSchema = z.object({
  guest: guestSchema,
  agent: z.boolean().nullable(),
  /** Qemu's own state (`running`, `paused`, `prelaunch` …); null for containers. */
  qmpStatus: z.string().nullable(),
  cores: z.number().nullable(),
  memory: z.number().nullable(),
  osType: z.string().nullable(),
  bootOnStart: z.boolean().nullable(),
  protection: z.boolean(),
  description: z.string(),
  disks: z.array(
    z.object({ key: z.string(), volume: z.string(), size: z.string().nullable(), backup: z.boolean() }),
  ),
  networks: z.array(
    z.object({
      key: z.string(),
      bridge: z.string().nullable(),
      mac: z.string().nullable(),
      linkDown: z.boolean(),
    }),
  ),
  snapshots: z.number().int().nullable(),
  seenAt: timeSchema,
});
export type GuestDetail = z.infer<typeof guestDetailSchema>;
