import { displayText } from "../../../shared/display-text.ts";
import { Moment } from "../../ui/age.tsx";
import { useNow } from "../../ui/clock.ts";
import { Duration, NotSaid } from "../../ui/figures.tsx";
import { TaskStateMark } from "../../ui/status.tsx";
import { t } from "../../ui/text.ts";
import { onText, secondsOf, typeText, userText } from "./task-words.ts";

import type { Cluster } from "../../../shared/cluster.ts";
import type { ListedTask } from "../../../shared/followed-task.ts";
import type { Column } from "../../ui/data-table.tsx";

export interface TaskColumnsOptions {
  /** Left out on a guest's own page. */
  readonly withGuest: boolean;
  readonly cluster: (id: string) => Cluster | undefined;
  /** `clusterId/vmid` → name. */
  readonly names: ReadonlyMap<string, string>;
}

export function taskColumns({
  withGuest,
  cluster,
  names,
}: TaskColumnsOptions): ReadonlyArray<Column<ListedTask>> {
  const serverText = (task: ListedTask): string =>
    displayText(cluster(task.clusterId)?.name ?? task.clusterId);
  const nodeText = (task: ListedTask): string => displayText(task.node);
  const place: ReadonlyArray<Column<ListedTask>> = [
    {
      id: "on",
      header: t("tasks.column.on"),
      width: 152,
      grow: 2,
      sort: (task) => onText(task, names),
      cell: (task) => <span>{task.id === "" ? <NotSaid /> : onText(task, names)}</span>,
      text: (task) => onText(task, names),
    },
    {
      id: "server",
      header: t("tasks.column.server"),
      width: 112,
      grow: 1,
      hideBelow: 900,
      sort: serverText,
      cell: (task) => <span>{serverText(task)}</span>,
      text: serverText,
    },
    {
      id: "node",
      header: t("tasks.column.node"),
      width: 84,
      grow: 1,
      sort: nodeText,
      cell: (task) => <span>{nodeText(task)}</span>,
      text: nodeText,
    },
  ];
  return [
    {
      id: "state",
      header: t("tasks.column.state"),
      width: 124,
      sort: (task) => task.state,
      cell: (task) => <TaskStateMark state={task.state} />,
      text: (task) => task.exitStatus ?? "",
    },
    {
      id: "what",
      header: t("tasks.column.what"),
      width: 152,
      grow: 1,
      sort: (task) => typeText(task.type),
      cell: (task) => <span>{typeText(task.type)}</span>,
      text: (task) => `${typeText(task.type)} (${displayText(task.type)})`,
    },
    ...(withGuest ? place : []),
    {
      id: "user",
      header: t("tasks.column.user"),
      width: 116,
      grow: 1,
      hideBelow: 820,
      sort: userText,
      cell: (task) => <span>{userText(task)}</span>,
      text: userText,
    },
    {
      id: "startedAt",
      header: t("tasks.column.startedAt"),
      width: 148,
      sort: (task) => task.startedAt,
      descendingFirst: true,
      cell: (task) => <Moment at={task.startedAt} />,
    },
    {
      id: "endedAt",
      header: t("tasks.column.endedAt"),
      width: 148,
      hideBelow: 1200,
      sort: (task) => task.endedAt,
      descendingFirst: true,
      cell: (task) => (task.endedAt === null ? <NotSaid /> : <Moment at={task.endedAt} />),
    },
    {
      id: "duration",
      header: t("tasks.column.duration"),
      width: 92,
      align: "end",
      cell: (task) => <TaskDuration task={task} clockOffset={cluster(task.clusterId)?.clockOffset ?? null} />,
    },
  ];
}

/** A task that has ended without an end's time is one that nobody saw end. */
export function TaskDuration({
  task,
  clockOffset,
}: {
  readonly task: Pick<ListedTask, "state" | "startedAt" | "endedAt">;
  readonly clockOffset: number | null;
}) {
  const now = useNow();
  if (task.endedAt === null && task.state !== "running") return <NotSaid />;
  return <Duration seconds={secondsOf(task, now, clockOffset)} />;
}
