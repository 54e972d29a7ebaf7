import { z } from "zod";

import { isAppError } from "../../../shared/errors.ts";
import type { ClusterNode } from "../../../shared/cluster.ts";
import type { Guest } from "../../../shared/guest.ts";
import { vmidSchema } from "../../../shared/ids.ts";
import { clusterRequests } from "../requests/pve/cluster.ts";
import {
  amountField,
  flagField,
  maybeFlagField,
  plainTextField,
  requiredInteger,
  requiredText,
  readEach,
  rowsOf,
  textField,
  toAmount,
  toFlag,
  toText,
  toWords,
  wordsField,
} from "../schema.ts";
import type { Rows } from "../schema.ts";
import type { Session } from "../session.ts";

/** A guest with five hundred tags is a mistake of a script; more are not shown. */
const maxTags = 100;

/** A guest as `/cluster/resources` shows it; the registry adds cluster, age and last backup. */
export type ResourceGuest = Omit<Guest, "clusterId" | "lastBackup" | "seenAt">;

export interface ResourceStorage {
  readonly node: string;
  readonly storage: string;
  readonly type: string;
  readonly content: readonly string[];
  readonly shared: boolean;
  readonly available: boolean;
  readonly used: number | null;
  readonly total: number | null;
}

export interface Resources {
  readonly guests: readonly ResourceGuest[];
  readonly nodes: readonly ClusterNode[];
  readonly storages: readonly ResourceStorage[];
  /** Rows that could not be read. Pools, networks and kinds that we do not know are none of them. */
  readonly bad: number;
}

const use = {
  cpu: amountField,
  maxcpu: amountField,
  mem: amountField,
  maxmem: amountField,
  uptime: amountField,
};

/** What a guest's row cannot be without. */
const guestIdSchema = z.object({ vmid: requiredInteger, node: requiredText });

/**
 * One row of thousands at each poll: read by hand, by the same rules as the fields of a schema. null = it does not fit.
 */
function readGuest(row: Readonly<Record<string, unknown>>, type: Guest["type"]): ResourceGuest | null {
  const id = guestIdSchema.safeParse(row);
  if (!id.success) return null;
  const { vmid, node } = id.data;
  return {
    node,
    vmid,
    type,
    name: toText(row["name"]) ?? "",
    status: toText(row["status"]) || "unknown",
    template: toFlag(row["template"]) ?? false,
    cpu: toAmount(row["cpu"]),
    maxCpu: toAmount(row["maxcpu"]),
    memory: toAmount(row["mem"]),
    maxMemory: toAmount(row["maxmem"]),
    // Always 0 for a VM: the server does not look into its disks.
    disk: type === "qemu" ? null : toAmount(row["disk"]),
    maxDisk: toAmount(row["maxdisk"]),
    uptime: toAmount(row["uptime"]),
    tags: toWords(row["tags"]).slice(0, maxTags),
    lock: toText(row["lock"]),
    ha: toText(row["hastate"]),
    pool: toText(row["pool"]),
    // An id that no guest can have is shown, but nothing is done with it.
    conflict: !vmidSchema.safeParse(vmid).success,
  };
}

const nodeSchema = z
  .object({ ...use, type: z.literal("node"), node: requiredText, status: plainTextField })
  .transform((row): ClusterNode => ({
    node: row.node,
    online: row.status === "online",
    cpu: row.cpu,
    maxCpu: row.maxcpu,
    memory: row.mem,
    maxMemory: row.maxmem,
    uptime: row.uptime,
  }));

const storageSchema = z
  .object({
    type: z.literal("storage"),
    node: requiredText,
    storage: requiredText,
    plugintype: plainTextField,
    content: wordsField,
    shared: flagField,
    status: plainTextField,
    disk: amountField,
    maxdisk: amountField,
  })
  .transform((row): ResourceStorage => ({
    node: row.node,
    storage: row.storage,
    type: row.plugintype,
    content: row.content,
    shared: row.shared,
    available: row.status === "available",
    used: row.disk,
    total: row.maxdisk,
  }));

/** Two guests with one id: both are shown, and nothing is done with either. */
function withConflicts(guests: readonly ResourceGuest[]): readonly ResourceGuest[] {
  const seen = new Map<number, number>();
  for (const { vmid } of guests) seen.set(vmid, (seen.get(vmid) ?? 0) + 1);
  return guests.map((guest) => ((seen.get(guest.vmid) ?? 0) > 1 ? { ...guest, conflict: true } : guest));
}

function sortOut(values: readonly unknown[], context: z.core.$RefinementCtx): Resources {
  const guests: ResourceGuest[] = [];
  const nodes: ClusterNode[] = [];
  const storages: ResourceStorage[] = [];
  const put = <T>(schema: z.ZodType<T>, value: unknown, into: T[]): boolean => {
    const parsed = schema.safeParse(value);
    if (parsed.success) into.push(parsed.data);
    return parsed.success;
  };
  const read = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null || !("type" in value)) return false;
    const { type } = value;
    if (type === "node") return put(nodeSchema, value, nodes);
    if (type === "storage") return put(storageSchema, value, storages);
    // Pools, networks and kinds that we do not know.
    if (type !== "qemu" && type !== "lxc") return typeof type === "string";
    const guest = readGuest(value, type);
    if (guest !== null) guests.push(guest);
    return guest !== null;
  };
  const bad = readEach(values, read, context);
  return { guests: withConflicts(guests), nodes, storages, bad };
}

const resourcesSchema = z.array(z.unknown()).transform(sortOut);

/**
 * All that this account may see, in one answer; about 10 s old on the server. What it may not see is absent without a hint, and
 * right after a restart of the server's daemons guests have the status `unknown`. Throws AppError `server.*`.
 */
export async function listResources(
  session: Session,
  input: { readonly type?: "vm" | "node" | "storage" },
  signal: AbortSignal,
): Promise<Resources & { readonly serverTime: number | null }> {
  const { value, serverTime } = await session.read(
    { request: clusterRequests.resources, values: { type: input.type }, schema: resourcesSchema },
    signal,
  );
  return { ...value, serverTime };
}

export interface ClusterStatus {
  /** null for a node on its own. */
  readonly name: string | null;
  readonly quorate: boolean | null;
  readonly nodes: readonly {
    readonly node: string;
    readonly online: boolean;
    readonly ip: string | null;
    /** The one that was asked. */
    readonly local: boolean;
  }[];
}

const statusRowSchema = z.object({
  type: z.string(),
  name: requiredText,
  quorate: maybeFlagField,
  online: flagField,
  ip: textField,
  local: flagField,
});

const clusterStatusSchema = rowsOf(statusRowSchema)
  .refine(({ rows }) => rows.some((row) => row.type === "node"), { error: "a status without any node" })
  .transform(({ rows }): ClusterStatus => {
    const cluster = rows.find((row) => row.type === "cluster");
    return {
      name: cluster?.name ?? null,
      quorate: cluster?.quorate ?? null,
      nodes: rows
        .filter((row) => row.type === "node")
        .map(({ name, online, ip, local }) => ({ node: name, online, ip, local })),
    };
  });

/** Needs Sys.Audit on `/`. Throws AppError `server.*`. */
export async function readClusterStatus(session: Session, signal: AbortSignal): Promise<ClusterStatus> {
  const { value } = await session.read(
    { request: clusterRequests.status, values: {}, schema: clusterStatusSchema },
    signal,
  );
  return value;
}

/** The lowest free id at this moment; it can be taken a moment later. Throws AppError `server.*`. */
export async function nextFreeId(session: Session, signal: AbortSignal): Promise<number> {
  const { value } = await session.read(
    { request: clusterRequests.nextId, values: {}, schema: requiredInteger },
    signal,
  );
  return value;
}

/** Free in the whole cluster, guests that this account may not see included. Throws AppError `input.invalid`, `server.*`. */
export async function isFreeId(
  session: Session,
  input: { readonly vmid: number },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await session.read({ request: clusterRequests.nextId, values: input, schema: requiredInteger }, signal);
    return true;
  } catch (error) {
    if (isAppError(error, "server.alreadyExists")) return false;
    throw error;
  }
}

export interface HaResource {
  readonly vmid: number;
  readonly type: "qemu" | "lxc";
  /** Requested: `started`, `stopped`, `ignored`, `disabled`. */
  readonly state: string;
}

const haSchema = z
  .object({ sid: z.string().regex(/^(?:vm|ct):\d+$/u), state: plainTextField })
  .transform(({ sid, state }): HaResource => {
    const [kind = "", vmid = ""] = sid.split(":");
    return {
      vmid: Number(vmid),
      type: kind === "vm" ? "qemu" : "lxc",
      state: state === "" ? "started" : state,
    };
  });

/** Guests managed by HA. Needs Sys.Audit on `/`. Throws AppError `server.*`. */
export async function listHaResources(session: Session, signal: AbortSignal): Promise<Rows<HaResource>> {
  const { value } = await session.read(
    { request: clusterRequests.haResources, values: {}, schema: rowsOf(haSchema) },
    signal,
  );
  return value;
}
