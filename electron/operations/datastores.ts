import { readDatastoreStatus } from "../proxmox/pbs/datastores.ts";
import { backupServer } from "./backup-server.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "datastores.list" | "datastores.get">;

export function datastoreOperations(deps: Pick<Deps, "clusters" | "datastores" | "now">): Area {
  const { datastores } = deps;
  return {
    "datastores.list": () => Promise.resolve(datastores.live.snapshot()),
    "datastores.get": async ({ clusterId, store }, { signal }) => {
      const { session } = backupServer(deps, clusterId);
      const { counts, gc } = await readDatastoreStatus(session, { store }, signal);
      return { history: datastores.history(clusterId, store), counts, gc, seenAt: deps.now() };
    },
  };
}
