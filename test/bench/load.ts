import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { build } from "vite";

import { APP_TOKEN } from "../../simulator/credentials.ts";
import { startProgram } from "../e2e/processes.ts";

import type { ChildProcess } from "node:child_process";
import type { Result } from "../../shared/errors.ts";
import type { Running } from "../e2e/processes.ts";
import type { Figures, Order } from "./load-house.ts";

/**
 * What the app costs: requests, TLS handshakes and bytes per minute and cluster, and its own processor time and memory with many
 * clusters. In real time against simulated servers, which run in another process than the app. Prints; judges against the limits.
 */

const limits = { idle: 20, guest: 40, backup: 120, cpuPercent: 2, rssMb: 250 };
/** What a start costs once (version, rights, certificates, lists of backups) is no part of a quiet minute. */
const settleMs = 20_000;
/** With many clusters the lists of backups take longer. */
const settleManyMs = 60_000;
const all = { clusters: "all", taskLists: [], tasks: [], active: true } as const;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    only: { type: "string" },
    /** A folder for a processor profile of the app. */
    profile: { type: "string" },
  },
});
const ms = Number(values.seconds) * 1000;
const { profile } = values;

interface Server {
  readonly port: number;
  readonly fingerprint: string;
  readonly controlPort: number;
}

interface Traffic {
  readonly requests: number;
  readonly handshakes: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

interface House {
  call<T>(window: string, operation: string, input: unknown): Promise<T>;
  attend(window: string, input: unknown): Promise<void>;
  figures(): Promise<Figures>;
  close(): Promise<void>;
}

async function startServers(clusters: number, nodes: number, guests: number): Promise<[Running, Server[]]> {
  const running = await startProgram("simulator/main.ts", [
    "--world=generated",
    `--clusters=${String(clusters)}`,
    `--nodes=${String(nodes)}`,
    `--guests=${String(guests)}`,
    `--backups=${String(guests * 4)}`,
    "--control",
  ]);
  for (;;) {
    const found = running
      .output()
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"));
    if (found.length === clusters) return [running, found.map((line) => JSON.parse(line) as Server)];
    await sleep(50);
  }
}

/** Bundled as the app ships (electron/vite.config.ts): a process that strips types holds a compiler in its memory. */
async function bundle(directory: string): Promise<void> {
  const here = (path: string): string => new URL(path, import.meta.url).pathname;
  await build({
    configFile: here("../../electron/vite.config.ts"),
    logLevel: "warn",
    build: {
      outDir: join(directory, "house"),
      rolldownOptions: {
        input: {
          main: here("load-house.ts"),
          "database-worker": here("../../electron/store/database-worker.ts"),
        },
      },
    },
  });
}

async function startHouse(directory: string): Promise<House> {
  const child = fork(join(directory, "house/main.js"), [join(directory, "data")], {
    stdio: "inherit",
    execArgv: [
      // As electron/start.ts starts it.
      "--max-semi-space-size=2",
      ...(profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`]),
    ],
  });
  await once(child, "message");
  let last = 0;
  const order = async (what: Order): Promise<unknown> => {
    const id = (last += 1);
    child.send({ ...what, id });
    for (;;) {
      const [answer] = (await once(child, "message")) as [{ id: number; value?: unknown; error?: string }];
      if (answer.id !== id) continue;
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    }
  };
  return {
    async call(window, operation, input) {
      const result = (await order({ order: "call", window, operation, input })) as Result;
      if (!result.ok) throw new Error(`${operation}: ${JSON.stringify(result.error)}`);
      return result.value as never;
    },
    attend: async (window, input) => void (await order({ order: "attend", window, input })),
    figures: async () => (await order({ order: "figures" })) as Figures,
    close: () => close(child, order),
  };
}

async function close(child: ChildProcess, order: (what: Order) => Promise<unknown>): Promise<void> {
  const gone = once(child, "exit");
  await Promise.race([order({ order: "close" }), gone]);
  await gone;
}

async function traffic({ controlPort }: Server): Promise<Traffic> {
  const answer = await fetch(`http://127.0.0.1:${String(controlPort)}/traffic`);
  return ((await answer.json()) as { readonly result: Traffic }).result;
}

async function register(house: House, server: Server, name: string): Promise<string> {
  const { cluster } = await house.call<{ readonly cluster: { readonly id: string } }>(
    "overview",
    "clusters.register",
    {
      attempt: name,
      name,
      address: `127.0.0.1:${String(server.port)}`,
      trust: { kind: "pinned", fingerprint: server.fingerprint.replaceAll(":", "").toLowerCase() },
      credential: { kind: "token", tokenId: APP_TOKEN.id, secret: APP_TOKEN.secret },
      remember: false,
    },
  );
  return cluster.id;
}

interface Guest {
  readonly clusterId: string;
  readonly node: string;
  readonly vmid: number;
  readonly type: string;
  readonly status: string;
  readonly maxDisk: number;
}

/** The largest running virtual machine of a cluster: its backup takes longest. */
async function largest(house: House, clusterId: string): Promise<Guest> {
  for (;;) {
    const { items } = await house.call<{ readonly items: readonly Guest[] }>(
      "overview",
      "guests.list",
      undefined,
    );
    const [first] = items
      .filter((one) => one.clusterId === clusterId && one.type === "qemu" && one.status === "running")
      .toSorted((a, b) => b.maxDisk - a.maxDisk);
    if (first !== undefined) return first;
    await sleep(200);
  }
}

/** What a guest's page asks for when it is opened. */
async function openGuest(house: House, { clusterId, node, vmid }: Guest): Promise<void> {
  await house.attend("guest", { ...all, clusters: [clusterId] });
  await house.call("guest", "guests.get", { clusterId, node, vmid });
  await house.call("guest", "backups.list", { clusterId, vmid });
  await house.call("guest", "history.list", { clusterId, vmid });
  await house.call("guest", "tasks.page", { clusterId, node, vmid, limit: 10 });
}

async function openBackup(house: House, { clusterId, node, vmid }: Guest): Promise<void> {
  const { jobId } = await house.call<{ readonly jobId: string }>("backup", "backups.run", {
    clusterId,
    node,
    vmid,
    storage: "nas",
    mode: "snapshot",
    compress: "zstd",
    note: "",
    protect: false,
    keepAll: false,
    draft: "bench",
  });
  for (;;) {
    const { job } = await house.call<{ job: { state: string; tasks: readonly { upid: string }[] } }>(
      "backup",
      "jobs.get",
      { jobId },
    );
    const [task] = job.tasks;
    if (task !== undefined) return house.attend("backup", { ...all, clusters: [], tasks: [task.upid] });
    await sleep(200);
  }
}

/** Numbers of one cluster over a stretch of time, per minute. */
function perMinute(before: Traffic, after: Traffic, ms: number): Traffic {
  const rate = (key: keyof Traffic): number => ((after[key] - before[key]) * 60_000) / ms;
  return {
    requests: rate("requests"),
    handshakes: rate("handshakes"),
    bytesIn: rate("bytesIn"),
    bytesOut: rate("bytesOut"),
  };
}

const failures: string[] = [];

function judged(what: string, value: number, limit: number, unit: string): string {
  if (value > limit)
    failures.push(`${what}: ${value.toFixed(1)}${unit} is more than ${String(limit)}${unit}`);
  return `${value.toFixed(1)}${unit} (limit ${String(limit)}${unit})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function requestsPerMinute(house: House, servers: readonly Server[], ms: number): Promise<void> {
  await house.attend("overview", all);
  const ids: string[] = [];
  for (const [index, server] of servers.entries())
    ids.push(await register(house, server, `small ${String(index)}`));
  const [idle = "", guest = "", backup = ""] = ids;
  await sleep(settleMs);
  const [guestShown, guestSaved] = [await largest(house, guest), await largest(house, backup)];
  // The opening of the page and the launch count, too.
  const before = await Promise.all(servers.map(traffic));
  const from = performance.now();
  await openGuest(house, guestShown);
  await openBackup(house, guestSaved);
  await sleep(ms);
  const after = await Promise.all(servers.map(traffic));
  const took = performance.now() - from;
  const running = await house.call<{ items: readonly { state: string; clusterId: string }[] }>(
    "overview",
    "jobs.list",
    undefined,
  );
  print(
    `Per minute and cluster, over ${(took / 1000).toFixed(0)} s, every cluster seen (3 nodes, 100 guests):`,
  );
  const cases = [
    ["idle", idle, limits.idle],
    ["one guest open", guest, limits.guest],
    ["one backup running, its page open", backup, limits.backup],
  ] as const;
  for (const [index, [name, id, limit]] of cases.entries()) {
    const [first, last] = [before[index], after[index]];
    if (first === undefined || last === undefined) continue;
    const rate = perMinute(first, last, took);
    print(
      `  ${name}: requests ${judged(name, rate.requests, limit, "")}, TLS handshakes ${rate.handshakes.toFixed(1)}, ` +
        `received ${(rate.bytesOut / 1024).toFixed(0)} KiB, sent ${(rate.bytesIn / 1024).toFixed(0)} KiB`,
    );
    if (id === backup && !running.items.some((job) => job.clusterId === id && job.state === "running"))
      failures.push("the backup was over before the minute was");
  }
}

async function manyClusters(house: House, servers: readonly Server[], ms: number): Promise<void> {
  for (const [index, server] of servers.entries()) await register(house, server, `large ${String(index)}`);
  await house.attend("overview", all);
  await sleep(settleManyMs);
  const from = await house.figures();
  const before = await Promise.all(servers.map(traffic));
  let peak = from.rss;
  let to = from;
  while (to.at - from.at < ms) {
    await sleep(1000);
    to = await house.figures();
    peak = Math.max(peak, to.rss);
  }
  const after = await Promise.all(servers.map(traffic));
  const took = to.at - from.at;
  const requests = after.reduce((sum, one, index) => sum + one.requests - (before[index]?.requests ?? 0), 0);
  const cpu = (100 * (to.cpu - from.cpu)) / took;
  print(
    `${String(servers.length)} clusters × 500 guests, all seen, one window listening, ${(took / 1000).toFixed(0)} s:`,
  );
  print(`  main process: ${judged("processor", cpu, limits.cpuPercent, " %")} of one core on average`);
  print(`  memory at its most: ${judged("memory", peak / 2 ** 20, limits.rssMb, " MB")}`);
  print(
    `  ${((requests * 60_000) / took / servers.length).toFixed(1)} requests a minute and cluster; over the bridge ` +
      `${(((to.bridgeBytes - from.bridgeBytes) / 1024 / took) * 1000).toFixed(1)} KiB/s in ` +
      `${(((to.bridgeEvents - from.bridgeEvents) * 1000) / took).toFixed(1)} events/s`,
  );
}

async function withHouse(
  part: string,
  wish: readonly [number, number, number],
  run: (house: House, servers: readonly Server[], ms: number) => Promise<void>,
): Promise<void> {
  if (values.only !== undefined && values.only !== part) return;
  const directory = await mkdtemp(join(tmpdir(), "pxm-load-"));
  const [running, servers] = await startServers(...wish);
  await bundle(directory);
  const house = await startHouse(directory);
  try {
    await run(house, servers, ms);
  } finally {
    await house.close();
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

await withHouse("requests", [3, 3, 100], requestsPerMinute);
await withHouse("many", [20, 5, 500], manyClusters);
for (const failure of failures) print(`Too much: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
