import { expect, test } from "vitest";

import {
  historyInput,
  historyViewSchema,
  isFiltered,
  resultGroups,
} from "../../renderer/features/history/history-filter.ts";
import { jobStates } from "../../shared/job.ts";
import { operations } from "../../shared/operations.ts";

const view = historyViewSchema.parse({});
const day = 24 * 60 * 60 * 1000;
const now = 1_800_000_030_000;

test("without a filter everything is asked for, newest first", () => {
  expect(historyInput(view, now)).toEqual({
    text: "",
    kinds: [],
    states: [],
    sort: "createdAt",
    descending: true,
  });
  expect(isFiltered(view)).toBe(false);
});

test("every state of a job is found by one of the results, so that no filter hides a kind of trouble for good", () => {
  const found = new Set(
    resultGroups.flatMap((result) => historyInput({ ...view, result }, now).states ?? []),
  );
  expect([...found].toSorted()).toEqual([...jobStates].toSorted());
});

test("a period reaches back from now in whole minutes, so that the same view asks the same question", () => {
  const from = historyInput({ ...view, period: "week" }, now).from;
  expect(from).toBe(1_800_000_000_000 - 7 * day);
  expect(historyInput({ ...view, period: "week" }, now + 20_000).from).toBe(from);
});

test("each filter counts as one, a text of blanks does not", () => {
  expect(isFiltered({ ...view, text: "  " })).toBe(false);
  const filters = [
    { text: "a" },
    { cluster: "x" },
    { kind: "power" },
    { result: "good" },
    { period: "day" },
  ] as const;
  expect(filters.every((filter) => isFiltered({ ...view, ...filter }))).toBe(true);
});

test("whatever the view can hold is accepted by the operation", () => {
  const full = {
    ...view,
    text: "x".repeat(256),
    cluster: "berlin",
    kind: "backup",
    result: "trouble",
    period: "year",
  } as const;
  expect(operations["history.list"].input.safeParse(historyInput(full, now)).success).toBe(true);
});
