import { fileURLToPath } from "node:url";

import { startVitest } from "vitest/node";
import type { Plugin } from "vite";

import { mutations, omissions } from "./mutation-list.ts";
import type { Mutation, Omission } from "./mutation-list.ts";
import { fileOf, fitsOnce, mutated } from "./mutation-place.ts";

/**
 * Proves that the contract suite holds what it claims: breaks the simulator's behaviours one by one, as it is loaded, and
 * expects a test to fail each time: first the named ones, P1 to P23, by their switches, then all others in their source.
 * `npm run test:mutations [words of a name]`; without words all of them.
 */

const root = fileURLToPath(new URL("../..", import.meta.url));

function breaking(mutation: Mutation): Plugin {
  const file = fileOf(mutation);
  return {
    name: `break: ${mutation.name}`,
    enforce: "pre",
    transform: (source, id) => (id.split("?")[0] === file ? mutated(mutation, source) : null),
  };
}

interface Verdict {
  readonly failed: readonly string[];
  readonly passed: number;
}

async function verdictOn(broken: Mutation | Omission): Promise<Verdict> {
  const vitest = await startVitest(
    "test",
    [`test/contract/${broken.noticedBy}.test.ts`],
    {
      root,
      config: false,
      fsModuleCache: false,
      watch: false,
      reporters: [{}],
      bail: 1,
      maxWorkers: 1,
      testTimeout: 20_000,
      hookTimeout: 60_000,
      env: { PROXMOXER_SIMULATOR_WITHOUT: "without" in broken ? broken.without : "" },
    },
    { plugins: "file" in broken ? [breaking(broken)] : [], logLevel: "silent" },
  );
  const failed: string[] = [];
  let passed = 0;
  for (const module of vitest.state.getTestModules()) {
    for (const test of module.children.allTests()) {
      if (test.result().state === "failed") failed.push(test.name);
      if (test.result().state === "passed") passed += 1;
    }
    // The set-up already failed: then no test was run. A file that cannot even be read has no tests, and proves nothing.
    const isCollected = [...module.children.allTests()].length > 0;
    if (failed.length === 0 && isCollected && module.state() === "failed")
      failed.push("(already while setting up)");
  }
  await vitest.close();
  return { failed, passed };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const wanted = process.argv.slice(2).join(" ");
const chosen = [...omissions, ...mutations].filter(({ name, noticedBy }) =>
  `${noticedBy}: ${name}`.includes(wanted),
);
const problems: string[] = [];
for (const mutation of chosen) {
  if ("file" in mutation && !fitsOnce(mutation)) {
    problems.push(`${mutation.name}: its place in simulator/${mutation.file} is not there, or not alone`);
    say(`?      ${mutation.name}`);
    continue;
  }
  const { failed, passed } = await verdictOn(mutation);
  const isNoticed = failed.length > 0;
  if (!isNoticed) problems.push(`${mutation.name}: nobody noticed (${passed} tests passed)`);
  say(`${isNoticed ? "red   " : "GREEN "} ${mutation.name}${isNoticed ? ` – ${failed[0] ?? ""}` : ""}`);
}
say(`${chosen.length - problems.length} of ${chosen.length} broken behaviours turn a test red`);
for (const problem of problems) say(`  ${problem}`);
// vitest sets it for the failures that are wanted here.
process.exitCode = problems.length === 0 && chosen.length > 0 ? 0 : 1;
