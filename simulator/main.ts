import { parseArgs } from "node:util";
import { ADMIN, APP_TOKEN, AUDITOR, NOBODY, OPERATOR, OPERATOR_TOKEN, TOTP } from "./credentials.ts";
import { startSimulator, type Simulator, type SimulatorOptions } from "./simulator.ts";
import { demoWorld } from "./worlds/demo.ts";
import { smallWorld } from "./worlds/small.ts";

const WORLDS = { demo: demoWorld, small: smallWorld } as const;
type WorldName = keyof typeof WORLDS;

const HELP = `Usage: node simulator/main.ts [options]
  --world demo|small   which cluster (demo)
  --port N             HTTPS port on 127.0.0.1 (any free one)
  --speed N            how many times as fast as on a real server tasks run (1)
  --state FILE         keep the state there over restarts
  --ledger FILE        append every request and task start there, one JSON a line
  --control            open the control port for tests
  --every-node         a socket for each node
  --ready-json         first print one line of JSON for programs
`;

function options(values: Readonly<Record<string, string | boolean | undefined>>): SimulatorOptions {
  const name = String(values["world"] ?? "demo");
  if (!(name in WORLDS)) throw new Error(`no world '${name}': demo or small`);
  const text = (key: string): string | undefined =>
    typeof values[key] === "string" ? values[key] : undefined;
  const stateFile = text("state");
  const ledgerFile = text("ledger");
  return {
    world: () => WORLDS[name as WorldName](),
    port: Number(values["port"] ?? 0),
    speed: Number(values["speed"] ?? 1),
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
    `Proxmox VE 9.2, simulated: ${simulator.url}`,
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
  const simulator = await startSimulator(options(values));
  const end = (): void => {
    void simulator.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  const { url, port, fingerprint, controlPort } = simulator;
  if (values["ready-json"])
    process.stdout.write(
      `${JSON.stringify({ url, port, fingerprint, controlPort, ports: Object.fromEntries(simulator.ports) })}\n`,
    );
  process.stdout.write(introduce(simulator));
}

await main();
