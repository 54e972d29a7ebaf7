import { displayText } from "../../../shared/display-text.ts";
import { isMessageId, t } from "../../ui/text.ts";

import type { ListedTask, TaskCoverage } from "../../../shared/followed-task.ts";

/** What a task does, in words; a type that this version has none for is shown as it stands. */
export function typeText(type: string): string {
  const id = `taskType.${type}`;
  return isMessageId(id) ? t(id) : displayText(type, 48);
}

/** The guest by id and name where it is known, else what the server names; empty where it names nothing. */
export function onText(
  task: Pick<ListedTask, "clusterId" | "id">,
  names: ReadonlyMap<string, string>,
): string {
  const name = names.get(`${task.clusterId}/${task.id}`);
  return displayText(name === undefined ? task.id : `${task.id} ${name}`, 96);
}

export function userText({ user }: Pick<ListedTask, "user">): string {
  return displayText(user, 96);
}

/** Seconds by the server's own clock; of a running one by ours, set right by how far the two are apart (ms). */
export function secondsOf(
  task: Pick<ListedTask, "startedAt" | "endedAt">,
  now: number,
  clockOffset: number | null,
): number {
  const end = task.endedAt ?? now + (clockOffset ?? 0);
  return Math.max(0, (end - task.startedAt) / 1000);
}

export type StateChoice = "all" | "running" | "trouble";

export interface TaskFilter {
  readonly text: string;
  readonly cluster: string | null;
  readonly state: StateChoice;
}

const trouble: ReadonlySet<ListedTask["state"]> = new Set(["warnings", "failed", "unknown"]);

/** Literal words, all of which must stand somewhere in what the row shows. */
export function filterTasks(
  tasks: readonly ListedTask[],
  filter: TaskFilter,
  wordsOf: (task: ListedTask) => string,
): readonly ListedTask[] {
  const words = filter.text.toLowerCase().split(/\s+/u).filter(Boolean);
  return tasks.filter((task) => {
    if (filter.cluster !== null && task.clusterId !== filter.cluster) return false;
    if (filter.state === "running" && task.state !== "running") return false;
    if (filter.state === "trouble" && !trouble.has(task.state)) return false;
    if (words.length === 0) return true;
    const text = wordsOf(task).toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** One sentence for each server of which not every task is here; none = the list is whole. */
export function gapTexts(
  coverage: readonly TaskCoverage[],
  names: ReadonlyMap<string, string>,
  ageOf: (time: number) => string,
): readonly string[] {
  return coverage.flatMap((one) => {
    const cluster = displayText(names.get(one.clusterId) ?? one.clusterId);
    const gaps: string[] = [];
    if (one.error !== null) {
      gaps.push(
        one.seenAt === null
          ? t("tasks.coverage.failedNever", { cluster })
          : t("tasks.coverage.failed", { cluster, age: ageOf(one.seenAt) }),
      );
    } else if (one.seenAt === null) gaps.push(t("tasks.coverage.notRead", { cluster }));
    if (one.missing !== null) gaps.push(missingText(cluster, one.missing, one.asToken));
    if (one.unread.length > 0) {
      gaps.push(t("tasks.coverage.unread", { cluster, nodes: displayText(one.unread.join(", "), 200) }));
    }
    return gaps;
  });
}

export function missingText(
  cluster: string,
  missing: NonNullable<TaskCoverage["missing"]>,
  asToken: boolean,
): string {
  return t(asToken ? "tasks.coverage.missingToken" : "tasks.coverage.missing", { cluster, ...missing });
}
