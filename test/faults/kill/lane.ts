import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import type { Cluster } from "../../../shared/cluster.ts";
import { ADMIN } from "../../../simulator/credentials.ts";
import type { Running } from "../../e2e/processes.ts";
import { startProgram } from "../../e2e/processes.ts";
import type { Window } from "./window.ts";
import { openWindow } from "./window.ts";

/** Tasks of the simulator run so many times as fast: a backup takes a second or two, long enough to die in the middle of it. */
export const taskSpeed = 60;
const pollMs = 40;
/** Nothing here takes as long; a case that does has failed. */
const patienceMs = 30_000;

export interface StartedTask {
  readonly upid: string;
  readonly type: string;
  readonly vmid: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface HostRun {
  readonly program: Running;
  readonly window: Window;
}

/** A simulated cluster in a process of its own, a data directory that knows it, and hosts on copies of that directory. */
export interface Lane {
  readonly cluster: Cluster;
  readonly template: string;
  copyOfTemplate(): Promise<string>;
  startHost(
    directory: string,
    options: { readonly failpoint?: string; readonly looksUp?: boolean },
  ): Promise<HostRun>;
  /** Tasks that the cluster was made to start, from its ledger; those before `from` left out. */
  started(from: number): Promise<readonly StartedTask[]>;
  /** How the server itself says that a task stands. */
  endOf(upid: string): Promise<{ readonly running: boolean; readonly exit: string | null }>;
  control(name: string, ...args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Polls until the check gives something; a killed or slow host must not hang the run. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null>,
  patience = patienceMs,
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const found = await check();
    if (found !== null) return found;
    if (performance.now() - start > patience) throw new Error(`${what} took too long`);
    await delay(pollMs);
  }
}

interface SimulatorReady {
  readonly url: string;
  readonly port: number;
  readonly fingerprint: string;
  readonly controlPort: number;
}

async function startHost(
  directory: string,
  failpoint: string | undefined,
  looksUp: boolean,
): Promise<HostRun> {
  const program = await startProgram(
    "test/faults/kill/host.ts",
    ["--data-dir", directory, ...(looksUp ? [] : ["--no-look-up"])],
    {
      ...(failpoint === undefined ? {} : { PROXMOXER_FAILPOINT: `${failpoint}:kill9` }),
      NODE_COMPILE_CACHE: join(tmpdir(), "pxm-kill-cache"),
    },
  );
  return { program, window: openWindow(String(program.ready["address"])) };
}

export async function isOnline(window: Window): Promise<Cluster | null> {
  const { items } = await window.call("clusters.list", undefined);
  return items.find((cluster) => cluster.status === "online") ?? null;
}

async function register(window: Window, ready: SimulatorReady): Promise<Cluster> {
  const fingerprint = ready.fingerprint.replaceAll(":", "").toLowerCase();
  await window.call("clusters.register", {
    attempt: "kill",
    name: "small",
    address: `127.0.0.1:${ready.port}`,
    trust: { kind: "pinned", fingerprint },
    credential: { kind: "password", user: ADMIN.username, secret: ADMIN.password },
    remember: true,
  });
  return until("going online", () => isOnline(window));
}

export async function openLane(): Promise<Lane> {
  const root = await mkdtemp(join(tmpdir(), "pxm-kill-"));
  const ledger = join(root, "ledger.jsonl");
  const template = join(root, "template");
  const simulator = await startProgram("simulator/main.ts", [
    "--world",
    "small",
    "--speed",
    String(taskSpeed),
    "--ledger",
    ledger,
    "--control",
  ]);
  // The simulator prints its own ready line; its shape is that of simulator/main.ts.
  const ready = simulator.ready as unknown as SimulatorReady;
  const first = await startHost(template, undefined, true);
  const cluster = await register(first.window, ready);
  first.window.close();
  await first.program.stop();
  let copies = 0;

  const control = async (name: string, ...args: readonly unknown[]): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${ready.controlPort}/${name}`, {
      method: args.length === 0 && name === "tasks" ? "GET" : "POST",
      headers: { "content-type": "application/json" },
      ...(args.length === 0 && name === "tasks" ? {} : { body: JSON.stringify(args) }),
    });
    return ((await answer.json()) as { readonly result: unknown }).result;
  };

  return {
    cluster,
    template,
    copyOfTemplate: async () => {
      copies += 1;
      const directory = join(root, `case-${copies}`);
      await cp(template, directory, { recursive: true });
      return directory;
    },
    startHost: (directory, { failpoint, looksUp = true }) => startHost(directory, failpoint, looksUp),
    started: async (from) => {
      const text = await readFile(ledger, "utf8");
      const entries = text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { readonly kind: string } & StartedTask)
        .filter((entry) => entry.kind === "task");
      return entries.slice(from);
    },
    endOf: async (upid) => {
      // Time passes for the simulator only when it is asked or changed: without a host nobody does either.
      await control("setClockOffset", 0);
      const tasks = (await control("tasks")) as readonly {
        readonly upid: string;
        readonly exit?: string | null;
        readonly exitstatus?: string | null;
        readonly endedAt?: number | null;
      }[];
      const task = tasks.find((one) => one.upid === upid);
      const exit = task?.exitstatus ?? task?.exit ?? null;
      return { running: task !== undefined && exit === null, exit };
    },
    control,
    close: async () => {
      await simulator.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}
