import { holds } from "../behaviours.ts";
import { ApiError, badParameters, died, forbidden } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { lxcRestore, qemuRestore, type RestoreLog, type RestoreSpec } from "../logs/restore.ts";
import { createRandom } from "../random.ts";
import { BOOLEAN, COUNT, STRING, VMID, type Parameters } from "../schema.ts";
import { guestOf, storageOf, wordOf } from "../state.ts";
import { startTask } from "../tasks/engine.ts";
import type { Step } from "../tasks/task.ts";
import type { BackupVolume, Disk, Guest, GuestType, Storage } from "../world.ts";
import { LXC_KEYS, QEMU_KEYS } from "./config-keys.ts";
import { answer, demand, flag, may, optional, text, type Call, type Route } from "./route.ts";
import { backupToRestore, guestInside, usableStorage } from "./storage-access.ts";

/** Configuration keys that may be given along and replace what the backup holds. */
const OVERRIDES: Parameters = {
  cores: COUNT,
  memory: STRING,
  description: STRING,
  tags: STRING,
  onboot: BOOLEAN,
  protection: BOOLEAN,
  "net[n]": STRING,
};

const DRIVE = /^(?:ide|sata|scsi|virtio)\d+$|^(?:efidisk|tpmstate)0$/;
const DRIVES: Parameters = {
  "ide[n]": STRING,
  "sata[n]": STRING,
  "scsi[n]": STRING,
  "virtio[n]": STRING,
  efidisk0: STRING,
  tpmstate0: STRING,
};

const COMMON: Parameters = {
  ...OVERRIDES,
  vmid: { ...VMID, required: true },
  storage: STRING,
  force: BOOLEAN,
  unique: BOOLEAN,
  start: BOOLEAN,
  pool: STRING,
  bwlimit: COUNT,
  "ha-managed": BOOLEAN,
};

function checkRights(call: Call, vmid: number): void {
  const pool = optional(call, "pool");
  const allowed =
    may(call, `/vms/${vmid}`, ["VM.Allocate"]) ||
    (pool !== null && may(call, `/pool/${pool}`, ["VM.Allocate"])) ||
    (flag(call, "force") && may(call, `/vms/${vmid}`, ["VM.Backup"]));
  if (!allowed) throw forbidden(`/vms/${vmid}`, ["VM.Allocate"]);
}

/** Where each disk goes: the chosen storage, else where it came from. Both need room to be allowed. */
function placed(call: Call, type: GuestType, vmid: number, disks: readonly Disk[]): Disk[] {
  const chosen = optional(call, "storage");
  return disks.map((disk, index) => {
    const id = chosen ?? disk.storage;
    const storage = usableStorage(call, id);
    demand(call, `/storage/${id}`, ["Datastore.AllocateSpace"]);
    const content = type === "qemu" ? "images" : "rootdir";
    if (!storage.content.includes(content)) {
      throw died(
        type === "qemu"
          ? `storage '${id}' does not support vm images`
          : `storage '${id}' does not support container directories`,
      );
    }
    return { ...disk, storage: id, volume: volumeName(storage, vmid, index) };
  });
}

function volumeName(storage: Storage, vmid: number, index: number): string {
  return storage.type === "dir" || storage.type === "nfs"
    ? `${vmid}/vm-${vmid}-disk-${index}.qcow2`
    : `vm-${vmid}-disk-${index}`;
}

const newMac = (call: Call, vmid: number): string => {
  const random = createRandom(call.state.seed + vmid + call.state.nextPid);
  return `BC:24:11:${[1, 2, 3].map(() => random.hex(2).toUpperCase()).join(":")}`;
};

/** The guest as it will be once restored. */
function restored(call: Call, inside: Guest, vmid: number, disks: Disk[]): Guest {
  return {
    ...structuredClone(inside),
    vmid,
    node: text(call, "node"),
    name: optional(call, "name") ?? optional(call, "hostname") ?? inside.name,
    memory: Number(optional(call, "memory") ?? inside.memory),
    cores: Number(optional(call, "cores") ?? inside.cores),
    description: optional(call, "description") ?? inside.description,
    tags:
      optional(call, "tags")
        ?.split(/[;,\s]+/)
        .filter(Boolean) ?? inside.tags,
    pool: optional(call, "pool"),
    mac: flag(call, "unique") ? newMac(call, vmid) : inside.mac,
    disks,
    status: "stopped",
    startedAt: 0,
    lock: null,
    snapshots: [],
    bitmaps: [],
    createdAt: call.state.clock.seconds(),
  };
}

/** What stands in place of the guest while its disks are written (seen on PVE 9.2: a name of its own and 128 MiB). */
function placeholder(guest: Guest): Guest {
  return {
    ...guest,
    name: guest.type === "qemu" ? `VM ${guest.vmid}` : `CT${guest.vmid}`,
    memory: 128,
    cores: 1,
    disks: [],
    tags: [],
    lock: "create",
    template: false,
  };
}

function steps(call: Call, guest: Guest, log: RestoreLog): readonly Step[] {
  const lines: readonly Step[] = log.lines.map((one) => ({ at: one.at, line: one.line }));
  const early: readonly Step[] = holds(call.state, "P14")
    ? [{ at: 0, effect: { kind: "guest-put", guest: placeholder(guest) } }]
    : [];
  if (log.failure !== null) {
    // A VM's leavings stay behind, locked; a container's are cleared away.
    const cleared: readonly Step[] =
      guest.type === "lxc" ? [{ at: log.end, effect: { kind: "guest-remove", vmid: guest.vmid } }] : [];
    return [...early, ...lines, ...cleared, { at: log.end, effect: { kind: "end", exit: log.failure } }];
  }
  const used = guest.disks.map((disk): Step => ({
    at: log.end,
    effect: { kind: "disk-use", node: guest.node, storage: disk.storage, bytes: disk.used },
  }));
  const type = guest.type === "qemu" ? "qmstart" : "vzstart";
  const started: readonly Step[] = flag(call, "start")
    ? [
        {
          at: log.end,
          effect: { kind: "task", type, vmid: guest.vmid, user: call.authid, requestedBy: "user" },
        },
      ]
    : [];
  return [
    ...early,
    ...lines,
    { at: log.end, effect: { kind: "guest-put", guest } },
    ...used,
    ...started,
    { at: log.end, effect: { kind: "end", exit: "OK" } },
  ];
}

function start(call: Call, type: GuestType, vmid: number, list: readonly Step[]): Answer {
  const { node: _, ...params } = call.params;
  const task = startTask(call.state, {
    node: text(call, "node"),
    type: type === "qemu" ? "qmrestore" : "vzrestore",
    id: String(vmid),
    user: call.authid,
    params,
    steps: list,
    vmid,
  });
  return answer(task.upid);
}

function course(
  call: Call,
  type: GuestType,
  storage: Storage,
  backup: BackupVolume,
  vmid: number,
): readonly Step[] {
  const inside = guestInside(call, backup);
  if (!inside)
    throw died(
      `unable to restore ${type === "qemu" ? "VM" : "CT"} ${vmid} - no configuration in the archive`,
    );
  const guest = restored(call, inside, vmid, placed(call, type, vmid, inside.disks));
  const spec: RestoreSpec = {
    volume: backup,
    source: storage,
    guest,
    targetTypes: new Map(call.state.world.storages.map((one) => [one.storage, one.type])),
    bwlimit: Number(call.params["bwlimit"] ?? 0),
    random: createRandom(call.state.seed + vmid * 31 + call.state.nextPid),
    timeZone: call.state.world.timeZone,
    pid: call.state.nextPid,
  };
  const reading: readonly Step[] =
    storage.type === "pbs" ? [{ at: 0, effect: { kind: "depot-read", backup } }] : [];
  return [...reading, ...steps(call, guest, type === "qemu" ? qemuRestore(spec) : lxcRestore(spec))];
}

/** Refusals about the id before a worker starts; without P13 it is the worker that finds out. */
function checkTarget(call: Call, type: GuestType, vmid: number): readonly Step[] | null {
  try {
    return refusals(call, type, vmid);
  } catch (error) {
    if (holds(call.state, "P13") || !(error instanceof ApiError)) throw error;
    return [{ at: 200, effect: { kind: "end", exit: error.message.trim() } }];
  }
}

function refusals(call: Call, type: GuestType, vmid: number): readonly Step[] | null {
  const existing = guestOf(call.state.world, vmid);
  if (!existing) return null;
  const exists = `${wordOf(existing)} ${vmid} already exists on node '${existing.node}'`;
  if (!flag(call, "force") || existing.type !== type)
    throw died(type === "qemu" ? `unable to restore VM ${vmid} - ${exists}` : exists);
  if (existing.protection)
    throw died(`unable to restore ${wordOf(existing)} ${vmid} - protection mode enabled`);
  if (existing.lock !== null) throw died(`${wordOf(existing)} is locked (${existing.lock})`);
  if (existing.status === "stopped") return null;
  if (type === "lxc") throw died("can't overwrite running container");
  return [
    {
      at: 300,
      line: `error before or during data restore, some or all disks were not completely restored. VM ${vmid} state is NOT cleaned up.`,
    },
    { at: 300, effect: { kind: "end", exit: `unable to restore VM ${vmid} - vm is running` } },
  ];
}

/** The drives come from the archive: naming one too is a contradiction. */
function checkDrives(call: Call): void {
  const drives = Object.keys(call.params).filter((key) => DRIVE.test(key));
  if (drives.length === 0 || !holds(call.state, "P15")) return;
  throw badParameters(
    Object.fromEntries(drives.map((key) => [key, "option conflicts with option 'archive'"])),
  );
}

function restoreQemu(call: Call): Answer {
  const vmid = Number(call.params["vmid"]);
  const archive = optional(call, "archive");
  if (archive === null) throw new ApiError(501, "the simulator creates guests only from backups\n");
  checkRights(call, vmid);
  checkDrives(call);
  const chosen = optional(call, "storage");
  if (chosen !== null) usableStorage(call, chosen);
  const refused = checkTarget(call, "qemu", vmid);
  const { storage, backup } = backupToRestore(call, archive);
  if (!backup) throw died(`volume '${archive}' does not exist`);
  if (backup.subtype !== "qemu") throw died(`unable to restore VM ${vmid} - no VM backup: '${archive}'`);
  if (flag(call, "live-restore") && storage.type !== "pbs")
    throw badParameters({ "live-restore": "live-restore is only supported with PBS" });
  return start(call, "qemu", vmid, refused ?? course(call, "qemu", storage, backup, vmid));
}

function restoreLxc(call: Call): Answer {
  const vmid = Number(call.params["vmid"]);
  const archive = text(call, "ostemplate");
  if (!flag(call, "restore")) throw new ApiError(501, "the simulator creates guests only from backups\n");
  checkRights(call, vmid);
  const refused = checkTarget(call, "lxc", vmid);
  const chosen = optional(call, "storage");
  if (chosen !== null && !storageOf(call.state.world, chosen))
    throw died(`storage '${chosen}' does not exist`);
  const { storage, backup } = backupToRestore(call, archive);
  if (refused) return start(call, "lxc", vmid, refused);
  if (backup) return start(call, "lxc", vmid, course(call, "lxc", storage, backup, vmid));
  return start(call, "lxc", vmid, [
    { at: 200, line: `recovering backed-up configuration from '${archive}'` },
    {
      at: 200,
      effect: { kind: "end", exit: `unable to restore CT ${vmid} - volume '${archive}' does not exist` },
    },
  ]);
}

/** Restoring under an id (qemu-server PVE/API2/Qemu.pm, pve-container PVE/API2/LXC.pm). */
export const restoreRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/nodes/{node}/qemu",
    parameters: {
      ...QEMU_KEYS,
      ...COMMON,
      ...DRIVES,
      archive: STRING,
      name: STRING,
      "live-restore": BOOLEAN,
      sockets: COUNT,
    },
    run: restoreQemu,
  },
  {
    method: "POST",
    path: "/nodes/{node}/lxc",
    parameters: {
      ...LXC_KEYS,
      ...COMMON,
      ostemplate: { ...STRING, required: true },
      restore: BOOLEAN,
      hostname: STRING,
      rootfs: STRING,
      "mp[n]": STRING,
      unprivileged: BOOLEAN,
      "ignore-unpack-errors": BOOLEAN,
      password: STRING,
    },
    run: restoreLxc,
  },
];
