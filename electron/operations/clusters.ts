import { factsOf } from "./facts.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<
  Handlers,
  | "clusters.list"
  | "clusters.probe"
  | "clusters.realms"
  | "clusters.register"
  | "clusters.login"
  | "clusters.update"
  | "clusters.retrust"
  | "clusters.findNodes"
  | "clusters.lookAtNode"
  | "clusters.check"
  | "clusters.rights"
  | "tokens.plan"
  | "tokens.make"
  | "clusters.deregister"
  | "demo.open"
>;

export function clusterOperations(
  deps: Pick<Deps, "clusters" | "inventory" | "jobs" | "confirmations" | "audit" | "demo">,
): Area {
  const { clusters } = deps;
  return {
    "clusters.list": () => Promise.resolve(clusters.list()),
    "clusters.probe": (input, { signal }) => clusters.probe(input, signal),
    "clusters.realms": (input, { signal }) => clusters.realms(input, signal),
    "clusters.register": (input, { signal }) => clusters.register(input, signal),
    "clusters.login": (input, { signal }) => clusters.login(input, signal),
    "clusters.update": (input, { signal }) => clusters.update(input, signal),
    "clusters.retrust": (input, { signal }) => clusters.retrust(input, signal),
    "clusters.findNodes": (input, { signal }) => clusters.findNodes(input, signal),
    "clusters.lookAtNode": (input, { signal }) => clusters.lookAtNode(input, signal),
    "clusters.check": ({ clusterId }) => clusters.check(clusterId),
    "clusters.rights": ({ clusterId }, { signal }) => clusters.rights(clusterId, signal),
    "tokens.plan": (input, { signal }) => clusters.planToken(input, signal),
    "tokens.make": (input, { signal }) => clusters.makeToken(input, signal),
    "clusters.deregister": async ({ clusterId, confirmation }, { signal }) => {
      const target = { action: "cluster.deregister", clusterId } as const;
      await deps.confirmations.redeem(confirmation, target, () => factsOf(deps, target, signal));
      await deps.audit.append("confirmed", { action: target.action, clusterId });
      await clusters.deregister(clusterId);
    },
    "demo.open": (_input, { signal }) => deps.demo.open(signal),
  };
}
