import { z } from "zod";

import type { JobState } from "../../../shared/job.ts";
import type { Input } from "../../../shared/operations.ts";

const day = 24 * 60 * 60 * 1000;

export const resultGroups = ["all", "good", "trouble", "cancelled", "unclear", "open"] as const;
export type ResultGroup = (typeof resultGroups)[number];
export const periods = ["all", "day", "week", "month", "year"] as const;
export type Period = (typeof periods)[number];
export const sortColumns = ["createdAt", "durationSeconds", "size"] as const;
export const kindChoices = ["all", "backup", "restore", "power"] as const;

/** What the history shows: chosen by the user and kept in the settings. */
export const historyViewSchema = z.object({
  text: z.string().max(256).default(""),
  cluster: z.string().nullable().default(null),
  kind: z.enum(kindChoices).default("all"),
  result: z.enum(resultGroups).default("all"),
  period: z.enum(periods).default("all"),
  column: z.enum(sortColumns).default("createdAt"),
  descending: z.boolean().default(true),
});
export type HistoryView = z.infer<typeof historyViewSchema>;

const statesOf: Readonly<Record<ResultGroup, readonly JobState[]>> = {
  all: [],
  good: ["succeeded"],
  trouble: ["warnings", "partial", "failed", "rejected"],
  cancelled: ["cancelled", "notStarted"],
  unclear: ["unconfirmed", "indeterminate"],
  open: ["accepted", "dispatching", "unconfirmed", "running", "cancelling"],
};

const lengthOf: Readonly<Record<Exclude<Period, "all">, number>> = {
  day,
  week: 7 * day,
  month: 30 * day,
  year: 365 * day,
};

export function isFiltered(view: HistoryView): boolean {
  return (
    view.text.trim() !== "" ||
    view.cluster !== null ||
    view.kind !== "all" ||
    view.result !== "all" ||
    view.period !== "all"
  );
}

/** The store's filter for this view. `now` in ms; it is cut to minutes so that the same view asks the same question. */
export function historyInput(
  view: HistoryView,
  now: number,
): Omit<Input<"history.list">, "offset" | "limit"> {
  const minute = 60_000;
  return {
    text: view.text.trim(),
    ...(view.cluster === null ? {} : { clusterId: view.cluster }),
    kinds: view.kind === "all" ? [] : [view.kind],
    states: [...statesOf[view.result]],
    ...(view.period === "all" ? {} : { from: Math.floor((now - lengthOf[view.period]) / minute) * minute }),
    sort: view.column,
    descending: view.descending,
  };
}
