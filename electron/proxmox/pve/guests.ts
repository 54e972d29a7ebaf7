import { z } from "zod";

import type { GuestDetail, GuestType, PowerAction } from "../../../shared/guest.ts";
import { guestRequests } from "../requests/pve/guests.ts";
import {
  amountField,
  flagField,
  mapOf,
  maybeFlagField,
  plainTextField,
  propertyString,
  requiredText,
  rowsOf,
  textField,
  wordsField,
} from "../schema.ts";
import type { Session } from "../session.ts";
import { launch } from "./launch.ts";
import type { LaunchOutcome } from "./launch.ts";

export interface GuestPlace {
  readonly node: string;
  readonly vmid: number;
  readonly type: GuestType;
}

/** In the names of the request catalogue. */
function placeOf({ node, vmid, type }: GuestPlace) {
  return { node, vmid, guest: type };
}

export interface GuestStatus {
  readonly status: string;
  readonly name: string;
  readonly lock: string | null;
  readonly qmpStatus: string | null;
  readonly agent: boolean | null;
  readonly haManaged: boolean;
  readonly template: boolean;
  readonly cpu: number | null;
  readonly maxCpu: number | null;
  readonly memory: number | null;
  readonly maxMemory: number | null;
  readonly disk: number | null;
  readonly maxDisk: number | null;
  readonly uptime: number | null;
  readonly tags: readonly string[];
  readonly serverTime: number | null;
}

const statusSchema = z.object({
  status: requiredText,
  name: plainTextField,
  lock: textField,
  qmpstatus: textField,
  agent: maybeFlagField,
  ha: z.object({ managed: flagField }).optional().catch(undefined),
  template: flagField,
  cpu: amountField,
  cpus: amountField,
  mem: amountField,
  maxmem: amountField,
  disk: amountField,
  maxdisk: amountField,
  uptime: amountField,
  tags: wordsField,
});

/** What the node itself says now. Needs VM.Audit. Throws AppError `server.notFound` where it is not on that node, `server.*`. */
export async function readGuestStatus(
  session: Session,
  input: GuestPlace,
  signal: AbortSignal,
): Promise<GuestStatus> {
  const { value, serverTime } = await session.read(
    { request: guestRequests.status, values: placeOf(input), schema: statusSchema },
    signal,
  );
  return {
    status: value.status,
    name: value.name,
    lock: value.lock,
    qmpStatus: value.qmpstatus,
    agent: value.agent,
    haManaged: value.ha?.managed ?? false,
    template: value.template,
    cpu: value.cpu,
    maxCpu: value.cpus,
    memory: value.mem,
    maxMemory: value.maxmem,
    disk: input.type === "qemu" ? null : value.disk,
    maxDisk: value.maxdisk,
    uptime: value.uptime,
    tags: value.tags,
    serverTime,
  };
}

/** The lines of a guest's configuration that an admin looks for; `memory` in bytes. */
export type GuestConfig = Pick<
  GuestDetail,
  "cores" | "memory" | "osType" | "bootOnStart" | "protection" | "description" | "disks" | "networks"
> & { readonly name: string; readonly lock: string | null; readonly digest: string | null };

const diskKey = /^(?:ide|sata|scsi|virtio|efidisk|tpmstate|mp)\d+$|^rootfs$/u;
const networkKey = /^net\d+$/u;

/** Like vzdump: a VM's disks unless `backup=0`; of a container the root and the mount points that say `backup=1`. */
function isBackedUp(key: string, volume: string, options: ReadonlyMap<string, string>): boolean {
  if (key === "rootfs") return true;
  if (key.startsWith("mp")) return options.get("backup") === "1" && !volume.startsWith("/");
  return options.get("backup") !== "0";
}

function diskOf(key: string, text: string): GuestDetail["disks"][number] | null {
  const options = propertyString(text, "volume");
  const volume = options.get("volume") ?? options.get("file") ?? "";
  if (volume === "" || volume === "none" || options.get("media") === "cdrom") return null;
  return { key, volume, size: options.get("size") ?? null, backup: isBackedUp(key, volume, options) };
}

const macAddress = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/iu;

function networkOf(key: string, text: string): GuestDetail["networks"][number] {
  const options = propertyString(text, "model");
  // A VM writes `virtio=AA:BB:…`, a container `hwaddr=AA:BB:…`.
  const mac = options.get("hwaddr") ?? [...options.values()].find((value) => macAddress.test(value)) ?? null;
  return { key, bridge: options.get("bridge") ?? null, mac, linkDown: options.get("link_down") === "1" };
}

const mebibyte = 1024 * 1024;

const scalarsSchema = z.object({
  name: plainTextField,
  hostname: plainTextField,
  cores: amountField,
  sockets: amountField,
  memory: textField,
  ostype: textField,
  onboot: flagField,
  protection: flagField,
  description: plainTextField,
  lock: textField,
  digest: textField,
});

function byNumber(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key.localeCompare(b.key, "en", { numeric: true });
}

const configSchema = mapOf.transform((config): GuestConfig => {
  const scalars = scalarsSchema.parse(Object.fromEntries([...config].filter(([key]) => key !== "__proto__")));
  const texts = [...config].filter((entry): entry is [string, string] => typeof entry[1] === "string");
  // `memory` is MiB; since 8.1 it may be written `current=512`.
  const memory = Number(propertyString(scalars.memory ?? "", "current").get("current") ?? "");
  return {
    name: scalars.name === "" ? scalars.hostname : scalars.name,
    cores: scalars.cores === null ? null : scalars.cores * (scalars.sockets ?? 1),
    memory: Number.isFinite(memory) && memory > 0 ? memory * mebibyte : null,
    osType: scalars.ostype,
    bootOnStart: scalars.onboot,
    protection: scalars.protection,
    description: scalars.description,
    lock: scalars.lock,
    digest: scalars.digest,
    disks: texts
      .filter(([key]) => diskKey.test(key))
      .map(([key, text]) => diskOf(key, text))
      .filter((disk) => disk !== null)
      .sort(byNumber),
    networks: texts
      .filter(([key]) => networkKey.test(key))
      .map(([key, text]) => networkOf(key, text))
      .sort(byNumber),
  };
});

/** Needs VM.Audit. Throws AppError `server.notFound`, `server.*`. */
export async function readGuestConfig(
  session: Session,
  input: GuestPlace,
  signal: AbortSignal,
): Promise<GuestConfig> {
  const { value } = await session.read(
    { request: guestRequests.config, values: placeOf(input), schema: configSchema },
    signal,
  );
  return value;
}

const snapshotSchema = z.object({ name: requiredText });

/** The server lists the present state among them, as `current`. Needs VM.Audit. Throws AppError `server.*`. */
export async function countSnapshots(
  session: Session,
  input: GuestPlace,
  signal: AbortSignal,
): Promise<number> {
  const { value } = await session.read(
    { request: guestRequests.snapshots, values: placeOf(input), schema: rowsOf(snapshotSchema) },
    signal,
  );
  return value.rows.filter(({ name }) => name !== "current").length;
}

/** UPID types of a power action; of an HA-managed guest only the wish is written, by a task that ends at once. */
function powerTypes(type: GuestType, action: PowerAction): readonly string[] {
  const own = `${type === "qemu" ? "qm" : "vz"}${action}`;
  switch (action) {
    case "start":
      return [own, "hastart"];
    case "stop":
    case "shutdown":
      return [own, "hastop"];
    case "reboot":
      return [own];
    default:
      return action satisfies never;
  }
}

/** Start, shut down, stop or reboot. Needs VM.PowerMgmt. Never throws for what the server says. */
export async function powerGuest(
  session: Session,
  input: GuestPlace & { readonly action: PowerAction },
  signal: AbortSignal,
): Promise<LaunchOutcome> {
  const { node, type, action } = input;
  return await launch(
    session,
    { request: guestRequests.power, values: { ...placeOf(input), action } },
    { node, types: powerTypes(type, action) },
    signal,
  );
}
