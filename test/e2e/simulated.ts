import { request } from "node:https";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { APP_TOKEN } from "../../simulator/credentials.ts";
import { startProgram } from "./processes.ts";

import type { Controls } from "../../simulator/controls.ts";

/** A task as the server wrote it down when it began. */
export interface LedgerTask {
  readonly type: string;
  readonly vmid: string;
  readonly upid: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A simulated cluster in a process of its own: it outlives the app, as a real one does. */
export interface SimulatedCluster {
  /** `127.0.0.1:port`, as one types it. */
  readonly address: string;
  /** As Proxmox VE prints it: `AA:BB:…`. */
  readonly fingerprint: string;
  /** Each node's address; only the first one's where the cluster was started without `everyNode`. */
  readonly nodes: Readonly<Record<string, string>>;
  killNode(node: string): Promise<void>;
  /** A new certificate for one node; its fingerprint. */
  swapCertificate(node: string): Promise<string>;
  control<Name extends keyof Controls>(name: Name, ...args: Parameters<Controls[Name]>): Promise<unknown>;
  tasks(): Promise<readonly LedgerTask[]>;
  /** As another administrator would, past the app: starts something with a form, and says what the server answered. */
  post(path: string, form: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startSimulatedCluster(
  speed: number,
  { everyNode = false }: { readonly everyNode?: boolean } = {},
): Promise<SimulatedCluster> {
  const directory = await mkdtemp(join(tmpdir(), "proxmoxer-cluster-"));
  const ledger = join(directory, "ledger.jsonl");
  const running = await startProgram("simulator/main.ts", [
    "--control",
    "--world=small",
    `--speed=${String(speed)}`,
    `--ledger=${ledger}`,
    ...(everyNode ? ["--every-node"] : []),
  ]);
  const { port, fingerprint, controlPort, ports } = running.ready;
  async function call(name: string, args: readonly unknown[]): Promise<unknown> {
    const answer = await fetch(`http://127.0.0.1:${String(controlPort)}/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(args),
    });
    const { result } = (await answer.json()) as { readonly result: unknown };
    if (!answer.ok) throw new Error(`${name}: ${String(result)}`);
    return result;
  }
  return {
    address: `127.0.0.1:${String(port)}`,
    fingerprint: String(fingerprint),
    nodes: Object.fromEntries(
      Object.entries(ports as Readonly<Record<string, number>>).map(([node, at]) => [
        node,
        `127.0.0.1:${String(at)}`,
      ]),
    ),
    control: (name, ...args) => call(name, args),
    async killNode(node) {
      await call("killNode", [node]);
    },
    swapCertificate: async (node) => String(await call("swapCertificate", [node])),
    async tasks() {
      const lines = (await readFile(ledger, "utf8")).trim().split("\n");
      const entries = lines.map((line) => JSON.parse(line) as LedgerTask & { readonly kind: string });
      return entries.filter((entry) => entry.kind === "task");
    },
    post: (path, form) => postAsOther(Number(port), path, new URLSearchParams(form).toString()),
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A simulated backup server in a process of its own. */
export type SimulatedBackupServer = Pick<SimulatedCluster, "address" | "fingerprint" | "stop">;

export async function startSimulatedBackupServer(speed: number): Promise<SimulatedBackupServer> {
  const running = await startProgram("simulator/pbs/main.ts", [`--speed=${String(speed)}`]);
  const { port, fingerprint } = running.ready;
  return {
    address: `127.0.0.1:${String(port)}`,
    fingerprint: String(fingerprint),
    stop: () => running.stop(),
  };
}

function postAsOther(port: number, path: string, form: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: "127.0.0.1",
        port,
        path: `/api2/json${path}`,
        method: "POST",
        // A simulator of our own on this computer.
        rejectUnauthorized: false,
        headers: {
          authorization: `PVEAPIToken=${APP_TOKEN.id}=${APP_TOKEN.secret}`,
          "content-type": "application/x-www-form-urlencoded",
          "content-length": Buffer.byteLength(form),
        },
      },
      (answer) => {
        let text = "";
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("end", () => resolve((JSON.parse(text) as { readonly data: unknown }).data));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(form);
  });
}
