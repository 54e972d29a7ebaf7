import { proxyError } from "../errors.ts";
import { pause } from "../pause.ts";
import type { Route } from "../routes/route.ts";
import type { State } from "../state.ts";

/** What of a node's own services is not well: the API daemon stopped or hangs, or the cluster file system is down. */
export type Ailment = "pvedaemon-down" | "pvedaemon-frozen" | "pmxcfs-down";

/** pveproxy waits this long for the API daemon. */
const TIMEOUT_MS = 30_000;

/** Reads that pveproxy answers itself; everything else it hands to pvedaemon (`protected` in the API's description). */
const OWN = new Set(
  [
    "/access/acl /access/domains /access/permissions /access/roles /access/ticket /access/users/{userid}/token",
    "/cluster/backup /cluster/backup/{id} /cluster/ha/resources /cluster/ha/status/current /cluster/jobs/schedule-analyze",
    "/cluster/nextid /cluster/options /cluster/resources /cluster/tasks /nodes /nodes/{node}/certificates/info",
    "/nodes/{node}/lxc/{vmid}/config /nodes/{node}/lxc/{vmid}/pending /nodes/{node}/qemu/{vmid}/config",
    "/nodes/{node}/qemu/{vmid}/pending /nodes/{node}/status /nodes/{node}/tasks /nodes/{node}/tasks/{upid}",
    "/nodes/{node}/time /nodes/{node}/vzdump/defaults /pools /storage /version",
  ].flatMap((line) => line.split(" ")),
);

/** Without the cluster file system not even a login can be looked at. Throws the proxy's refusal. */
export function checkFileSystem(state: State): void {
  if (state.settings.ailment === "pmxcfs-down")
    throw proxyError(
      500,
      "RPCEnvironment init request failed: Unable to load access control list: Connection refused",
    );
}

/** Throws what pveproxy says when the daemon behind it does not answer (seen on PVE 9.2). */
export async function checkDaemon(state: State, route: Route, signal: AbortSignal): Promise<void> {
  const { ailment } = state.settings;
  if (ailment === null || (route.method === "GET" && OWN.has(route.path))) return;
  if (ailment === "pvedaemon-down") throw proxyError(595, "Connection refused");
  await pause(TIMEOUT_MS / state.clock.speed(), signal);
  throw proxyError(596, "Connection timed out");
}
