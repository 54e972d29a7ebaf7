import { accessRoutes } from "./access.ts";
import { accountRoutes } from "./accounts.ts";
import { clusterRoutes } from "./cluster.ts";
import { contentRoutes } from "./content.ts";
import { fileRestoreRoutes } from "./file-restore.ts";
import { guestRoutes } from "./guests.ts";
import { jobRoutes } from "./jobs.ts";
import { nodeRoutes } from "./nodes.ts";
import { poolRoutes } from "./pools.ts";
import { pruneRoutes } from "./prune.ts";
import { resourceRoutes } from "./resources.ts";
import { restoreRoutes } from "./restore.ts";
import type { Route } from "./route.ts";
import { snapshotRoutes } from "./snapshots.ts";
import { storageRoutes } from "./storage.ts";
import { taskRoutes } from "./tasks.ts";
import { vzdumpRoutes } from "./vzdump.ts";

/** The whole table of the simulated API. */
export const routes: readonly Route[] = [
  ...accessRoutes,
  ...accountRoutes,
  ...clusterRoutes,
  ...jobRoutes,
  ...poolRoutes,
  ...resourceRoutes,
  ...nodeRoutes,
  ...guestRoutes,
  ...restoreRoutes,
  ...snapshotRoutes,
  ...storageRoutes,
  ...pruneRoutes,
  ...contentRoutes,
  ...fileRestoreRoutes,
  ...vzdumpRoutes,
  ...taskRoutes,
];
