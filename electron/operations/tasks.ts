import { parseUpid } from "../../shared/task.ts";
import { tasksOf } from "../proxmox/product-tasks.ts";
import { factsOf } from "./facts.ts";

import type { Deps } from "./deps.ts";
import type { Handlers } from "./handlers.ts";

type Area = Pick<
  Handlers,
  | "tasks.list"
  | "tasks.coverage"
  | "tasks.page"
  | "tasks.follow"
  | "tasks.log"
  | "tasks.searchLog"
  | "tasks.saveLog"
  | "tasks.stop"
>;

/** Tasks of servers, whoever started them: none of them is a job of ours. */
export function taskOperations(
  deps: Pick<
    Deps,
    | "clusters"
    | "inventory"
    | "jobs"
    | "taskLists"
    | "taskWatch"
    | "keptLogs"
    | "confirmations"
    | "audit"
    | "host"
  >,
): Area {
  const { clusters, taskLists, keptLogs, host } = deps;
  const keyOf = ({ clusterId, upid }: { readonly clusterId: string; readonly upid: string }) => ({
    serverId: clusterId,
    upid,
  });
  return {
    "tasks.list": () => Promise.resolve(taskLists.tasks.snapshot()),
    "tasks.coverage": () => Promise.resolve(taskLists.coverage.snapshot()),
    "tasks.page": ({ clusterId, ...wish }, { signal }) =>
      taskLists.page(clusters.member(clusterId), wish, signal),
    "tasks.follow": (task, { signal }) => {
      clusters.member(task.clusterId);
      return deps.taskWatch.follow(task, signal);
    },
    "tasks.log": ({ start, limit, ...task }) => keptLogs.read(keyOf(task), { start, limit }),
    "tasks.searchLog": ({ text, ...task }) => keptLogs.search(keyOf(task), text),
    "tasks.saveLog": async (task, { signal }) => {
      const file = { fileName: fileNameOf(task.upid), size: null, content: keptLogs.save(keyOf(task)) };
      return { saved: await host.saveFile(file, signal) };
    },
    "tasks.stop": async ({ clusterId, upid, confirmation }, { signal }) => {
      const target = { action: "task.stop", clusterId, upid } as const;
      await deps.confirmations.redeem(confirmation, target, () => factsOf(deps, target, signal));
      await deps.audit.append("confirmed", { action: target.action, clusterId, upid });
      signal.throwIfAborted();
      const { session } = clusters.member(clusterId);
      await tasksOf(session).stopTask(session, { upid }, signal);
      deps.inventory.nudge(clusterId);
    },
  };
}

/** `task-vzdump-20261121-0612.log`: of the server's text only letters and digits. */
function fileNameOf(upid: string): string {
  const parsed = parseUpid(upid);
  const type = (parsed?.type ?? "task").replaceAll(/[^A-Za-z0-9]/gu, "");
  const time = new Date((parsed?.startTime ?? 0) * 1000).toISOString().replaceAll(/[-:]/gu, "");
  return `task-${type}-${time.slice(0, 8)}-${time.slice(9, 13)}.log`;
}
