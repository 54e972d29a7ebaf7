import { historyPage } from "../store/history.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<Handlers, "history.list">;

export function historyOperations({ store }: Pick<Deps, "store">): Area {
  return {
    "history.list": (query) => historyPage(store.jobs, query),
  };
}
