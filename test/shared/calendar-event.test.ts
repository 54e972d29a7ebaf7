import { expect, it } from "vitest";

import { parseSchedule } from "../../shared/calendar-event.ts";

it.each([
  ["daily", { kind: "days", days: null, times: ["00:00"] }],
  ["21:00", { kind: "days", days: null, times: ["21:00"] }],
  ["2,14:30", { kind: "days", days: null, times: ["02:30", "14:30"] }],
  ["sat 18:15", { kind: "days", days: [6], times: ["18:15"] }],
  ["Mon..Fri 02:00", { kind: "days", days: [1, 2, 3, 4, 5], times: ["02:00"] }],
  ["sat,sun 3:5", { kind: "days", days: [6, 0], times: ["03:05"] }],
  ["monday", { kind: "days", days: [1], times: ["00:00"] }],
  ["fri..mon 01:00", { kind: "days", days: [1, 5, 6, 0], times: ["01:00"] }],
  ["sun..sat 01:00", { kind: "days", days: null, times: ["01:00"] }],
  ["weekly", { kind: "days", days: [1], times: ["00:00"] }],
  ["monthly", { kind: "monthly", day: 1, time: "00:00" }],
  ["*-*-15 04:00", { kind: "monthly", day: 15, time: "04:00" }],
  ["hourly", { kind: "every", unit: "hour", step: 1, at: 0 }],
  ["*:30", { kind: "every", unit: "hour", step: 1, at: 30 }],
  ["*/2:00", { kind: "every", unit: "hour", step: 2, at: 0 }],
  ["*:0/15", { kind: "every", unit: "minute", step: 15, at: 0 }],
  ["minutely", { kind: "every", unit: "minute", step: 1, at: 0 }],
])("%s is understood", (event, schedule) => {
  expect(parseSchedule(event)).toEqual(schedule);
});

it.each([
  "mon 2026-01-01 02:00",
  "mon..fri 8..17:00",
  "22:00:30",
  "0,6,12,18:0,30",
  "2026-12-24 18:00",
  "quarterly",
  "25:00",
  "",
  "xyz 02:00",
  "mo 02:00",
])("%j is left as it is written", (event) => {
  expect(parseSchedule(event)).toBeNull();
});
