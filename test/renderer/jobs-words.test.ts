import { expect, test } from "vitest";

import {
  checkText,
  doingText,
  eventText,
  guestsText,
  guestText,
  jobTitle,
  percentText,
  resultText,
  stepText,
  timeLeft,
  toldEvents,
} from "../../renderer/features/jobs/job-words.ts";
import { isMessageId } from "../../renderer/ui/text.ts";
import { isOpen, jobProgressSchema, jobStates, pauseReasonSchema, type Job } from "../../shared/job.ts";
import { STEP_CODES } from "../../shared/progress.ts";

import { aJob } from "./samples.ts";

const guest = { vmid: 116, type: "lxc", name: "proxy", node: "pve1" } as const;
const requests: readonly Job["request"][] = [
  aJob().request,
  {
    kind: "restore",
    guest,
    volid: "nas:backup/x",
    sourceVmid: 103,
    backupTime: 0,
    targetStorage: null,
    start: false,
    unique: true,
  },
  { kind: "power", guest, action: "stop", ha: false },
];

function progress(differs: Partial<NonNullable<Job["progress"]>> = {}) {
  return jobProgressSchema.parse({
    step: "copying",
    stepParams: {},
    percent: 1,
    estimated: false,
    bytesDone: null,
    bytesTotal: null,
    rate: null,
    secondsLeft: null,
    secondsLeftLow: null,
    secondsLeftHigh: null,
    stalledSince: null,
    waitingForLock: false,
    warnings: [],
    seenAt: 0,
    ...differs,
  });
}

test("every end of every kind of job has a sentence of its own, with all values filled in", () => {
  const ends = jobStates.filter((state) => !isOpen(state));
  const sentences = requests.flatMap((request) => ends.map((state) => resultText(aJob({ request, state }))));
  expect(new Set(sentences).size).toBe(requests.length * ends.length);
  expect(sentences.filter((sentence) => /[{}]|undefined|null/u.test(sentence))).toEqual([]);
});

test("an id is written as it is, whatever its length: 1000000 is no quantity", () => {
  const request = { ...aJob().request, guest: { ...guest, vmid: 1_000_000 } };
  expect(jobTitle(aJob({ request }))).toBe("Backup of 1000000 proxy");
  expect(
    resultText(
      aJob({ request: { ...requests[1], guest: request.guest } as Job["request"], state: "succeeded" }),
    ),
  ).toContain("Guest 1000000 is restored");
});

test("what only a human can judge says what to check; what is clear does not", () => {
  const asked = jobStates.filter((state) => checkText(aJob({ state })) !== null);
  expect(asked).toEqual(["unconfirmed", "indeterminate"]);
  for (const request of requests)
    expect(checkText(aJob({ request, state: "indeterminate" }))).toContain(request.guest.node);
});

test("every step of a log and every pause has words", () => {
  expect(STEP_CODES.filter((code) => !isMessageId(`step.${code}`))).toEqual([]);
  expect(pauseReasonSchema.options.filter((reason) => !isMessageId(`job.pause.short.${reason}`))).toEqual([]);
  expect(stepText(progress({ step: "something-new" }))).toBe("Working");
});

test("a pause is told before the step, since the step is old then", () => {
  const job = aJob({ progress: progress() });
  expect(doingText(job)).toBe("Copying data");
  expect(doingText({ ...job, pause: "needsLogin" })).toContain("Nobody is logged in to Berlin");
  expect(doingText({ ...job, state: "cancelling" })).toBe("Cancelling");
});

test("time left ticks, and its range is said as finely as an estimate can be meant", () => {
  const left = (secondsLeft: number | null, low: number | null, high: number | null, after = 0) =>
    timeLeft(progress({ secondsLeft, secondsLeftLow: low, secondsLeftHigh: high }), after * 1000);
  expect(left(null, 1, 2)).toBe(null);
  expect(left(41, null, null)).toEqual({ text: "41 s", range: null, soon: false });
  expect(left(1481, 1475, 1490)).toEqual({ text: "24 min 41 s", range: null, soon: false });
  expect(left(238, 190, 300)).toEqual({
    text: "3 min 58 s",
    range: "(3 min 10 s to 5 min)",
    soon: false,
  });
  // Between two looks at the server it counts down by itself.
  expect(left(238, 190, 300, 1)?.text).toBe("3 min 57 s");
  expect(left(41, 30, 60, 41)).toEqual({ text: "Any moment now", range: null, soon: true });
  // A clock that was set back adds nothing.
  expect(left(41, null, null, -100)?.text).toBe("41 s");
});

test("a percentage of our own says so", () => {
  expect(percentText(progress(), 34)).toBe("34 %");
  expect(percentText(progress({ estimated: true }), 34)).toBe("≈ 34 %");
  expect(percentText(null, null)).toBe(null);
});

test("a job over several guests says where it is and how many were lost", () => {
  type State = Job["guests"][number]["state"];
  const said = (states: readonly State[], guestsExpected: number | null = null): string | null =>
    guestsText(
      states.map((state) => ({ state })),
      progress({ guestsExpected }),
    );
  expect(said(["running"])).toBe(null);
  expect(said([], 12)).toBe(null);
  expect(said(["ok", "ok", "running", "pending"])).toBe("Guest 3 of 4");
  expect(said(["ok", "failed", "running", "pending"])).toBe("Guest 3 of 4, one failed so far");
  expect(said(["aborted", "failed", "running"], 3)).toBe("Guest 3 of 3, 2 failed so far");
  // Another's task lists only what was begun, and guests of other nodes that it leaves out.
  expect(said(["skipped", "ok", "failed", "running"], 12)).toBe("Guest 3 of 12, one failed so far");
  expect(said(["ok", "running"])).toBe("Guest 2");
});

test("the story is told without the app's own notes, and unknown events are shown as they stand", () => {
  const event = (seq: number, type: string, params = {}) => ({ seq, at: 0, type, params });
  const told = toldEvents([
    event(1, "created"),
    event(2, "announced"),
    event(3, "ended", { state: "failed" }),
    event(4, "odd"),
  ]);
  expect(told.map(eventText)).toEqual(["Accepted and written down", "Ended: Failed", "odd"]);
});

test("a guest is named by its id, and its name cannot deceive", () => {
  expect(guestText({ vmid: 7, name: "  " })).toBe("7");
  expect(guestText({ vmid: 7, name: "a\u202Eb" })).toBe("7 a⟪U+202E⟫b");
});
