import { depotOf } from "../depots.ts";
import { badParameters } from "../errors.ts";
import { BOOLEAN, splitList, STRING, VMID, type Parameter } from "../schema.ts";
import { backupsOn, seesStorage, storageOf, volidOf } from "../state.ts";
import type { BackupVolume, Storage } from "../world.ts";
import { usageOf } from "./figures.ts";
import { answer, flag, may, optional, text, type Call, type Route } from "./route.ts";
import { READ, readable, usableStorage } from "./storage-access.ts";

const CONTENT_TYPES = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];

const CONTENT: Parameter = {
  type: "string",
  format: (value) => {
    const bad = splitList(value).find((type) => !CONTENT_TYPES.includes(type));
    return bad === undefined ? null : `invalid format - invalid content type '${bad}'\n`;
  },
};

function statusRow(call: Call, storage: Storage): Record<string, unknown> {
  const usage = usageOf(storage, text(call, "node"));
  return {
    type: storage.type,
    content: storage.content.join(","),
    shared: storage.shared ? 1 : 0,
    enabled: storage.enabled ? 1 : 0,
    active: usage.active ? 1 : 0,
    total: usage.total,
    used: usage.used,
    avail: usage.avail,
  };
}

function list(call: Call): readonly object[] {
  const { world } = call.state;
  const wanted = optional(call, "storage");
  const content = optional(call, "content");
  if (wanted !== null && !storageOf(world, wanted)) throw badParameters({ storage: "No such storage." });
  return world.storages
    .filter(
      (storage) =>
        seesStorage(storage, text(call, "node")) && (wanted === null || storage.storage === wanted),
    )
    .filter((storage) =>
      may(call, `/storage/${storage.storage}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true),
    )
    .filter((storage) => !flag(call, "enabled") || storage.enabled)
    .filter(
      (storage) => content === null || splitList(content).some((type) => storage.content.includes(type)),
    )
    .map((storage) => {
      const row = statusRow(call, storage);
      const fraction =
        row["active"] === 1 ? { used_fraction: Number(row["used"]) / Number(row["total"]) } : {};
      return { storage: storage.storage, ...row, ...fraction };
    });
}

function backupRow(backup: BackupVolume): object {
  return {
    volid: volidOf(backup),
    content: "backup",
    ctime: backup.ctime,
    format: backup.format,
    size: backup.size,
    subtype: backup.subtype,
    vmid: backup.vmid,
    ...(backup.notes === null ? {} : { notes: backup.notes.split("\n")[0] }),
    ...(backup.protected ? { protected: 1 } : {}),
    ...(backup.verification === null ? {} : { verification: backup.verification }),
    ...(backup.encrypted === null ? {} : { encrypted: backup.encrypted }),
  };
}

function diskRows(call: Call, storage: Storage): readonly Record<string, unknown>[] {
  return call.state.world.guests
    .filter((guest) => storage.shared || guest.node === text(call, "node"))
    .filter(
      (guest) =>
        may(call, `/vms/${guest.vmid}`, ["VM.Config.Disk"]) ||
        may(call, `/storage/${storage.storage}`, ["Datastore.Allocate"]),
    )
    .flatMap((guest) =>
      guest.disks
        .filter((disk) => disk.storage === storage.storage)
        .map((disk) => ({
          volid: `${disk.storage}:${disk.volume}`,
          content: guest.type === "qemu" ? "images" : "rootdir",
          ctime: guest.createdAt,
          format: "raw",
          parent: null,
          size: disk.size,
          used: disk.used,
          vmid: guest.vmid,
        })),
    );
}

function content(call: Call): readonly object[] {
  const storage = usableStorage(call, text(call, "storage"));
  const kinds = optional(call, "content");
  const vmid = call.params["vmid"];
  const wants = (kind: string): boolean => kinds === null || splitList(kinds).includes(kind);
  const backups = wants("backup")
    ? backupsOn(call.state.world, storage, text(call, "node"))
        .filter((one) => vmid === undefined || one.vmid === vmid)
        .filter((one) => readable(call, one))
    : [];
  const disks = diskRows(call, storage).filter((row) => wants(String(row["content"])));
  return [...disks.filter((row) => vmid === undefined || row["vmid"] === vmid), ...backups.map(backupRow)];
}

/** Of a Backup Server: what stands there, and as whom; without a simulated one behind it, the usual words. */
function backupServerOf(call: Call, storage: Storage): object {
  if (storage.type !== "pbs") return {};
  const config = depotOf(call.state, storage.storage)?.config();
  if (!config) return { datastore: storage.path, username: "backup@pbs" };
  const { server, port, fingerprint, datastore, namespace, username } = config;
  return {
    server,
    port,
    datastore,
    username,
    fingerprint: fingerprint.toLowerCase(),
    ...(namespace === "" ? {} : { namespace }),
  };
}

function configured(call: Call): readonly object[] {
  return call.state.world.storages
    .filter((storage) =>
      may(call, `/storage/${storage.storage}`, ["Datastore.Audit", "Datastore.AllocateSpace"], true),
    )
    .map((storage) => ({
      storage: storage.storage,
      type: storage.type,
      content: storage.content.join(","),
      ...(storage.type === "dir" || storage.type === "nfs" ? { path: storage.path } : {}),
      ...(storage.server === null ? {} : { server: storage.server }),
      ...backupServerOf(call, storage),
      ...(storage.type === "nfs" ? { export: `/export/${storage.storage}` } : {}),
      ...(storage.shared ? { shared: 1 } : {}),
      ...(storage.enabled ? {} : { disable: 1 }),
      ...(storage.nodes === null ? {} : { nodes: storage.nodes.join(",") }),
      ...(storage.prune === null
        ? {}
        : {
            "prune-backups": Object.entries(storage.prune)
              .map(([key, value]) => `${key}=${value}`)
              .join(","),
          }),
      digest: "c8ea78d595da7843416ee20d34e46915d6ad76f0",
    }));
}

const BASE = "/nodes/{node}/storage";
const ONE = `${BASE}/{storage}`;
/** Storages and lists of what is on them (pve-storage, PVE/API2/Storage). */
export const storageRoutes: readonly Route[] = [
  { method: "GET", path: "/storage", parameters: { type: STRING }, run: (call) => answer(configured(call)) },
  {
    method: "GET",
    path: BASE,
    parameters: { content: CONTENT, enabled: BOOLEAN, format: BOOLEAN, storage: STRING, target: STRING },
    run: (call) => answer(list(call)),
  },
  {
    method: "GET",
    path: `${ONE}/status`,
    permission: READ,
    run: (call) => {
      const storage = storageOf(call.state.world, text(call, "storage"));
      if (!storage) throw badParameters({ storage: "No such storage." });
      return answer(statusRow(call, storage));
    },
  },
  {
    method: "GET",
    path: `${ONE}/content`,
    permission: READ,
    parameters: { content: CONTENT, vmid: VMID },
    run: (call) => answer(content(call)),
  },
];
