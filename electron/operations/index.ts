import { appOperations } from "./app.ts";
import { backupOperations } from "./backups.ts";
import { clusterOperations } from "./clusters.ts";
import { confirmOperations } from "./confirm.ts";
import { guestOperations } from "./guests.ts";
import { historyOperations } from "./history.ts";
import { jobOperations } from "./jobs.ts";
import { restoreOperations } from "./restore.ts";
import { settingsOperations } from "./settings.ts";
import { vaultOperations } from "./vault.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

/** All that the app can do. An operation without its function does not compile. */
export function createHandlers(deps: Deps): Handlers {
  return {
    ...appOperations(deps),
    ...settingsOperations(deps),
    ...vaultOperations(deps),
    ...confirmOperations(deps),
    ...clusterOperations(deps),
    ...guestOperations(deps),
    ...backupOperations(deps),
    ...restoreOperations(deps),
    ...jobOperations(deps),
    ...historyOperations(deps),
  };
}
