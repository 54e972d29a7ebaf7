import { appOperations } from "./app.ts";
import { backupOperations } from "./backups.ts";
import { clusterOperations } from "./clusters.ts";
import { confirmOperations } from "./confirm.ts";
import { datastoreOperations } from "./datastores.ts";
import { guestOperations } from "./guests.ts";
import { historyOperations } from "./history.ts";
import { jobOperations } from "./jobs.ts";
import { restoreOperations } from "./restore.ts";
import { serverJobOperations } from "./server-jobs.ts";
import { settingsOperations } from "./settings.ts";
import { taskOperations } from "./tasks.ts";
import { vaultOperations } from "./vault.ts";

import { AppError } from "../../shared/errors.ts";

import type { OperationName } from "../../shared/operations.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

/** What changes a file or a server: another process owns the files, so only looking is possible here. */
const writing = [
  "vault.choose",
  "clusters.register",
  "clusters.login",
  "clusters.update",
  "clusters.retrust",
  "clusters.deregister",
  "demo.open",
  "guests.power",
  "datastores.setNotes",
  "datastores.protect",
  "datastores.verify",
  "datastores.prune",
  "datastores.collectGarbage",
  "serverJobs.run",
  "backups.run",
  "restore.run",
  "jobs.cancel",
  "tasks.stop",
  "jobs.resolve",
] as const satisfies readonly OperationName[];

function refusing(handlers: Handlers): Handlers {
  const refuse = (): Promise<never> => Promise.reject(new AppError("store.readOnly"));
  return { ...handlers, ...Object.fromEntries(writing.map((name) => [name, refuse])) };
}

/** All that the app can do. An operation without its function does not compile. */
export function createHandlers(deps: Deps): Handlers {
  const handlers: Handlers = {
    ...appOperations(deps),
    ...settingsOperations(deps),
    ...vaultOperations(deps),
    ...confirmOperations(deps),
    ...clusterOperations(deps),
    ...guestOperations(deps),
    ...datastoreOperations(deps),
    ...serverJobOperations(deps),
    ...backupOperations(deps),
    ...restoreOperations(deps),
    ...jobOperations(deps),
    ...taskOperations(deps),
    ...historyOperations(deps),
  };
  return deps.info.readOnly ? refusing(handlers) : handlers;
}
