import type { Parsed } from "../../shared/operations.ts";
import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "app.info" | "app.openLink" | "app.attend">;

export function appOperations(deps: Pick<Deps, "info" | "host" | "clusters" | "demo" | "audience">): Area {
  const { info, host, clusters, demo } = deps;
  return {
    "app.attend": (what, { signal }) => deps.audience.hold(what, signal),
    "app.info": () =>
      Promise.resolve({
        version: info.version,
        host: host.kind,
        platform: process.platform,
        dataDirectory: info.dataDirectory,
        readOnly: info.readOnly,
        recovered: [...info.recovered],
        demoAvailable: demo.available,
      }),
    "app.openLink": async (target) => {
      // The one that answers: the first may be down.
      await host.openLink(linkTo(clusters.member(target.clusterId).session.address, target));
    },
  };
}

/** The web interface's own way to name what is selected in its tree (pve-manager, www/manager6/StateProvider.js). */
function linkTo(address: string, target: Parsed<"app.openLink">): string {
  const root = `https://${address}/`;
  if (target.to === "server") return root;
  return `${root}#v1:0:=${encodeURIComponent(`${target.type}/${String(target.vmid)}`)}`;
}
