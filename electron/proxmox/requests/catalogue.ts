import { accessRequests as backupServerAccess } from "./pbs/access.ts";
import { datastoreRequests } from "./pbs/datastores.ts";
import { hostRequests } from "./pbs/host.ts";
import { serverJobRequests } from "./pbs/server-jobs.ts";
import { accessRequests } from "./pve/access.ts";
import { backupRequests } from "./pve/backup.ts";
import { clusterRequests } from "./pve/cluster.ts";
import { guestRequests } from "./pve/guests.ts";
import { storageRequests } from "./pve/storage.ts";
import { taskRequests } from "./pve/tasks.ts";
import type { Product, RequestShape } from "./request.ts";

/** Every request that this app can send to a server, by product, area and name. */
export const catalogue = {
  pve: {
    access: accessRequests,
    cluster: clusterRequests,
    guests: guestRequests,
    storage: storageRequests,
    tasks: taskRequests,
    backup: backupRequests,
  },
  pbs: {
    access: backupServerAccess,
    host: hostRequests,
    datastores: datastoreRequests,
    jobs: serverJobRequests,
  },
} as const satisfies Record<Product, Readonly<Record<string, Readonly<Record<string, RequestShape>>>>>;
