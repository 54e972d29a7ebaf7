import { factsOf } from "./facts.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "confirmations.request">;

export function confirmOperations(
  deps: Pick<Deps, "clusters" | "inventory" | "jobs" | "confirmations">,
): Area {
  return {
    "confirmations.request": async (target, { signal }) =>
      deps.confirmations.request(target, await factsOf(deps, target, signal)),
  };
}
