import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { installChromium } from "./install-chromium.ts";

/** `npm test`: all suites one after the other, also after one that failed; the last line sums them up. */

interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What it counted; a suite without counts of its own is one test. */
  readonly count?: () => Count;
  /** Not there (yet, or in a partial checkout): counted as failed, with this path in the message. */
  readonly needs?: string;
}

interface Outcome extends Count {
  readonly name: string;
  readonly seconds: number;
  readonly code: number;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const artefacts = join(root, "test/artefacts");
const unitReport = join(artefacts, "unit.json");
const e2eReport = join(artefacts, "e2e.json");
const killReport = join(artefacts, "kill.json");

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function countUnit(): Count {
  const report = readJson(unitReport) as Record<string, number>;
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = report;
  // A file that could not even be loaded has no tests of its own, but it failed.
  const suites = report as unknown as { testResults: { status: string; assertionResults: unknown[] }[] };
  const unloaded = suites.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded.length,
    skipped: numPendingTests + numTodoTests,
  };
}

function countE2e(): Count {
  const { stats } = readJson(e2eReport) as { stats: Record<string, number> };
  const { expected = 0, unexpected = 0, flaky = 0, skipped = 0 } = stats;
  // A flaky test is a broken one.
  return { passed: expected, failed: unexpected + flaky, skipped };
}

function countKill(): Count {
  const { passed, failed } = readJson(killReport) as { passed: number; failed: number };
  return { passed, failed, skipped: 0 };
}

const suites: readonly Suite[] = [
  { name: "format", command: ["npm", "run", "--silent", "check:format"] },
  { name: "lint", command: ["npm", "run", "--silent", "check:lint"] },
  { name: "types", command: ["npm", "run", "--silent", "check:types"] },
  { name: "dead code", command: ["npm", "run", "--silent", "check:dead"] },
  { name: "build", command: ["npm", "run", "--silent", "build"] },
  {
    name: "unit and contract",
    command: [
      "npm",
      "run",
      "--silent",
      "test:unit",
      "--",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${unitReport}`,
    ],
    count: countUnit,
  },
  {
    name: "kill matrix",
    command: ["npm", "run", "--silent", "test:kill"],
    count: countKill,
    needs: "test/faults/kill/run.ts",
  },
  {
    name: "end to end",
    command: ["npm", "run", "--silent", "test:e2e"],
    count: countE2e,
    needs: "test/e2e/playwright.config.ts",
  },
];

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function run([command, ...args]: Suite["command"]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
    child.on("error", () => resolve(1));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Counts of a suite; whatever its report says, a suite that ended badly has at least one failure. */
function countOf(suite: Suite, code: number): Count {
  const alone = code === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
  if (suite.count === undefined) return alone;
  try {
    const counted = suite.count();
    const nothing = counted.passed + counted.failed === 0;
    return (code !== 0 && counted.failed === 0) || nothing ? { ...counted, failed: 1 } : counted;
  } catch {
    // No report: it did not get that far, which is a failure however it ended.
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function runSuite(suite: Suite): Promise<Outcome> {
  say(`\n── ${suite.name}`);
  const started = performance.now();
  const missing = suite.needs !== undefined && !existsSync(join(root, suite.needs));
  if (missing) say(`${suite.needs} is missing`);
  const code = missing ? 1 : await run(suite.command);
  return { name: suite.name, code, seconds: (performance.now() - started) / 1000, ...countOf(suite, code) };
}

async function main(): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  for (const report of [unitReport, e2eReport, killReport]) rmSync(report, { force: true });
  const chromium = installChromium();
  say(chromium.message);
  const outcomes: Outcome[] = [];
  for (const suite of suites) outcomes.push(await runSuite(suite));
  say("");
  for (const { name, passed, failed, skipped, seconds } of outcomes) {
    const also = skipped > 0 ? `, ${skipped} skipped` : "";
    say(`${name.padEnd(20)} ${passed} passed, ${failed} failed${also} (${seconds.toFixed(1)} s)`);
  }
  const sum = (pick: (outcome: Outcome) => number): number =>
    outcomes.reduce((all, one) => all + pick(one), 0);
  const failed = sum((outcome) => outcome.failed);
  say(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

await main();
