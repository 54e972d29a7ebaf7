import { AppError } from "../../shared/errors.ts";
import { jobIdSchema } from "../../shared/ids.ts";
import { listAgeMs } from "../clusters/backup-reader.ts";
import { hasPrivilege, readPermissions } from "../proxmox/pve/access.ts";
import { notesTemplate } from "../proxmox/pve/backup.ts";
import { prepareBackup } from "./backup-prepare.ts";
import { listedGuest } from "./facts.ts";

import type { Backup } from "../../shared/backup.ts";
import type { BackupPlace } from "../../shared/backup-place.ts";
import type { Output, Parsed } from "../../shared/operations.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "backups.places" | "backups.list" | "backups.prepare" | "backups.run">;
type BackupDeps = Pick<
  Deps,
  "clusters" | "inventory" | "backups" | "backupReader" | "backupPlaces" | "jobs" | "store" | "log"
>;

/** As long as the one that will be sent, so that a note that is too long is refused here and not by the server. */
const traceStandIn = `pxm:${"0".repeat(26)}`;

export function backupOperations(deps: BackupDeps): Area {
  const { clusters, inventory, backups, backupReader } = deps;

  function wanted(query: Parsed<"backups.list">): readonly string[] {
    const asked =
      query.clusterId === undefined ? clusters.list().items : [clusters.describe(query.clusterId)];
    // What lies on a backup server is listed through the storages that point to it.
    return asked.filter(({ kind }) => kind === "pve").map(({ id }) => id);
  }

  /** Of the clusters that answer. Who asked for it waits; else the window comes at once and an event follows. */
  async function refresh(clusterIds: readonly string[], wait: boolean): Promise<void> {
    const maxAge = wait ? 0 : listAgeMs;
    const work = Promise.all(clusterIds.map((id) => backupReader.refresh(id, maxAge)));
    if (wait) {
      await work;
      return;
    }
    work.catch((error: unknown) => deps.log.warn({ error }, "backup lists could not be refreshed"));
  }

  async function list(query: Parsed<"backups.list">, signal: AbortSignal): Promise<Output<"backups.list">> {
    const clusterIds = wanted(query);
    await refresh(clusterIds, query.refresh);
    const withServers = clusters.list().items.some(({ kind }) => kind === "pbs");
    const [{ rows, total }, read] = await Promise.all([
      backups.window(query, clusterIds),
      backups.coverage(clusterIds),
      withServers ? deps.backupPlaces.list(signal) : [],
    ]);
    const byGuest = new Map(
      [...inventory.guests.values()].map((guest) => [`${guest.clusterId}/${String(guest.vmid)}`, guest.name]),
    );
    return {
      rows: rows.map((row) => ({
        ...row,
        guestName: byGuest.get(`${row.clusterId}/${String(row.vmid)}`) ?? null,
        place: placeOf(deps.backupPlaces.placeOf(row.clusterId, row.storage)),
      })),
      total,
      coverage: [...read, ...clusterIds.flatMap((id) => [...backupReader.coverageOf(id, read)])],
    };
  }

  async function run(input: Parsed<"backups.run">, signal: AbortSignal): Promise<Output<"backups.run">> {
    const guest = listedGuest(deps, input);
    const { server, session } = clusters.member(input.clusterId);
    if (input.note.trim() !== "") notesTemplate({ note: input.note, trace: traceStandIn });
    if (input.keepAll) {
      const path = `/storage/${input.storage}`;
      const permissions = await readPermissions(session, {}, signal);
      if (!hasPrivilege(permissions, path, "Datastore.Allocate")) {
        throw new AppError("server.forbidden", { params: { privilege: "Datastore.Allocate", path } });
      }
    }
    signal.throwIfAborted();
    const { vmid, type, name, node } = guest;
    const { storage, mode, compress, note, protect, keepAll } = input;
    const request = { vmid, type, name, node } as const;
    const { jobId } = await deps.jobs.start(
      { kind: "backup", guest: request, storage, mode, compress, note, protect, keepAll },
      server,
      { draft: input.draft },
    );
    return { jobId: jobIdSchema.parse(jobId) };
  }

  return {
    "backups.places": async (_input, { signal }) => ({ places: [...(await deps.backupPlaces.list(signal))] }),
    "backups.list": (query, { signal }) => list(query, signal),
    "backups.prepare": (input, { signal }) => prepareBackup(deps, listedGuest(deps, input), signal),
    "backups.run": (input, { signal }) => run(input, signal),
  };
}

/** Where on a registered backup server a storage's backups lie; null = on none that is known. */
function placeOf(place: BackupPlace | null): Backup["place"] {
  if (place === null || place.backupServer === null) return null;
  return { serverId: place.backupServer.id, store: place.store, namespace: place.namespace };
}
