import type { Depot, DepotVolume } from "../depots.ts";
import { isoStamp } from "../format.ts";
import { createRandom } from "../random.ts";
import type { BackupVolume, Guest } from "../world.ts";
import { ownsGroup, privileges, storePath } from "./access/rights.ts";
import { backupBegins, backupEnds, readerBegins } from "./logs/backup.ts";
import { datastoreOf, groupOf, sizeOf, snapshotOf, type BackupState } from "./state.ts";
import { unusable } from "./store-access.ts";
import { addSnapshot, removeSnapshot } from "./tasks/effects.ts";
import { advance, redirect, startTask } from "./tasks/engine.ts";
import type { BackupTask } from "./tasks/task.ts";
import type { BackupType, Datastore, Group, Snapshot } from "./world.ts";
import { guestFiles } from "./worlds/build.ts";

/** Where a cluster keeps its backups, and as whom. */
export type Place = { readonly datastore: string; readonly namespace?: string; readonly username: string };

type Server = {
  readonly state: BackupState;
  readonly revision: () => number;
  readonly address: () => { readonly server: string; readonly port: number; readonly fingerprint: string };
  readonly reachable: () => boolean;
};

const MANIFEST_BYTES = 512;
/** What the client does at once takes a moment of the server's time. */
const MOMENT_MS = 300;

const typeOf = (subtype: BackupVolume["subtype"]): BackupType => (subtype === "qemu" ? "vm" : "ct");
const idOf = (volume: Pick<BackupVolume, "vmid">): string => String(volume.vmid);

/** The directories of a namespace below its datastore. */
const namespacePath = (ns: string): string =>
  ns
    .split("/")
    .filter(Boolean)
    .map((part) => `ns/${part}/`)
    .join("");

function volume(group: Group, snapshot: Snapshot): DepotVolume {
  const { type, id } = group;
  return {
    name: `backup/${type}/${id}/${isoStamp(snapshot.time)}`,
    vmid: Number(id),
    subtype: type === "vm" ? "qemu" : "lxc",
    ctime: snapshot.time,
    format: `pbs-${type}`,
    // The size of what is still being written is not known.
    size: snapshot.finished ? sizeOf(snapshot) + MANIFEST_BYTES : 1,
    notes: snapshot.notes,
    protected: snapshot.protected,
    verification: snapshot.verification,
    encrypted: snapshot.fingerprint,
    guest: snapshot.guest,
    truncated: snapshot.corrupt,
  };
}

/** The door through which a simulated cluster in this process uses a simulated Backup Server. */
export function createDepot(server: Server, place: Place): Depot {
  const { state } = server;
  const ns = place.namespace ?? "";
  const { username } = place;
  const store = (): Datastore | undefined => datastoreOf(state.world, place.datastore);
  const rights = (): ReadonlyMap<string, boolean> =>
    privileges(state.world, username, storePath(place.datastore, ns));
  const found = (name: string): { group: Group; snapshot: Snapshot; datastore: Datastore } | null => {
    const [, type = "", id = "", stamp = ""] = name.split("/");
    const datastore = store();
    const group = datastore && groupOf(datastore, ns, type, id);
    const snapshot = group && snapshotOf(group, Date.parse(stamp) / 1000);
    return datastore && group && snapshot ? { datastore, group, snapshot } : null;
  };
  const running = (client: string): BackupTask | undefined =>
    state.tasks.find((task) => task.client === client && task.exit === null);
  const changed = (): void => {
    advance(state);
    state.changed();
  };
  return {
    config: () => ({ ...server.address(), datastore: place.datastore, namespace: ns, username }),
    revision: () => {
      advance(state);
      return server.revision();
    },
    volumes: () => {
      const may = rights();
      const all = may.has("Datastore.Audit");
      return (store()?.groups ?? [])
        .filter((group) => group.ns === ns && group.type !== "host" && /^\d+$/.test(group.id))
        .filter((group) => all || (may.has("Datastore.Backup") && ownsGroup(group, username)))
        .flatMap((group) => group.snapshots.map((snapshot) => volume(group, snapshot)));
    },
    usage: () => ({ total: store()?.total ?? 0, used: store()?.used ?? 0 }),
    problem: () => {
      const { server: host, port } = server.address();
      if (!server.reachable())
        return `error fetching datastores - 500 Can't connect to ${host}:${port} (Connection refused)`;
      const datastore = store();
      const reason = datastore ? unusable(datastore, false) : `no such datastore '${place.datastore}'`;
      return reason === null ? null : `error fetching datastores - 400 ${reason}`;
    },
    refusal: (wanted) => {
      const datastore = store();
      const reason = datastore && unusable(datastore, true);
      if (reason) return reason;
      if (!rights().has("Datastore.Backup")) return "permission check failed.";
      if (ns !== "" && !datastore?.namespaces.includes(ns)) return "namespace not found";
      const group = datastore && groupOf(datastore, ns, typeOf(wanted.subtype), idOf(wanted));
      return group && !ownsGroup(group, username)
        ? `backup owner check failed (${username} != ${group.owner})`
        : null;
    },
    begin: (backup, client) => {
      const datastore = store();
      if (!datastore) return;
      const [type, id] = [typeOf(backup.subtype), idOf(backup)];
      const guest: Guest | null = backup.guest;
      const files = guest ? guestFiles(guest, false) : [];
      const path = `${namespacePath(ns)}${type}/${id}/${isoStamp(backup.ctime)}`;
      const hadOne = (groupOf(datastore, ns, type, id)?.snapshots ?? []).some((one) => one.finished);
      startTask(state, {
        type: "backup",
        id: `${place.datastore}:${type}/${id}`,
        user: username,
        client,
        params: {
          store: place.datastore,
          ns,
          "backup-type": type,
          "backup-id": id,
          "backup-time": backup.ctime,
        },
        steps: () => backupBegins(place.datastore, path, files, hadOne),
      });
      addSnapshot(
        datastore,
        { ns, type, id, owner: username },
        {
          time: backup.ctime,
          files,
          finished: false,
          notes: null,
          protected: false,
          verification: null,
          fingerprint: null,
          corrupt: false,
          guest,
        },
      );
      changed();
    },
    finish: (backup, client) => {
      const task = running(client);
      const open = found(backup.name);
      if (!task || !open) return;
      Object.assign(open.snapshot, { finished: true, notes: backup.notes, protected: backup.protected });
      const random = createRandom(state.seed + task.taskId);
      const { verifyNew } = open.datastore;
      const head = task.pending.map((step) => ({ ...step, at: 0 }));
      redirect(state, task, [...head, ...backupEnds(open.snapshot, random, verifyNew)]);
      if (verifyNew) open.snapshot.verification = { state: "ok", upid: task.upid };
      changed();
    },
    read: (backup, client) => {
      const one = found(backup.name);
      if (!one) return;
      const { type, id } = one.group;
      const hex = backup.ctime.toString(16).toUpperCase().padStart(8, "0");
      const path = `${namespacePath(ns)}${type}/${id}/${isoStamp(backup.ctime)}`;
      startTask(state, {
        type: "reader",
        id: `${place.datastore}:${type}/${id}/${hex}`,
        user: username,
        client,
        params: { store: place.datastore, ns },
        steps: () => readerBegins(place.datastore, path, one.snapshot.files),
      });
      changed();
    },
    abandon: (client) => {
      const task = running(client);
      if (!task) return;
      if (task.type === "reader") {
        redirect(state, task, [
          { at: MOMENT_MS, line: "reader finished successfully" },
          { at: MOMENT_MS, effect: { kind: "end", exit: "OK" } },
        ]);
        return;
      }
      const { params } = task;
      const datastore = store();
      const group =
        datastore && groupOf(datastore, ns, String(params["backup-type"]), String(params["backup-id"]));
      const snapshot = group && snapshotOf(group, Number(params["backup-time"]));
      if (datastore && group && snapshot && !snapshot.finished) removeSnapshot(datastore, group, snapshot);
      const reason = "backup ended but finished flag is not set.";
      redirect(state, task, [
        { at: MOMENT_MS, line: `backup ended and finish failed: ${reason}` },
        { at: MOMENT_MS, line: "removing unfinished backup" },
        { at: MOMENT_MS, effect: { kind: "end", exit: reason } },
      ]);
      changed();
    },
    remove: (name) => {
      const one = found(name);
      if (!one || one.snapshot.protected) return;
      removeSnapshot(one.datastore, one.group, one.snapshot);
      changed();
    },
    annotate: (backup) => {
      const one = found(backup.name);
      if (!one) return;
      Object.assign(one.snapshot, { notes: backup.notes, protected: backup.protected });
      changed();
    },
  };
}
