import { parseUpid } from "../../simulator/tasks/upid.ts";
import { seesStorage, volidOf } from "../../simulator/state.ts";
import type { BackupVolume, Guest, World } from "../../simulator/world.ts";

/** The same thing twice, where each must be alone. */
function repeated(what: string, keys: readonly (string | number)[]): readonly string[] {
  const seen = new Set<string | number>();
  return keys.flatMap((key) => {
    if (seen.has(key)) return [`${what} ${key} is there twice`];
    seen.add(key);
    return [];
  });
}

function guestProblems(world: World, guest: Guest): readonly string[] {
  const name = `guest ${guest.vmid}`;
  const wanted = guest.type === "qemu" ? "images" : "rootdir";
  const found = guest.disks.flatMap((disk) => {
    const storage = world.storages.find((one) => one.storage === disk.storage);
    if (!storage?.content.includes(wanted) || !seesStorage(storage, guest.node))
      return [`${name}: ${disk.key} cannot be on ${disk.storage}`];
    return disk.used > disk.size ? [`${name}: ${disk.key} holds more than its size`] : [];
  });
  const here = world.nodes.some((node) => node.node === guest.node);
  const pooled = guest.pool === null || world.pools.some((pool) => pool.poolid === guest.pool);
  return [
    ...found,
    ...(here ? [] : [`${name} is on no node`]),
    ...(pooled ? [] : [`${name} is in pool ${guest.pool}, which is none`]),
    ...((guest.status === "stopped") === (guest.startedAt === 0) ? [] : [`${name}: its start does not fit`]),
    ...(guest.template && guest.status !== "stopped" ? [`${name} is a running template`] : []),
  ];
}

const FILE = /^backup\/vzdump-(qemu|lxc)-(\d+)-\d{4}_\d\d_\d\d-\d\d_\d\d_\d\d\.(vma|tar)(\.(zst|gz|lzo))?$/;
const SNAPSHOT = /^backup\/(vm|ct)\/(\d+)\/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

function backupProblems(world: World, backup: BackupVolume): readonly string[] {
  const volid = volidOf(backup);
  const storage = world.storages.find((one) => one.storage === backup.storage);
  if (!storage?.content.includes("backup")) return [`${volid} is on a storage that takes none`];
  const [, kind, vmid] = (storage.type === "pbs" ? SNAPSHOT : FILE).exec(backup.name) ?? [];
  const type = kind === "vm" || kind === "qemu" ? "qemu" : "lxc";
  const known = backup.guest !== null || world.guests.some((guest) => guest.vmid === backup.vmid);
  return [
    ...(Number(vmid) === backup.vmid && type === backup.subtype
      ? []
      : [`${volid} is not named like its guest`]),
    ...(storage.shared === (backup.node === null) ? [] : [`${volid}: its node does not fit its storage`]),
    ...(known ? [] : [`${volid} is of a guest that nobody knows`]),
    ...(backup.size > 0 ? [] : [`${volid} is empty`]),
  ];
}

/** What a world has that no real cluster can have. */
export function worldProblems(world: World): readonly string[] {
  const nodes = new Set(world.nodes.map((node) => node.node));
  const users = new Set(world.users.map((user) => user.userid));
  return [
    ...repeated(
      "node",
      world.nodes.map((node) => node.node),
    ),
    ...repeated(
      "guest",
      world.guests.map((guest) => guest.vmid),
    ),
    ...repeated(
      "storage",
      world.storages.map((storage) => storage.storage),
    ),
    ...repeated(
      "backup",
      world.backups.map((backup) => `${volidOf(backup)} on ${backup.node ?? "*"}`),
    ),
    ...repeated(
      "task",
      world.history.map((task) => task.upid),
    ),
    ...world.guests.flatMap((guest) => guestProblems(world, guest)),
    ...world.backups.flatMap((backup) => backupProblems(world, backup)),
    ...world.storages.flatMap((storage) =>
      (storage.shared ? ["*"] : (storage.nodes ?? [...nodes]))
        .filter((place) => {
          const usage = storage.usage[place];
          return usage === undefined || usage.used > usage.total;
        })
        .map((place) => `storage ${storage.storage} has no fitting room on ${place}`),
    ),
    ...world.history
      .filter((task) => {
        const parts = parseUpid(task.upid);
        return parts === null || !nodes.has(parts.node) || task.endtime < parts.starttime;
      })
      .map((task) => `task ${task.upid} cannot have been`),
    ...world.ha
      .filter((one) => !world.guests.some((guest) => guest.vmid === one.vmid))
      .map((one) => `HA resource ${one.sid} has no guest`),
    ...world.jobs
      .filter((job) => !world.storages.some((storage) => storage.storage === job["storage"]))
      .map((job) => `job ${job.id} has no storage`),
    ...world.tokens
      .filter((token) => !users.has(token.id.split("!")[0] ?? ""))
      .map((token) => `token ${token.id} has no user`),
    ...world.acl
      .filter((entry) => world.roles[entry.roleid] === undefined)
      .map((entry) => `role ${entry.roleid} is none`),
  ];
}
