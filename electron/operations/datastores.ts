import { datastoreRights } from "../clusters/datastore-rights.ts";
import { keepText } from "../../shared/retention.ts";
import { groupText } from "../../shared/snapshot.ts";
import { startGarbageCollection, startPrune, startVerify } from "../proxmox/pbs/maintenance.ts";
import { pruneFacts } from "./prune.ts";
import { readDatastoreStatus } from "../proxmox/pbs/datastores.ts";
import {
  listGroups,
  listNamespaces,
  listSnapshots,
  protectSnapshot,
  readNotes,
  writeNotes,
} from "../proxmox/pbs/snapshots.ts";
import { backupServer } from "./backup-server.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<
  Handlers,
  | "datastores.list"
  | "datastores.get"
  | "datastores.namespaces"
  | "datastores.groups"
  | "datastores.snapshots"
  | "datastores.notes"
  | "datastores.setNotes"
  | "datastores.protect"
  | "datastores.verify"
  | "datastores.prune"
  | "datastores.collectGarbage"
>;

export function datastoreOperations(
  deps: Pick<Deps, "clusters" | "datastores" | "confirmations" | "audit" | "now">,
): Area {
  const { datastores, audit } = deps;
  return {
    "datastores.list": () => Promise.resolve(datastores.live.snapshot()),
    "datastores.get": async ({ clusterId, store }, { signal }) => {
      const { session } = backupServer(deps, clusterId);
      const { counts, gc } = await readDatastoreStatus(session, { store }, signal);
      return { history: datastores.history(clusterId, store), counts, gc, seenAt: deps.now() };
    },
    "datastores.namespaces": async ({ clusterId, store }, { signal }) => {
      const { rows, bad } = await listNamespaces(backupServer(deps, clusterId).session, { store }, signal);
      return { rows: [...rows], bad, seenAt: deps.now() };
    },
    "datastores.groups": async ({ clusterId, ...place }, { signal }) => {
      const { session, observed } = backupServer(deps, clusterId);
      const { rows, bad } = await listGroups(session, place, signal);
      const rights = datastoreRights(observed.permissions, place);
      return { rows: [...rows], bad, rights, seenAt: deps.now() };
    },
    "datastores.snapshots": async ({ clusterId, ...place }, { signal }) => {
      const { rows, bad } = await listSnapshots(backupServer(deps, clusterId).session, place, signal);
      return { rows: [...rows], bad, seenAt: deps.now() };
    },
    "datastores.notes": async ({ clusterId, ...place }, { signal }) => ({
      notes: await readNotes(backupServer(deps, clusterId).session, place, signal),
    }),
    "datastores.setNotes": ({ clusterId, ...place }, { signal }) =>
      writeNotes(backupServer(deps, clusterId).session, place, signal),
    "datastores.protect": async ({ clusterId, ...place }, { signal }) => {
      await protectSnapshot(backupServer(deps, clusterId).session, place, signal);
      const { store, namespace, group, time } = place;
      const name = `${group.type}/${group.id}`;
      await audit.append("snapshot.protected", {
        clusterId,
        store,
        namespace,
        group: name,
        time,
        protected: place.protected,
      });
    },
    "datastores.verify": async ({ clusterId, ...wish }, { signal }) => {
      const upid = await startVerify(backupServer(deps, clusterId).session, wish, signal);
      await audit.append("datastore.verify", { clusterId, store: wish.store, upid });
      return { upid };
    },
    "datastores.prune": async ({ clusterId, confirmation, ...wish }, { signal }) => {
      const target = { action: "datastore.prune", clusterId, ...wish } as const;
      await deps.confirmations.redeem(confirmation, target, () => pruneFacts(deps, target, signal));
      const { store, namespace, keep } = wish;
      const group = wish.group === null ? "" : groupText(wish.group);
      await audit.append("confirmed", { action: target.action, clusterId, store, namespace, group });
      signal.throwIfAborted();
      const upid = await startPrune(backupServer(deps, clusterId).session, wish, signal);
      await audit.append("datastore.prune", {
        clusterId,
        store,
        namespace,
        group,
        keep: keepText(keep),
        upid,
      });
      return { upid };
    },
    "datastores.collectGarbage": async ({ clusterId, store }, { signal }) => {
      const upid = await startGarbageCollection(backupServer(deps, clusterId).session, { store }, signal);
      await audit.append("datastore.gc", { clusterId, store, upid });
      return { upid };
    },
  };
}
