import { accountRoutes } from "./accounts.ts";
import { collectRoutes } from "./collect.ts";
import { datastoreRoutes } from "./datastores.ts";
import { groupRoutes } from "./groups.ts";
import { jobRoutes } from "./jobs.ts";
import { loginRoutes } from "./login.ts";
import { namespaceRoutes } from "./namespaces.ts";
import { nodeRoutes } from "./node.ts";
import { openIdRoutes } from "./openid.ts";
import { pruneRoutes } from "./prune.ts";
import { remoteRoutes } from "./remotes.ts";
import { rightRoutes } from "./rights.ts";
import type { Route } from "./route.ts";
import { snapshotRoutes } from "./snapshots.ts";
import { storeConfigRoutes } from "./store-config.ts";
import { taskRoutes } from "./tasks.ts";
import { verifyRoutes } from "./verify.ts";

/** The whole table of the simulated Backup Server's API. */
export const routes: readonly Route[] = [
  ...loginRoutes,
  ...openIdRoutes,
  ...rightRoutes,
  ...accountRoutes,
  ...nodeRoutes,
  ...datastoreRoutes,
  ...namespaceRoutes,
  ...groupRoutes,
  ...snapshotRoutes,
  ...verifyRoutes,
  ...pruneRoutes,
  ...collectRoutes,
  ...jobRoutes,
  ...storeConfigRoutes,
  ...remoteRoutes,
  ...taskRoutes,
];
