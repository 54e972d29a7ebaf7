import { parseArgs } from "node:util";
import { ADMIN, APP_TOKEN, AUDITOR, NOBODY, OPERATOR, OPERATOR_TOKEN, TOTP } from "./credentials.ts";
import { PVE_VERSIONS } from "./profiles/pve.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";
import { demoWorld } from "./worlds/demo.ts";
import { generatedWorld } from "./worlds/generated.ts";
import { smallWorld } from "./worlds/small.ts";
import type { World } from "./world.ts";

const HELP = `Usage: node simulator/main.ts [options]
  --world NAME         which cluster: demo (the default), small or generated
  --nodes N, --guests N, --backups N, --seed N
                       what a generated cluster has (3, 100, 1000, 1)
  --clusters N         so many generated clusters, each on a port of its own
  --version V          which Proxmox VE: 6.4, 7.4, 8.4 or 9.2 (the default)
  --port N             HTTPS port on 127.0.0.1 (any free one)
  --speed N            how many times as fast as on a real server tasks run (1)
  --state FILE         keep the state there over restarts
  --ledger FILE        append every request and task start there, one JSON a line
  --control            open the control port for tests
  --every-node         a socket for each node
  --ready-json         first print one line of JSON a cluster for programs
`;

type Words = Readonly<Record<string, string | boolean | undefined>>;

/** Options of the cluster with that number, counted from 0. */
function options(values: Words, index: number): SimulatorOptions {
  const name = String(values["world"] ?? "demo");
  const seed = Number(values["seed"] ?? 1) + index;
  const number = (key: string, usual: number): number => Number(values[key] ?? usual);
  const wanted = String(values["version"] ?? "9.2");
  const version = PVE_VERSIONS.find((one) => one === wanted);
  if (version === undefined) throw new Error(`no version '${wanted}': ${PVE_VERSIONS.join(", ")}`);
  const worlds: Readonly<Record<string, () => World>> = {
    demo: () => demoWorld({ version }),
    small: () => smallWorld({ version }),
    generated: () =>
      generatedWorld({
        seed,
        version,
        nodes: number("nodes", 3),
        guests: number("guests", 100),
        backups: number("backups", 1000),
      }),
  };
  const world = worlds[name];
  if (world === undefined) throw new Error(`no world '${name}': ${Object.keys(worlds).join(", ")}`);
  const text = (key: string): string | undefined =>
    typeof values[key] === "string" ? values[key] : undefined;
  const stateFile = text("state");
  const ledgerFile = text("ledger");
  return {
    world,
    seed,
    port: number("port", 0),
    speed: number("speed", 1),
    control: values["control"] === true,
    everyNode: values["every-node"] === true,
    ...(stateFile === undefined ? {} : { stateFile }),
    ...(ledgerFile === undefined ? {} : { ledgerFile }),
  };
}

function introduce(simulator: Simulator): string {
  const accounts = [ADMIN, OPERATOR, AUDITOR, NOBODY, TOTP].map(
    (one) => `  ${one.username.padEnd(14)} ${one.password}`,
  );
  const tokens = [APP_TOKEN, OPERATOR_TOKEN].map((one) => `  ${one.id}=${one.secret}`);
  return [
    `Proxmox VE ${simulator.world.version}, simulated: ${simulator.url}`,
    `Fingerprint (SHA-256): ${simulator.fingerprint}`,
    "Accounts:",
    ...accounts,
    `    second factor of ${TOTP.username}: TOTP secret ${TOTP.secret}, recovery code ${TOTP.recoveryCodes[0]}`,
    "API tokens:",
    ...tokens,
    ...(simulator.controlPort === null ? [] : [`Control port: ${simulator.controlPort}`]),
    "Stop with Ctrl+C.",
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      world: { type: "string" },
      version: { type: "string" },
      nodes: { type: "string" },
      guests: { type: "string" },
      backups: { type: "string" },
      seed: { type: "string" },
      clusters: { type: "string" },
      port: { type: "string" },
      speed: { type: "string" },
      state: { type: "string" },
      ledger: { type: "string" },
      control: { type: "boolean" },
      "every-node": { type: "boolean" },
      "ready-json": { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const count = Number(values.clusters ?? 1);
  if (count > 1 && (values.world !== "generated" || values.port !== undefined || values.state !== undefined))
    throw new Error("several clusters are generated ones, without a port or a state file of their own");
  const simulators = await Promise.all(
    Array.from({ length: count }, async (_, index) => startSimulator(options(values, index))),
  );
  const end = (): void => {
    void Promise.all(simulators.map(async (one) => one.stop())).then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  for (const one of simulators) {
    const { url, port, fingerprint, controlPort } = one;
    const ports = Object.fromEntries(one.ports);
    if (values["ready-json"])
      process.stdout.write(`${JSON.stringify({ url, port, fingerprint, controlPort, ports })}\n`);
  }
  for (const one of simulators) process.stdout.write(introduce(one));
}

await main();
