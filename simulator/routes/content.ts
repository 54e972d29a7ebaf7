import { holds } from "../behaviours.ts";
import { died } from "../errors.ts";
import type { Answer } from "../http/answer.ts";
import { pause } from "../pause.ts";
import { depotOf } from "../depots.ts";
import { archivePath } from "../logs/archive.ts";
import { BOOLEAN, INTEGER, STRING } from "../schema.ts";
import { backupsOn, volidOf } from "../state.ts";
import { advance, startTask } from "../tasks/engine.ts";
import type { Step } from "../tasks/task.ts";
import type { BackupVolume, Storage } from "../world.ts";
import { answer, may, text, type Call, type Route } from "./route.ts";
import { demandReadable, usableStorage } from "./storage-access.ts";

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
  depotOf(call.state, backup.storage)?.annotate(backup);
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

/** How often the handler looks whether the worker has ended. */
const LOOK_MS = 1000;
const never = new AbortController().signal;

/** Deleting always starts a worker; even a protected or missing volume is found out by the worker (seen on PVE 9.2). */
async function remove(call: Call): Promise<Answer> {
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
  if (!holds(call.state, "P17")) return answer(null);
  if (call.params["delay"] === undefined) return answer(task.upid);
  const { state } = call;
  const until = state.clock.now() + (Number(call.params["delay"]) * 1000) / state.clock.speed();
  while (task.exit === null && state.clock.now() < until) {
    await pause(LOOK_MS / state.clock.speed(), never);
    advance(state);
  }
  if (task.exit !== null && task.exit !== "OK") throw died(task.exit);
  return answer(task.exit === null ? task.upid : null);
}

const PATH = "/nodes/{node}/storage/{storage}/content/{volume}";

/** One backup: its attributes, notes, protection and removal (pve-storage, PVE/API2/Storage/Content.pm). */
export const contentRoutes: readonly Route[] = [
  { method: "GET", path: PATH, run: (call) => answer(volume(call)) },
  {
    method: "PUT",
    path: PATH,
    parameters: { notes: STRING, protected: BOOLEAN },
    run: update,
  },
  {
    method: "DELETE",
    path: PATH,
    parameters: { delay: { ...INTEGER, minimum: 1, maximum: 30 } },
    run: remove,
  },
];
