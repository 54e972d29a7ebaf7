import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

import type { Failpoint } from "../../../electron/jobs/failpoint.ts";
import { failpoints } from "../../../electron/jobs/failpoint.ts";
import type { KillCase, Meanwhile, Moment, Verdict } from "./cases.ts";
import { runCase, subjects } from "./cases.ts";
import type { Lane } from "./lane.ts";
import { openLane } from "./lane.ts";

/**
 * Kills the whole host with SIGKILL at every named moment of a job and at random ones, starts it again, and holds the simulator's ledger
 * against what the app says: never a lost job, never a second task, always the server's result. Then takes the look-up of lost launches
 * out, to show that these tests would notice.
 */

/** Hosts mostly wait for the simulator: a few more than the cores. */
const laneCount = 4;
const randomMoments = 6;
/** A job on the simulator takes about so long from the click to its end (ms). */
const jobSpan = 2200;
const meanwhiles: readonly Meanwhile[] = ["nothing", "the task ends", "somebody stops the task"];
/** At these the server goes on without us to an end of its own. */
const eventful: Readonly<Partial<Record<Failpoint, Meanwhile>>> = {
  "reply.headers": "somebody stops the task",
  "upid.persisted": "the task ends",
  "follow.tick": "somebody stops the task",
};
/** Moments at which only a look at the server can tell what became of the launch. */
const lostMoments = ["post.sent", "reply.headers", "upid.received"] as const;

const { values } = parseArgs({
  options: { seed: { type: "string" }, only: { type: "string" }, lanes: { type: "string" } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Small and repeatable: the seed is printed, and `--seed` runs the same moments again. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function moments(): readonly Moment[] {
  const random = randomFrom(seed);
  const named = failpoints.map((name): Moment => ({
    at: "failpoint",
    name,
    meanwhile: eventful[name] ?? "nothing",
  }));
  const timed = Array.from({ length: randomMoments }, (_, n): Moment => ({
    at: "time",
    ms: Math.round(((n + random()) / randomMoments) * jobSpan),
    meanwhile: meanwhiles[n % meanwhiles.length] ?? "nothing",
  }));
  return [...named, ...timed];
}

function nameOf(moment: Moment): string {
  const when = moment.at === "failpoint" ? moment.name : `after ${moment.ms} ms`;
  return moment.meanwhile === "nothing" ? when : `${when}, ${moment.meanwhile}`;
}

/** A line at once for each case that is not as promised: a long run should not keep it to itself. */
function told(verdict: Verdict): Verdict {
  for (const fault of verdict.faults)
    say(`${verdict.case.subject}, killed at ${nameOf(verdict.case.moment)}: ${fault}`);
  return verdict;
}

async function runAll(
  lanes: readonly Lane[],
  cases: readonly KillCase[],
  looksUp: boolean,
): Promise<readonly Verdict[]> {
  const queue = [...cases];
  const verdicts: Verdict[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift())
        verdicts.push(told(await runCase(lane, next, looksUp)));
    }),
  );
  return verdicts;
}

function table(list: readonly Moment[], verdicts: readonly Verdict[]): void {
  say(`${"killed at".padEnd(46)}${subjects.map((subject) => subject.padEnd(24)).join("")}`);
  for (const moment of list) {
    const cells = subjects.map((subject) => {
      const verdict = verdicts.find((one) => one.case.moment === moment && one.case.subject === subject);
      if (verdict === undefined) return "–".padEnd(24);
      const mark = verdict.faults.length === 0 ? "ok" : "FAILED";
      return `${mark} ${verdict.end} ${verdict.tasks} (${verdict.seconds.toFixed(1)})`.padEnd(24);
    });
    say(`${nameOf(moment).padEnd(46)}${cells.join("")}`);
  }
}

function casesOf(list: readonly Moment[], first: number): readonly KillCase[] {
  return list.flatMap((moment, row) =>
    subjects.map((subject, column) => ({ moment, subject, number: first + row * subjects.length + column })),
  );
}

/** Without the look-up these cases must fail: a matrix that stays green then proves nothing. */
async function proveRed(lanes: readonly Lane[]): Promise<readonly string[]> {
  const list = lostMoments
    .slice(0, 1)
    .map((name): Moment => ({ at: "failpoint", name, meanwhile: "nothing" }));
  const verdicts = await runAll(lanes, casesOf(list, 500), false);
  const green = verdicts.filter(({ faults }) => faults.length === 0);
  say(
    `\nwithout looking lost launches up: ${verdicts.length - green.length} of ${verdicts.length} cases fail, as they must`,
  );
  return green.map(
    ({ case: kill }) => `${kill.subject} at ${nameOf(kill.moment)} passed without the look-up`,
  );
}

async function main(): Promise<void> {
  const started = performance.now();
  const only = values.only;
  const list = moments().filter((moment) => only === undefined || nameOf(moment).includes(only));
  const lanes = await Promise.all(
    Array.from({ length: Number(values.lanes ?? laneCount) }, () => openLane()),
  );
  try {
    const verdicts = await runAll(lanes, casesOf(list, 0), true);
    say(`cells: end of the job, tasks that the server started, seconds; seed ${seed}\n`);
    table(list, verdicts);
    const unnoticed = await proveRed(lanes);
    for (const fault of unnoticed) say(`FAILED ${fault}`);
    const failed = verdicts.filter(({ faults }) => faults.length > 0).length + unnoticed.length;
    const passed = verdicts.length + 4 - failed;
    mkdirSync("test/artefacts", { recursive: true });
    writeFileSync("test/artefacts/kill.json", JSON.stringify({ passed, failed, seed }));
    say(`\n${((performance.now() - started) / 1000).toFixed(0)} s`);
    say(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}

await main();
