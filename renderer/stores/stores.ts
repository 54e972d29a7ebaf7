import { createContext, useContext, useMemo } from "react";
import { useStore } from "zustand";

import { datastoreKey } from "../../shared/datastore.ts";
import { taskKey } from "../../shared/followed-task.ts";
import { guestKey } from "../../shared/guest.ts";
import { isOpen } from "../../shared/job.ts";
import { storageKey } from "../../shared/storage.ts";
import { createAttentionStore, type AttentionStore } from "./attention.ts";
import { createConnectionStore, type ConnectionStore } from "./connection.ts";
import { createLiveSet, type LiveSet, type LiveSetStore } from "./live-set.ts";
import { createSettingsStore, type SettingsStore } from "./settings.ts";
import { createVaultStore, type VaultStore } from "./vault.ts";

import type { Api } from "../api.ts";
import type { Cluster } from "../../shared/cluster.ts";
import type { Datastore } from "../../shared/datastore.ts";
import type { ListedTask, TaskCoverage } from "../../shared/followed-task.ts";
import type { Guest } from "../../shared/guest.ts";
import type { Job } from "../../shared/job.ts";
import type { Settings } from "../../shared/settings.ts";
import type { Storage } from "../../shared/storage.ts";

/** What the main process told us, and nothing derivable from it. */
export interface Stores {
  readonly clusters: LiveSetStore<Cluster>;
  readonly guests: LiveSetStore<Guest>;
  readonly storages: LiveSetStore<Storage>;
  readonly datastores: LiveSetStore<Datastore>;
  readonly jobs: LiveSetStore<Job>;
  readonly tasks: LiveSetStore<ListedTask>;
  readonly taskCoverage: LiveSetStore<TaskCoverage>;
  readonly settings: SettingsStore;
  readonly vault: VaultStore;
  readonly connection: ConnectionStore;
  readonly attention: AttentionStore;
}

export function createStores(api: Api, settings: Settings): Stores {
  const { connection } = api;
  return {
    clusters: createLiveSet<Cluster>({
      read: (signal) => api.call("clusters.list", undefined, signal),
      listen: (listener) => api.subscribe("clusters.changed", null, listener),
      keyOf: (cluster) => cluster.id,
      connection,
    }),
    guests: createLiveSet<Guest>({
      read: (signal) => api.call("guests.list", undefined, signal),
      listen: (listener) => api.subscribe("guests.changed", null, listener),
      keyOf: guestKey,
      connection,
    }),
    storages: createLiveSet<Storage>({
      read: (signal) => api.call("storages.list", undefined, signal),
      listen: (listener) => api.subscribe("storages.changed", null, listener),
      keyOf: storageKey,
      connection,
    }),
    datastores: createLiveSet<Datastore>({
      read: (signal) => api.call("datastores.list", undefined, signal),
      listen: (listener) => api.subscribe("datastores.changed", null, listener),
      keyOf: datastoreKey,
      connection,
    }),
    jobs: createLiveSet<Job>({
      read: (signal) => api.call("jobs.list", undefined, signal),
      listen: (listener) => api.subscribe("jobs.changed", null, listener),
      keyOf: (job) => job.id,
      connection,
    }),
    tasks: createLiveSet<ListedTask>({
      read: (signal) => api.call("tasks.list", undefined, signal),
      listen: (listener) => api.subscribe("tasks.changed", null, listener),
      keyOf: taskKey,
      connection,
    }),
    taskCoverage: createLiveSet<TaskCoverage>({
      read: (signal) => api.call("tasks.coverage", undefined, signal),
      listen: (listener) => api.subscribe("tasks.coverage", null, listener),
      keyOf: ({ clusterId }) => clusterId,
      connection,
    }),
    settings: createSettingsStore(api, settings),
    vault: createVaultStore(api),
    connection: createConnectionStore(connection),
    attention: createAttentionStore(api),
  };
}

const StoresContext = createContext<Stores | null>(null);
export const StoresProvider = StoresContext.Provider;

export function useStores(): Stores {
  const stores = useContext(StoresContext);
  if (stores === null) throw new Error("no StoresProvider above");
  return stores;
}

export function useClusters<T>(select: (set: LiveSet<Cluster>) => T): T {
  return useStore(useStores().clusters.store, select);
}

/** Registered Proxmox VE clusters: those that have guests and run jobs of ours. */
export function usePveClusters(): readonly Cluster[] {
  const all = useClusters((set) => set.items);
  return useMemo(() => all.filter(({ kind }) => kind === "pve"), [all]);
}

export function useGuests<T>(select: (set: LiveSet<Guest>) => T): T {
  return useStore(useStores().guests.store, select);
}

export function useStorages<T>(select: (set: LiveSet<Storage>) => T): T {
  return useStore(useStores().storages.store, select);
}

export function useDatastores<T>(select: (set: LiveSet<Datastore>) => T): T {
  return useStore(useStores().datastores.store, select);
}

export function useJobs<T>(select: (set: LiveSet<Job>) => T): T {
  return useStore(useStores().jobs.store, select);
}

export function useTasks<T>(select: (set: LiveSet<ListedTask>) => T): T {
  return useStore(useStores().tasks.store, select);
}

export function useTaskCoverage<T>(select: (set: LiveSet<TaskCoverage>) => T): T {
  return useStore(useStores().taskCoverage.store, select);
}

export function useSettings<T>(select: (settings: Settings) => T): T {
  return useStore(useStores().settings.store, select);
}

export function useCluster(id: string): Cluster | undefined {
  return useClusters((set) => set.byKey.get(id));
}

/** The cluster's present name; its id where it is not registered any more. */
export function useClusterName(id: string): string {
  return useClusters((set) => set.byKey.get(id)?.name ?? id);
}

/** Jobs that have not ended, oldest first. */
export function useOpenJobs(): readonly Job[] {
  const jobs = useJobs((set) => set.items);
  return useMemo(
    () => jobs.filter((job) => isOpen(job.state)).toSorted((a, b) => a.createdAt - b.createdAt),
    [jobs],
  );
}
