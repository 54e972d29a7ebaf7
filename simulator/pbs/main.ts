import { parseArgs } from "node:util";
import {
  PBS_ADMIN,
  PBS_APP_TOKEN,
  PBS_AUDITOR,
  PBS_NOBODY,
  PBS_OPERATOR,
  PBS_OPERATOR_TOKEN,
  PBS_TOTP,
} from "../credentials.ts";
import { PBS_VERSIONS, type PbsVersion } from "../profiles/pbs.ts";
import { startBackupServer, type BackupServer } from "./backup-server.ts";
import type { BackupWorld } from "./world.ts";
import { generatedBackupWorld } from "./worlds/generated.ts";
import { smallBackupWorld } from "./worlds/small.ts";

const HELP = `Usage: node simulator/pbs/main.ts [options]
  --world NAME         small (the default) or generated
  --datastores N, --namespaces N, --groups N, --snapshots N, --seed N
                       what a generated one has: datastores (2), namespaces in each (3), groups in each (50),
                       snapshots in each (30)
  --version V          which Proxmox Backup Server to be: ${PBS_VERSIONS.join(", ")} (the newest)
  --port N             HTTPS port on 127.0.0.1 (any free one)
  --speed N            how many times as fast as on a real server tasks run (1)
  --state FILE         keep the state there over restarts
  --ledger FILE        append every request and task start there, one JSON a line
  --schedules          let jobs run by their schedules
  --control            open the control port for tests
  --ready-json         first print one line of JSON for programs
`;

function versionOf(text: string | undefined): PbsVersion {
  const version = PBS_VERSIONS.find((one) => one === (text ?? PBS_VERSIONS.at(-1)));
  if (version === undefined) throw new Error(`no version '${text ?? ""}': ${PBS_VERSIONS.join(", ")}`);
  return version;
}

type Words = Readonly<Record<string, string | boolean | undefined>>;

function worldOf(values: Words, version: PbsVersion): () => BackupWorld {
  const number = (key: string, usual: number): number => Number(values[key] ?? usual);
  const worlds: Readonly<Record<string, () => BackupWorld>> = {
    small: () => smallBackupWorld({ version }),
    generated: () =>
      generatedBackupWorld({
        seed: number("seed", 1),
        datastores: number("datastores", 2),
        namespaces: number("namespaces", 3),
        groups: number("groups", 50),
        snapshots: number("snapshots", 30),
        version,
      }),
  };
  const name = String(values["world"] ?? "small");
  const world = worlds[name];
  if (world === undefined) throw new Error(`no world '${name}': ${Object.keys(worlds).join(", ")}`);
  return world;
}

function introduce(server: BackupServer): string {
  const accounts = [PBS_ADMIN, PBS_OPERATOR, PBS_AUDITOR, PBS_NOBODY, PBS_TOTP].map(
    (one) => `  ${one.username.padEnd(14)} ${one.password}`,
  );
  const tokens = [PBS_APP_TOKEN, PBS_OPERATOR_TOKEN].map((one) => `  ${one.id}:${one.secret}`);
  return [
    `Proxmox Backup Server ${server.world.version}, simulated: ${server.url}`,
    `Fingerprint (SHA-256): ${server.fingerprint}`,
    "Accounts:",
    ...accounts,
    `    second factor of ${PBS_TOTP.username}: TOTP secret ${PBS_TOTP.secret}, recovery code ${PBS_TOTP.recoveryCodes[0]}`,
    "API tokens:",
    ...tokens,
    ...(server.controlPort === null ? [] : [`Control port: ${server.controlPort}`]),
    "Stop with Ctrl+C.",
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      version: { type: "string" },
      world: { type: "string" },
      datastores: { type: "string" },
      namespaces: { type: "string" },
      groups: { type: "string" },
      snapshots: { type: "string" },
      seed: { type: "string" },
      schedules: { type: "boolean" },
      port: { type: "string" },
      speed: { type: "string" },
      state: { type: "string" },
      ledger: { type: "string" },
      control: { type: "boolean" },
      "ready-json": { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const version = versionOf(values.version);
  const server = await startBackupServer({
    world: worldOf(values, version),
    schedules: values.schedules === true,
    port: Number(values.port ?? 0),
    speed: Number(values.speed ?? 1),
    control: values.control === true,
    ...(values.state === undefined ? {} : { stateFile: values.state }),
    ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
  });
  const end = (): void => {
    void server.stop().then(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
  const { url, port, fingerprint, controlPort } = server;
  if (values["ready-json"])
    process.stdout.write(`${JSON.stringify({ url, port, fingerprint, controlPort })}\n`);
  process.stdout.write(introduce(server));
}

await main();
