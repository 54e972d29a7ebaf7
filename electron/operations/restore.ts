import { AppError, isAppError } from "../../shared/errors.ts";
import { jobIdSchema } from "../../shared/ids.ts";
import { hasPrivilege } from "../proxmox/pve/access.ts";
import { extractConfig } from "../proxmox/pve/backup.ts";
import { isFreeId, nextFreeId } from "../proxmox/pve/cluster.ts";
import { listBackups } from "../proxmox/pve/storage.ts";
import { parseSavedConfig } from "./saved-config.ts";

import type { GuestType } from "../../shared/guest.ts";
import type { Output, Parsed } from "../../shared/operations.ts";
import type { Storage } from "../../shared/storage.ts";
import type { Permissions } from "../proxmox/pve/access.ts";
import type { StoredBackup } from "../proxmox/pve/storage.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "restore.prepare" | "restore.checkId" | "restore.run">;
type RestoreDeps = Pick<Deps, "clusters" | "inventory" | "jobs">;
type Prepared = Output<"restore.prepare">;

/** Proxmox's `dns-name`: what qemu-server and pve-container take as a guest's name. */
const dnsName = /^(?=.{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/iu;

interface BackupPlace {
  readonly clusterId: string;
  readonly node: string;
  readonly storage: string;
  readonly volid: string;
}

export function restoreOperations(deps: RestoreDeps): Area {
  const { clusters, inventory, jobs } = deps;

  /** The backup as the server lists it now. Throws AppError backup.notFound. */
  async function find(
    place: BackupPlace,
    signal: AbortSignal,
  ): Promise<StoredBackup & { guestType: GuestType }> {
    if (!place.volid.startsWith(`${place.storage}:`)) {
      throw new AppError("input.invalid", { fields: { volid: "invalid_format" } });
    }
    const { session } = clusters.member(place.clusterId);
    const { node, storage } = place;
    const { rows, bad } = await listBackups(session, { node, storage }, signal);
    const found = rows.find((row) => row.volid === place.volid);
    if (found === undefined && bad > 0) {
      // It may be among those that cannot be read.
      const params = { address: session.address, reason: "someRows" };
      throw new AppError("server.badAnswer", { params });
    }
    if (found === undefined || found.guestType === null) throw new AppError("backup.notFound");
    return { ...found, guestType: found.guestType };
  }

  function storagesOfCluster(clusterId: string): readonly Storage[] {
    return [...inventory.storages.values()].filter((storage) => storage.clusterId === clusterId);
  }

  function nodesFor(place: BackupPlace, guestType: GuestType): Prepared["nodes"] {
    const { observed } = clusters.member(place.clusterId);
    const all = storagesOfCluster(place.clusterId);
    const content = guestType === "qemu" ? "images" : "rootdir";
    return observed.nodes.map(({ node, online }) => ({
      node,
      online,
      readable: all.some(
        (storage) =>
          storage.node === node &&
          storage.storage === place.storage &&
          storage.active &&
          (storage.shared || node === place.node),
      ),
      storages: all
        .filter((storage) => storage.node === node && storage.active && storage.content.includes(content))
        .filter((storage) => mayAllocate(observed.permissions, storage.storage))
        .map(({ storage, type, available, total }) => ({ storage, type, available, total }))
        .sort((a, b) => a.storage.localeCompare(b.storage)),
    }));
  }

  function isRunning(clusterId: string, vmid: number | null): boolean {
    return [...inventory.guests.values()].some(
      (guest) => guest.clusterId === clusterId && guest.vmid === vmid && guest.status === "running",
    );
  }

  async function prepare(place: BackupPlace, signal: AbortSignal): Promise<Prepared> {
    const { session } = clusters.member(place.clusterId);
    const [backup, vmid, text] = await Promise.all([
      find(place, signal),
      nextFreeId(session, signal),
      configOf(place, signal),
    ]);
    const config = parseSavedConfig(text ?? "");
    return {
      vmid,
      name: config.name,
      guestType: backup.guestType,
      sourceVmid: backup.vmid,
      sourceRunning: isRunning(place.clusterId, backup.vmid),
      createdAt: backup.createdAt ?? 0,
      size: backup.size,
      nodes: nodesFor(place, backup.guestType),
      disks: config.disks,
      memory: config.memory,
      cores: config.cores,
    };
  }

  /** null where the archive does not give its configuration up (truncated, encrypted): the restore itself will say more. */
  async function configOf(
    { clusterId, node, volid }: BackupPlace,
    signal: AbortSignal,
  ): Promise<string | null> {
    try {
      return await extractConfig(clusters.member(clusterId).session, { node, volid }, signal);
    } catch (error) {
      if (isAppError(error, "server.error", "server.notFound", "server.forbidden")) return null;
      throw error;
    }
  }

  async function run(input: Parsed<"restore.run">, signal: AbortSignal): Promise<Output<"restore.run">> {
    if (input.name !== "" && !dnsName.test(input.name)) {
      throw new AppError("input.invalid", { fields: { name: "invalid_format" } });
    }
    const { server } = clusters.member(input.clusterId);
    const [backup, text] = await Promise.all([find(input, signal), configOf(input, signal)]);
    const savedName = text === null ? null : parseSavedConfig(text).name;
    const rename = input.name !== "" && input.name !== savedName;
    const name = input.name === "" ? (savedName ?? "") : input.name;
    signal.throwIfAborted();
    const { jobId } = await jobs.start(
      {
        kind: "restore",
        guest: { vmid: input.vmid, type: backup.guestType, name, node: input.node },
        volid: input.volid,
        sourceVmid: backup.vmid,
        backupTime: backup.createdAt ?? 0,
        targetStorage: input.targetStorage,
        start: input.start,
        unique: input.unique,
        rename,
      },
      server,
      { draft: input.draft },
    );
    return { jobId: jobIdSchema.parse(jobId) };
  }

  return {
    "restore.prepare": (input, { signal }) => prepare(input, signal),
    "restore.checkId": async ({ clusterId, vmid }, { signal }) => ({
      free: await isFreeId(clusters.member(clusterId).session, { vmid }, signal),
    }),
    "restore.run": (input, { signal }) => run(input, signal),
  };
}

function mayAllocate(permissions: Permissions | null, storage: string): boolean {
  return permissions === null || hasPrivilege(permissions, `/storage/${storage}`, "Datastore.AllocateSpace");
}
