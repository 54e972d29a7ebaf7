import { badParameters, died } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { archivePath } from "../logs/archive.ts";
import { markBackups, parsePruneRule } from "../retention.ts";
import { BOOLEAN, INTEGER, splitList, STRING, VMID, type Parameter } from "../schema.ts";
import { backupsOn, guestOf, seesStorage, storageOf, volidOf } from "../state.ts";
import { startTask, advance } from "../tasks/engine.ts";
import type { Step } from "../tasks/task.ts";
import type { BackupVolume, Storage } from "../world.ts";
import { usageOf } from "./figures.ts";
import { answer, demand, flag, may, optional, text, type Call, type Route } from "./route.ts";
import { PRUNE } from "./vzdump.ts";

const READ = {
  path: "/storage/{storage}",
  privileges: ["Datastore.Audit", "Datastore.AllocateSpace"],
  any: true,
} as const;
const CONTENT_TYPES = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import", "none"];

const CONTENT: Parameter = {
  type: "string",
  format: (value) => {
    const bad = splitList(value).find((type) => !CONTENT_TYPES.includes(type));
    return bad === undefined ? null : `invalid format - invalid content type '${bad}'\n`;
  },
};

/** The storage of the path, usable on the node of the path. Throws Proxmox's words for unknown, disabled and broken ones. */
export function usableStorage(call: Call, id: string): Storage {
  const storage = storageOf(call.state.world, id);
  if (!storage) throw died(`storage '${id}' does not exist`);
  if (!seesStorage(storage, text(call, "node")))
    throw died(`storage '${id}' is not available on node '${text(call, "node")}'`);
  if (!storage.enabled) throw died(`storage '${id}' is disabled`);
  if (storage.broken !== null) throw died(storage.broken);
  return storage;
}

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

/** Whether the caller sees one backup; the others are missing from lists without a hint. */
function readable(call: Call, backup: BackupVolume): boolean {
  const path = `/storage/${backup.storage}`;
  if (may(call, path, ["Datastore.Allocate"])) return true;
  return may(call, path, ["Datastore.AllocateSpace"]) && may(call, `/vms/${backup.vmid}`, ["VM.Backup"]);
}

function demandReadable(call: Call, storage: string, vmid: number): void {
  if (may(call, `/storage/${storage}`, ["Datastore.Allocate"])) return;
  demand(call, `/storage/${storage}`, ["Datastore.AllocateSpace"]);
  demand(call, `/vms/${vmid}`, ["VM.Backup"]);
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
    ? backupsOn(call.state.world, storage, text(call, "node")).filter((one) => readable(call, one))
    : [];
  const disks = diskRows(call, storage).filter((row) => wants(String(row["content"])));
  return [
    ...disks.filter((row) => vmid === undefined || row["vmid"] === vmid),
    ...backups.filter((one) => vmid === undefined || one.vmid === vmid).map(backupRow),
  ];
}

type Named = {
  readonly storage: Storage;
  readonly volid: string;
  readonly name: string;
  readonly vmid: number;
  readonly backup: BackupVolume | undefined;
};

/** The volume of the path, given as `storage:name` or as the name alone. It need not exist. */
function volumeHere(call: Call): Named {
  const given = text(call, "volume");
  const volid =
    given.includes(":") && !given.startsWith("backup/") ? given : `${text(call, "storage")}:${given}`;
  const separator = volid.indexOf(":");
  const [id, name] = [volid.slice(0, separator), volid.slice(separator + 1)];
  const storage = usableStorage(call, id);
  const vmid = /^backup\/(?:vzdump-(?:qemu|lxc|openvz)-|(?:vm|ct)\/)(\d+)[-/]/.exec(name)?.[1];
  if (vmid === undefined) {
    throw died(
      storage.type === "pbs"
        ? `unable to parse PBS volume name '${name}'`
        : `unable to parse directory volume name '${name}'`,
    );
  }
  const backup = backupsOn(call.state.world, storage, text(call, "node")).find(
    (one) => volidOf(one) === volid,
  );
  return { storage, volid, name, vmid: Number(vmid), backup };
}

function volume(call: Call): object {
  const { storage, volid, name, vmid, backup } = volumeHere(call);
  demandReadable(call, storage.storage, vmid);
  if (!backup) throw died(`volume_size_info on '${volid}' failed - no format`);
  return {
    path:
      storage.type === "pbs"
        ? `pbs://${storage.server ?? ""}/${storage.path}/${name}`
        : archivePath(storage, name),
    format: storage.type === "pbs" ? backup.format : "raw",
    size: backup.size,
    used: backup.size,
    protected: backup.protected ? 1 : 0,
    ...(backup.notes === null ? {} : { notes: backup.notes }),
  };
}

const MAX_PROTECTED = 5;

function update(call: Call): Answer {
  const { storage, volid, vmid, backup } = volumeHere(call);
  demandReadable(call, storage.storage, vmid);
  if (!backup) throw died(`volume '${volid}' does not exist`);
  const protect = call.params["protected"];
  if (protect === true && !backup.protected) {
    const unlimited = may(call, `/storage/${storage.storage}`, ["Datastore.Allocate"]);
    const most = storage.maxProtected ?? (unlimited ? -1 : MAX_PROTECTED);
    const count = call.state.world.backups.filter(
      (one) => one.storage === backup.storage && one.vmid === backup.vmid && one.protected,
    ).length;
    if (most >= 0 && count >= most)
      throw died(
        `The number of protected backups per guest is limited to ${most} on storage '${storage.storage}'`,
      );
  }
  if (typeof protect === "boolean") backup.protected = protect;
  if (call.params["notes"] !== undefined)
    backup.notes = text(call, "notes") === "" ? null : text(call, "notes");
  call.state.changed();
  return answer(null);
}

function removalSteps(named: Named): readonly Step[] {
  const { storage, volid, name, backup } = named;
  const at = 700;
  if (backup?.protected)
    return [
      {
        at,
        effect: { kind: "end", exit: `cannot remove protected volume '${name}' on '${storage.storage}'` },
      },
    ];
  const missing: readonly Step[] = backup
    ? []
    : [{ at, line: `disk image '${archivePath(storage, name)}' does not exist` }];
  return [
    ...missing,
    { at, effect: { kind: "backup-remove", volid } },
    { at, line: `Removed volume '${volid}'` },
    { at, effect: { kind: "end", exit: "OK" } },
  ];
}

/** Deleting always starts a worker; even a protected or missing volume is found out by the worker (seen on PVE 9.2). */
function remove(call: Call): Answer {
  const named = volumeHere(call);
  demandReadable(call, named.storage.storage, named.vmid);
  const task = startTask(call.state, {
    node: text(call, "node"),
    type: "imgdel",
    id: `${named.vmid}@${named.storage.storage}`,
    user: call.authid,
    params: { volume: named.volid },
    steps: removalSteps(named),
  });
  if (call.params["delay"] === undefined) return answer(task.upid);
  advance(call.state);
  return answer(task.exit === null ? task.upid : null);
}

type Marked = {
  readonly volid: string;
  readonly ctime: number;
  readonly mark: string;
  readonly type: string;
  readonly vmid: number;
};

function marks(call: Call): readonly Marked[] {
  const storage = usableStorage(call, text(call, "storage"));
  const given = optional(call, "prune-backups");
  const rule = given === null ? storage.prune : parsePruneRule(given);
  const type = optional(call, "type");
  const vmid = call.params["vmid"];
  const groups = Map.groupBy(
    backupsOn(call.state.world, storage, text(call, "node")).filter(
      (backup) =>
        (type === null || backup.subtype === type) &&
        (vmid === undefined || backup.vmid === vmid) &&
        readable(call, backup),
    ),
    (backup) => `${backup.subtype}/${backup.vmid}`,
  );
  return [...groups.values()].flatMap((group) => {
    const found = markBackups(group, rule, call.state.world.timeZone);
    return group.map((backup) => ({
      volid: volidOf(backup),
      ctime: backup.ctime,
      mark: found.get(backup) ?? "keep",
      type: backup.subtype,
      vmid: backup.vmid,
    }));
  });
}

function prune(call: Call): Answer {
  const id = text(call, "storage");
  const vmid = call.params["vmid"];
  if (vmid === undefined) demand(call, `/storage/${id}`, ["Datastore.Allocate"]);
  else demandReadable(call, id, Number(vmid));
  const removed = marks(call).filter((row) => row.mark === "remove");
  const steps: readonly Step[] = [
    ...removed.flatMap((row): Step[] => [
      { at: 500, line: `removing backup '${row.volid}'` },
      { at: 500, effect: { kind: "backup-remove", volid: row.volid } },
    ]),
    { at: 800, effect: { kind: "end", exit: "OK" } },
  ];
  const { node: _, ...params } = call.params;
  const task = startTask(call.state, {
    node: text(call, "node"),
    type: "prunebackups",
    id: `${vmid === undefined ? "" : String(vmid)}@${id}`,
    user: call.authid,
    params,
    steps,
  });
  return answer(task.upid);
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
const FILTER = {
  "prune-backups": PRUNE,
  type: { type: "string", enum: ["qemu", "lxc"] },
  vmid: VMID,
} as const;

/** Storages and the backups on them (pve-storage, PVE/API2/Storage). */
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
  {
    method: "GET",
    path: `${ONE}/prunebackups`,
    permission: READ,
    parameters: FILTER,
    run: (call) => answer(marks(call)),
  },
  { method: "DELETE", path: `${ONE}/prunebackups`, parameters: FILTER, run: prune },
  { method: "GET", path: `${ONE}/content/{volume}`, run: (call) => answer(volume(call)) },
  {
    method: "PUT",
    path: `${ONE}/content/{volume}`,
    parameters: { notes: STRING, protected: BOOLEAN },
    run: update,
  },
  {
    method: "DELETE",
    path: `${ONE}/content/{volume}`,
    parameters: { delay: { ...INTEGER, minimum: 1, maximum: 30 } },
    run: remove,
  },
];

/** The backup a restore names, with the rights its reading needs. Throws the refusals of an unknown storage or missing rights. */
export function backupToRestore(
  call: Call,
  volid: string,
): { readonly storage: Storage; readonly backup: BackupVolume | undefined } {
  const storage = usableStorage(call, volid.split(":")[0] ?? "");
  const backup = backupsOn(call.state.world, storage, text(call, "node")).find(
    (one) => volidOf(one) === volid,
  );
  demandReadable(call, storage.storage, backup?.vmid ?? 0);
  return { storage, backup };
}

/** The guest inside a backup. */
export const guestInside = (call: Call, backup: BackupVolume): ReturnType<typeof guestOf> =>
  backup.guest ?? guestOf(call.state.world, backup.vmid);
